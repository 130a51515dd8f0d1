"""``python -m shotprint`` is the ``shotprint`` command."""

from shotprint.cli.main import main

main()
