"""Buckets and blobs in an object store, over HTTP to a real endpoint of its protocol; and plain HTTP places."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote
from uuid import uuid4

import pytest
from support.requirements import needed_module

from shotprint.blobs.buckets import Buckets
from shotprint.blobs.store import BlobStore
from shotprint.blobs.urls import open_root
from shotprint.engine.types import FramePair
from shotprint.errors import MediaAccessDenied, MediaNotFound, MediaTooLarge, NotFound, TemporaryError
from shotprint.service.matched_frames import write as write_frames
from shotprint.service.types import MediaPlace

s3fs = needed_module("s3fs")
moto_server = needed_module("moto.server")
pytestmark = pytest.mark.slow

KEYS = {"media/a.mp4": b"a", "media/dir/b c+d%ü.mp4": b"bcd", "outside.mp4": b"outside"}


def forget_connections() -> None:
    open_root.cache_clear()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@contextmanager
def endpoint_in_use(url: str) -> Iterator[None]:
    """The usual environment of S3 clients, as whoever runs the server sets it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")
        patch.setenv("AWS_ENDPOINT_URL", url)
        forget_connections()
        yield
        forget_connections()


@pytest.fixture(scope="module")
def bucket(endpoint: str) -> Iterator[str]:
    name = f"demo-{uuid4().hex}"
    with endpoint_in_use(endpoint):
        system = s3fs.S3FileSystem()
        system.mkdir(name)
        for key, data in KEYS.items():
            system.pipe_file(f"{name}/{key}", data)
        yield name


def read(url: str, name: str, max_bytes: int = 1000) -> bytes:
    with Buckets({"demo": url}, max_bytes=max_bytes).open("demo", name) as (file, size):
        data = file.read()
    assert len(data) == size
    return data


def test_objects_are_read(bucket: str) -> None:
    assert read(f"s3://{bucket}/media", "a.mp4") == b"a"
    assert read(f"s3://{bucket}", "media/a.mp4") == b"a"
    assert read(f"s3://{bucket}/media/", "dir%2Fb%20c+d%25%C3%BC.mp4") == b"bcd"


@pytest.mark.parametrize(
    "name",
    [
        "../outside.mp4",
        "%2e%2e%2foutside.mp4",
        "/outside.mp4",
        "none.mp4",
        "dir",
        "dir/",
        ".",
        "a.mp4/none",
        "a.mp4?versionId=1",
        "*.mp4",
        "a.mp[4]",
        "x" * 1100,
    ],
)
def test_nothing_but_an_object_inside_is_found(bucket: str, name: str) -> None:
    with pytest.raises(MediaNotFound):
        read(f"s3://{bucket}/media", name)


def test_a_bucket_that_is_gone_has_no_objects(bucket: str) -> None:
    with pytest.raises(MediaNotFound):
        read(f"s3://{bucket}-gone", "a.mp4")


def test_a_large_object_is_refused(bucket: str) -> None:
    with pytest.raises(MediaTooLarge):
        read(f"s3://{bucket}/media", "dir/b c+d%ü.mp4", max_bytes=2)


def test_an_object_that_arrived_a_moment_ago_is_found(bucket: str) -> None:
    with pytest.raises(MediaNotFound):
        read(f"s3://{bucket}/media", "new.mp4")
    s3fs.S3FileSystem(skip_instance_cache=True).pipe_file(f"{bucket}/media/new.mp4", b"new")
    assert read(f"s3://{bucket}/media", "new.mp4") == b"new"


def test_large_objects_are_sought_without_reading_all(bucket: str) -> None:
    data = bytes(range(256)) * 50_000
    s3fs.S3FileSystem().pipe_file(f"{bucket}/media/big.mp4", data)
    with Buckets({"demo": f"s3://{bucket}/media"}, max_bytes=10**8).open("demo", "big.mp4") as (file, size):
        assert size == len(data)
        file.seek(-300, 2)
        assert file.read() == data[-300:]
        file.seek(5_000_001)
        assert file.read(1000) == data[5_000_001:5_001_001]


def test_our_own_blobs_are_kept(bucket: str) -> None:
    store = BlobStore(f"s3://{bucket}/blobs")
    store.put("fingerprints/0f/0f1e.fp", b"\0\1")
    store.put("fingerprints/0f/0f1e.fp", b"\0\1\2")
    assert store.get("fingerprints/0f/0f1e.fp") == b"\0\1\2"
    assert store.exists("fingerprints/0f/0f1e.fp")
    assert not store.exists("fingerprints")
    store.delete("fingerprints/0f/0f1e.fp")
    store.delete("fingerprints/0f/0f1e.fp")
    with pytest.raises(NotFound):
        store.get("fingerprints/0f/0f1e.fp")


class Answers(BaseHTTPRequestHandler):
    """One file on the web; answers `status` instead when it is set, and keeps what it was asked for."""

    status: int | None = None
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        data = b"a" if unquote(self.path.partition("?")[0]) == "/media/what? #1.mp4" else b""
        self.send_response(self.status or (200 if data else 404))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if data and self.command == "GET":
            self.wfile.write(data)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[tuple[str, type[Answers]]]:
    answers = type("OwnAnswers", (Answers,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_place_that_forbids_is_denied(web: tuple[str, type[Answers]]) -> None:
    url, answers = web
    answers.status = 403
    with endpoint_in_use(url), pytest.raises(MediaAccessDenied):
        read("s3://demo/media", "a.mp4")


def test_a_place_that_is_down_is_a_temporary_fault() -> None:
    with endpoint_in_use("http://127.0.0.1:9"), pytest.raises(TemporaryError):
        read("s3://demo/media", "a.mp4")


def test_a_name_cannot_change_the_address_of_a_web_place(web: tuple[str, type[Answers]]) -> None:
    url, answers = web
    assert read(f"{url}/media", "what? #1.mp4") == b"a"
    assert set(answers.asked) == {"/media/what%3F%20%231.mp4"}
    for name in ("none.mp4", "x?y", "../what? #1.mp4"):
        with pytest.raises(MediaNotFound):
            read(f"{url}/media", name)


def test_matched_frames_are_written_and_written_again(bucket: str) -> None:
    buckets = Buckets({"out": f"s3://{bucket}/frames"}, max_bytes=100_000, writable=("out",))
    place = MediaPlace("out", "here", "job 1/ü")
    pairs = [FramePair(1.0, 11.0, 7), FramePair(2.0, 12.0, 9)]
    for pictures in ([b"a", b"b"], [b"c", b"d"]):
        places = write_frames(buckets, place, pairs, pictures, pictures)
    for written in (places.master_frames, places.query_frames):
        with buckets.open(written.bucket, written.object) as (file, _), zipfile.ZipFile(file) as archive:
            assert [archive.read(name) for name in archive.namelist()] == [b"c", b"d"]
    with buckets.open(places.description.bucket, places.description.object) as (file, _):
        assert len(json.load(file)["MatchedFrames"]) == 2
    with pytest.raises(MediaAccessDenied):
        Buckets({"out": f"s3://{bucket}/frames"}, max_bytes=1000).put("out", "x", b"x")
