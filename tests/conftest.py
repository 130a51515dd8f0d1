"""Fixtures that all suites share."""

from hypothesis import HealthCheck, settings

# How long drawing takes is a matter of what else the machine does, and fails no test.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

pytest_plugins = ["support.databases", "support.broker_servers"]
