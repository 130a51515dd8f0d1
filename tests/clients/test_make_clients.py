"""The tool that installs the vendor's clients, on packages made here and without a package index."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from support.requirements import missing

from tools.make_clients import REQUIREMENTS, ClientEnvironment, environments, make_missing

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


@pytest.fixture
def node_clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[ClientEnvironment]:
    """The same for Node: the first one comes with what it needs."""
    if not (shutil.which("node") and shutil.which("npm")):
        missing("node or npm is missing; on Debian: apt install nodejs npm")
    monkeypatch.setenv("npm_config_offline", "true")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    requirements = tmp_path / "requirements"
    link = {"resolved": "client", "link": True}
    pin(requirements / "good", "file:client", {"client": {"version": "1.0.0"}, "node_modules/client": link})
    (requirements / "good" / "client").mkdir()
    (requirements / "good" / "client" / "package.json").write_text('{"name": "client", "version": "1.0.0"}')
    (requirements / "good" / "client" / "index.js").write_text("exports.VERSION = 1;\n")
    pin(requirements / "lost", "1.0.0", {"node_modules/client": {"version": "1.0.0"}})
    return list(environments(requirements, tmp_path / "environments"))


def pin(folder: Path, version: str, packages: dict[str, dict[str, object]]) -> None:
    """A pin of a client that needs the package ``client``."""
    folder.mkdir(parents=True)
    needs = {"dependencies": {"client": version}}
    (folder / "package.json").write_text(json.dumps(needs))
    lock = {"name": folder.name, "lockfileVersion": 3, "packages": {"": needs, **packages}}
    (folder / "package-lock.json").write_text(json.dumps(lock))


def said_by(client: ClientEnvironment, *arguments: str) -> str:
    variables = {**os.environ, **client.variables}
    command = [client.interpreter, *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout


def test_what_is_there_is_not_installed_again(
    clients: list[ClientEnvironment], capsys: pytest.CaptureFixture[str]
) -> None:
    good, _ = clients
    assert not good.is_made
    assert make_missing([good]) == []
    assert good.is_made
    assert said_by(good, "-c", "import client; print(client.VERSION)") == "1\n"
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


def test_clients_for_node_are_installed_as_they_are_pinned(node_clients: list[ClientEnvironment]) -> None:
    good, lost = node_clients
    (failure,) = make_missing(node_clients)
    assert "lost" in str(failure)
    assert "ENOTCACHED" in str(failure)
    assert (good.is_made, lost.is_made) == (True, False)
    assert said_by(good, "-e", "console.log(require('client').VERSION)") == "1\n"
    lock = good.requirements / "package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert not good.is_made


def test_without_node_its_clients_are_told_as_missing(
    node_clients: list[ClientEnvironment], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    good, _ = node_clients
    assert make_missing([good]) == []
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not good.is_made
    (failure,) = make_missing([good])
    assert "apt install nodejs npm" in str(failure)


def test_pins_say_what_to_get_and_not_from_where() -> None:
    pins = list(REQUIREMENTS.glob("*/package-lock.json"))
    assert pins
    for lock in pins:
        packages = json.loads(lock.read_text())["packages"]
        assert all(
            "integrity" in package and "resolved" not in package for name, package in packages.items() if name
        )
