"""From drawn variants to things: assets (cached), the cast of the physics, and the scene of a variant.

Entities that nothing in the program can move (no speed, no controller, no action) become static things of the scene,
all others become actors, in the order of the program: row k of a scene's ``WorldState`` is its k-th actor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.chassis import dynamic_slots
from simengine.engine.placement import Placement, place
from simengine.engine.variants import Slot, Variants
from simengine.errors import NotRunnableError, an
from simengine.geometry import transforms as tf
from simengine.language.moving import actors, movers
from simengine.language.program import Act, Block, Program, Timeline
from simengine.language.scenario import Scenario
from simengine.language.terms import EntityRef
from simengine.physics.cast import Cast
from simengine.physics.hitches import Hitches
from simengine.physics.laying import Moving, laid, reach_of
from simengine.physics.pavement import ground_paths, kerb_paths, rise_m
from simengine.physics.surfaces import Surfaces
from simengine.rng import stream, stream_key
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.library import DRIVEN, HINGED, Library
from simengine.world.scene import Asset, Box, Entity, Scene, VehicleDynamics
from simengine.world.splits import SPLIT, within
from simengine.world.springs import sprung
from simengine.world.surface import Surface
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment

__all__ = ["ON_PAVEMENTS", "VARIETIES", "acting_slots", "build_scene", "cast_of", "moving_slots", "scene_of"]

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
    model, kind = variants.models[row][index], slot.kind
    if kind.body is not None or kind.chain is not None:
        return _bodily(variants, slot, row, index)
    if kind.build is None:
        length, width, height = variants.size_m[row, index].tolist()
        return _stand_in(kind.name, kind.category, model, (length, width, height))
    variety = _variety(variants, slot, row, variants.seed) if model in kind.varied else 0
    return _asset(kind.build, model, variety, ()).entity


def _variety(variants: Variants, slot: Slot, row: int, seed: int) -> int:
    """Seed of what the program leaves open of a thing."""
    split = str(variants.world_values(row).get(SPLIT.name, SPLIT.default))
    draw = stream(seed, "variety", int(variants.indices[row]), slot.name)
    return within(int(draw.integers(VARIETIES)), split)


def _bodily(variants: Variants, slot: Slot, row: int, index: int) -> Entity:
    """What physics knows of a thing with a body, or of an arm: no meshes are made."""
    model, kind = variants.models[row][index], slot.kind
    values = dict(_own_properties(variants, slot, row))
    length, width, height = variants.size_m[row, index].tolist()
    stand_in = _stand_in(kind.name, kind.category, model, (length, width, height))
    body = None if kind.body is None else kind.body(model, values)
    chain = None if kind.chain is None else kind.chain(model, values)
    hollow = body is not None and bool(kind.hollow_m)  # what holds things hides them with its walls alone
    walls = tuple(Box(s.center_m, s.size_m) for s in body.solids) if body is not None and hollow else stand_in.occluders
    return replace(stand_in, body=body, chain=chain, occluders=walls)


def cast_of(variants: Variants, placement: Placement | None = None, furnished: bool = False) -> Cast:
    """The physics' view of a batch: who takes part, how large, what hides what, and, where it is placed, who tows whom.

    The static world (houses, trees, lamps) hides nothing here: it stands beyond the kerbs, and building it for every
    proposal of the sampler would cost more than everything else together. Labels of rendered frames know it exactly.
    Only the screens of its lane graph hide: racks and walls of a hall. ``furnished``: trees, lamps and their like are
    in the way, as walls are.
    """
    slots = variants.roster.slots
    entities = tuple(
        tuple(
            _template(variants, slot, b, s) if variants.active[b, s] else None for s, slot in enumerate(slots)
        )
        for b in range(variants.count)
    )  # fmt: skip
    return Cast(
        tuple(s.name for s in slots), tuple(s.decl.category for s in slots), entities, variants.lane_graphs,
        _screens(variants.lane_graphs), loose=tuple(s.kind.loose for s in slots),
        hitches=None if placement is None else _hitches(variants, placement),
        furniture=variants.furniture if furnished else (),
    )  # fmt: skip


def _is_towed(slot: Slot) -> bool:
    return any(c.kind == "towed" for c in slot.decl.clauses)


def _hitches(variants: Variants, placement: Placement) -> Hitches | None:
    """Who tows whom; None where there are no trailers."""
    slots = variants.roster.slots
    towed = np.array([_is_towed(s) for s in slots], np.bool_)
    if not bool(towed.any()):
        return None
    by = np.where(towed & variants.active, placement.rests_on, -1)
    pin, coupling = (
        np.array([v or 0.0 for v in values])
        for values in ([s.kind.kingpin_m for s in slots], [s.kind.coupling_m for s in slots])
    )
    return Hitches(by, np.where(by >= 0, coupling[np.maximum(by, 0)], 0.0), np.where(by >= 0, pin, 0.0))


def _screens(graphs: tuple[LaneGraph, ...]) -> tuple[tuple[Entity, ...], ...]:
    """What of each world hides things; nothing, where no world has such."""
    if not any(len(g.screens_m) for g in graphs):
        return ()
    made: dict[int, tuple[Entity, ...]] = {}
    for graph in graphs:
        if id(graph) not in made:
            boxes = tuple(Box((a, b, c), (u, v, w)) for a, b, c, u, v, w in graph.screens_m.tolist())
            whole = Entity("screens", "screen", "", CLASS_ID["wall"], (1.0, 1.0, 1.0), occluders=boxes)
            made[id(graph)] = (whole,)
    return tuple(made[id(g)] for g in graphs)


# ---- what moves ----------------------------------------------------------------------------------------------------


def moving_slots(program: Program, slots: tuple[Slot, ...]) -> BoolArray:
    """Which slots can ever move, (S,): the same in all variants of a program."""
    return _slots_of(movers(program), slots)


def acting_slots(program: Program, slots: tuple[Slot, ...]) -> BoolArray:
    """Which slots have a state of their own in every frame, (S,): those that move, and vehicles that stand and take
    part (:func:`simengine.language.moving.actors`)."""
    return _slots_of(actors(program), slots)


def _slots_of(names: frozenset[str], slots: tuple[Slot, ...]) -> BoolArray:
    return np.array([s.kind.loose or s.kind.chain is not None or s.decl.name in names for s in slots], np.bool_)


def _receivers_of(program: Program, action: str) -> set[str]:
    """Names of declarations that an action is asked of."""
    out: set[str] = set()
    stack: list[Timeline] = [*program.timeline, *(n for w in program.whens for n in w.body)]
    while stack:
        statement = stack.pop()
        if isinstance(statement, Act) and statement.action == action and isinstance(statement.receiver, EntityRef):
            out.add(statement.receiver.name)
        elif isinstance(statement, Block):
            stack += [*statement.body, *(n for case in statement.cases for n in case.body)]
    return out


# ---- scenes --------------------------------------------------------------------------------------------------------


def build_scene(
    program: Program, scenario: Scenario, libraries: Mapping[str, Library], seed: int,
    moving: frozenset[str] = frozenset(),
) -> Scene:  # fmt: skip
    """The scene of one frozen scenario: see :func:`scene_of`.

    Args:
        program, scenario, libraries, seed: what it is of.
        moving: names of more actors: what was run into while it was simulated.

    Raises:
        ProgramError: its entities cannot be placed.
        NotRunnableError: the world or a kind of entity has no geometry in this version.
    """
    variants = Variants.of_scenarios(program, [scenario], libraries)
    placement = place(variants)
    placement.check(variants)
    return scene_of(variants, 0, placement, seed, moving)


def scene_of(
    variants: Variants, row: int, placement: Placement, seed: int | None = None, moving: frozenset[str] = frozenset()
) -> Scene:  # fmt: skip
    """The scene of one variant: the static world and everything that takes part.

    Looks (colours, clothes) are drawn from streams named by seed, variant and entity, so that adding an entity changes
    no other.

    Args:
        variants: the batch.
        row: which variant of it.
        placement: of the batch.
        seed: of the looks; default: that of the batch.
        moving: names of what is an actor although nothing in the program moves it.

    Raises:
        NotRunnableError: the world or a kind of entity has no geometry in this version.
    """
    kind, index = variants.world_kind, int(variants.indices[row])
    seed = variants.seed if seed is None else seed
    if kind.build is None:
        raise NotRunnableError(f"world '{kind.name}' has no geometry in this version, so it cannot be rendered")
    values = variants.world_values(row)
    split = str(values.get(SPLIT.name, SPLIT.default))
    builder = SceneBuilder(kind.environment(values) if kind.environment is not None else Environment(), split)
    lanes = kind.build(builder, values, within(stream_key(seed, "world", index) >> 65, split))
    slots = variants.roster.slots
    opened, dynamic = _receivers_of(variants.program, "open_door"), dynamic_slots(variants)
    acting, bearer = acting_slots(variants.program, slots), placement.bearer()[row]
    for s in np.flatnonzero(variants.active[row]):
        slot = slots[s]
        if slot.kind.build is None:
            raise NotRunnableError(f"'{slot.name}': {an(slot.kind.name)} has no geometry in this version")
        variety = _variety(variants, slot, row, seed)
        properties = _own_properties(variants, slot, row)
        if slot.decl.name in opened:
            properties = (*properties, (HINGED, True))
        if acting[s]:
            properties = (*properties, (DRIVEN, True))
        asset = _asset(slot.kind.build, variants.models[row][s], variety, properties)
        if dynamic[row, s] and acting[s]:
            asset = sprung(asset)
        pose = None
        if not acting[s] and slot.name not in moving:
            x, y = placement.x_m[row, s], placement.y_m[row, s]
            under = int(bearer[s])
            afoot = slots[under].decl.category in ON_PAVEMENTS
            ground = _ground_m(lanes, placement.x_m[row, under], placement.y_m[row, under]) if afoot else 0.0
            position = np.array([x, y, placement.z_m[row, s] + ground])
            pose = tf.matrix_from_pose(position, tf.quaternion_from_yaw(placement.yaw_rad[row, s]))
            if lanes.surface is not None:
                foot = _foot(slots, placement.rests_on[row], int(s))
                entity = _template(variants, slots[foot], row, foot)
                spot = placement.x_m[row, foot], placement.y_m[row, foot], placement.yaw_rad[row, foot]
                pose = tf.compose(_lie(lanes.surface, reach_of(entity, slots[foot].decl.category), spot), pose)
        builder.place(asset, slot.name, pose)
    return builder.build(lanes)


def _foot(slots: tuple[Slot, ...], rests_on: I64Array, slot: int) -> int:
    """What stands on the ground below a slot: trailers do themselves, whatever tows them."""
    while rests_on[slot] >= 0 and not _is_towed(slots[slot]):
        slot = int(rests_on[slot])
    return slot


def _lie(surface: Surface, reach_m: tuple[float, float, float], spot: tuple[float, float, float]) -> F64Array:
    """world_from_level, (4, 4), of what stands at x, y with a heading on ground with heights."""
    land, still = Surfaces.of([surface]), np.zeros((1, 1, 3))
    assert land is not None
    level = Moving(np.array([[[spot[0], spot[1], 0.0]]]), tf.quaternion_from_yaw(np.array([[spot[2]]])), still, still)
    lies = laid(land, np.array([[reach_m]]), level, level)
    there = tf.matrix_from_pose(lies.position_m[0, 0], lies.orientation[0, 0])
    return tf.compose(there, tf.inverse(tf.matrix_from_pose(level.position_m[0, 0], level.orientation[0, 0])))


def _ground_m(lanes: LaneGraph, x_m: float, y_m: float) -> float:
    """Height of the ground under a person or a thing."""
    _, _, height_m = kerb_paths([lanes])
    return float(rise_m(ground_paths([lanes]).packed, height_m, np.array([[x_m]]), np.array([[y_m]]))[0, 0])
