"""The ``shotprint`` command.

Commands import what they need when they run, so that ``shotprint --help`` answers at once.
"""
