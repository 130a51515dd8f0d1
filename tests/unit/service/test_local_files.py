"""Files of this machine, into libraries and against them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.media import make_video, moving_pictures

from shotprint.engine.codec import decode
from shotprint.errors import (
    Cancelled,
    EmptyValue,
    InvalidValue,
    LibraryNotFound,
    MediaNotFound,
    MediaTooLarge,
    MediaTooLong,
    MediaUnreadable,
    OutOfRange,
)
from shotprint.service.types import FileFilter
from shotprint.settings import Settings
from shotprint.wiring import App, migrate, open_app


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("videos")
    for seed, name in enumerate(("one", "two")):
        make_video(moving_pictures(6, rate=12, seed=seed), rate=12, to=place / f"{name}.mp4")
    return place


def opened(data: Path, **more: object) -> App:
    settings = Settings(data=data, **more)
    migrate(settings)
    return open_app(settings)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    services = opened(tmp_path)
    yield services
    services.close()


@pytest.fixture
def library_id(app: App) -> str:
    return app.libraries.create(app.accounts.ensure("default").id, "films").id


def keys(app: App, library_id: str) -> list[str]:
    page = app.files.page(app.accounts.ensure("default").id, library_id, FileFilter(), None, 100)
    return [file.primary_key for file in page.items]


def blobs(app: App) -> set[str]:
    root = app.settings.data / "blobs"
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_search_names_files_by_key_and_tells_their_lengths(app: App, library_id: str, videos: Path) -> None:
    shares: list[float] = []
    app.local_files.add(library_id, str(videos / "one.mp4"), "first", progress=shares.append)
    app.local_files.add(library_id, str(videos / "two.mp4"), "second")
    found = app.local_files.search(library_id, str(videos / "one.mp4"), progress=shares.append)
    assert [match.reference for match in found.matches] == ["first"]
    assert found.duration_s == pytest.approx(6, abs=0.2)
    assert found.lengths_s == {"first": pytest.approx(6, abs=0.2)}
    assert shares
    assert all(0 <= share <= 1 for share in shares)


def test_offline_library_works_without_a_server(app: App, library_id: str, videos: Path) -> None:
    app.local_files.add(library_id, str(videos / "one.mp4"), "first")
    assert app.local_files.search(library_id, str(videos / "one.mp4")).matches


def test_file_of_the_same_key_is_replaced_with_its_blobs(app: App, library_id: str, videos: Path) -> None:
    first = app.local_files.add(library_id, str(videos / "one.mp4"), "key")
    before = blobs(app)
    second = app.local_files.add(library_id, str(videos / "two.mp4"), "key")
    assert first != second
    assert keys(app, library_id) == ["key"]
    assert len(blobs(app)) == len(before) == 2
    assert blobs(app).isdisjoint(before)
    assert app.local_files.search(library_id, str(videos / "one.mp4")).matches == ()
    assert app.local_files.search(library_id, str(videos / "two.mp4")).matches


def test_another_process_sees_what_was_stored(app: App, library_id: str, videos: Path) -> None:
    other = opened(app.settings.data)
    try:
        assert other.local_files.search(library_id, str(videos / "one.mp4")).matches == ()
        app.local_files.add(library_id, str(videos / "one.mp4"), "first")
        assert other.local_files.search(library_id, str(videos / "one.mp4")).matches
    finally:
        other.close()


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ("", EmptyValue),
        ("k" * 2049, OutOfRange),
        ("nul\0", InvalidValue),
        ("bytes \udcff", InvalidValue),
    ],
)
def test_key_that_cannot_be_kept(
    app: App, library_id: str, videos: Path, key: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        app.local_files.add(library_id, str(videos / "one.mp4"), key)
    assert blobs(app) == set()


def test_file_that_cannot_be_read_leaves_nothing(app: App, library_id: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video" * 1000)
    with pytest.raises(MediaUnreadable):
        app.local_files.add(library_id, str(broken), "key")
    with pytest.raises(MediaNotFound):
        app.local_files.add(library_id, str(tmp_path / "gone.mp4"), "key")
    with pytest.raises(MediaUnreadable):
        app.local_files.search(library_id, str(tmp_path))
    assert keys(app, library_id) == []
    assert blobs(app) == set()


def test_limits_hold(tmp_path: Path, videos: Path) -> None:
    for limit, error in (
        ({"max_media_bytes": 1000}, MediaTooLarge),
        ({"max_media_seconds": 2.0}, MediaTooLong),
    ):
        app = opened(tmp_path / next(iter(limit)), **limit)
        try:
            library = app.libraries.create(app.accounts.ensure("default").id, "films")
            with pytest.raises(error):
                app.local_files.add(library.id, str(videos / "one.mp4"), "key")
            with pytest.raises(error):
                app.local_files.search(library.id, str(videos / "one.mp4"))
        finally:
            app.close()


def test_a_short_segment_is_told_when_the_settings_let_it(tmp_path: Path, library_id: str) -> None:
    """2.2 seconds of a film, from its second 1.9 on, between pictures of another."""
    film, short = tmp_path / "film.mp4", tmp_path / "short.mp4"
    make_video(moving_pictures(8, 320, 240, rate=10, seed=1), rate=10, to=film)
    foreign = [list(moving_pictures(3, 320, 240, rate=10, seed=9, start=start)) for start in (0, 4)]
    copied = moving_pictures(2.2, 320, 240, rate=10, seed=1, start=1.9)
    make_video([*foreign[0], *copied, *foreign[1]], rate=10, to=short)
    told = {}
    for least in (None, 2.0, 3.0):
        services = opened(tmp_path, **({} if least is None else {"min_segment_s": least}))
        try:
            services.local_files.add(library_id, str(film), "film")
            told[least] = services.local_files.search(library_id, str(short)).matches
        finally:
            services.close()
    assert told[3.0] == ()
    assert told[None] == told[2.0]
    ((segment,),) = [match.segments for match in told[2.0]]
    assert (segment.query_start, segment.query_end) == pytest.approx((3, 5.2), abs=0.3)
    assert segment.reference_start == pytest.approx(1.9, abs=0.3)


def test_a_new_library_has_the_preset_of_the_settings_and_an_old_one_its_own(
    app: App, library_id: str, tmp_path: Path, videos: Path
) -> None:
    fast = opened(tmp_path, preset="video-2-fast")
    try:
        account = fast.accounts.ensure("default").id
        quick = fast.libraries.create(account, "quick")
        assert quick.preset == fast.libraries.default(account).preset == "video-2-fast"
        assert fast.libraries.get(account, library_id).preset == "video-2"
        for one in (library_id, quick.id):
            fast.local_files.add(one, str(videos / "one.mp4"), "first")
            found = fast.local_files.search(one, str(videos / "one.mp4"))
            assert [match.reference for match in found.matches] == ["first"]
        stored = fast.settings.data.glob("blobs/fingerprints/*/*")
        assert sorted(decode(path.read_bytes()).preset for path in stored) == ["video-2", "video-2-fast"]
    finally:
        fast.close()


def test_unknown_library(app: App, videos: Path) -> None:
    with pytest.raises(LibraryNotFound):
        app.local_files.add("0" * 32, str(videos / "one.mp4"), "key")
    with pytest.raises(LibraryNotFound):
        app.local_files.search("0" * 32, str(videos / "one.mp4"))


def test_cancelled_work_leaves_nothing(app: App, library_id: str, videos: Path) -> None:
    with pytest.raises(Cancelled):
        app.local_files.add(library_id, str(videos / "one.mp4"), "key", cancel=lambda: True)
    assert keys(app, library_id) == []


def test_thumbnails_are_kept_when_the_settings_say_so(tmp_path: Path, videos: Path) -> None:
    app = opened(tmp_path / "without", thumbnails=False)
    try:
        library = app.libraries.create(app.accounts.ensure("default").id, "films")
        app.local_files.add(library.id, str(videos / "one.mp4"), "key")
        assert all(name.startswith("fingerprints/") for name in blobs(app))
    finally:
        app.close()


def test_path_that_is_no_unicode_is_kept_escaped(
    app: App, library_id: str, tmp_path: Path, videos: Path
) -> None:
    odd = tmp_path / "caf\udce9.mp4"
    odd.write_bytes((videos / "one.mp4").read_bytes())
    file_id = app.local_files.add(library_id, str(odd), "key")
    file = app.files.get(app.accounts.ensure("default").id, library_id, file_id)
    assert file.place.object.endswith("caf\\udce9.mp4")
