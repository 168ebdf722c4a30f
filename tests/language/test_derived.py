"""Where the sun stands by place and clock, in programs of the library ``driving``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import simengine
from simengine.errors import ProgramError
from simengine.world.ephemeris import FUNCTIONS

MUNICH = """\
        place.latitude = 48.137 deg
        place.longitude = 11.576 deg
        date.month = 6
        date.day = 21
        date.zone = 2 h
"""
DATED = f"""\
use driving
scenario dated "Sun by the clock":
    world street(length = 60 m):
{MUNICH}\
        date.hour ~ 6..21 h
    car ego on lane(1) at s(20 m)
    require sun.elevation > 20 deg
    do:
        wait 1 s
        date.hour = 20 h
        wait 1 s
    sensor front on ego = camera(size = (32, 24), fov = 60 deg)
    record front: depth at 1 hz
"""


def load(folder: Path, text: str) -> simengine.Program:
    file = folder / "dated.scn"
    file.write_text(text, encoding="utf-8")
    return simengine.load(str(file))


def test_the_sun_follows_the_clock_in_draws_and_frames(tmp_path: Path) -> None:
    """Drawn hours give elevations, which ``require`` sees; a clock that is set while running moves the sun, and frames
    tell it, with place and date. The sun is the ephemeris's own."""
    place = np.radians([48.137, 11.576])
    for episode in simengine.episodes(load(tmp_path, DATED), variants=1, seed=3):
        values = episode.scenario.values
        hour = values["world.date.hour"]
        expected = FUNCTIONS["sun_elevation"](*place, 2026, 6, 21, hour, 7200.0)
        assert values["world.sun.elevation"] == pytest.approx(float(expected), abs=1e-12)
        assert values["world.sun.elevation"] > np.radians(20.0)
        first, *_, last = episode
        assert first.weather["sun.elevation"] == values["world.sun.elevation"]
        assert last.weather["sun.elevation"] == pytest.approx(
            float(FUNCTIONS["sun_elevation"](*place, 2026, 6, 21, 72_000.0, 7200.0)), abs=1e-12
        )
        assert last.weather["date.hour"] == 72_000.0 and last.weather["place.latitude"] == pytest.approx(place[0])


def test_frames_without_a_date_tell_none(tmp_path: Path) -> None:
    """A sun that was set by hand comes from no place."""
    text = DATED.replace(MUNICH, "").replace("date.hour ~ 6..21 h", "sun.elevation ~ 21..30 deg")
    text = text.replace("date.hour = 20 h", "sun.elevation = 10 deg")
    (episode,) = simengine.episodes(load(tmp_path, text), variants=1, max_frames=1)
    assert not [n for n in next(iter(episode)).weather if n.startswith(("place.", "date."))]


@pytest.mark.parametrize(
    "old, new, code, words",
    [
        ("date.hour ~ 6..21 h", "date.hour = 9 h\n        sun.elevation = 3 deg", "E0202", "take 'sun.elevation' out"),
        ("        date.day = 21\n", "", "E0205", "counts only together with 'date.day'"),
        ("        date.hour = 20 h", "        sun.azimuth = 3 deg", "E0216", "set 'date.hour'"),
        ("date.month = 6", "date.month = 13", "E0208", "1..12"),
    ],
)
def test_what_cannot_be_is_said_once(tmp_path: Path, old: str, new: str, code: str, words: str) -> None:
    """Two suns, half a date, a sun set beside the clock and a thirteenth month are one message each."""
    with pytest.raises(ProgramError) as caught:
        load(tmp_path, DATED.replace(old, new, 1))
    assert code in str(caught.value) and words in str(caught.value) and "1 error" in str(caught.value)
