"""What is held out for tests is never met by those who learn, in things and in worlds."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from simengine.engine.cast import VARIETIES, build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.variation import Variation
from simengine.language import check_text
from simengine.rng import stream
from simengine.world.library import EntityKind
from simengine.world.scene import Asset
from simengine.world.splits import SPLIT, held_out, within
from simengine_scenes.driving import LIBRARY as DRIVING
from simengine_scenes.shapes.shades import shades_of
from simengine_scenes.warehouse import LIBRARY as WAREHOUSE

KINDS = {k.name: k for library in (DRIVING, WAREHOUSE) for k in library.entities.values()}
SHORT = 8
"""Varieties that are built of each model: two of them are held out."""


def models(kind: EntityKind) -> list[str]:
    return list(kind.models) or [n for n in kind.size_m if n] or [""]


def look(asset: Asset) -> tuple[object, ...]:
    """Everything that one sees of a thing."""
    return tuple(asset.materials), tuple(m.vertices_m.tobytes() for m in asset.meshes)


def looks(kind: EntityKind, model: str, varieties: Iterable[int]) -> set[int]:
    assert kind.build is not None
    values = {p.name: p.default for p in kind.properties}
    return {hash(look(kind.build(model, values, v))) for v in varieties}


def test_a_split_keeps_every_look_to_itself():
    """1,000 draws of 64 varieties: those of train are never held out, those of held_out always; ``all`` has them as
    drawn. A quarter is held out, and each of the 48 others is as likely (1,000 / 48 = 21 times, +- 5 sigma)."""
    draws = stream(5, "splits").integers(VARIETIES, size=1000).tolist()
    train = [within(v, "train") for v in draws]
    assert not any(map(held_out, train)) and all(held_out(within(v, "held_out")) for v in draws)
    assert [within(v, "all") for v in draws] == draws and sum(map(held_out, range(VARIETIES))) == VARIETIES // 4
    assert {within(v, "train") for v in range(VARIETIES)} == {v for v in range(VARIETIES) if not held_out(v)}
    counts = np.bincount(train, minlength=VARIETIES)
    assert counts.max() < 21 * 4 / 3 + 5 * 28**0.5


def test_shades_of_held_out_varieties_are_their_own():
    """1,000 varieties: the first shades of one part and of the other have none in common."""
    train = {shades_of(v)[0] for v in range(1000) if not held_out(v)}
    kept = {shades_of(v)[0] for v in range(1000) if held_out(v)}
    assert not train & kept and len(train | kept) == 30


@pytest.mark.parametrize("name", sorted(KINDS))
def test_no_look_of_a_thing_is_in_both_parts(name: str):
    """Of each kind of thing: the first model, eight varieties. Not one of the held-out ones looks as another does."""
    kind = KINDS[name]
    if kind.build is None:
        pytest.skip("has no geometry")
    model = models(kind)[0]
    train = looks(kind, model, (v for v in range(SHORT) if not held_out(v)))
    kept = looks(kind, model, (v for v in range(SHORT) if held_out(v)))
    assert train and kept and not train & kept


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(KINDS))
def test_no_look_of_any_model_is_in_both_parts(name: str):
    """The same for all models and all 64 varieties."""
    kind = KINDS[name]
    for model in models(kind):
        train = looks(kind, model, (v for v in range(VARIETIES) if not held_out(v)))
        assert not train & looks(kind, model, (v for v in range(VARIETIES) if held_out(v))), model


def test_every_world_has_the_split():
    """The property is there, changes no place and no lane, and is ``all`` unless said."""
    for library in (DRIVING, WAREHOUSE):
        for world in library.worlds.values():
            assert SPLIT in world.properties, world.name
    assert not SPLIT.spatial and SPLIT.default == "all"


SCENARIO = """use driving
scenario two_cars "Two cars in a street":
    world street(length = 60 m):
        split = {split}
    car ego on lane(1) at s(10 m)
    car other on lane(1) at s(30 m)
    do:
        ego.drive(speed = 5 m/s)
    stop after 0.1 s
"""


def scene_materials(split: str, index: int) -> tuple[str, ...]:
    """Paints of the two cars of a variant."""
    (program,) = check_text(SCENARIO.format(split=split), libraries=libraries()).programs
    (run,) = Variation(program, 0, "random").simulate([index])
    scene = build_scene(program, run.scenario, libraries(), 0)
    parts = [p for p in scene.parts if p.name == "body"]
    return tuple(scene.meshes[p.mesh].name for p in parts)


def test_a_scenario_asks_for_a_split():
    """The word of the world decides which cars stand in it; drawn and simulated are the same starts."""
    every, train, kept = ({scene_materials(split, k) for k in range(3)} for split in ("all", "train", "held_out"))
    assert not train & kept and every
