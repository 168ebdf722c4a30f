"""People who go to something stand before it in the end."""

from __future__ import annotations

import pytest

from simengine.engine.simulate import simulate
from tests.engine.driving import variants_of

BODY = """world street(lanes = 2, length = 200 m)
bus stopped on lane(1) at s(60 m)
pedestrian aside at (60 m, 5 m)
pedestrian behind at (40 m, -1.75 m)
pedestrian inside at (61 m, 5 m)
do:
    parallel:
        one: aside.walk(to = stopped, speed = 1.5 m/s)
        two: behind.run(to = stopped, speed = 3 m/s)
        serial:
            wait until one.ended
            three: inside.run(to = aside, speed = 2 m/s)
stop after 12 s"""


def test_who_goes_to_something_stands_before_it() -> None:
    """Beside the middle of the bus the way ends half its width, half the person and 15 cm from its middle; behind it,
    half its length and as much. Who comes to the back of somebody stands half of both and 15 cm away. Arrival is within
    5 cm."""
    variants = variants_of(BODY)
    (trace,) = simulate(variants)
    assert all(trace.time_of(f"{phase}.ended") is not None for phase in ("one", "two", "three"))
    assert trace.summary.overlaps == ()
    half = {name: 0.5 * size for name, size in zip(trace.names, variants.size_m[0], strict=True)}
    at = {name: trace.track(name)[-1] for name in trace.names}
    room = {name: 0.15 + half[name][:2].max() for name in half}
    aside, behind, inside = (at[n] - at["stopped"] for n in ("aside", "behind", "inside"))
    assert aside[:2] == pytest.approx([0.0, half["stopped"][1] + room["aside"]], abs=0.05)
    assert behind[:2] == pytest.approx([-half["stopped"][0] - room["behind"], 0.0], abs=0.05)
    assert (inside - aside)[1] == pytest.approx(half["aside"][0] + room["inside"], abs=0.05)
    assert abs(inside - aside)[0] < half["aside"][1] + room["inside"]
