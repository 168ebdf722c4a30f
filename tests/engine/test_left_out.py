"""Variants that meet an error of their own: the others are given all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import simengine
from simengine.errors import SimEngineError

TEXT = """
use driving

scenario t:
    world junction(length = 60 m)
    car ego on lane(1) at s(5 m):
        speed = 8 m/s
    param w: time ~ {WAITS}
    do:
        wait w
        ego.turn(direction = left)
    stop after 13 s
    sensor front on ego = camera(size = (8, 8), fov = 60 deg)
    record front: depth at 1 hz
"""


def written(folder: Path, waits: str) -> Path:
    path = folder / "t.scn"
    path.write_text(TEXT.replace("WAITS", waits), "utf-8")
    return path


def test_a_bad_variant_is_left_out_and_named(tmp_path: Path) -> None:
    """After 12 s ego is beyond the corner (8 m/s, 60 m): variants that wait so long cannot turn, the others can."""
    path = written(tmp_path, "1 s, 12 s")
    with pytest.warns(UserWarning, match="variant 2 is left out: .*'ego' cannot turn left"):
        given = [e.variant for e in simengine.episodes(path, variants=2, seed=3, first=1, max_frames=1)]
    assert given[0] == 1  # as it comes alone
    assert len(given) == 2
    assert 2 not in given


def test_what_fails_always_is_an_error(tmp_path: Path) -> None:
    """All of the first variants fail: nothing comes, and the error says why."""
    with pytest.raises(SimEngineError, match="'ego' cannot turn left"):
        list(simengine.episodes(written(tmp_path, "11 s, 12 s"), variants=1, seed=3, max_frames=1))
