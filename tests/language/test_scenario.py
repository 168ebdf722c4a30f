"""The frozen scenario: exact JSON, identity, table rows."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.errors import UsageError
from simengine.language.sample import Sampler
from simengine.language.scenario import Scenario, canonical_json, si_unit, source_digest
from simengine.units import DIMENSIONS
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
        "parked.count": 2.0, "ego.speed [m/s]": 10.0, "side": "right", "lit": True, "parked[1].@by [m]": 1.0,
        "parked[2].@by [m]": 1.0, "ve [m/s]": 1.0, "word": 2.0, "wetness": 0.5,
    }  # fmt: skip


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
