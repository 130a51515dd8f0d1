"""How values are shown."""

import pytest

from shotprint.console.render import clock, span


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "—"), (0.85, "850 ms"), (4.2, "4.2 s"), (180, "3 min"), (200, "3 min 20 s"), (3600, "1 h"),
     (3659, "1 h"), (18240, "5 h 4 min"), (86400, "24 h")],
)  # fmt: skip
def test_how_long_something_took_is_said_shortly(seconds: float | None, shown: str) -> None:
    assert span(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "—"), (0, "0:00.0"), (-1, "0:00.0"), (59.96, "1:00.0"), (3723.44, "1:02:03.4")],
)
def test_a_place_on_a_time_line_is_shown_as_players_do(seconds: float | None, shown: str) -> None:
    assert clock(seconds) == shown
