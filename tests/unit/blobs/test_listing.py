"""Folders of buckets: what is in them, page by page, and nothing outside."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pytest

from shotprint.blobs.buckets import Buckets
from shotprint.errors import MediaNotFound


@pytest.fixture
def place(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    (root / "b folder" / "deep").mkdir(parents=True)
    for name in ("a.mp4", "c <b>.mp4", ".hidden", "b folder/in.mp4"):
        (root / name).write_bytes(b"12345")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.mp4").write_bytes(b"x")
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "file link").symlink_to(tmp_path / "outside" / "secret.mp4")
    (root / "good link").symlink_to(root / "a.mp4")
    (root / "broken").symlink_to(root / "nothing")
    return root


@pytest.fixture
def buckets(place: Path) -> Buckets:
    return Buckets({"media": str(place)}, max_bytes=1)


def test_files_and_folders_are_listed_by_name(buckets: Buckets) -> None:
    listing = buckets.list("media", "", None, 100)
    assert [(entry.name, entry.size_bytes) for entry in listing.entries] == [
        ("a.mp4", 5), ("b folder", None), ("c <b>.mp4", 5), ("good link", 5),
    ]  # fmt: skip
    assert listing.next_after is None
    assert [entry.name for entry in buckets.list("media", "b folder", None, 100).entries] == [
        "deep",
        "in.mp4",
    ]
    assert buckets.list("media", "b folder/deep", None, 100).entries == ()


def test_pages_follow_one_another(buckets: Buckets) -> None:
    seen, after = [], None
    while True:
        listing = buckets.list("media", "", after, 1)
        seen += [entry.name for entry in listing.entries]
        after = listing.next_after
        if after is None:
            break
    assert seen == ["a.mp4", "b folder", "c <b>.mp4", "good link"]


@pytest.mark.parametrize(
    "folder",
    ["..", "b folder/../..", "/", "/etc", "link", "nothing", "a.mp4", "b folder\0", "b folder/", "a\\..\\.."],
)
def test_no_folder_leads_out(buckets: Buckets, folder: str) -> None:
    with pytest.raises(MediaNotFound):
        buckets.list("media", folder, None, 100)


def test_a_bucket_that_is_not_there(buckets: Buckets) -> None:
    with pytest.raises(MediaNotFound):
        buckets.list("other", "", None, 100)


def test_a_remote_place_is_listed_too() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/listed/one.mp4", b"123")
    memory.pipe("/listed/more/two.mp4", b"1")
    buckets = Buckets({"far": "memory://listed"}, max_bytes=1)
    listing = buckets.list("far", "", None, 100)
    assert [(entry.name, entry.size_bytes) for entry in listing.entries] == [("more", None), ("one.mp4", 3)]
    with pytest.raises(MediaNotFound):
        buckets.list("far", "nothing", None, 100)
