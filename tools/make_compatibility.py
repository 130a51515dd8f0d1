"""Makes docs/reference/compatibility.md of what the tests saw: ``python -m tools.make_compatibility``.

Runs the tests of the wire and those with the vendor's clients, which write down every operation that was
answered as it must be. Nothing is written when one of them fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from shotprint.api.model import PRODUCTS, load_spec
from tools.make_docs import NOTE, ROOT, table

PAGE = ROOT / "docs" / "reference" / "compatibility.md"
SUITES = ("tests/wire", "tests/clients")
_SIGNATURES = {"v1": "v1", "acs3": "ACS3"}

INTRODUCTION = """\
What the tests saw: each operation was called by each client and answered as it must be, with a result or with
the documented error. A cell names the signatures and formats that were used. `make compatibility` runs the tests
and writes this page. An empty cell: the client has no such operation, or is made for the other product.

*Signed requests* are those of the tests' own client, which signs as the public descriptions say. The others are
the vendor's packages with their versions:

- `mts`: `alibabacloud_mts20140618` for Python; `ice`: `alibabacloud_ice20201109` for Python
- `python-sdk-mts`: the older `aliyun-python-sdk-mts` on `aliyun-python-sdk-core`
- `node-mts`: `@alicloud/mts20140618` for Node
- `node-pop-core`: `@alicloud/pop-core` for Node, which has one generic call and reads no XML

Operations that a package has no class for are called with its generic call. Each package was also seen to work over
HTTPS and with temporary keys, that is with a security token.
"""

OUTSIDE = """\
## Not here

- The result in the style of ApsaraVideo VOD (`GetMediaDNAResult`, the message `AIMediaDNAComplete`): another product
  with another format.
- The notary service: `ListFpShotNotary` and `Notary` are refused.
- Libraries of kinds that do not exist yet: `InvalidParameter.NotSupported`.

What is chosen where the descriptions leave a gap is listed in [choices on the wire](wire-choices.md).
"""

Seen = Mapping[tuple[str, str], Mapping[str, frozenset[str]]]
"""By operation and client: the formats used with each signature."""


def read_records(lines: Iterable[str]) -> Seen:
    """What the tests wrote down."""
    seen: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for line in lines:
        record = json.loads(line)
        seen[record["operation"], record["client"]][record["signature"]].add(record["form"].upper())
    return {key: {name: frozenset(forms) for name, forms in value.items()} for key, value in seen.items()}


def page(seen: Seen) -> str:
    """The page's text."""
    parts = [f"{NOTE.replace('make docs', 'make compatibility')}# Compatibility\n", INTRODUCTION]
    for product in PRODUCTS:
        spec = load_spec(product)
        called = {client for operation, client in seen if operation in spec.operations}
        clients = sorted(called, key=lambda name: (name != "signed requests", name))
        rows = [
            (f"`{operation}`", *(_cell(seen.get((operation, client), {})) for client in clients))
            for operation in spec.operations
        ]
        parts += [f"## {spec.product} {spec.version}\n", table(("Operation", *clients), rows)]
    return "\n".join([*parts, OUTSIDE])


def _cell(signatures: Mapping[str, frozenset[str]]) -> str:
    return "; ".join(
        f"{shown}: {', '.join(sorted(signatures[name]))}"
        for name, shown in _SIGNATURES.items()
        if name in signatures
    )


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        records = Path(directory) / "records.jsonl"
        environment = {**os.environ, "SHOTPRINT_CONFORMANCE": str(records), "CI": "true"}
        ended = subprocess.run(  # noqa: S603 - the program is this Python
            [sys.executable, "-m", "pytest", "-q", *SUITES], cwd=ROOT, env=environment
        )
        if ended.returncode != 0:
            return ended.returncode
        PAGE.write_text(page(read_records(records.read_text("utf-8").splitlines())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
