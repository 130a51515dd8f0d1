"""The index against plain comparison: whatever is added, removed, saved and opened again, it finds what is there."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.prints import made_print
from support.texts import chinese, read_print, text_print, words

from shotprint.engine.text import candidates
from shotprint.engine.text import index as text_index
from shotprint.engine.text.exact import compare
from shotprint.engine.text.index import TextIndex
from shotprint.engine.text.score import LEAST_PROOF, proof
from shotprint.engine.types import Fingerprint, Match, Role
from shotprint.errors import Cancelled, FingerprintError, InternalError, InvalidValue, NotFound


@pytest.fixture(autouse=True)
def _few_fresh_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few texts already make segments."""
    monkeypatch.setattr(text_index, "FRESH_TEXTS", 3)


def text(content: int) -> str:
    """Content 0 is an empty text, 1 a short one."""
    return {0: "", 1: "hello"}.get(content, words(content, 120) + chinese(content, 60))


@cache
def reference(content: int) -> Fingerprint:
    return text_print(text(content))


@cache
def query(content: int) -> Fingerprint:
    whole = text(content)
    return text_print(words(99, 50) + whole[len(whole) // 4 : len(whole) // 2], Role.QUERY)


def found(index: TextIndex, content: int) -> list[str]:
    return [match.reference for match in index.search(query(content))]


def everything(index: TextIndex, contents: range = range(2, 7)) -> list[list[Match]]:
    return [index.search(query(content)) for content in contents]


class IndexMachine(RuleBasedStateMachine):
    """An index on disk, one in memory and a dict of key → content go through the same changes."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(mkdtemp(prefix="shotprint-index-"))
        self.index = TextIndex.open(self.directory)
        self.memory = TextIndex.open()
        self.model: dict[str, int] = {}
        self.saved: dict[str, int] = {}
        self.checkpoint = 0

    def teardown(self) -> None:
        shutil.rmtree(self.directory)

    @rule(key=st.sampled_from("abcdef"), content=st.integers(0, 5))
    def add(self, key: str, content: int) -> None:
        self.index.add(key, reference(content))
        self.memory.add(key, replace(reference(content), role=Role.QUERY))
        self.model[key] = content

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.model)))
        self.index.remove(key)
        self.memory.remove(key)
        del self.model[key]

    @rule(key=st.sampled_from("abcdefg"))
    def remove_what_is_not_there(self, key: str) -> None:
        if key not in self.model:
            with pytest.raises(NotFound):
                self.index.remove(key)

    @rule()
    def save(self) -> None:
        self.checkpoint += 1
        self.index.save(self.checkpoint)
        self.saved = dict(self.model)

    @rule()
    def open_again(self) -> None:
        """What was not saved is lost, with its checkpoint."""
        self.index = TextIndex.open(self.directory)
        self.memory = TextIndex.open()
        self.model = dict(self.saved)
        for key, content in self.model.items():
            self.memory.add(key, reference(content))

    @rule(content=st.integers(2, 6))
    def search(self, content: int) -> None:
        assert found(self.index, content) == sorted(k for k, c in self.model.items() if c == content)
        assert self.index.search(query(content)) == self.memory.search(query(content))

    @invariant()
    def has_the_same_keys(self) -> None:
        for index in (self.index, self.memory):
            assert sorted(index.keys()) == sorted(self.model)
            assert len(index) == len(self.model)
            assert all((key in index) == (key in self.model) for key in "abcdefg")

    @invariant()
    def keeps_the_directory_tidy(self) -> None:
        assert self.index.checkpoint == self.checkpoint
        names = {path.name for path in self.directory.iterdir()}
        manifest = self.directory / "manifest.json"
        named = json.loads(manifest.read_text())["segments"] if manifest.exists() else {}
        assert names == ({*named, "manifest.json"} if manifest.exists() else set())
        assert len(named) <= 5


IndexMachine.TestCase.settings = settings(deadline=None, max_examples=20, stateful_step_count=25)
TestIndexAgainstADict = IndexMachine.TestCase


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The directory of an index of texts 2 to 6, the first of which is removed again."""
    index = TextIndex.open(tmp_path / "index")
    for content in range(2, 7):
        index.add(f"text {content}", reference(content))
    index.save(5)
    index.remove("text 2")
    index.save(6)
    return tmp_path / "index"


def library() -> dict[str, str]:
    """Texts of all lengths that share phrases, paragraphs, and in part most of what they say."""
    dice, texts = random.Random(1), {}
    common = [words(500 + n, 8) for n in range(5)]
    for number in range(60):
        parts = [words(1000 + number, dice.choice((5, 60, 400))), dice.choice(common), chinese(number, 150)]
        if number % 7 == 3:
            parts.append(texts[f"text {number - 1}"][:2000])
        texts[f"text {number}"] = " ".join(parts)
    texts["book"] = words(7, 12_000)
    return texts


def test_the_index_finds_what_plain_comparison_finds() -> None:
    texts = library()
    index = TextIndex.open()
    for key, one in texts.items():
        index.add(key, text_print(one))
    prints = {key: read_print(one) for key, one in texts.items()}
    dice = random.Random(2)
    for _ in range(12):
        parts = []
        for one in dice.sample(list(texts.values()), 4):
            start = dice.randrange(max(1, len(one) - 300))
            parts += [one[start : start + dice.choice((60, 300, 1500))], words(dice.randrange(10**6), 80)]
        asked = " ".join(parts)
        wanted, told = compare(read_print(asked), prints), index.search(text_print(asked))
        assert sure(wanted).keys() <= {match.reference for match in told}
        assert sure(told).keys() <= {match.reference for match in wanted}
        assert len(sure(wanted)) >= 3
        for name, match in sure(wanted).items():
            (other,) = (one for one in told if one.reference == name)
            assert [places(one) for one in other.segments] == [places(one) for one in match.segments]
            assert other.similarity == pytest.approx(match.similarity, abs=0.03)


def sure(matches: list[Match]) -> dict[str, Match]:
    """Those with nothing in them that is near the bound, since the two count a little differently what texts share."""
    return {
        match.reference: match
        for match in matches
        if all(
            proof(one.passages.agreement, one.passages.evidence) > 1.1 * LEAST_PROOF
            for one in match.segments
            if one.passages
        )
    }


def places(segment: object) -> tuple[tuple[int, int], tuple[int, int]]:
    passages = getattr(segment, "passages")  # noqa: B009 - of any segment
    return passages.query_span, passages.reference_span


def test_a_quote_is_found_deep_in_a_book() -> None:
    book = words(8, 60_000)
    index = TextIndex.open()
    index.add("book", text_print(book))
    for start in range(1000, len(book) - 100, len(book) // 9):
        asked = f"{words(9, 60)} {book[start : start + 70]} {words(10, 60)}"
        (match,) = index.search(text_print(asked))
        (segment,) = match.segments
        assert places(segment)[1] == pytest.approx((start, start + 70), abs=6)
        assert compare(read_print(asked), {"book": read_print(book)}) == [match]


def test_only_what_may_be_copied_of_a_book_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    book, read = words(8, 60_000), []
    plain = candidates.Candidate.read

    def noting(self: candidates.Candidate) -> list[object]:
        read.extend(self.stretches)
        return list(plain(self))

    monkeypatch.setattr(candidates.Candidate, "read", noting)
    index = TextIndex.open()
    index.add("book", text_print(book))
    assert index.search(text_print(book[100_000:100_500]))
    assert sum(end - start for start, end in read) < 10 * candidates.MARGIN


def test_times_of_a_stretch_are_those_of_the_whole() -> None:
    lines = [words(300 + number, 20) for number in range(200)]
    said = [{"start": 10 * n, "end": 10 * n + 8, "text": line} for n, line in enumerate(lines)]
    index = TextIndex.open()
    index.add("speech", text_print(json.dumps(said)))
    (match,) = index.search(text_print("\n".join(lines[120:123])))
    (segment,) = match.segments
    assert (segment.reference_start, segment.reference_end) == pytest.approx((1200, 1228), abs=0.1)


def test_a_quote_is_not_lost_beside_copied_chapters() -> None:
    index = TextIndex.open()
    chapters = words(20, 3000)
    for number in range(40):
        index.add(f"edition {number:02}", text_print(chapters))
    index.add("other", text_print(words(21, 500)))
    asked = f"{chapters} {words(21, 500)[1000:1080]} {chapters[:500]}"
    assert "other" in [match.reference for match in index.search(text_print(asked))]


def test_an_index_in_memory_cannot_be_saved() -> None:
    with pytest.raises(InternalError):
        TextIndex.open().save(1)


def test_prints_of_other_kinds_are_refused() -> None:
    index = TextIndex.open()
    with pytest.raises(FingerprintError):
        index.add("film", made_print(1))
    with pytest.raises(FingerprintError):
        index.search(made_print(1, role=Role.QUERY))
    assert len(index) == 0


def test_an_unknown_preset_is_the_callers_mistake(saved: Path) -> None:
    with pytest.raises(InvalidValue, match="text-0"):
        TextIndex.open(preset="text-0")


def test_a_search_can_be_cancelled_and_tells_how_far_it_is(saved: Path) -> None:
    index = TextIndex.open(saved)
    with pytest.raises(Cancelled):
        index.search(query(4), cancel=lambda: True)
    told: list[float] = []
    index.search(query(4), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    index.search(text_print("nothing of it"), progress=told.append)
    assert told[-1] == 1


def test_a_reader_goes_on_while_a_writer_replaces_segments(saved: Path) -> None:
    reader, writer = TextIndex.open(saved), TextIndex.open(saved)
    before = everything(reader)
    assert [[match.reference for match in one] for one in before] == [
        [],
        *([f"text {n}"] for n in range(3, 7)),
    ]
    for content in range(3, 7):
        writer.remove(f"text {content}")
    writer.add("new", reference(3))
    writer.save(7)
    assert everything(reader) == before
    assert everything(TextIndex.open(saved)) == everything(writer) != before


def test_what_a_killed_writer_left_is_removed(saved: Path) -> None:
    (saved / "new-segment-1").mkdir()
    (saved / "segment-2").mkdir()
    (saved / "new-3.json").write_text("{")
    index = TextIndex.open(saved)
    index.save(7)
    assert {path.name for path in saved.iterdir()} == {"manifest.json", *index._names.values()}


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


DAMAGE: dict[str, Callable[[Path], None]] = {
    "empty manifest": lambda saved: (saved / "manifest.json").write_text("") and None,
    "no object": lambda saved: (saved / "manifest.json").write_text("[]") and None,
    "other format": lambda saved: _rewrite(saved, format=2),
    "unknown preset": lambda saved: _rewrite(saved, preset="text-0"),
    "no segment": lambda saved: shutil.rmtree(next(saved.glob("segment-*"))),
    "cut array": lambda saved: _cut(next(saved.glob("segment-*/place.npy"))),
    "empty array": lambda saved: next(saved.glob("segment-*/packed.npy")).write_bytes(b"") and None,
    "missing array": lambda saved: next(saved.glob("segment-*/char_start.npy")).unlink(),
    "short array": lambda saved: np.save(next(saved.glob("segment-*/tag_low.npy")), np.zeros(1, np.uint16)),
    "removed out of range": lambda saved: _rewrite(
        saved, segments={path.name: [10**6] for path in saved.glob("segment-*")}
    ),
}


def _rewrite(saved: Path, **values: object) -> None:
    manifest = json.loads((saved / "manifest.json").read_text())
    (saved / "manifest.json").write_text(json.dumps(manifest | values))


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_index_is_told_apart(saved: Path, damage: Callable[[Path], None]) -> None:
    damage(saved)
    with pytest.raises(InternalError, match="cannot be read"):
        TextIndex.open(saved)


def test_removed_texts_leave_the_disk_when_segments_are_merged(saved: Path) -> None:
    index = TextIndex.open(saved)
    for round_ in range(6):
        for content in range(3, 7):
            index.add(f"text {content}", reference(content))
        index.save(10 + round_)
    size = sum(file.stat().st_size for file in saved.rglob("*") if file.is_file())
    fresh = TextIndex.open(saved.parent / "fresh")
    for content in range(3, 7):
        fresh.add(f"text {content}", reference(content))
    fresh.save(1)
    assert size < 4 * sum(
        file.stat().st_size for file in (saved.parent / "fresh").rglob("*") if file.is_file()
    )
    assert everything(index) == everything(fresh)


@pytest.fixture
def many() -> TextIndex:
    index = TextIndex.open()
    for number in range(50):
        index.add(str(number), text_print(words(number, 300)))
    return index


def test_segments_stay_few(many: TextIndex) -> None:
    assert len(many._parts()) <= 6
    assert len(many) == 50
