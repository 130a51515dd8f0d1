"""Tools of the project's developers; not installed."""
