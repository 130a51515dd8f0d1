"""What is copied is told: where on both sides, how much of it agrees, and how similar that makes it."""

from __future__ import annotations

import io
import json
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.texts import chinese, read_print, text_print, words

from shotprint.engine.text import matching
from shotprint.engine.text.exact import compare
from shotprint.engine.text.pipeline import fingerprint_file
from shotprint.engine.text.prints import TextPrint
from shotprint.engine.text.score import LEAST_PROOF, mean_similarity, proof, rarity, similarity
from shotprint.engine.types import Match, Passages, Segment

BOOK = words(1, 2000)
HOST = words(2, 400)


def match(query: str, reference: str = BOOK) -> Match | None:
    found = compare(read_print(query), {"book": read_print(reference)})
    return found[0] if found else None


def only(match: Match | None) -> tuple[Segment, Passages]:
    assert match is not None
    (segment,) = match.segments
    assert segment.passages is not None
    return segment, segment.passages


def around(passage: str, host: str = HOST) -> str:
    return f"{host}\n\n{passage}\n\n{host[::-1]}"


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 8000), st.integers(60, 3000))
def test_a_passage_is_told_from_where_to_where_on_both_sides(start: int, length: int) -> None:
    passage = BOOK[start : start + length]
    segment, told = only(match(around(passage)))
    first = len(HOST) + 2
    wanted = (first, first + len(passage), start, start + len(passage))
    assert (*told.query_span, *told.reference_span) == pytest.approx(wanted, abs=8)
    assert around(passage)[slice(*told.query_span)].startswith(told.query_text.removesuffix("…"))
    assert BOOK[slice(*told.reference_span)].startswith(told.reference_text.removesuffix("…"))
    assert segment.kind == "text"
    assert segment.similarity > 0.75
    assert (segment.query_start, segment.query_end, segment.reference_start, segment.reference_end) == (
        0,
    ) * 4


@pytest.mark.parametrize("start", range(0, 4000, 97))
def test_a_quote_of_40_characters_is_found(start: int) -> None:
    quote = BOOK[start : start + 40]
    if sum(map(str.isalpha, quote)) < LEAST_PROOF:  # so many short words have few letters
        quote = BOOK[start : start + 44]
    assert match(around(quote)) is not None


@pytest.mark.parametrize("start", range(0, 900, 31))
def test_a_quote_of_20_chinese_characters_is_found(start: int) -> None:
    book, host = chinese(3, 1000), chinese(4, 200)
    _, told = only(match(around(book[start : start + 20], host), book))
    assert told.reference_span == pytest.approx((start, start + 20), abs=1)


@pytest.mark.parametrize("start", range(0, 4000, 197))
def test_a_quote_of_half_that_length_is_not(start: int) -> None:
    assert match(around(BOOK[start : start + 20])) is None
    assert match(around(chinese(3, 1000)[start % 900 :][:10], chinese(4, 200)), chinese(3, 1000)) is None


def test_other_texts_match_nothing() -> None:
    for seed in range(10, 20):
        assert match(words(seed, 1000)) is None
        assert match(chinese(seed, 1000), chinese(3, 1000)) is None


def edited(text: str, share: float, seed: int = 0) -> str:
    """So large a share of the words replaced, dropped or preceded by another."""
    dice, other = Random(seed), words(seed + 100, 3000).split()
    made = []
    for word in text.split():
        kind = dice.choice("rdi") if dice.random() < share else ""
        made += {"": [word], "r": [dice.choice(other)], "d": [], "i": [dice.choice(other), word]}[kind]
    return " ".join(made)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_an_edited_passage_is_one_segment(share: float, seed: int) -> None:
    passage = BOOK[2000:4000]
    copy = edited(passage, share, seed)
    segment, told = only(match(around(copy)))
    first = len(HOST) + 2
    assert told.query_span == pytest.approx((first, first + len(copy)), abs=60)
    assert told.reference_span == pytest.approx((2000, 4000), abs=60)
    assert 1 - 1.1 * share < told.agreement < 1 - 0.4 * share
    assert segment.similarity == similarity(told.agreement, told.evidence)


def test_more_edits_make_it_less_similar() -> None:
    scores = [
        only(match(around(edited(BOOK[2000:4000], share, 1))))[0].similarity for share in (0, 0.1, 0.2, 0.3)
    ]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(1, abs=0.001)


def test_reordered_paragraphs_are_segments_of_their_own_in_query_order() -> None:
    parts = [BOOK[start : start + 500] for start in (0, 500, 1000)]
    found = match("\n\n".join([parts[2], parts[0], parts[1]]))
    assert found is not None
    spans = [one.passages.reference_span for one in found.segments if one.passages]
    assert spans[0] == pytest.approx((1000, 1500), abs=4)
    assert (spans[1][0], spans[-1][1]) == pytest.approx((0, 1000), abs=4)
    starts = [one.passages.query_span[0] for one in found.segments if one.passages]
    assert starts == sorted(starts)


def test_a_paragraph_between_two_that_follow_each_other_is_not_lost() -> None:
    first, between, last = BOOK[3000:3600], BOOK[200:420], BOOK[3600:4200]
    found = match(f"{first}\n{between}\n{last}")
    assert found is not None
    spans = [one.passages.reference_span for one in found.segments if one.passages]
    assert spans == [
        pytest.approx((3000, 3600), abs=4),
        pytest.approx((200, 420), abs=4),
        pytest.approx((3600, 4200), abs=4),
    ]


def test_two_passages_far_apart_in_the_book_are_two_segments() -> None:
    found = match(BOOK[100:400] + " " + BOOK[5000:5300])
    assert found is not None
    assert len(found.segments) == 2


def test_of_a_book_that_repeats_itself_one_place_is_told() -> None:
    book = "\n\n".join([BOOK[:500], words(5, 100), BOOK[:500], words(6, 100), BOOK[:500]])
    only(match(around(BOOK[:500]), book))
    twice = match(f"{BOOK[:500]}\n\n{HOST}\n\n{BOOK[:500]}", BOOK)
    assert twice is not None
    assert len(twice.segments) == 2


DISGUISES = {
    "case": str.upper,
    "width": lambda text: text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
    "lines": lambda text: text.replace(" ", "\n"),
    "punctuation": lambda text: text.replace(".", " – ;"),
    "lookalikes": lambda text: text.translate(str.maketrans("aeopc", "аеорс")),
    "unseen": lambda text: "\u200b".join(text),
    "accents": lambda text: text.replace("e", "é"),
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_disguises_change_nothing(disguise: object) -> None:
    assert callable(disguise)
    _, plain = only(match(around(BOOK[700:1500])))
    _, told = only(match(around(disguise(BOOK[700:1500]))))
    assert told.reference_span == plain.reference_span
    assert told.agreement == plain.agreement == 1


def test_traditional_characters_match_simplified_ones() -> None:
    simplified = "这个软件包的维护者应当在上传之前检查所有的依赖关系，并且运行测试程序。"
    traditional = "這個軟件包的維護者應當在上傳之前檢查所有的依賴關係，並且運行測試程序。"
    assert only(match(traditional, simplified))[1].agreement == 1


def test_a_long_passage_is_told_by_its_beginning() -> None:
    _, told = only(match(BOOK))
    assert told.query_text == BOOK[told.query_span[0] :][: matching.MAX_PASSAGE_CHARS] + "…"
    assert told.query_span[1] - told.query_span[0] > 2 * matching.MAX_PASSAGE_CHARS


def speech(lines: list[str], seconds: float = 4.0) -> TextPrint:
    """Each line is said for so long, with a second between."""
    said = [
        {"start": number * (seconds + 1), "end": number * (seconds + 1) + seconds, "text": line}
        for number, line in enumerate(lines)
    ]
    return TextPrint.of(fingerprint_file(io.BytesIO(json.dumps(said).encode()))[0])


def test_of_speech_the_seconds_are_told() -> None:
    lines = [words(30 + number, 12) for number in range(8)]
    lines[3], lines[4] = BOOK[999:1100].strip(), BOOK[1100:1200].strip()
    (found,) = compare(speech(lines), {"book": read_print(BOOK)})
    segment, _ = only(found)
    assert (segment.query_start, segment.query_end) == pytest.approx((15, 24), abs=0.3)
    assert (segment.reference_start, segment.reference_end) == (0, 0)
    (back,) = compare(read_print(BOOK[950:1250]), {"speech": speech(lines)})
    segment, _ = only(back)
    assert (segment.query_start, segment.query_end) == (0, 0)
    assert (segment.reference_start, segment.reference_end) == pytest.approx((15, 24), abs=0.3)


def test_within_a_sentence_seconds_are_told_by_the_letter() -> None:
    line = words(40, 30) + " " + BOOK[1000:1200]
    (found,) = compare(speech([line], seconds=10), {"book": read_print(BOOK)})
    segment, _ = only(found)
    share = len(words(40, 30)) / len(line)
    assert (segment.query_start, segment.query_end) == pytest.approx((10 * share, 10), abs=0.3)


def test_short_segments_of_speech_are_left_out_on_demand() -> None:
    lines = [BOOK[1000:1100], words(41, 12), BOOK[5000:5600]]
    query, books = speech(lines, seconds=2), {"book": read_print(BOOK)}
    (found,) = compare(query, books)
    assert len(found.segments) == 2
    assert compare(query, books, min_length_s=2.5) == []
    assert (
        compare(read_print("\n".join(lines)), books, min_length_s=2.5) != []
    )  # without times nothing is short


def test_what_many_texts_have_proves_little() -> None:
    phrase = BOOK[1000:1060].strip()
    texts = {f"text {n}": read_print(f"{words(50 + n, 60)} {phrase} {words(150 + n, 60)}") for n in range(60)}
    assert len(compare(read_print(around(phrase)), dict(list(texts.items())[:1]))) == 1
    assert compare(read_print(around(phrase)), texts) == []
    long = read_print(around(BOOK[1000:2500]))
    assert len(compare(long, dict.fromkeys((f"copy {n}" for n in range(60)), read_print(BOOK)))) == 60


def test_weak_matches_are_left_out_on_demand() -> None:
    query = read_print(around(edited(BOOK[2000:4000], 0.3)))
    (found,) = compare(query, {"book": read_print(BOOK)})
    assert compare(query, {"book": read_print(BOOK)}, min_similarity=found.similarity + 0.001) == []
    assert compare(query, {"book": read_print(BOOK)}, min_similarity=found.similarity) == [found]


def test_a_match_is_as_similar_as_its_segments_are_on_the_whole() -> None:
    found = match(BOOK[:200] + words(7, 200) + edited(BOOK[5000:8000], 0.3))
    assert found is not None
    light, heavy = found.segments
    assert heavy.similarity < found.similarity < light.similarity
    assert found.similarity == mean_similarity(found.segments)
    assert found.similarity - heavy.similarity < light.similarity - found.similarity


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 500), st.floats(0, 500))
def test_more_evidence_or_agreement_is_never_less_similar(a: float, b: float, e: float, f: float) -> None:
    low, high = similarity(min(a, b), min(e, f)), similarity(max(a, b), max(e, f))
    assert 0 <= low <= high <= 1


def test_a_similarity_is_what_the_documents_say() -> None:
    assert similarity(1, 12) == 0.5
    assert proof(0.5, 240) == LEAST_PROOF == 30
    assert similarity(0.5, 240) == round(0.5 * (1 - 2**-2.5), 4)
    assert rarity(np.array([0, 1, 1000, 2000]), 0).tolist() == [1, 1, 0, 0]


@settings(deadline=None)
@given(
    st.text(st.sampled_from("ab 汉字\u0301，é"), max_size=120),
    st.text(st.sampled_from("ab 汉字\u0301，é"), max_size=120),
)
def test_spans_of_any_texts_lie_in_them_and_agree_in_letters(query: str, reference: str) -> None:
    for found in compare(TextPrint.of(text_print(query)), {"it": TextPrint.of(text_print(reference))}):
        for one in found.segments:
            assert one.passages is not None
            first, last = one.passages.query_span
            start, end = one.passages.reference_span
            assert 0 <= first < last <= len(query)
            assert 0 <= start < end <= len(reference)
            assert 0 < one.passages.agreement <= 1
            assert query[first:last] == one.passages.query_text
            assert reference[start:end] == one.passages.reference_text
