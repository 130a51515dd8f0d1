"""Texts that read the same fold the same, and every folded character knows where it comes from."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotprint.engine.text.fold import fold, fold_character

TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("eé\u0301\u0308ﬁ①ＡａｶﾞかがÅß\u00ad\u200b\u3000。，汉漢体體аеорΑІ ا٣क्ि한ᄒ"),
    ),
    max_size=40,
)


def folded(text: str) -> str:
    made = fold(text)
    return made.text(0, len(made))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello, World", "hello world"),
        ("Ｈｅｌｌｏ　１２３", "hello 123"),
        ("ﬁne ①", "fine 1"),
        ("STRASSE", "straße"),
        ("co\u00adope\u200bration", "cooperation"),
        ("naïve café", "naive cafe"),
        ("Неllо sсiеnсе", "Hello science"),  # Cyrillic Н, е, о, с
        ("МОСКВА", "Москва"),
        ("ΑΒΓ ΟΜΗΡΟΣ", "αβγ ομηροσ"),
        ("漢字轉換", "汉字转换"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("٣٤", "34"),
        ("line\nbroken  anew", "line broken anew"),
        ("love\ufe0f", "love"),
    ],
)
def test_texts_that_read_the_same_fold_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("日本", "日木"), ("кот", "код"), ("कि", "का"), ("ab", "ba"), ("i", "l")]
)
def test_texts_that_do_not_are_kept_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(TEXTS)
def test_the_normal_forms_of_unicode_fold_alike(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    wanted = folded(text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert folded(unicodedata.normalize(form, text)) == wanted


@given(TEXTS)
def test_folding_is_done_character_by_character(text: str) -> None:
    made = fold(text)
    kept = ["" if "\ud800" <= char <= "\udfff" else fold_character(char) for char in text]
    assert made.text(0, len(made)) == "".join(kept)
    assert made.source.tolist() == [place for place, part in enumerate(kept) for _ in part]
    assert made.length == len(text)


@given(TEXTS, st.data())
def test_a_span_of_folded_characters_is_where_it_says(text: str, data: st.DataObject) -> None:
    made = fold(text)
    if not len(made):
        return
    start = data.draw(st.integers(0, len(made) - 1))
    end = data.draw(st.integers(start + 1, len(made)))
    first, last = made.span(start, end)
    inside = fold(text[first:last])
    whole = inside.text(0, len(inside))
    # A character that is several when folded comes whole.
    before = int(np.count_nonzero(made.source[:start] == first))
    assert whole[before:].startswith(made.text(start, end))
    assert len(whole) - before - (end - start) == int(np.count_nonzero(made.source[end:] == last - 1))


def test_folding_twice_changes_nothing() -> None:
    text = folded("Größe ＡＢ 漢字 Москва ΑΒΓ ﷺ")
    assert folded(text) == text


def test_wide_characters_weigh_as_much_as_two_letters() -> None:
    made = fold("ab 汉字, カ")
    assert made.weight.tolist() == [0, 1, 2, 4, 6, 8]
    assert made.letters(1, 4) == 5
