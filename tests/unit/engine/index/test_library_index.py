"""The index against a plain dict: whatever is added, removed, saved and opened again, a search finds what is there."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.prints import made_print, with_arrays

from shotprint.engine.index import segment, segmented_index, shortlist
from shotprint.engine.index.library_index import LibraryIndex
from shotprint.engine.types import Fingerprint, Match, Role
from shotprint.errors import Cancelled, FingerprintError, InternalError, InvalidValue, NotFound


@pytest.fixture(autouse=True)
def _few_fresh_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few files already make segments."""
    monkeypatch.setattr(segmented_index, "FRESH_FILES", 3)


@cache
def reference(content: int) -> Fingerprint:
    """Content 0 has nothing in it: a file of black pictures."""
    return made_print(content, seconds=5, points=12 if content else 0)


@cache
def query(content: int) -> Fingerprint:
    return made_print(content, seconds=5, points=12 if content else 0, role=Role.QUERY)


def found(index: LibraryIndex, content: int) -> list[str]:
    return [match.reference for match in index.search(query(content))]


def everything(index: LibraryIndex, contents: range = range(5)) -> list[list[Match]]:
    return [index.search(query(content)) for content in contents]


class IndexMachine(RuleBasedStateMachine):
    """An index on disk, one in memory and a dict of key → content go through the same changes."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(mkdtemp(prefix="shotprint-index-"))
        self.index = LibraryIndex.open(self.directory)
        self.memory = LibraryIndex.open()
        self.model: dict[str, int] = {}
        self.saved: dict[str, int] = {}
        self.checkpoint = 0

    def teardown(self) -> None:
        shutil.rmtree(self.directory)

    @rule(key=st.sampled_from("abcdef"), content=st.integers(0, 3))
    def add(self, key: str, content: int) -> None:
        self.index.add(key, reference(content))
        self.memory.add(key, query(content))
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
        self.index = LibraryIndex.open(self.directory)
        self.memory = LibraryIndex.open()
        self.model = dict(self.saved)
        for key, content in self.model.items():
            self.memory.add(key, reference(content))

    @rule(content=st.integers(1, 4))
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
        assert names == {*named, "manifest.json"} if named or manifest.exists() else not names
        assert len(named) <= 4


IndexMachine.TestCase.settings = settings(deadline=None, max_examples=20, stateful_step_count=20)
TestIndexAgainstADict = IndexMachine.TestCase


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    index = LibraryIndex.open(tmp_path / "index")
    for content in range(5):
        index.add(f"file {content}", reference(content))
    index.remove("file 1")
    index.save(7)
    return tmp_path / "index"


def test_a_new_directory_is_made_and_empty(tmp_path: Path) -> None:
    index = LibraryIndex.open(tmp_path / "a" / "b")
    assert (len(index), index.checkpoint, list(index.keys()), found(index, 1)) == (0, 0, [], [])
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_what_was_saved_is_there_after_opening(saved: Path) -> None:
    index = LibraryIndex.open(saved)
    assert index.checkpoint == 7
    assert sorted(index.keys()) == ["file 0", "file 2", "file 3", "file 4"]
    assert [found(index, content) for content in range(5)] == [[], [], ["file 2"], ["file 3"], ["file 4"]]


def resident(file: Path) -> int:
    """kB of this process's mappings of the file that are in memory."""
    mappings = Path("/proc/self/smaps").read_text().split(f"{file}\n")[1:]
    return sum(int(mapping.split("Rss:")[1].split()[0]) for mapping in mappings)


def test_what_a_search_read_of_single_files_does_not_stay_in_memory(saved: Path) -> None:
    index = LibraryIndex.open(saved)
    (descriptors,) = saved.glob("segment-*/descriptor.npy")
    segment = index._segments()[0]
    before = segment.arrays["descriptor"].copy()
    assert resident(descriptors) > 0
    assert found(index, 2)
    assert resident(descriptors) == 0
    assert np.array_equal(segment.arrays["descriptor"], before)


def test_what_was_saved_is_read_from_disk_from_then_on(tmp_path: Path) -> None:
    index = LibraryIndex.open(tmp_path)
    index.add("a", reference(1))
    index.save(1)
    (descriptors,) = tmp_path.glob("segment-*/descriptor.npy")
    assert str(descriptors) in Path("/proc/self/maps").read_text()
    assert found(index, 1) == ["a"]
    index.remove("a")
    assert found(index, 1) == []


def test_a_file_removed_from_a_segment_stays_away(tmp_path: Path) -> None:
    index = LibraryIndex.open(tmp_path)
    for content in (1, 2):
        index.add(f"file {content}", reference(content))
    index.save(1)
    index.remove("file 1")
    index.save(2)
    again = LibraryIndex.open(tmp_path)
    assert list(again.keys()) == ["file 2"]
    assert [found(again, content) for content in (1, 2)] == [[], ["file 2"]]


def test_what_was_not_saved_is_not(saved: Path) -> None:
    index = LibraryIndex.open(saved)
    index.add("new", reference(1))
    index.remove("file 2")
    again = LibraryIndex.open(saved)
    assert "new" not in again
    assert "file 2" in again


def test_a_query_print_is_stored_as_the_reference_it_holds() -> None:
    one, other = LibraryIndex.open(), LibraryIndex.open()
    one.add("a", query(1))
    other.add("a", reference(1))
    assert everything(one) == everything(other)


def test_every_file_with_the_same_recording_is_found() -> None:
    index = LibraryIndex.open()
    keys = [f"copy {number:02}" for number in range(30)]
    for key in keys:
        index.add(key, reference(1))
    assert [match.reference for match in index.search(reference(1))] == keys


@pytest.mark.parametrize("first", ["a", "b", "c"])
def test_which_of_too_many_lines_are_looked_at_does_not_depend_on_where_they_lie(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, first: str
) -> None:
    monkeypatch.setattr(shortlist, "SURE_LINES_A_SECOND", 1)
    index = LibraryIndex.open(tmp_path)
    index.add(first, reference(1))
    index.save(1)
    for key in {"a", "b", "c"} - {first}:
        index.add(key, reference(1))
    assert [match.reference for match in index.search(reference(1))] == ["a"]


def test_a_reference_print_can_be_searched_with() -> None:
    index = LibraryIndex.open()
    for content in range(1, 4):
        index.add(f"file {content}", reference(content))
    for content in range(1, 4):
        (match,) = index.search(reference(content))
        assert match.reference == f"file {content}"
        assert (match.segments[0].query_start, match.segments[0].query_end) == (0, 5)


def test_adding_a_key_again_replaces_its_print() -> None:
    index = LibraryIndex.open()
    index.add("a", reference(1))
    index.add("a", reference(2))
    assert (len(index), found(index, 1), found(index, 2)) == (1, [], ["a"])


@pytest.mark.parametrize("content", [1, 2])
def test_the_only_file_can_be_replaced_after_saving(tmp_path: Path, content: int) -> None:
    index = LibraryIndex.open(tmp_path)
    index.add("a", reference(1))
    index.save(1)
    index.add("a", reference(content))
    index.save(2)
    for opened in (index, LibraryIndex.open(tmp_path)):
        assert found(opened, content) == ["a"]
        assert len(opened) == 1


def test_a_print_that_is_refused_changes_nothing() -> None:
    index = LibraryIndex.open()
    index.add("a", reference(1))
    broken = with_arrays(query(2), point_start=np.zeros(3, np.int64))
    for bad in (broken, with_arrays(reference(2), end=np.zeros(1, np.float32))):
        with pytest.raises(FingerprintError):
            index.add("a", bad)
        with pytest.raises(FingerprintError):
            index.search(bad)
    assert found(index, 1) == ["a"]


def test_prints_of_another_preset_are_refused() -> None:
    index = LibraryIndex.open()
    other = Fingerprint("video-0", reference(1).modality, Role.REFERENCE, 5.0, reference(1).arrays)
    with pytest.raises(InvalidValue):
        index.add("a", other)
    with pytest.raises(InvalidValue):
        index.search(other)
    with pytest.raises(InvalidValue):
        LibraryIndex.open(preset="video-0")


def test_an_index_in_memory_cannot_be_saved() -> None:
    with pytest.raises(InternalError):
        LibraryIndex.open().save(1)


def test_matches_come_most_similar_first_and_equal_ones_by_key() -> None:
    index = LibraryIndex.open()
    whole, other = reference(1).arrays, reference(9).arrays
    shorter = with_arrays(
        reference(1),
        hash=np.concatenate([whole["hash"][:4], other["hash"][4:]]),
        look=np.concatenate([whole["look"][:4], other["look"][4:]]),
        descriptor=np.concatenate([whole["descriptor"][:48], other["descriptor"][48:]]),
    )
    for key, fingerprint in (("c", reference(1)), ("a", shorter), ("z", reference(1)), ("b", reference(1))):
        index.add(key, fingerprint)
    matches = index.search(query(1), min_similarity=0)
    assert [match.reference for match in matches] == ["b", "c", "z", "a"]
    assert matches[0].similarity == matches[2].similarity > matches[3].similarity


def test_bounds_leave_out_weak_and_short_segments() -> None:
    index = LibraryIndex.open()
    index.add("a", reference(1))
    (match,) = index.search(query(1))
    assert index.search(query(1), min_similarity=match.similarity) == [match]
    assert index.search(query(1), min_similarity=match.similarity + 0.001) == []
    assert index.search(query(1), min_length_s=5) == [match]
    assert index.search(query(1), min_length_s=6) == []


def test_progress_rises_to_one_and_a_search_can_be_cancelled() -> None:
    index = LibraryIndex.open()
    for name in range(9):
        index.add(f"{name}", reference(1 + name % 2))
    for content in range(3):
        told: list[float] = []
        index.search(query(content), progress=told.append)
        assert told == sorted(told)
        assert told[-1] == 1
    with pytest.raises(Cancelled):
        index.search(query(1), cancel=lambda: True)
    calls: Iterator[bool] = iter([False, False, False, True])
    with pytest.raises(Cancelled):
        index.search(query(1), cancel=lambda: next(calls))


def test_what_is_found_does_not_depend_on_the_number_of_threads() -> None:
    index = LibraryIndex.open()
    for seed in range(3):
        index.add(f"film {seed}", reference(seed))
    found = [index.search(query(1), threads=threads) for threads in (1, 4)]
    assert found[0] == found[1] != []


def test_an_open_index_works_on_while_another_process_saves_and_merges(saved: Path) -> None:
    reader = LibraryIndex.open(saved)
    before = everything(reader)
    writer = LibraryIndex.open(saved)
    old = {path.name for path in saved.glob("segment-*")}
    for round_ in range(6):
        writer.add(f"more {round_}", reference(1))
        writer.add(f"file {2 + round_ % 2}", reference(0))
        writer.save(8 + round_)
    assert not old & {path.name for path in saved.glob("segment-*")}
    assert everything(reader) == before
    assert everything(LibraryIndex.open(saved)) == everything(writer) != before


def test_opening_while_another_process_saves_gives_what_it_saved(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer deletes the segments between the reader's look at the manifest and at the segments."""
    writer = LibraryIndex.open(saved)
    load, old = segment.Segment.load, {path.name for path in saved.glob("segment-*")}

    def merged_meanwhile(*args: object) -> object:
        monkeypatch.undo()
        writer.add("more", reference(1))
        for content in range(2, 5):
            writer.add(f"file {content}", reference(content))
        writer.save(8)
        assert not old & {path.name for path in saved.glob("segment-*")}
        return load(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(segment.Segment, "load", merged_meanwhile)
    assert everything(LibraryIndex.open(saved)) == everything(writer)


def test_nothing_is_left_over_after_saving(saved: Path) -> None:
    index = LibraryIndex.open(saved)
    for round_ in range(8):
        index.add(f"{round_}", reference(round_ % 5))
        index.save(8 + round_)
    manifest = json.loads((saved / "manifest.json").read_text())
    assert {path.name for path in saved.iterdir()} == {"manifest.json", *manifest["segments"]}


@pytest.mark.parametrize("first", [0, 1])
def test_saving_each_file_by_itself_does_not_leave_a_segment_for_each(tmp_path: Path, first: int) -> None:
    """Not even behind a segment too small to be merged with any."""
    index = LibraryIndex.open(tmp_path)
    index.add("first", made_print(1, seconds=first, points=1))
    index.save(1)
    for number in range(20):
        index.add(f"{number}", reference(1 + number % 4))
        index.save(2 + number)
    assert len(list(tmp_path.glob("segment-*"))) <= 6
    assert len(found(index, 1)) == 5


def test_left_overs_of_a_killed_writer_are_harmless_and_go_with_the_next_save(saved: Path) -> None:
    wanted = everything(LibraryIndex.open(saved))
    some = next(saved.glob("segment-*"))
    shutil.copytree(some, saved / "new-segment-0123456789abcdef")
    shutil.copytree(some, saved / "segment-0123456789abcdef")
    (saved / "new-0123456789abcdef.json").write_text("{")
    index = LibraryIndex.open(saved)
    assert everything(index) == wanted
    index.add("more", reference(1))
    index.save(8)
    manifest = json.loads((saved / "manifest.json").read_text())
    assert {path.name for path in saved.iterdir()} == {"manifest.json", *manifest["segments"]}


def cut_to(share: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: int(len(data) * share)]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": cut_to(0),
    "cut in half": cut_to(0.5),
    "last byte gone": lambda data: data[:-1],
    "zeros": lambda data: bytes(len(data)),
    "chance": lambda data: random.Random(1).randbytes(len(data)),
    "a header cut open": lambda data: data[:40] + b"'(" + data[42:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_noticed_when_the_index_is_opened(saved: Path, damage: str) -> None:
    files = [path for path in saved.rglob("*") if path.is_file()]
    assert len(files) > 15
    for file in files:
        if damage == "a header cut open" and file.suffix != ".npy":
            continue
        whole = file.read_bytes()
        file.write_bytes(DAMAGES[damage](whole))
        with pytest.raises(InternalError, match="cannot be read"):
            LibraryIndex.open(saved)
        file.write_bytes(whole)
    assert len(LibraryIndex.open(saved)) == 4


def test_a_missing_file_is_noticed_when_the_index_is_opened(saved: Path) -> None:
    for file in [path for path in saved.rglob("*") if path.is_file() and path.name != "manifest.json"]:
        moved = file.rename(saved.parent / file.name)
        with pytest.raises(InternalError):
            LibraryIndex.open(saved)
        moved.rename(file)


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        [],
        5,
        None,
        {"format": 1},
        {"segments": []},
        {"segments": {"segment-none": []}},
        {"segments": {"": []}},
        {"segments": {"..": []}},
        {"segments": None},
        {"checkpoint": "x"},
        {"checkpoint": None},
        {"preset": "video-0"},
    ],
    ids=str,
)
def test_a_manifest_that_makes_no_sense_is_refused(saved: Path, manifest: object) -> None:
    path = saved / "manifest.json"
    good = json.loads(path.read_text())
    changed = {**good, **manifest} if isinstance(manifest, dict) and manifest else manifest
    path.write_text(json.dumps(changed))
    with pytest.raises(InternalError):
        LibraryIndex.open(saved)


def test_a_manifest_of_many_brackets_is_refused(saved: Path) -> None:
    (saved / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(InternalError):
        LibraryIndex.open(saved)


def test_an_index_of_another_preset_is_refused(saved: Path) -> None:
    facts = next(saved.glob("segment-*/segment.json"))
    facts.write_text(facts.read_text().replace("video-2", "video-0"))
    with pytest.raises(InternalError):
        LibraryIndex.open(saved)
