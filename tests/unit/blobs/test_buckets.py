from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import fsspec
import pytest
from fsspec import AbstractFileSystem
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shotprint.blobs.buckets import Buckets, candidate_keys
from shotprint.errors import MediaAccessDenied, MediaNotFound, MediaTooLarge, MediaUnreadable, TemporaryError

NO_NAMES = [
    "",
    ".",
    "..",
    "../outside.mp4",
    "%2e%2e%2foutside.mp4",
    "%2E%2E/outside.mp4",
    "dir/../../outside.mp4",
    "dir/../a.mp4",
    "..\\outside.mp4",
    "dir\\..\\..\\outside.mp4",
    "/etc/passwd",
    "%2Fetc%2Fpasswd",
    "\\a.mp4",
    "./a.mp4",
    "a.mp4\0",
    "a.mp4%00",
    "a.mp4%00.txt",
    "a.mp4/",
    "a.mp4%2F",
    "dir",
    "dir/",
    "none.mp4",
    "none/none.mp4",
    "a.mp4/none",
    "x" * 300,
    "x/" * 3000 + "x",
    "\ud800",
    "%ff",
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside.mp4").write_bytes(b"outside")
    (tmp_path / "rootside").mkdir()
    (tmp_path / "rootside" / "b.mp4").write_bytes(b"beside")
    root = tmp_path / "root"
    (root / "dir").mkdir(parents=True)
    (root / "a.mp4").write_bytes(b"a")
    (root / "dir" / "b c+d.mp4").write_bytes(b"bcd")
    return root


def read(root: Path | str, name: str, *, bucket: str = "demo", max_bytes: int = 1000) -> bytes:
    with Buckets({"demo": str(root)}, max_bytes=max_bytes).open(bucket, name) as (file, size):
        data = file.read()
    assert len(data) == size
    return data


@pytest.mark.parametrize(
    "name", ["dir/b c+d.mp4", "dir/b%20c+d.mp4", "dir%2Fb%20c%2Bd.mp4", "dir/b%20c%2bd.mp4", "dir//b c+d.mp4"]
)
def test_a_name_is_decoded_once_and_a_plus_stays_a_plus(root: Path, name: str) -> None:
    assert read(root, name) == b"bcd"


def test_the_decoded_name_comes_before_the_name_as_sent(root: Path) -> None:
    (root / "a%41.mp4").write_bytes(b"raw")
    assert read(root, "a%41.mp4") == b"raw"
    assert read(root, "a%2541.mp4") == b"raw"
    (root / "aA.mp4").write_bytes(b"decoded")
    assert read(root, "a%41.mp4") == b"decoded"


def test_a_name_is_not_decoded_twice(root: Path) -> None:
    with pytest.raises(MediaNotFound):
        read(root, "dir%252Fb%2520c+d.mp4")


def test_a_name_that_is_not_utf8_when_decoded_is_taken_as_sent(root: Path) -> None:
    (root / "50%ff.mp4").write_bytes(b"raw")
    assert read(root, "50%ff.mp4") == b"raw"


@pytest.mark.parametrize("name", NO_NAMES)
def test_nothing_but_a_file_inside_is_found(root: Path, name: str) -> None:
    with pytest.raises(MediaNotFound) as caught:
        read(root, name)
    assert name in caught.value.message
    assert "demo" in caught.value.message
    assert str(root) not in caught.value.message


def test_an_unknown_bucket_is_not_found(root: Path) -> None:
    for bucket in ("other", "", "demo/dir", "../root"):
        with pytest.raises(MediaNotFound, match="bucket"):
            read(root, "a.mp4", bucket=bucket)


def test_a_bucket_whose_directory_is_gone_has_no_objects(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFound):
        read(tmp_path / "none", "a.mp4")


@pytest.mark.parametrize("target", ["outside.mp4", "rootside/b.mp4"])
def test_a_link_out_of_the_root_is_not_followed(root: Path, target: str) -> None:
    (root / "link.mp4").symlink_to(root.parent / target)
    (root / "up").symlink_to(root.parent)
    (root / "relative.mp4").symlink_to(f"../{target}")
    for name in ("link.mp4", f"up/{target}", "relative.mp4"):
        with pytest.raises(MediaNotFound):
            read(root, name)


def test_a_link_inside_the_root_is_followed(root: Path) -> None:
    (root / "link.mp4").symlink_to(root / "dir" / "b c+d.mp4")
    (root / "folder").symlink_to("dir")
    assert read(root, "link.mp4") == read(root, "folder/b c+d.mp4") == b"bcd"


def test_a_root_that_is_itself_a_link_is_fine(root: Path) -> None:
    (root.parent / "alias").symlink_to(root)
    assert read(root.parent / "alias", "a.mp4") == b"a"


def test_links_in_a_circle_and_broken_links_are_not_found(root: Path) -> None:
    (root / "circle.mp4").symlink_to("circle.mp4")
    (root / "broken.mp4").symlink_to("none.mp4")
    for name in ("circle.mp4", "broken.mp4"):
        with pytest.raises(MediaNotFound):
            read(root, name)


def test_a_pipe_is_no_object_and_nobody_waits_for_it(root: Path) -> None:
    os.mkfifo(root / "pipe.mp4")
    with pytest.raises(MediaNotFound):
        read(root, "pipe.mp4")


def test_a_device_is_no_object(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFound):
        read("/dev", "zero")


@contextmanager
def as_another_user() -> Iterator[None]:
    """Root may read everything; so be nobody for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_may_not_be_read_is_denied(root: Path) -> None:
    for folder in (root, *list(root.parents)[:3]):
        if folder.owner() == Path.home().owner() and folder != Path("/tmp"):
            folder.chmod(0o755)
    (root / "a.mp4").chmod(0)
    with as_another_user(), pytest.raises(MediaAccessDenied, match=r"a\.mp4 in bucket demo"):
        read(root, "a.mp4")


def test_a_large_object_is_refused_before_it_is_read(root: Path) -> None:
    assert read(root, "dir/b c+d.mp4", max_bytes=3) == b"bcd"
    with pytest.raises(MediaTooLarge, match="3 bytes"):
        read(root, "dir/b c+d.mp4", max_bytes=2)


def test_the_file_can_be_sought_and_is_closed_at_the_end(root: Path) -> None:
    with Buckets({"demo": str(root)}, max_bytes=10).open("demo", "dir/b c+d.mp4") as (file, _):
        assert (file.seek(1), file.read(1), file.seek(0, 2), file.tell()) == (1, b"c", 3, 3)
    assert file.closed


@given(st.text())
@example("%2e%2e/%2e%2e/etc/passwd")
@example("..%5c..%5cx")
def test_no_key_to_look_for_leads_anywhere_but_down(name: str) -> None:
    for key in candidate_keys(name):
        assert key
        assert not key.startswith(("/", "\\"))
        assert ".." not in key.replace("\\", "/").split("/")
        assert "\0" not in key


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_name_that_was_encoded_leads_to_itself(name: str) -> None:
    assert candidate_keys(quote(name, safe=""))[:1] in ([name], [quote(name, safe="")], [])
    if name in candidate_keys(name):
        assert candidate_keys(quote(name, safe=""))[0] == name


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(parts=st.lists(st.sampled_from(["..", ".", "dir", "up", "outside.mp4", "a.mp4", "", "%2e%2e", "%2f"])))
def test_no_path_made_of_tricky_parts_reads_what_is_outside(root: Path, parts: list[str]) -> None:
    up = root / "up"
    if not up.is_symlink():
        up.symlink_to("..")
    with suppress(MediaNotFound):
        assert read(root, "/".join(parts)) != b"outside"


class FaultyFile(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionResetError("by peer")


class Faulty(AbstractFileSystem):
    """A place with one fault: the first part of the path says which."""

    protocol = "faulty"

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        fault = path.strip("/").partition("/")[0]
        if fault == "info":
            raise RuntimeError("no route to host")
        if fault == "denied":
            raise PermissionError(path)
        return {"name": path, "type": "file", "size": None if fault == "size" else 1}

    def open(self, path: str, mode: str = "rb", **_: Any) -> FaultyFile:
        return FaultyFile(b"a")


fsspec.register_implementation("faulty", Faulty, clobber=True)


class TestRemote:
    """Places that fsspec reaches, with its memory file system."""

    @pytest.fixture
    def url(self) -> Iterator[str]:
        memory = fsspec.filesystem("memory")
        memory.pipe(
            {"/top/root/a.mp4": b"a", "/top/root/dir/b c+d.mp4": b"bcd", "/top/outside.mp4": b"outside"}
        )
        yield "memory://top/root"
        memory.rm("/top", recursive=True)

    def test_objects_are_read(self, url: str) -> None:
        assert read(url, "a.mp4") == b"a"
        assert read(url + "/", "dir/b%20c+d.mp4") == b"bcd"

    @pytest.mark.parametrize("name", NO_NAMES)
    def test_nothing_but_an_object_inside_is_found(self, url: str, name: str) -> None:
        with pytest.raises(MediaNotFound):
            read(url, name)

    def test_a_large_object_is_refused(self, url: str) -> None:
        with pytest.raises(MediaTooLarge):
            read(url, "dir/b c+d.mp4", max_bytes=2)

    def test_the_file_can_be_sought(self, url: str) -> None:
        with Buckets({"demo": url}, max_bytes=10).open("demo", "dir/b c+d.mp4") as (file, _):
            assert (file.seek(1), file.read(1), file.seek(0, 2), file.tell()) == (1, b"c", 3, 3)
            assert file.seekable()
        assert file.closed

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            ("size", MediaUnreadable),
            ("info", TemporaryError),
            ("denied", MediaAccessDenied),
            ("read", TemporaryError),
        ],
    )
    def test_each_fault_of_a_place_says_whose_it_is(self, fault: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            read(f"faulty://{fault}", "a.mp4")

    def test_a_local_place_by_a_url_has_the_local_rules(self, root: Path) -> None:
        (root / "link.mp4").symlink_to(root.parent / "outside.mp4")
        assert read(f"file://{root}", "a.mp4") == read(f"local://{root}", "a.mp4") == b"a"
        for scheme in ("file", "local"):
            with pytest.raises(MediaNotFound):
                read(f"{scheme}://{root}", "link.mp4")


def test_objects_are_written_into_writable_buckets_only(tmp_path: Path) -> None:
    places = {"open": str(tmp_path / "open"), "closed": str(tmp_path)}
    (tmp_path / "open").mkdir()
    buckets = Buckets(places, max_bytes=100, writable=["open", "missing"])
    buckets.put("open", "a/b%20c", b"first")
    buckets.put("open", "a/b%20c", b"second")
    assert (tmp_path / "open" / "a" / "b c").read_bytes() == b"second"
    for bucket in ("closed", "missing"):
        with pytest.raises(MediaAccessDenied):
            buckets.put(bucket, "x", b"")


def test_no_name_writes_outside_of_its_bucket(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    (root / "file").symlink_to(outside / "target")
    (outside / "target").write_bytes(b"kept")
    buckets = Buckets({"b": str(root)}, max_bytes=100, writable=["b"])
    for name in ("../x", "a/../../x", "/x", "link/x", "link/deeper/x", "a\0", "", "folder/"):
        with pytest.raises(MediaAccessDenied):
            buckets.put("b", name, b"new")
    buckets.put("b", "file", b"new")
    assert (outside / "target").read_bytes() == b"kept"
    assert [path.name for path in outside.iterdir()] == ["target"]
    assert (root / "file").read_bytes() == b"new"
