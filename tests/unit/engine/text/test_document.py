"""Files of texts in the encodings and formats that people have; the others are refused with a reason."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotprint.engine.text.document import Document, read_document
from shotprint.engine.types import TextType
from shotprint.errors import (
    MediaError,
    MediaNotFound,
    MediaNotSupported,
    MediaTooLarge,
    MediaUnreadable,
)

CHINESE = "数据库是按照数据结构来组织、存储和管理数据的仓库。它产生于距今六十多年前。"
ENGLISH = "The train had left before dawn, and nobody at the station saw it go."


def read(data: bytes | str, kind: TextType | None = None, **options: int) -> Document:
    return read_document(io.BytesIO(data.encode() if isinstance(data, str) else data), kind=kind, **options)


@pytest.mark.parametrize("text", [CHINESE, ENGLISH, f"{ENGLISH}\n{CHINESE}"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"]
)
def test_a_text_is_read_in_its_encoding(text: str, encoding: str) -> None:
    document = read(text.encode(encoding))
    assert (document.text, document.form) == (text, "plain")
    assert document.duration == 0


def test_other_encodings_are_found_out_as_well() -> None:
    russian = "Поезд ушёл до рассвета, и никто на станции этого не видел. Так было решено."
    assert read(russian.encode("cp1251")).text == russian


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, bytes(range(255, 0, -1)) * 9]
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(MediaNotSupported):
        read(data)


def test_an_empty_file_is_an_empty_text() -> None:
    assert read(b"").text == ""


def test_a_file_that_is_too_large_is_refused_and_one_byte_less_is_not() -> None:
    assert read(b"x" * 100, max_bytes=100).text == "x" * 100
    with pytest.raises(MediaTooLarge, match="101 bytes; at most 100"):
        read(b"x" * 101, max_bytes=100)


def test_a_path_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    with pytest.raises(MediaNotFound):
        read_document(tmp_path / "gone.txt")
    with pytest.raises(MediaUnreadable):
        read_document(tmp_path)


SPEECH = [
    {"start": 0.5, "end": 2, "text": "the train left"},
    {"start": "2.5", "end": 4.25, "text": "before dawn"},
]


def test_speech_has_times() -> None:
    document = read(json.dumps([*SPEECH, {"start": 5, "end": 6, "text": " "}]))
    assert (document.text, document.form) == ("the train left\nbefore dawn", "asr")
    assert document.part.tolist() == [0, 15]
    assert document.seconds.tolist() == [[0.5, 2], [2.5, 4.25]]
    assert document.duration == 4.25


def test_speech_may_be_said_to_be_a_plain_text() -> None:
    text = json.dumps(SPEECH)
    assert read(text, TextType.TEXT).text == text


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("[{", "no JSON"),
        ("[" * 100_000 + '{"a": 1}', "no JSON|not an object"),
        ('[{"end": 1, "text": "a"}]', "Sentence 1 has no 'start'"),
        ('[{"start": 0, "end": 1, "text": "a"}, {"start": 0, "text": "a"}]', "Sentence 2 has no 'end'"),
        ('[{"start": 0, "end": 1}]', "Sentence 1 has no 'text'"),
        ('[{"start": 2, "end": 1, "text": "a"}]', "Sentence 1 ends at 1 s, before it begins at 2 s"),
        ('[{"start": -1, "end": 1, "text": "a"}]', "The start of sentence 1, -1 s, is no time"),
        ('[{"start": 0, "end": NaN, "text": "a"}]', "is no time"),
        ('[{"start": 0, "end": 1e999, "text": "a"}]', "is no time"),
        ('[{"start": true, "end": 1, "text": "a"}]', "The start of sentence 1 is no number"),
        ('[{"start": null, "end": 1, "text": "a"}]', "The start of sentence 1 is no number"),
        ('[{"start": "soon", "end": 1, "text": "a"}]', "The start of sentence 1 is no number"),
        ('[{"start": 0, "end": 1, "text": 7}]', "The text of sentence 1 is no text"),
        ('{"start": 0, "end": 1, "text": "a"}', "not a JSON array"),
        ("[1]", "Sentence 1 is not an object"),
        ("plain words", "no JSON"),
    ],
)
def test_what_is_wrong_with_speech_is_told(data: str, told: str) -> None:
    with pytest.raises(MediaUnreadable, match=told):
        read(data, TextType.ASR)


def test_a_plain_text_may_begin_like_a_list() -> None:
    assert read("[1] As was said before").form == "plain"
    with pytest.raises(MediaUnreadable, match="no JSON"):
        read("[{ is how speech recognition's results begin")
    assert read("[{ but it is said to be plain", TextType.TEXT).form == "plain"


def test_half_a_character_in_speech_becomes_a_replacement() -> None:
    assert read('[{"start": 0, "end": 1, "text": "a\\ud800b"}]').text == "a\ufffdb"


SRT = (
    "1\n00:00:01,500 --> 00:00:03,000\n<i>Hello</i> there\nfriend\n\n2\n01:00:00,000 --> 01:00:02,250\nBye\n"
)
VTT = """WEBVTT - a film

NOTE nothing to see

STYLE
::cue { color: red }

intro
00:01.500 --> 00:03.000 align:start
<v Anna>Tom &amp; Jerry</v>

01:00:00.000 --> 01:00:02.250
Bye
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_subtitles_have_times(newline: str) -> None:
    srt, vtt = read(SRT.replace("\n", newline)), read(VTT.replace("\n", newline))
    assert (srt.form, srt.text) == ("srt", "Hello there\nfriend\nBye")
    assert (vtt.form, vtt.text) == ("vtt", "Tom & Jerry\nBye")
    for document in (srt, vtt):
        assert document.seconds.tolist() == [[1.5, 3], [3600, 3602.25]]
    assert srt.part.tolist() == [0, 19]


def test_a_text_that_only_mentions_times_is_plain() -> None:
    assert read("He wrote 00:00:01,500 --> 00:00:03,000 on the wall.").form == "plain"


@given(st.binary(max_size=200), st.sampled_from([None, *TextType]))
def test_any_bytes_are_a_text_or_an_error_of_ours(data: bytes, kind: TextType | None) -> None:
    try:
        document = read(data, kind)
    except MediaError:
        return
    document.text.encode()  # has no half characters
    assert (document.seconds[:, 0] <= document.seconds[:, 1]).all()
    assert (document.part[1:] > document.part[:-1]).all()


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(0, 1e4), st.text(max_size=20)).map(
            lambda one: {"start": one[0], "end": one[0] + one[1], "text": one[2]}
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_sentence_is_where_its_part_says(sentences: list[dict[str, object]]) -> None:
    document = read(json.dumps(sentences))
    said = [one for one in sentences if str(one["text"]).strip()]
    assert document.seconds.tolist() == [[one["start"], one["end"]] for one in said]
    for start, one in zip(document.part.tolist(), said, strict=True):
        assert document.text.startswith(str(one["text"]), start)
