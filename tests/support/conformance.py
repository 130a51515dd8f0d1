"""Writes down which operation was answered as it must be, how it was called, and by which client.

Only where ``SHOTPRINT_CONFORMANCE`` names a file; `tools.make_compatibility` makes a table of it.
"""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path

RAW = "signed requests"
"""The client of the tests' own, which signs as the descriptions say."""


@functools.cache
def record(operation: str, form: str, signature: str, client: str) -> None:
    """One line for each combination."""
    path = os.environ.get("SHOTPRINT_CONFORMANCE")
    if path:
        line = {"operation": operation, "form": form, "signature": signature, "client": client}
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
