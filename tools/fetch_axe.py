"""Fetches axe-core, which the browser tests look for barriers with. It is MPL-2.0 and stays out of the tree.

``python -m tools.fetch_axe`` unpacks it to ``.cache/axe/`` with npm; done already, it does nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "4.14.1"
AXE = Path(__file__).resolve().parent.parent / ".cache" / "axe" / f"axe-{VERSION}.min.js"


def main() -> None:
    if AXE.exists():
        return
    if shutil.which("npm") is None:
        sys.exit("npm is missing; on Debian: apt install npm")
    AXE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        command = ["npm", "pack", "--silent", f"axe-core@{VERSION}"]
        subprocess.run(command, cwd=directory, check=True)  # noqa: S603 - npm, with the arguments of this file
        (packed,) = Path(directory).glob("*.tgz")
        with tarfile.open(packed) as archive:
            archive.extract("package/axe.min.js", directory, filter="data")
        shutil.move(Path(directory) / "package" / "axe.min.js", AXE)


if __name__ == "__main__":
    main()
