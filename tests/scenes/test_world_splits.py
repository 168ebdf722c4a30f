"""What worlds bring along keeps to ``split``: nothing of many looks is both in what is learned from and in tests."""

from __future__ import annotations

from collections import defaultdict

import pytest

from simengine.engine.gallery import world_scene
from simengine.world.scene import Scene
from simengine.world.splits import among, held_out, within
from simengine_scenes import driving, warehouse

WORLDS = {**driving.LIBRARY.worlds, **warehouse.LIBRARY.worlds}
CASES = {
    "parking_lot": ({}, ("car", "plants", "trees")), "rural": ({"length": 200.0}, ("bushes", "trees")),
    "street": ({"length": 100.0}, ("tree",)), "hall": ({}, ("pallet", "rack_load")),
}  # fmt: skip


def looks(scene: Scene, kind: str) -> set[tuple[bytes, tuple[str, ...]]]:
    """Shape and paints of each piece of things of a kind; of cars only what is painted, as they share their tyres."""
    found: set[tuple[bytes, tuple[str, ...]]] = set()
    whole: dict[int, list[tuple[bytes, tuple[str, ...]]]] = defaultdict(list)
    for part in scene.parts:
        if part.entity >= 0 and scene.entities[part.entity].kind == kind:
            mesh = scene.meshes[part.mesh]
            paints = tuple(sorted({scene.materials[m].name for m in mesh.face_material.tolist()}))
            if kind == "car":
                whole[part.entity].append((mesh.vertices_m.tobytes(), paints))
            else:
                found.add((mesh.vertices_m.tobytes(), paints))
    found |= {(b"".join(v for v, _ in parts), tuple(n for _, p in parts for n in p)) for parts in whole.values()}
    return found


@pytest.mark.parametrize("name", CASES)
def test_what_worlds_bring_along_keeps_to_the_split(name: str):
    """Two worlds of each part: they have such things, and no look of them in common."""
    values, kinds = CASES[name]
    learned, tested = (
        [world_scene(WORLDS[name], {**values, "split": s}, within(k, s)) for k in (1000, 1040)]
        for s in ("train", "held_out")
    )
    for kind in kinds:
        train, test = (set().union(*(looks(s, kind) for s in part)) for part in (learned, tested))
        assert train and test and not train & test, kind


@pytest.mark.parametrize("count", range(1, 13))
def test_few_looks_are_shared_out(count: int):
    """All of them without a split; with one the parts cover them and have none in common, from four looks on."""
    part = {s: {among(k, count, s) for k in range(count)} for s in ("all", "train", "held_out")}
    assert part["all"] == set(range(count)) == part["train"] | part["held_out"]
    if count >= 4:
        assert part["held_out"] == {k for k in range(count) if held_out(k)} == part["all"] - part["train"]
    else:
        assert part["train"] == part["held_out"] == part["all"]
