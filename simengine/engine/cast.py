"""From drawn variants to things: assets (cached), the cast of the physics, and the scene of a variant.

Entities that nothing in the program can move (no speed, no controller, no action) become static things of the scene,
all others become actors, in the order of the program: row k of a scene's ``WorldState`` is its k-th actor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from simengine.arrays import BoolArray
from simengine.engine.placement import Placement, place
from simengine.engine.variants import Slot, Variants
from simengine.errors import NotRunnableError
from simengine.geometry import transforms as tf
from simengine.language.program import Act, Assign, Block, Program, Timeline
from simengine.language.scenario import Scenario
from simengine.language.terms import Const, EntityRef
from simengine.physics.cast import Cast
from simengine.physics.pavement import kerb_paths, rise_m
from simengine.rng import stream, stream_key
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.library import Library
from simengine.world.scene import Asset, Box, Entity, Scene, VehicleDynamics
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment

__all__ = ["ON_PAVEMENTS", "VARIETIES", "build_scene", "cast_of", "moving_slots", "scene_of"]

ON_PAVEMENTS = ("person", "object")
"""Categories that stand on the pavements beyond raised kerbs; vehicles stay on the level of the road."""
VARIETIES = 64
"""Number of different looks of one model; a bound on what the cache of assets can hold."""
_Build = Callable[[str, Mapping[str, Any], int], Asset]


@lru_cache(maxsize=1024)
def _asset(build: _Build, model: str, variety: int, properties: tuple[tuple[str, Any], ...]) -> Asset:
    return build(model, dict(properties), variety)


@lru_cache(maxsize=256)
def _stand_in(kind: str, category: str, model: str, size_m: tuple[float, float, float]) -> Entity:
    """A body for the physics of a kind whose library knows sizes and builds no meshes."""
    length, width, height = size_m
    if category != "vehicle":
        eye = (0.5 * length, 0.0, 0.93 * height)
        whole = Box((0.0, 0.0, 0.5 * height), size_m)
        return Entity(kind, kind, model, CLASS_ID["static_object"], size_m, occluders=(whole,), eye_m=eye)
    lower = Box((0.0, 0.0, 0.35 * height), (length, width, 0.5 * height))
    upper = Box((-0.05 * length, 0.0, 0.8 * height), (0.5 * length, 0.85 * width, 0.4 * height))
    return Entity(
        kind, kind, model, CLASS_ID["car"], size_m, occluders=(lower, upper),
        eye_m=(0.05 * length, 0.18 * width, 0.8 * height),
        dynamics=VehicleDynamics(0.6 * length, 0.3 * length, 0.32),
    )  # fmt: skip


def _own_properties(variants: Variants, slot: Slot, row: int) -> tuple[tuple[str, Any], ...]:
    """Values of the properties that the kind adds to its category's: what its builder may look at."""
    own = {p.name for p in slot.kind.properties}
    if not own:
        return ()
    values = variants.properties(slot.decl.name, row, slot.element)
    return tuple(sorted((k, v) for k, v in values.items() if k in own))


def _template(variants: Variants, slot: Slot, row: int, index: int) -> Entity:
    model = variants.models[row][index]
    if slot.kind.build is None:
        length, width, height = variants.size_m[row, index].tolist()
        return _stand_in(slot.kind.name, slot.kind.category, model, (length, width, height))
    return _asset(slot.kind.build, model, 0, ()).entity


def cast_of(variants: Variants) -> Cast:
    """The physics' view of a batch: who takes part, how large, what hides what.

    The static world (houses, trees, lamps) hides nothing here: it stands beyond the kerbs, and building it for every
    proposal of the sampler would cost more than everything else together. Labels of rendered frames know it exactly.
    """
    slots = variants.roster.slots
    entities = tuple(
        tuple(
            _template(variants, slot, b, s) if variants.active[b, s] else None for s, slot in enumerate(slots)
        )
        for b in range(variants.count)
    )  # fmt: skip
    return Cast(tuple(s.name for s in slots), tuple(s.decl.category for s in slots), entities, variants.lane_graphs)


# ---- what moves ----------------------------------------------------------------------------------------------------


def _receivers(body: tuple[Timeline, ...]) -> set[str]:
    """Names of declarations that actions or assignments of a timeline can move."""
    out: set[str] = set()
    for statement in body:
        if isinstance(statement, Act):
            named = [statement.receiver, *statement.args.values()]  # free actions name what they move
            out |= {e.name for e in named if isinstance(e, EntityRef)}
        elif isinstance(statement, Assign):
            out.add(statement.target.partition(".")[0].partition("[")[0])
        elif isinstance(statement, Block):
            out |= _receivers(statement.body)
            for case in statement.cases:
                out |= _receivers(case.body)
    return out


def moving_slots(program: Program, slots: tuple[Slot, ...]) -> BoolArray:
    """Which slots can ever move, (S,): the same in all variants of a program."""
    acted = _receivers(program.timeline)
    for when in program.whens:
        acted |= _receivers(when.body)

    def moves(slot: Slot) -> bool:
        decl = slot.decl
        speed = program.definitions.get(f"{decl.name}.speed")
        stands = speed is None or (isinstance(speed.binding, Const) and float(speed.binding.value) == 0.0)
        driven = bool(decl.controllers)
        return decl.name in acted or driven or (decl.category == "vehicle" and not stands)

    return np.array([moves(s) for s in slots], np.bool_)


# ---- scenes --------------------------------------------------------------------------------------------------------


def build_scene(program: Program, scenario: Scenario, libraries: Mapping[str, Library], seed: int) -> Scene:
    """The scene of one frozen scenario: see :func:`scene_of`.

    Raises:
        ProgramError: its entities cannot be placed.
        NotRunnableError: the world or a kind of entity has no geometry in this version.
    """
    variants = Variants.of_scenarios(program, [scenario], libraries)
    placement = place(variants)
    placement.check(variants)
    return scene_of(variants, 0, placement, seed)


def scene_of(variants: Variants, row: int, placement: Placement, seed: int | None = None) -> Scene:
    """The scene of one variant: the static world and everything that takes part.

    Looks (colours, clothes) are drawn from streams named by seed, variant and entity, so that adding an entity changes
    no other.

    Args:
        variants: the batch.
        row: which variant of it.
        placement: of the batch.
        seed: of the looks; default: that of the batch.

    Raises:
        NotRunnableError: the world or a kind of entity has no geometry in this version.
    """
    kind, index = variants.world_kind, int(variants.indices[row])
    seed = variants.seed if seed is None else seed
    if kind.build is None:
        raise NotRunnableError(f"world '{kind.name}' has no geometry in this version, so it cannot be rendered")
    values = variants.world_values(row)
    builder = SceneBuilder(kind.environment(values) if kind.environment is not None else Environment())
    lanes = kind.build(builder, values, stream_key(seed, "world", index) >> 65)
    slots = variants.roster.slots
    moving = moving_slots(variants.program, slots)
    for s in np.flatnonzero(variants.active[row]):
        slot = slots[s]
        if slot.kind.build is None:
            raise NotRunnableError(f"'{slot.name}': a {slot.kind.name} has no geometry in this version")
        variety = int(stream(seed, "variety", index, slot.name).integers(VARIETIES))
        asset = _asset(slot.kind.build, variants.models[row][s], variety, _own_properties(variants, slot, row))
        pose = None
        if not moving[s]:
            x, y = placement.x_m[row, s], placement.y_m[row, s]
            ground = _ground_m(lanes, x, y) if slot.decl.category in ON_PAVEMENTS else 0.0
            position = np.array([x, y, placement.z_m[row, s] + ground])
            pose = tf.matrix_from_pose(position, tf.quaternion_from_yaw(placement.yaw_rad[row, s]))
        builder.place(asset, slot.name, pose)
    return builder.build(lanes)


def _ground_m(lanes: LaneGraph, x_m: float, y_m: float) -> float:
    """Height of the ground under a person or a thing."""
    kerbs, _, height_m = kerb_paths([lanes])
    return float(rise_m(kerbs.packed, height_m, np.array([[x_m]]), np.array([[y_m]]))[0, 0])
