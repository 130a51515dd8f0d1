from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import fsspec
import pytest

from shotprint.blobs.store import BlobStore
from shotprint.errors import InvalidValue, NotFound


@pytest.fixture(params=["directory", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "directory":
        yield str(tmp_path / "not" / "yet")
        return
    name = uuid4().hex
    yield f"memory://{name}/blobs"
    memory = fsspec.filesystem("memory")
    if memory.exists(f"/{name}"):
        memory.rm(f"/{name}", recursive=True)


def test_what_is_put_can_be_got(url: str) -> None:
    store = BlobStore(url)
    store.put("fingerprints/0f/0f1e.fp", b"\0\1\2")
    store.put("top", b"")
    assert BlobStore(url).get("fingerprints/0f/0f1e.fp") == b"\0\1\2"
    assert BlobStore(url).get("top") == b""
    assert store.exists("top")


def test_putting_again_replaces(url: str) -> None:
    store = BlobStore(url)
    store.put("a", b"long old bytes")
    store.put("a", b"new")
    assert store.get("a") == b"new"


def test_what_was_deleted_is_gone_and_deleting_again_is_harmless(url: str) -> None:
    store = BlobStore(url)
    store.put("a/b", b"x")
    store.delete("a/b")
    store.delete("a/b")
    assert not store.exists("a/b")
    with pytest.raises(NotFound):
        store.get("a/b")


def test_a_folder_is_no_blob(url: str) -> None:
    store = BlobStore(url)
    store.put("a/b", b"x")
    assert not store.exists("a")


@pytest.mark.parametrize(
    "name",
    ["", "/a", "a/", "a//b", "..", "../a", "a/../b", ".hidden", "a/.part", "a\0", "a\n", "ä", "x" * 513],
)
def test_other_names_are_refused(url: str, name: str) -> None:
    store = BlobStore(url)
    for use in (lambda: store.put(name, b""), lambda: store.get(name), lambda: store.delete(name)):
        with pytest.raises(InvalidValue):
            use()


def test_a_failed_write_leaves_the_old_blob_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = BlobStore(str(tmp_path))
    store.put("a", b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put("a", b"new")
    assert store.get("a") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_reader_never_sees_half_a_blob(tmp_path: Path) -> None:
    store = BlobStore(str(tmp_path))
    versions = [bytes([number]) * 100_000 for number in range(4)]
    store.put("a", versions[0])
    done = threading.Event()

    def write() -> None:
        for _ in range(10):
            for version in versions:
                store.put("a", version)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    reads = 0
    while not done.is_set() or reads == 0:
        assert store.get("a") in versions
        reads += 1
    writer.join()


def test_a_scheme_that_is_not_installed_is_an_error_that_says_so() -> None:
    with pytest.raises(InvalidValue, match="nosuch"):
        BlobStore("nosuch://x")
