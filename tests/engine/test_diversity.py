"""Diversity: what counts as nearly the same, on things whose differences are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.engine.diversity import Diversity, diversity, looks_of, near_duplicates, stands_in
from simengine.engine.gallery import world_scene
from simengine.errors import UsageError
from simengine.world.scene import Asset
from simengine_scenes.driving import LIBRARY


def asset(seed: int = 1, colour: str = "blue") -> Asset:
    build = LIBRARY.entities["car"].build
    assert build is not None
    return build("sedan", {"colour": colour}, seed)


def stretched(thing: Asset, by_m: float) -> Asset:
    """The same with the farthest vertex of its first mesh moved."""
    mesh = thing.meshes[thing.parts[0].mesh]
    vertices = mesh.vertices_m.copy()
    vertices[int(np.argmax(vertices[:, 0])), 0] += by_m
    return replace(thing, meshes=(*thing.meshes[:0], replace(mesh, vertices_m=vertices), *thing.meshes[1:]))


def test_near_duplicates_are_those_that_differ_by_less_than_the_eye_sees():
    """A copy is one; 9 mm longer still is, 11 mm is not; another paint is not, nor is another model. Of n copies all
    but the first count."""
    car = asset()
    looks = looks_of(car)
    assert car.parts[0].mesh == 0
    assert near_duplicates([looks] * 5) == 4
    assert near_duplicates([looks, looks_of(stretched(car, 0.009))]) == 1
    assert near_duplicates([looks, looks_of(stretched(car, 0.011))]) == 0
    assert near_duplicates([looks, looks_of(asset(colour="red"))]) == 0
    build = LIBRARY.entities["car"].build
    assert build is not None
    assert near_duplicates([looks, looks_of(build("suv", {"colour": "blue"}, 1))]) == 0


def test_colours_are_compared_in_lab():
    """Middle grey of 21.8 % has L* 53.8, a* = b* = 0; sRGB red L* 53.2, a* 80.1, b* 67.2 (CIE 15 with D65)."""
    from simengine.engine.diversity import _lab  # pyright: ignore[reportPrivateUsage]

    assert _lab(np.array([0.218, 0.218, 0.218])) == pytest.approx([53.8, 0.0, 0.0], abs=0.1)
    assert _lab(np.array([1.0, 0.0, 0.0])) == pytest.approx([53.24, 80.09, 67.20], abs=0.05)


def test_worlds_are_compared_by_what_stands_where():
    """The same seed gives the same set; another seed another street."""
    street = LIBRARY.worlds["street"]
    one, again, other = (stands_in(world_scene(street, {}, seed)) for seed in (1, 1, 2))
    assert one == again and len(one & other) / len(one | other) < 0.95


def test_diversity_of_kinds():
    """Words and models are drawn evenly: of 60 draws of 4 models each occurs (missing one has a chance of 1e-7). Cargo
    has six varieties: of 12 draws some must repeat, by the pigeonhole principle, if its looks depend on nothing else;
    people draw clothes, so no two of 12 are alike."""
    said: list[str] = []
    (people,) = diversity(["pedestrian"], 60, 3, lambda event: said.append(event.text))
    assert people.covered["model"] == 1.0 and people.draws == 60 and said
    assert people.rate < 0.05 and people.triangles[0] > 100
    assert Diversity("x", 4, 0, 1, {}, (1, 1.0, 1)).rate == 0.25
    assert Diversity("x", 4, 4, 0, {}, (0, 0.0, 0)).rate == 0.0


def test_wrong_names_and_numbers():
    with pytest.raises(UsageError, match="did you mean 'car'"):
        diversity(["carr"], 10, 0, lambda event: None)
    with pytest.raises(UsageError, match="2 or more"):
        diversity(["car"], 1, 0, lambda event: None)


def test_each_result_is_told_as_it_comes():
    """One note a name, in their order, before the next one is drawn."""
    told = []
    found = diversity(["cone", "barrier"], 4, 0, told.append)
    notes = [(k, e) for k, e in enumerate(told) if e.kind == "note"]
    assert [e.text.split(":")[0] for _, e in notes] == [d.name for d in found]
    assert not [e for e in told[: notes[0][0]] if e.text.startswith(found[1].name)]
