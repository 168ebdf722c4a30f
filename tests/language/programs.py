"""A small library and a base program for the tests of the language: they do not change when the shipped ones do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simengine.language import CheckResult, Program, check_text, parse_text
from simengine.world.lanes import LaneGraph
from simengine.world.library import BOOL, INT, NUMBER, EntityKind, Library, Property, WorldKind, enum, quantity
from simengine.world.scene import Asset


def _lanes(values: Mapping[str, Any]) -> LaneGraph:
    return LaneGraph()


def _build(model: str, values: Mapping[str, Any], seed: int) -> Asset:
    raise AssertionError("the checker builds nothing")


TOWN = WorldKind(
    "street",
    (
        Property("lanes", INT, 2.0, 1.0, 6.0, "number of lanes"),
        Property("lane_width", quantity("length"), 3.2, 2.0, 6.0),
        Property("parking", enum("none", "left", "right", "both"), "none"),
        Property("length", quantity("length"), 100.0, 10.0, 5000.0),
        Property("sun.elevation", quantity("angle"), 0.7, -1.6, 1.6),
        Property("rain", quantity("speed"), 0.0, 0.0, 1e-4),
        Property("lamps.lit", BOOL, False),
    ),
    ("road", "far_curb", "near_curb"),
    _lanes,
    build=lambda builder, values, seed: _lanes(values),
)
TOWN_LIBRARY = Library(
    "town",
    {"street": TOWN},
    {
        "car": EntityKind(
            "car", "vehicle", (), ("sedan", "suv", "van"), _build,
            {"sedan": (4.6, 1.8, 1.45), "suv": (4.7, 1.9, 1.7), "van": (5.3, 2.0, 2.1)},
        ),
        "pedestrian": EntityKind("pedestrian", "person", (), ("child_6y", "child_9y", "adult"), _build, {}),
        "crate": EntityKind("crate", "object", (Property("mass", quantity("mass"), 1.0, 0.001, 50.0),
                                                Property("wet", NUMBER, 0.0, 0.0, 1.0)), (), None, {}),
    },
)  # fmt: skip
LIBRARIES = {"town": TOWN_LIBRARY}

BASE = """\
use town

scenario dart "A child runs out":
    tags ncap.CPNCO, nhtsa.12
    world street(lanes = 2, lane_width ~ 3.0..3.5 m, parking = right, length = 200 m):
        sun.elevation ~ -6..3 deg
        rain ~ 16..60 mm/h
        lamps.lit ~ {yes: 0.7, no: 0.3}

    car ego on lane(1) at s(20 m):
        speed ~ 20..60 km/h step 10 km/h
        controller = aeb(reaction ~ 0.2..0.6 s)
    car parked[~ 3..7] along curb(right) by ~ 0.8..2.5 m:
        model ~ {sedan: 4, suv: 3, van: 2}
    pedestrian kid between parked[1] and parked[2]:
        model ~ {child_6y, child_9y}
        speed ~ normal(2.6 m/s, 0.5 m/s) within 1.4..4.0 m/s

    param gap: time ~ 1.2..3.0 s "time to conflict point"
    require not ego.sees(kid) "child must start hidden"
    require ego.speed * gap > 9 m

    do:
        wait until ego.time_to(kid.crossing) < gap
        dart: kid.run(across = road, speed = kid.speed)
        one_of:
            case 0.8:
                kid.run(to = far_curb)
            case 0.2:
                kid.freeze() for ~ 0.5..1.5 s
    stop when ego.passed(kid) or collision(ego, kid)
    stop after 12 s

    ensure eventually within 8 s visible(kid, front) > 30 %
    expect always distance(ego, kid) > 0.3 m

    sensor front on ego = camera(size = (1280, 720), fov = 60 deg, mount = (1.6 m, 0 m, 1.4 m)):
        exposure = auto
        lens.droplets ~ 0..0.3
    sensor roof on ego = lidar(channels = 64, range = 120 m)
    record front: rgb, depth, box3d at 10 hz
    record roof: points, intensity at 10 hz

    cover ego.speed by 10 km/h
    cover kid.speed by 0.5 m/s over 1.4 m/s..4.0 m/s
    cover rain as rain_class bins [0, 2.5, 7.6, 50, 150] mm/h
    cover visible(kid, front) as first_seen at dart.started by 20 %
    cross ego.speed, kid.speed, rain_class ways 2
"""
"""Uses most of the language; valid and without warnings."""


def check(text: str) -> CheckResult:
    """Check against the test library."""
    return check_text(text, "t.scn", libraries=LIBRARIES)


def program(*lines: str) -> Program:
    """The program of a scenario with these lines in a street."""
    body = "".join(f"    {line}\n" for line in lines)
    return parse_text(f"use town\nscenario t:\n    world street(lanes = 2)\n{body}", "t.scn", libraries=LIBRARIES)[0]


def codes(*lines: str) -> list[str]:
    """Codes of the diagnostics of a scenario with these lines in a street."""
    body = "".join(f"    {line}\n" for line in lines)
    return [d.code for d in check(f"use town\nscenario t:\n    world street(lanes = 2)\n{body}").diagnostics]


def changed(old: str, new: str, text: str = BASE) -> str:
    """The base program with one place replaced, which must exist."""
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)
