"""One live server for all of the vendor's clients; each has an account and a library of its own on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, cycle, islice
from pathlib import Path

import numpy as np
import pytest
from library_use import ODD_KEY, ODD_LIBRARY, ODD_NAME, ODD_USER_DATA, Shelf, create_library, run
from live_server import LiveServer, open_client, serving
from support.media import MPEG4, Rgb, make_video, moving_pictures
from vendor_client import ICE_KINDS, KINDS, Key, VendorClient

RATE, WIDTH, HEIGHT = 12, 320, 240


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """original.mp4 has 12 seconds; the odd-named one has seconds 3 to 9 of it, mirrored and in another codec,
    at its seconds 4 to 10, between foreign pictures; unrelated.mp4 has nothing of it; long.mp4 has an hour and
    keeps a worker busy for seconds; broken.mp4 is no video.
    """
    bucket = tmp_path_factory.mktemp("bucket")
    make_video(pictures(12, seed=1), rate=RATE, to=bucket / "original.mp4")
    copied = (np.ascontiguousarray(picture[:, ::-1]) for picture in pictures(6, seed=1, start=3))
    (bucket / ODD_NAME).parent.mkdir()
    make_video(
        chain(pictures(4, seed=2), copied, pictures(4, seed=3)),
        rate=RATE,
        container="matroska",
        coding=MPEG4,
        to=bucket / ODD_NAME,
    )
    make_video(pictures(8, seed=4), rate=RATE, to=bucket / "unrelated.mp4")
    few = list(moving_pictures(5, rate=RATE))
    make_video(islice(cycle(few), 3600), rate=1, coding=MPEG4, to=bucket / "long.mp4")
    (bucket / "broken.mp4").write_bytes(b"this is no video" * 1000)
    return bucket


def pictures(seconds: float, *, seed: int, start: float = 0) -> Iterator[Rgb]:
    return moving_pictures(seconds, WIDTH, HEIGHT, rate=RATE, seed=seed, start=start)


@pytest.fixture(scope="session")
def live_server(bucket: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serving(bucket, tmp_path_factory.mktemp("clients")) as running:
        yield running


@pytest.fixture(scope="session", params=KINDS, ids=lambda kind: kind.name)
def client(
    request: pytest.FixtureRequest, live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VendorClient]:
    with open_client(request.param, live_server, tmp_path_factory.mktemp("driver")) as opened:
        yield opened


@pytest.fixture(scope="session", params=ICE_KINDS, ids=lambda kind: kind.name)
def ice(
    request: pytest.FixtureRequest, live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VendorClient]:
    with open_client(request.param, live_server, tmp_path_factory.mktemp("driver")) as opened:
        yield opened


@pytest.fixture(scope="session")
def stranger(client: VendorClient, live_server: LiveServer) -> VendorClient:
    """The same client with the key of another account."""
    account = live_server.app.accounts.ensure("stranger")
    key = live_server.app.accounts.add_key(account.id)
    return replace(client, key=Key(key.id, key.secret))


@pytest.fixture(scope="session")
def shelf(client: VendorClient) -> Shelf:
    """The client's library, with original.mp4 in it."""
    created = create_library(client, ODD_LIBRARY, ModelId=12, Description=ODD_KEY, Config="{}")
    library_id = created["FpDBId"]
    job = run(client, library_id, "original.mp4", "onlysave", key=ODD_KEY, UserData=ODD_USER_DATA)
    return Shelf(client, library_id, created, job)
