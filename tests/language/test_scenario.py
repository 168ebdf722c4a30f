"""The frozen scenario: exact JSON, identity, table rows."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.engine.catalogue import libraries
from simengine.errors import UsageError
from simengine.language import Program, parse_text
from simengine.language.decimals import in_unit
from simengine.language.display import usual_unit
from simengine.language.sample import Sampler
from simengine.language.scenario import Scenario, canonical_json, si_unit, source_digest
from simengine.units import DIMENSIONS, UNITS
from simengine.world.library import BOOL, INT, enum, quantity

from . import builder as b
from .builder import Maker
from .test_sample import random_program

VALUES = st.recursive(
    st.one_of(st.floats(), st.booleans(), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5), st.integers(0, 2**63), st.integers(0, 2**62))
@settings(max_examples=100, deadline=None)
def test_json_is_exact(values: dict, seed: int, index: int) -> None:
    """Every float comes back to the last bit (shortest decimals do), inf and nan too; so the digest is stable."""
    before = Scenario("p", "0" * 64, seed, "random", index, 0, values, {"a": "m/s"}, tuple(values))
    after = Scenario.from_json(before.to_json())
    assert after.to_json() == before.to_json() and after.digest == before.digest
    assert json.loads(before.to_json())["seed"] == seed
    assert repr(dict(sorted(after.values.items()))) == repr(dict(sorted(before.values.items())))


def test_the_digest_is_the_identity_of_a_run() -> None:
    """Same draw, same digest; another variant, seed or source, another digest; the order of values is no difference."""
    program = random_program(2)
    a = Sampler(program, 0).draw([3]).scenario(0)
    assert a.digest == Sampler(random_program(2), 0).draw([1, 3]).scenario(1).digest
    others = [
        Sampler(program, 0).draw([4]).scenario(0), Sampler(program, 1).draw([3]).scenario(0),
        Sampler(replace(program, source="other"), 0).draw([3]).scenario(0),
    ]  # fmt: skip
    assert len({a.digest, *(o.digest for o in others)}) == 4
    assert replace(a, values=dict(reversed(a.values.items()))).digest == a.digest
    assert a.source == source_digest(program) and len(a.digest) == 64


def test_rows_have_units_in_their_names() -> None:
    """Drawn values only: components of a joint table in place of the table, elements of arrays one by one."""
    m = Maker()
    word = enum("left", "right")
    m.array("parked", b.span(2, 2), 3)
    m.let("ego.speed", b.kmh(36, 36), b.SPEED)
    m.let("fixed", b.lift(1.0))
    m.let("side", b.choice(["right"], word), word)
    m.let("lit", b.choice([True]), BOOL)
    m.let("parked.@by", b.span(1, 1), b.LENGTH, array="parked")
    m.joint(("ve", "word"), b.choice([(1.0, 2.0)]), (b.SPEED, INT))
    m.let("wetness", b.span(0.5, 0.5))
    row = Sampler(m.program(), 0).draw([0]).scenario(0).row()
    assert row == {
        "parked.count": 2.0, "ego.speed [m/s]": 10.0, "side": "right", "lit": True, "parked[1].by [m]": 1.0,
        "parked[2].by [m]": 1.0, "ve [m/s]": 1.0, "word": 2.0, "wetness": 0.5,
    }  # fmt: skip


UNITS_AS_WRITTEN = """
use driving

scenario s:
    param low: speed = 20 km/h
    param turn: angle ~ -6..3 deg
    param half: angle ~ turn / 2..turn / 2 + 0.1 rad
    param share ~ 30..60 %
    param plain ~ 0..1
    param warmth: temperature ~ -10..30 C
    param delay ~ {500 ms, 800 ms}  # not 3 s
    param ve, headway ~ {(36 kph, 2 s), (54 kph, 3 s)}
    world street(lanes = 2, length = 200 m):
        rain ~ 16..60 mm/h
    car ego on lane(1) at s(20 m):
        speed ~ low..60 km/h step 10 km/h
    car parked[2] along curb(left) by ~ 80..250 cm:
        speed ~ low..low * 2
    require ve > 0 m/s and share + plain > 0 and warmth > 0 K and half > -9 rad and delay + headway > 0 s
"""


def as_written() -> Program:
    """A program whose units are of all kinds."""
    return parse_text(UNITS_AS_WRITTEN, libraries=libraries())[0]


def test_columns_are_in_the_units_of_the_text() -> None:
    """Each number reads as it was written: by its literals, by those of a name that it refers to, by its component."""
    draws = Sampler(as_written(), 3).draw(range(40))
    rows = [draws.scenario(k).row() for k in range(40)]
    units = {name.partition(" [")[0]: name.partition(" [")[2].rstrip("]") for name in rows[0]}
    assert units == {
        "turn": "deg", "half": "rad", "share": "%", "plain": "", "warmth": "C", "delay": "ms", "ve": "kph",
        "headway": "s", "world.rain": "mm/h", "ego.speed": "km/h", "parked[1].by": "cm", "parked[2].by": "cm",
        "parked[1].speed": "km/h", "parked[2].speed": "km/h",
    }  # fmt: skip
    assert {r["ego.speed [km/h]"] for r in rows} == {20.0, 30.0, 40.0, 50.0, 60.0}
    assert {(r["ve [kph]"], r["headway [s]"]) for r in rows} == {(36.0, 2.0), (54.0, 3.0)}
    assert {r["delay [ms]"] for r in rows} == {500.0, 800.0}
    assert all(-6 <= r["turn [deg]"] <= 3 and 16 <= r["world.rain [mm/h]"] <= 60 for r in rows)
    assert all(30 <= r["share [%]"] <= 60 and -10 <= r["warmth [C]"] <= 30 for r in rows)


def test_values_stay_in_si_and_the_identity_knows_no_display() -> None:
    """``scenario.json`` is exact SI; a scenario read from it is the same scenario with columns in SI."""
    scenario = Sampler(as_written(), 3).draw([5]).scenario(0)
    again = Scenario.from_json(scenario.to_json())
    assert again == scenario and again.digest == scenario.digest
    row, si = scenario.row(), again.row()
    assert si["ego.speed [m/s]"] == scenario.values["ego.speed"] == row["ego.speed [km/h]"] * UNITS["km/h"].scale
    assert si["warmth [K]"] == row["warmth [C]"] + 273.15


@given(st.integers(-10_000, 10_000), st.integers(0, 3), st.sampled_from(sorted(UNITS)))
@settings(max_examples=300, deadline=None)
def test_a_written_decimal_comes_back(digits: int, places: int, symbol: str) -> None:
    """A literal becomes ``number * scale + offset``; in its unit it is the number that was written, to the last bit."""
    unit, number = UNITS[symbol], digits / 10**places
    value = number * unit.scale + unit.offset
    shown = in_unit(value, unit)
    assert shown == number
    assert (
        not number or in_unit(math.nextafter(value, math.inf), unit) == number
    )  # and one rounding in the arithmetic does no harm


@given(st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda v: abs(v) > 1e-200), st.sampled_from(sorted(UNITS)))
@settings(max_examples=200, deadline=None)
def test_any_value_survives_its_unit(value: float, symbol: str) -> None:
    """Four roundings of 2^-52 at most, relative to the larger of value and offset; most values come back exactly."""
    unit = UNITS[symbol]
    shown = in_unit(value, unit)
    assert abs(shown * unit.scale + unit.offset - value) <= 4 * 2.0**-52 * max(abs(value), abs(unit.offset))


@pytest.mark.parametrize(
    ("name", "support", "symbol"),
    [
        ("angle", None, "deg"), ("angular_speed", None, "deg/s"), ("speed", (0.0, 4e-5), "mm/h"),
        ("speed", (0.0, 20.0), None), ("length", None, None), ("number", (0.0, 1.0), None),
    ],
)  # fmt: skip
def test_without_a_text_people_have_habits(name: str, support: tuple[float, float] | None, symbol: str | None) -> None:
    """Angles in degrees; a speed under 1 mm/s is rain (150 mm/h is 4.2e-5 m/s); else SI."""
    unit = usual_unit(DIMENSIONS[name], support)
    assert (unit.symbol if unit else None) == symbol


@pytest.mark.parametrize("dimension", list(DIMENSIONS))
def test_every_dimension_has_a_symbol(dimension: str) -> None:
    """A column never reads "[speed]" where it should read "[m/s]"; plain numbers have none."""
    symbol = si_unit(DIMENSIONS[dimension])
    assert (symbol == "") == (dimension == "number") and symbol not in DIMENSIONS
    assert si_unit(quantity("speed").dimension) == "m/s"


BAD = [
    "", "[]", "{}", "null", '{"format": "other"}', "{" * 100_000, '{"format": "simengine.scenario/1"}', b"\xff",
    '{"format": "simengine.scenario/1", "program": 1, "source": 2, "seed": "x"}',
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_bad_json_is_one_clear_error(text: str) -> None:
    """Anything that is no scenario raises UsageError and nothing else."""
    with pytest.raises(UsageError):
        Scenario.from_json(text)


def test_canonical_json_has_one_form() -> None:
    """Keys in order, no spaces, ASCII only; nan has no JSON form and is refused."""
    assert canonical_json({"b": [1.0, 0.1], "a": "é"}) == b'{"a":"\\u00e9","b":[1.0,0.1]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(math.nan)
