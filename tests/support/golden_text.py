"""The text of the golden prints: speech in several scripts, with all that folding changes."""

from __future__ import annotations

import json

SENTENCES = (
    "The train had left before dawn; nobody at the station saw it go.",
    "Der Zug fuhr in aller Frühe ab – niemand hat ihn in der Straße gehört.",
    "火車在黎明前離開了，車站裡沒有人看見它。",
    "列車は夜明け前に出た。ﾀﾞﾚも見ていない。",
    "Поезд ушёл до рассвета, и никто этого не видел.",
    "غادر القطار قبل الفجر ولم يره أحد ١٢٣",
    "ｆｕｌｌ ｗｉｄｔｈ, ﬁne ①②③, naïve cafe\u0301, soft\u00adhyphen, Неllо",
    "기차는 새벽이 되기 전에 떠났다.",
    "रेलगाड़ी भोर से पहले निकल गई।",
)


def golden_text() -> bytes:
    """The file: what speech recognition tells, in UTF-16."""
    said = [{"start": 3 * n, "end": 3 * n + 2.5, "text": text} for n, text in enumerate(SENTENCES)]
    return json.dumps(said, ensure_ascii=False).encode("utf-16")
