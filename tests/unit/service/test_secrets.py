from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from shotprint.errors import InternalError
from shotprint.service.secrets import Vault, open_vault
from shotprint.store.database import Database
from shotprint.store.models import Base, FactRow

KEY, OTHER = "k" * 32, "o" * 32


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'x.db'}")
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def test_what_is_sealed_opens_with_the_same_key_only() -> None:
    sealed = Vault(KEY).seal("geheim ü")
    assert Vault(KEY).unseal(sealed) == "geheim ü"
    assert "geheim" not in sealed
    with pytest.raises(InternalError):
        Vault(OTHER).unseal(sealed)


def test_what_was_altered_does_not_open() -> None:
    sealed = Vault(KEY).seal("secret")
    middle = len(sealed) // 2
    altered = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    with pytest.raises(InternalError):
        Vault(KEY).unseal(altered)


def test_the_same_text_never_looks_the_same() -> None:
    vault = Vault(KEY)
    assert vault.seal("secret") != vault.seal("secret")


def test_a_key_file_is_made_once_and_only_for_its_owner(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    sealed = open_vault(database, secret_key=None, key_file=path).seal("secret")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.key"]
    assert open_vault(database, secret_key=None, key_file=path).unseal(sealed) == "secret"


def test_each_installation_has_its_own_key(tmp_path: Path) -> None:
    keys = set()
    for name in ("a", "b"):
        database = Database(f"sqlite:///{tmp_path / name}.db")
        Base.metadata.create_all(database.engine)
        open_vault(database, secret_key=None, key_file=tmp_path / name)
        keys.add((tmp_path / name).read_text())
        database.close()
    assert len(keys) == 2


def test_the_key_of_the_settings_comes_before_the_file(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    sealed = open_vault(database, secret_key=KEY, key_file=path).seal("secret")
    assert not path.exists()
    assert Vault(KEY).unseal(sealed) == "secret"


def test_the_text_of_the_file_can_move_to_the_settings(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    sealed = open_vault(database, secret_key=None, key_file=path).seal("secret")
    moved = open_vault(database, secret_key=path.read_text().strip(), key_file=tmp_path / "none")
    assert moved.unseal(sealed) == "secret"


def test_another_key_is_refused_at_once(database: Database, tmp_path: Path) -> None:
    open_vault(database, secret_key=KEY, key_file=tmp_path / "none")
    with pytest.raises(InternalError, match="SHOTPRINT_SECRET_KEY is not the one") as caught:
        open_vault(database, secret_key=OTHER, key_file=tmp_path / "none")
    assert OTHER not in caught.value.message
    path = tmp_path / "secret.key"
    path.write_text(OTHER)
    with pytest.raises(InternalError, match=r"secret\.key is not the one"):
        open_vault(database, secret_key=None, key_file=path)


def test_a_lost_key_file_is_not_made_anew(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    open_vault(database, secret_key=None, key_file=path)
    path.unlink()
    with pytest.raises(InternalError, match="copy it from where"):
        open_vault(database, secret_key=None, key_file=path)
    assert not path.exists()


def test_an_empty_key_file_is_refused(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.write_text("")
    with pytest.raises(InternalError, match="no secret key"):
        open_vault(database, secret_key=None, key_file=path)
    with database.reads() as session:
        assert session.scalars(select(FactRow)).all() == []
