"""Texts go the ways that videos go: jobs of every kind, imports, deletions; by a worker's loop, on both databases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.service_work import stored_keys, work_off
from support.texts import chinese, words

from shotprint.blobs.store import BlobStore
from shotprint.errors import InvalidValue, NotSupported
from shotprint.service.types import (
    Account,
    ComparisonRequest,
    DeletionKind,
    ImportRequest,
    Job,
    JobRequest,
    JobState,
    Library,
    MediaPlace,
    Modality,
    SaveType,
    TextType,
)
from shotprint.settings import Settings, load
from shotprint.wiring import App, open_app

BOOK, OTHER = words(1, 900), words(2, 900) + chinese(2, 300)
QUOTE = BOOK[1500:1800]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    directory = tmp_path / "texts"
    directory.mkdir()
    (directory / "book.txt").write_text(BOOK)
    (directory / "other.txt").write_bytes(OTHER.encode("gb18030"))
    (directory / "copy.txt").write_text(f"{words(3, 100)}\n\n{QUOTE.upper()}\n\n{words(4, 100)}")
    said = [{"start": 5 * n, "end": 5 * n + 4, "text": text} for n, text in enumerate([words(5, 20), QUOTE])]
    (directory / "asr.json").write_text(json.dumps(said))
    (directory / "broken.json").write_text('[{"start": 2, "end": 1, "text": "no"}]')
    (directory / "film.mp4").write_bytes(bytes(range(256)) * 50)
    return directory


@pytest.fixture
def settings(database: str, tmp_path: Path, texts: Path) -> Settings:
    buckets = {"texts": str(texts)}
    return load(database=database, data=tmp_path / "data", workers=1, buckets=buckets, max_text_bytes=100_000)


@pytest.fixture
def books(app: App, mine: Account) -> Library:
    """An active library of texts."""
    made = app.libraries.create(mine.id, "books", Modality.TEXT)
    work_off(app)
    return app.libraries.get(mine.id, made.id)


def done(
    app: App,
    library: Library,
    name: str,
    save_type: SaveType = SaveType.NOSAVE,
    text_type: TextType | None = None,
    threshold: float | None = None,
) -> Job:
    place = MediaPlace("texts", "here", name)
    request = JobRequest(
        place, name, save_type, library.id, similarity_threshold=threshold, text_type=text_type
    )
    job_id = app.jobs.submit(library.account_id, request).id
    work_off(app)
    return app.jobs.one(library.account_id, job_id)


def test_a_library_of_texts_says_so(books: Library) -> None:
    assert (books.modality, books.preset) == (Modality.TEXT, "text-1")


def test_a_copied_passage_is_found_with_both_texts(app: App, books: Library) -> None:
    for name in ("book.txt", "other.txt"):
        assert done(app, books, name, SaveType.ONLYSAVE).file_id is not None
    job = done(app, books, "copy.txt")
    assert (job.state, job.request.modality) == (JobState.SUCCEEDED, Modality.TEXT)
    (match,) = job.matches
    (segment,) = match.segments
    assert (match.reference, segment.kind) == ("book.txt", "text")
    told = segment.passages
    assert told is not None
    assert told.reference_span == pytest.approx((1500, 1800), abs=6)
    assert told.reference_text == BOOK[slice(*told.reference_span)]
    assert QUOTE[5:-5].upper() in told.query_text
    assert segment.similarity > 0.95


def test_each_way_of_saving_stores_what_it_should(app: App, books: Library) -> None:
    done(app, books, "book.txt", SaveType.SAVE)
    assert stored_keys(app, books) == ["book.txt"]
    job = done(app, books, "copy.txt", SaveType.SAVE)
    assert (job.file_id, [match.reference for match in job.matches]) == (None, ["book.txt"])
    assert done(app, books, "other.txt", SaveType.SAVE).file_id is not None
    assert done(app, books, "copy.txt", SaveType.NOSAVE).file_id is None
    forced = done(app, books, "copy.txt", SaveType.FORCESAVE)
    assert (forced.file_id is not None, len(forced.matches)) == (True, 1)
    assert stored_keys(app, books) == ["book.txt", "other.txt", "copy.txt"]


def test_a_threshold_bounds_what_is_a_duplicate(app: App, books: Library, texts: Path) -> None:
    done(app, books, "book.txt", SaveType.ONLYSAVE)
    words_of_it = BOOK[1500:3500].split()
    (texts / "edited.txt").write_text(" ".join(word for n, word in enumerate(words_of_it) if n % 7))
    (segment,) = done(app, books, "edited.txt").matches[0].segments
    assert segment.similarity < 0.95
    assert done(app, books, "edited.txt", SaveType.SAVE, threshold=segment.similarity).file_id is None
    again = done(app, books, "edited.txt", SaveType.SAVE, threshold=segment.similarity + 0.0001)
    assert again.file_id is not None


def test_what_was_said_is_found_with_its_seconds(app: App, books: Library) -> None:
    done(app, books, "book.txt", SaveType.ONLYSAVE)
    job = done(app, books, "asr.json", text_type=TextType.ASR)
    assert (job.duration_s, job.request.text_type) == (9, TextType.ASR)
    ((segment,),) = (match.segments for match in job.matches)
    assert (segment.query_start, segment.query_end) == pytest.approx((5, 9), abs=0.1)
    assert done(app, books, "copy.txt").duration_s == 0


def test_what_was_said_can_be_stored_as_well(app: App, books: Library) -> None:
    done(app, books, "asr.json", SaveType.ONLYSAVE)
    ((segment,),) = (match.segments for match in done(app, books, "book.txt").matches)
    assert (segment.reference_start, segment.reference_end) == pytest.approx((5, 9), abs=0.1)


@pytest.mark.parametrize(
    ("name", "text_type", "code", "told"),
    [
        ("broken.json", TextType.ASR, "media_unreadable", "Sentence 1 ends at 1 s, before it begins at 2 s"),
        ("broken.json", None, "media_unreadable", "Sentence 1 ends"),
        ("copy.txt", TextType.ASR, "media_unreadable", "no JSON"),
        ("film.mp4", None, "media_not_supported", "no text"),
        ("gone.txt", None, "media_not_found", "gone.txt"),
        ("large.txt", None, "media_too_large", "100001 bytes"),
    ],
)
def test_what_cannot_be_read_is_told(
    app: App, books: Library, texts: Path, name: str, text_type: TextType | None, code: str, told: str
) -> None:
    (texts / "large.txt").write_bytes(b"a" * 100_001)
    job = done(app, books, name, SaveType.SAVE, text_type)
    assert (job.state, job.error_code) == (JobState.FAILED, code)
    assert told in (job.error_message or "")
    assert stored_keys(app, books) == []


def test_a_text_is_no_film_and_a_film_is_no_text(app: App, library: Library) -> None:
    assert done(app, library, "book.txt").error_code in ("media_unreadable", "media_not_supported")
    with pytest.raises(InvalidValue, match="The library holds video, not text"):
        app.jobs.submit(
            library.account_id,
            JobRequest(
                MediaPlace("texts", "here", "book.txt"),
                "k",
                SaveType.SAVE,
                library.id,
                modality=Modality.TEXT,
            ),
        )


def test_texts_are_imported_by_lists(app: App, books: Library, texts: Path) -> None:
    names = ("book.txt", "copy.txt", "other.txt", "film.mp4")
    lines = [{"PrimaryKey": n, "Bucket": "texts", "Location": "here", "Object": n} for n in names]
    (texts / "list").write_text("\n".join(map(json.dumps, lines)))
    request = ImportRequest(books.id, MediaPlace("texts", "here", "list"), SaveType.SAVE)
    import_id = app.imports.submit(books.account_id, request).id
    work_off(app)
    (job,), _ = app.imports.get(books.account_id, [import_id])
    assert (job.counts.stored, job.counts.duplicates, job.counts.failed) == (2, 1, 1)
    assert job.result_blob is not None
    data = BlobStore(app.settings.blobs_url).get(job.result_blob)
    assert [json.loads(line).get("Message") for line in data.splitlines()][1] == "A copy of book.txt"
    assert stored_keys(app, books) == ["book.txt", "other.txt"]


def test_deleted_texts_are_found_no_more_and_replaced_ones_as_they_are(
    app: App, books: Library, texts: Path
) -> None:
    for name in ("book.txt", "other.txt"):
        done(app, books, name, SaveType.ONLYSAVE)
    app.deletions.delete_files(books.account_id, books.id, primary_keys=["book.txt"])
    work_off(app)
    assert done(app, books, "copy.txt").matches == ()
    (texts / "other.txt").write_text(BOOK)
    done(app, books, "other.txt", SaveType.ONLYSAVE)
    assert [match.reference for match in done(app, books, "copy.txt").matches] == ["other.txt"]
    app.deletions.delete_library(books.account_id, books.id, DeletionKind.PURGE)
    work_off(app)
    assert done(app, books, "copy.txt").matches == ()


def test_another_process_finds_what_was_stored_and_a_lost_index_is_made_again(
    app: App, books: Library, settings: Settings
) -> None:
    done(app, books, "book.txt", SaveType.ONLYSAVE)
    assert app.analysis.indexes.rebuild(books.id) == 1
    second = open_app(settings)
    try:
        (job,) = (done(second, books, "copy.txt") for _ in range(1))
        assert [match.reference for match in job.matches] == ["book.txt"]
    finally:
        second.close()


def test_texts_cannot_be_compared_by_a_comparison(app: App, books: Library) -> None:
    place = MediaPlace("texts", "here", "book.txt")
    with pytest.raises(NotSupported):
        app.comparisons.submit(books.account_id, ComparisonRequest(place, place, library_id=books.id))
