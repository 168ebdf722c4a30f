"""Orders to arrive together that come too late are refused when they are given."""

from __future__ import annotations

import pytest

from simengine.errors import ProgramError
from tests.engine.driving import run, variants_of

ROAD = """world highway(lanes = 2, length = 1 km)
car ego on lane(1) at s(100 m):
    speed = 20 m/s
    model = sedan
car o on lane(2) at s(150 m):
    speed = 10 m/s
    model = sedan
stop after 0.1 s
do:
    ego.synchronise(at = s({at} m), target = o, lead = {lead} s)
"""


def refused(at: float, lead: float) -> tuple[str, float]:
    """What is told, and half a sedan: how far its front is ahead of its middle."""
    body = ROAD.format(at=at, lead=lead)
    with pytest.raises(ProgramError) as caught:
        run(body)
    return str(caught.value), 0.5 * float(variants_of(body).size_m[0, 0, 0])


def test_behind() -> None:
    """Middles are at 100 m and at 150 m, fronts half a length ahead: so much beyond s(80 m) and s(140 m)."""
    told, half = refused(80, 0)
    assert f"'ego' cannot synchronise any more: its front is {20.0 + half:.1f} m beyond the place" in told
    assert "(variant 0, tick 0)" in told
    told, half = refused(140, 0)
    assert f"'o' is {10.0 + half:.1f} m beyond the place" in told


def test_lead_is_over() -> None:
    """At 10 m/s the other front is at s(200 m) in 5 s less half a length; 7.5 s of lead are 2.5 s and that more."""
    told, half = refused(200, 7.5)
    assert f"with this lead on 'o' it would have to be there since {2.5 + half / 10.0:.1f} s" in told


def test_in_time() -> None:
    """With 4 s of lead there is most of a second left: nothing is refused for being hard to reach."""
    (trace,) = run(ROAD.format(at=200, lead=4))
    assert trace.stop_tick == 10
