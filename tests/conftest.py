"""Fixtures that all suites share."""

pytest_plugins = ["support.databases", "support.broker_servers"]
