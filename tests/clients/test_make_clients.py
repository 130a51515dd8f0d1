"""The tool that installs the vendor's clients, on packages made here and without a package index."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from tools.make_clients import ClientEnvironment, environments, make_missing

pytestmark = pytest.mark.slow


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ClientEnvironment]:
    """Two clients: pip finds what the first one needs, and nothing for the second."""
    packages, requirements = tmp_path / "packages", tmp_path / "requirements"
    for folder in (packages, requirements):
        folder.mkdir()
    for name in ("setuptools", "client"):
        make_wheel(packages, name)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(packages))
    (requirements / "good.txt").write_text("setuptools==1\nclient==1\n")
    (requirements / "lost.txt").write_text("setuptools==1\nlost==1\n")
    return list(environments(requirements, tmp_path / "environments"))


def make_wheel(folder: Path, name: str) -> None:
    """Version 1 of a package with one module."""
    info = f"{name}-1.dist-info"
    files = {
        f"{name}.py": "VERSION = 1\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as wheel:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(file, text)


def test_what_is_there_is_not_installed_again(
    clients: list[ClientEnvironment], capsys: pytest.CaptureFixture[str]
) -> None:
    good, _ = clients
    assert not good.is_made
    assert make_missing([good]) == []
    assert good.is_made
    said = subprocess.run(
        [good.python, "-c", "import client; print(client.VERSION)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "1\n"
    capsys.readouterr()
    assert make_missing([good]) == []
    assert capsys.readouterr().out == ""
    good.requirements.write_text(good.requirements.read_text() + "# changed\n")
    assert not good.is_made


def test_a_client_that_cannot_be_had_is_told_and_the_others_are_installed(
    clients: list[ClientEnvironment],
) -> None:
    good, lost = clients
    (failure,) = make_missing(clients)
    assert "lost" in str(failure)
    assert "No matching distribution" in str(failure)
    assert (good.is_made, lost.is_made) == (True, False)
