"""What every driver shares: calls come on standard input, outcomes go to standard output, one JSON object a line.

Drivers run inside the environment of a vendor's client, so nothing here may need more than Python.

A call::

    {"operation": "ListFpShotDB", "parameters": {"FpDBIds": "..."}, "key": ["ID", "SECRET", "TOKEN" | ""],
     "method": "POST", "format": "JSON" | "XML" | "", "generic": bool, "form": bool,
     "signature": "" | "v2", "asynchronous": bool}

`generic` asks for the client's generic call even where it has a request class, `form` for parameters in the
body, `signature` for another one than the client's own, `asynchronous` for the class's coroutine, which uses
another HTTP library.

An outcome, of which only one of the first two is there::

    {"answer": what the client gives its user; an object, or the text of an XML document,
     "error": {"code", "message", "status", "request_id"} as the client's exception has them,
     "received": the server's JSON answer before the client's models took it apart, or null,
     "typed": whether the client's own request class for the operation was used}
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

Call = dict[str, Any]
Outcome = dict[str, Any]


def serve(answer: Callable[[Call], Outcome]) -> None:
    """Answer calls until standard input ends."""
    outcomes, sys.stdout = sys.stdout, sys.stderr  # whatever a client prints is no outcome
    for line in sys.stdin:
        outcomes.write(json.dumps(answer(json.loads(line))) + "\n")
        outcomes.flush()
