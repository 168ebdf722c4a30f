"""Lane graphs, weather and the tables that programs are checked against."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.world.library import Library, WorldKind
from simengine_scenes import driving, warehouse
from simengine_scenes.roads.section import PARKING_WIDTH_M, SHOULDER_WIDTH_M
from simengine_scenes.weather import environment

STREET, HIGHWAY = driving.LIBRARY.worlds["street"], driving.LIBRARY.worlds["highway"]
MM_PER_HOUR = 1e-3 / 3600.0


def _lanes(world: WorldKind, **values: object):
    assert world.lanes is not None
    return world.lanes(values)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([STREET, HIGHWAY]), st.integers(1, 6), st.floats(3.0, 5.0), st.floats(200.0, 2000.0),
    st.sampled_from(["none", "left", "right", "both"]),
)  # fmt: skip
def test_lanes_lie_side_by_side_from_the_right(
    world: WorldKind, count: int, width: float, length: float, parking: str
) -> None:
    """Lane 0 is the rightmost (smallest y). Neighbours are one width apart and name each other; a lane that comes
    the other way has its centre line reversed. The kerbs leave exactly the parking strips (or the shoulder) free."""
    graph = _lanes(world, lanes=float(count), lane_width=width, length=length, parking=parking)
    assert len(graph.lanes) == count
    ys = [lane.centre.points_m[0, 1] for lane in graph.lanes]
    assert np.allclose(np.diff(ys), width) and sum(ys) == pytest.approx(0.0, abs=1e-9)
    for i, lane in enumerate(graph.lanes):
        assert lane.right == i - 1 and lane.left == (i + 1 if i + 1 < count else -1)
        assert lane.centre.length_m == pytest.approx(length)
        assert (lane.centre.points_m[-1, 0] > lane.centre.points_m[0, 0]) == lane.forward
    forward = [lane.forward for lane in graph.lanes]
    assert forward == ([True] * count if world is HIGHWAY else [i < (count + 1) // 2 for i in range(count)])
    right = min(ys) - 0.5 * width - graph.curves["curb.right"].points_m[0, 1]
    strip = SHOULDER_WIDTH_M if world is HIGHWAY else PARKING_WIDTH_M * (parking in ("right", "both"))
    assert right == pytest.approx(strip)
    if world is STREET:
        left = graph.curves["curb.left"].points_m[0, 1] - max(ys) - 0.5 * width
        assert left == pytest.approx(PARKING_WIDTH_M * (parking in ("left", "both")))


@pytest.mark.parametrize("world", [STREET, HIGHWAY], ids=lambda w: w.name)
def test_weather_comes_in_si_and_leaves_in_the_units_of_the_environment(world: WorldKind) -> None:
    """The language hands over SI: 36 mm/h are 1e-5 m/s. From 4 mm/h of rain on the ground is soaked."""
    assert world.environment is not None
    env = world.environment({"rain": 1e-5, "lamps.lit": 1.0, "sun.elevation": -0.1, "fog.visibility": 150.0})
    assert env.rain_mmph == pytest.approx(36.0)
    assert env.ground_wetness() == 1.0 and env.wetness == 0.0 and env.lamps_lit is True
    assert env.sun_elevation_rad == -0.1 and env.fog_visibility_m == 150.0
    clear = world.environment({})
    assert clear.extinction_per_m() == 0.0 and clear.wetness == 0.0 and clear.lamps_lit is False


@given(st.floats(0.0, 300.0), st.floats(0.0, 300.0))
def test_more_rain_is_never_drier(a: float, b: float) -> None:
    """Wetness rises with the rain and stays within 0..1; half of what soaks the ground, 4 mm/h, wets it by half."""
    low, high = (environment({"rain": r / 3.6e6}).ground_wetness() for r in sorted((a, b)))
    assert 0.0 <= low <= high <= 1.0
    assert environment({"rain": 2.0 / 3.6e6}).ground_wetness() == pytest.approx(0.5)
    assert environment({"rain": 2.0 / 3.6e6, "wetness": 0.7}).ground_wetness() == 0.7


@pytest.mark.parametrize("library", [driving.LIBRARY, warehouse.LIBRARY], ids=lambda li: li.name)
def test_tables_are_consistent(library: Library) -> None:
    """Keys equal names; defaults lie within their bounds and among the choices; every model has a size."""
    for table in (library.worlds, library.entities):
        for name, kind in table.items():
            assert kind.name == name and kind.doc
            assert len({p.name for p in kind.properties}) == len(kind.properties)
            for p in kind.properties:
                assert p.doc
                if p.default is None:  # the asset says
                    continue
                if p.type.kind == "enum":
                    assert p.default in p.type.choices
                elif p.type.kind in ("real", "int"):
                    assert p.low <= p.default <= p.high
    for kind in library.entities.values():
        assert set(kind.models) <= set(kind.size_m)


def test_words_of_the_worked_examples_exist() -> None:
    """The four example programs use these properties, models and regions; a missing one would reject the program."""
    street = {p.name: p for p in STREET.properties}
    assert {"lanes", "lane_width", "parking", "length", "sun.elevation", "rain", "lamps.lit"} <= set(street)
    assert street["rain"].high >= 150 * MM_PER_HOUR and street["sun.elevation"].low <= -math.radians(6)
    assert {"road", "far_curb"} <= set(STREET.regions)
    assert {"lanes", "length"} <= {p.name for p in HIGHWAY.properties}
    assert {"car", "truck", "van", "bus", "motorbike", "sedan", "suv"} <= set(driving.LIBRARY.entities["car"].models)
    assert {"child_6y", "child_9y"} <= set(driving.LIBRARY.entities["pedestrian"].models)
    station = warehouse.LIBRARY.worlds["station"]
    assert {"bench_height", "light.kind", "light.level", "light.flicker"} <= {p.name for p in station.properties}
    assert {"bench", "base"} <= set(station.regions)
    kinds = {n: {p.name for p in k.properties} for n, k in warehouse.LIBRARY.entities.items()}
    assert {"wear", "wet"} <= kinds["tote"] and "arm" in kinds
    assert {"asset", "yaw", "roughness", "mass", "tint"} <= kinds["item"]
