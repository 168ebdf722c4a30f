"""What every surface of the libraries is made of, for radars, thermal cameras and light of 1550 nm."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import simengine_scenes
from simengine.world.materials import Material, Pattern
from simengine.world.substances import Substance, substance_of
from simengine_scenes.station.goods_looks import MADE_OF, Looks
from simengine_scenes.station.materials import tote_plastic

TABLE = Path(__file__).with_name("substances.txt")
"""A line a substance: its word, and the names of all materials of modules that are of it. What is missing here has no
expectation yet: think of what it is made of, and let the material say so where its name does not."""


def _within(value: Any) -> Iterator[Material]:
    if isinstance(value, Material):
        yield value
    elif isinstance(value, list | tuple):
        for v in value:
            yield from _within(v)
    elif isinstance(value, Mapping):
        for v in value.values():
            yield from _within(v)


@cache
def everything() -> dict[str, Material]:
    """Materials that stand in modules of the scenes, by name."""
    names = [m.name for m in pkgutil.walk_packages(simengine_scenes.__path__, "simengine_scenes.")]
    return {m.name: m for n in names for v in list(vars(import_module(n)).values()) for m in _within(v)}


def test_every_material_is_of_what_it_should_be_of():
    """All of them against a table that people have read: none takes the default without being expected to."""
    rows = [line.split(": ") for line in TABLE.read_text().splitlines()]
    expected = {name: Substance(word) for word, names in rows for name in names.split()}
    assert {n: substance_of(m) for n, m in sorted(everything().items())} == dict(sorted(expected.items()))


@pytest.mark.parametrize("tint", ["grey", "blue"])
def test_worn_totes_are_polypropylene_like_new_ones(tint: str):
    """Wear gives them a stained pattern, the one that plaster has; they are not plaster."""
    for wear, wet in ((0.0, 0.0), (0.2, 0.0), (0.9, 0.5)):
        assert substance_of(tote_plastic(tint, wear, wet)) is Substance.PLASTIC


def test_goods_are_of_what_their_surfaces_are_called():
    """Patterns are those of other stuff: foam and cork have that of asphalt, bananas that of plaster."""
    looks = Looks("", 0.5, 0.2, 0.0, 1)
    made = {n: substance_of(looks.own(n, "888888", 0.5, Pattern.ASPHALT)) for n in MADE_OF}
    assert {n: s.value for n, s in made.items()} == MADE_OF
    assert made["copper"] is Substance.METAL and Substance.STONE not in {made[n] for n in ("foam", "cork", "banana")}
    assert substance_of(looks.steel()) is substance_of(looks.brass()) is Substance.METAL
