"""Who takes part: B variants x A slots, as padded arrays that are made once."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, field
from functools import cached_property

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import SceneError
from simengine.geometry import transforms as tf
from simengine.physics.crossings import Crossings
from simengine.physics.doors import Doors
from simengine.physics.hitches import Hitches
from simengine.physics.laying import reach_of
from simengine.physics.paths import PathTable
from simengine.physics.pavement import ground_paths, kerb_paths
from simengine.physics.surfaces import Surfaces
from simengine.physics.swept import SHORT, outline_of
from simengine.physics.turns import Turns
from simengine.world.bodies import ArmChain
from simengine.world.lanes import LaneGraph
from simengine.world.scene import Entity, VehicleDynamics
from simengine.world.taxonomy import CLASS_ID
from simengine.world.walls import Furniture

__all__ = ["DRIVEN_OVER_M", "Body", "Cast", "Solids"]

DRIVEN_OVER_M = 0.02
"""What is no higher (standing water) is no obstacle: controllers do not brake for it, and wheels roll over it."""

_CATEGORIES = ("vehicle", "person", "object", "robot", "drone")
_CYCLES = (CLASS_ID["bicycle"], CLASS_ID["e_scooter"])


@dataclass(frozen=True, eq=False)
class Body:
    """Per-slot constants, each (B, A) or (B, A, 3)."""

    size_m: F64Array
    valid: BoolArray
    eye_m: F64Array
    leg_m: F64Array
    wheelbase_m: F64Array
    rear_axle_m: F64Array
    wheel_radius_m: F64Array
    steer_max_rad: F64Array
    steer_rate_radps: F64Array
    acceleration_mps2: F64Array
    deceleration_mps2: F64Array
    jerk_mps3: F64Array
    lateral_mps2: F64Array
    lean_lag_s: F64Array


@dataclass(frozen=True, eq=False)
class Solids:
    """Boxes that block sight lines. ``owner`` is the slot, or -1 for what is fixed to the world.

    Attributes:
        center_m, half_m: (B, N, 3), in the owner's frame (world for -1).
        cos, sin: (B, N), heading of fixed boxes; 1 and 0 for boxes of slots.
        present: (B, N).
        owner: (N,).
    """

    center_m: F64Array
    half_m: F64Array
    cos: F64Array
    sin: F64Array
    present: BoolArray
    owner: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Cast:
    """The actors of a batch.

    Attributes:
        names: name of each slot, in the order of the rows of ``WorldState``.
        categories: "vehicle", "person", "object", "robot" or "drone" of each slot, the same in all variants.
        entities: ``entities[variant][slot]``, None where a variant has no such actor.
        lanes: lane graph of each variant.
        statics: what never moves and can hide things, for each variant (``world_from_entity`` set); may be empty.
        loose: which slots rigid-body physics moves; empty: none.
        hitches: who tows whom; None: nobody does.
        furniture: what stands by itself in each variant; empty: nothing does.
    """

    names: tuple[str, ...]
    categories: tuple[str, ...]
    entities: tuple[tuple[Entity | None, ...], ...]
    lanes: tuple[LaneGraph, ...]
    statics: tuple[tuple[Entity, ...], ...] = field(default=())
    loose: tuple[bool, ...] = ()
    hitches: Hitches | None = None
    furniture: tuple[Furniture, ...] = ()

    def __post_init__(self) -> None:
        slots = len(self.names)
        if len(self.categories) != slots or any(len(row) != slots for row in self.entities):
            raise SceneError(f"a cast of {slots} names needs one category and one entity (or None) a name and variant")
        if len(self.loose) not in (0, slots):
            raise SceneError(f"a cast of {slots} names needs to know of each whether it is loose, or of none")
        if len(self.lanes) != len(self.entities) or len(self.statics) not in (0, len(self.entities)):
            raise SceneError(f"a cast of {len(self.entities)} variants needs one lane graph a variant")
        if len(self.furniture) not in (0, len(self.entities)):
            raise SceneError(f"a cast of {len(self.entities)} variants needs the furniture of each, or of none")
        unknown = [c for c in self.categories if c not in _CATEGORIES]
        if unknown:
            raise SceneError(f"unknown category '{unknown[0]}'; expected one of {', '.join(_CATEGORIES)}")

    @property
    def batch(self) -> int:
        """Number of variants, B."""
        return len(self.entities)

    @property
    def slots(self) -> int:
        """Number of slots, A."""
        return len(self.names)

    def take(self, rows: I64Array) -> Cast:
        """The cast of some variants, repeated or left out at will; what is known already is not made again."""
        picked: list[int] = rows.tolist()
        out = Cast(
            self.names, self.categories, tuple(self.entities[k] for k in picked), tuple(self.lanes[k] for k in picked),
            tuple(self.statics[k] for k in picked) if self.statics else (), self.loose,
            None if self.hitches is None else self.hitches.take(rows),
            tuple(self.furniture[k] for k in picked) if self.furniture else (),
        )  # fmt: skip
        solids = self.solids
        out.__dict__["body"] = Body(*(np.ascontiguousarray(v[rows]) for v in vars(self.body).values()))
        out.__dict__["lane_paths"] = PathTable(np.ascontiguousarray(self.lane_paths.packed[rows]))
        out.__dict__["lane_half_m"] = np.ascontiguousarray(self.lane_half_m[rows])
        reach = self.lane_reach_m
        if self.surfaces is not None:
            out.__dict__["surfaces"] = self.surfaces.take(rows)
            out.__dict__["reach_m"] = self.reach_m[rows]
        out.__dict__["lane_reach_m"] = None if reach is None else np.ascontiguousarray(reach[rows])
        out.__dict__["solids"] = Solids(
            solids.center_m[rows], solids.half_m[rows], solids.cos[rows], solids.sin[rows], solids.present[rows],
            solids.owner,
        )  # fmt: skip
        return out

    def slot(self, name: str) -> int:
        """Index of the slot of this name."""
        return self.names.index(name)

    def columns(self, category: str) -> list[int]:
        """Slots of a category."""
        return [i for i, c in enumerate(self.categories) if c == category]

    def _chains_of(self, slot: int) -> list[ArmChain | None]:
        """Chain of a slot in each variant."""
        return [None if (entity := row[slot]) is None else entity.chain for row in self.entities]

    @cached_property
    def arms(self) -> tuple[int, ...]:
        """Slots that are robot arms in some variant."""
        return tuple(a for a in range(self.slots) if any(c is not None for c in self._chains_of(a)))

    @cached_property
    def tools(self) -> dict[int, F64Array]:
        """Of each arm: the frame of the tool on the last link, (B, 4, 4)."""
        nothing = np.eye(4)
        return {
            slot: np.stack([nothing if c is None else c.link_from_tool for c in self._chains_of(slot)])
            for slot in self.arms
        }  # fmt: skip

    @cached_property
    def chains(self) -> dict[int, tuple[F64Array, F64Array]]:
        """Of each arm: parent_from_joint of its six joints, (B, 6, 4, 4), and its angles at rest, (B, 6)."""
        nowhere, out = np.zeros((6, 4, 4)), dict[int, tuple[F64Array, F64Array]]()
        for slot in self.arms:
            found = self._chains_of(slot)
            fixed = [nowhere if c is None else np.stack([j.parent_from_joint for j in c.joints]) for c in found]
            home = [(0.0,) * 6 if c is None else c.home_rad for c in found]
            out[slot] = np.stack(fixed), np.array(home)
        return out

    @cached_property
    def body(self) -> Body:
        """Constants of all slots as arrays."""
        count = (self.batch, self.slots)
        size, eye = np.ones((*count, 3)), np.zeros((*count, 3))
        valid, leg = np.zeros(count, np.bool_), np.ones(count)
        motion = np.ones((*count, 10))
        motion[..., 9] = 0.0  # what is not there does not lean
        for b, row in enumerate(self.entities):
            for a, entity in enumerate(row):
                if entity is None:
                    continue
                valid[b, a] = True
                size[b, a], eye[b, a] = entity.size_m, entity.eye_m
                leg[b, a] = entity.leg_m if entity.leg_m > 0 else 0.5 * entity.size_m[2]
                motion[b, a] = _motion(entity)
        return Body(size, valid, eye, leg, *(np.ascontiguousarray(motion[..., i]) for i in range(10)))

    @cached_property
    def lane_paths(self) -> PathTable:
        """Path ``2 * lane`` runs along a lane, ``2 * lane + 1`` against it."""
        both = [[c for lane in graph.lanes for c in (lane.centre, lane.centre.reversed())] for graph in self.lanes]
        return PathTable.of(both)

    @cached_property
    def lane_half_m(self) -> F64Array:
        """Half width of the lane of each path of ``lane_paths``, (B, K)."""
        out = np.full((self.batch, self.lane_paths.count), 1.75)
        for b, graph in enumerate(self.lanes):
            for k, lane in enumerate(graph.lanes):
                out[b, 2 * k : 2 * k + 2] = 0.5 * lane.width_m
        return out

    @cached_property
    def lane_reach_m(self) -> F64Array | None:
        """Length of each path of ``lane_paths`` where roads meet, else inf, (B, K); None where nowhere roads meet.

        The line of a lane goes on beyond its ends, and there it may pass through another road.
        """
        if not any(graph.arms for graph in self.lanes):
            return None
        out = np.full((self.batch, self.lane_paths.count), np.inf)
        for b, graph in enumerate(self.lanes):
            for k, lane in enumerate(graph.lanes if graph.arms else ()):
                out[b, 2 * k : 2 * k + 2] = lane.centre.length_m
        return out

    @cached_property
    def lane_kept(self) -> BoolArray | None:
        """Which paths of ``lane_paths`` actors keep off: cycle lanes, but of bicycles and scooters, (B, A, K); None
        where there are no cycle lanes."""
        if not any(graph.cycle_lanes for graph in self.lanes):
            return None
        out = np.zeros((self.batch, self.slots, self.lane_paths.count), np.bool_)
        for b, graph in enumerate(self.lanes):
            for a, entity in enumerate(self.entities[b]):
                if entity is None or entity.semantic not in _CYCLES:
                    for k in graph.cycle_lanes.values():
                        out[b, a, 2 * k : 2 * k + 2] = True
        return out

    @cached_property
    def surfaces(self) -> Surfaces | None:
        """Heights of the ground of each variant; None where all of them are level."""
        return Surfaces.of([graph.surface for graph in self.lanes])

    @cached_property
    def reach_m(self) -> F64Array:
        """Where actors rest on the ground, (B, A, 3): see :func:`simengine.physics.laying.reach_of`."""
        out = np.zeros((self.batch, self.slots, 3))
        for b, row in enumerate(self.entities):
            for a, entity in enumerate(row):
                if entity is not None:
                    out[b, a] = reach_of(entity, self.categories[a])
        return out

    @cached_property
    def lane_count(self) -> F64Array:
        """Number of lanes of each variant, those of all roads but cycle lanes, (B, 1)."""
        return np.array([[float(len(graph.shared))] for graph in self.lanes])

    @cached_property
    def turns(self) -> Turns:
        """Ways through junctions."""
        return Turns.of(self.lanes)

    @cached_property
    def crossings(self) -> Crossings | None:
        """Ways over the places where roads meet; None where nobody waits for anybody."""
        if not any(math.isfinite(lane.stop_m) for g in self.lanes for lane in g.lanes):
            return None
        b, mine = self.body, self.columns("vehicle")
        made = {
            (k, a): outline_of(
                float(b.size_m[k, a, 0]), float(b.size_m[k, a, 1]), float(b.rear_axle_m[k, a]),
                self.hitches is not None and bool((self.hitches.by[k] == a).any()),
            )
            for k in range(self.batch) for a in mine if b.valid[k, a]
        }  # fmt: skip
        kinds = [SHORT, *sorted({o for o in made.values() if o.long}, key=astuple)]
        outline = np.zeros((self.batch, self.slots), np.int64)
        for at, o in made.items():
            outline[at] = kinds.index(o)
        return Crossings.of_graphs(self.lanes, kinds, outline)

    @property
    def kerbs(self) -> tuple[PathTable, F64Array]:
        """Right and left kerb of each variant as a table of two paths, and where there are both, (B,) as 0 or 1."""
        table, has, _ = self._kerbs
        return table, has

    @cached_property
    def ground(self) -> PathTable:
        """Edges of the roads of each variant, between which the ground is low, as a table of two paths a road."""
        return ground_paths(self.lanes)

    @property
    def kerb_height_m(self) -> F64Array:
        """Height of the kerbs of each variant, (B,)."""
        return self._kerbs[2]

    @cached_property
    def _kerbs(self) -> tuple[PathTable, F64Array, F64Array]:
        return kerb_paths(self.lanes)

    @cached_property
    def doors(self) -> Doors:
        """Doors of all slots."""
        return Doors.of(self.entities)

    @cached_property
    def solids(self) -> Solids:
        """All boxes that block sight lines."""
        return _solids(self)


def _motion(entity: Entity) -> tuple[float, ...]:
    length = entity.size_m[0]
    d = entity.dynamics or VehicleDynamics(0.6 * length, 0.3 * length, 0.32)
    return (
        d.wheelbase_m, d.rear_axle_m, d.wheel_radius_m, d.steer_max_rad, d.steer_rate_max_radps,
        d.acceleration_max_mps2, d.deceleration_max_mps2, d.jerk_max_mps3, d.lateral_max_mps2, d.lean_lag_s,
    )  # fmt: skip


def _solids(cast: Cast) -> Solids:
    per_slot = [
        max((len(row[a].occluders) for row in cast.entities if row[a] is not None), default=0)  # type: ignore[union-attr]
        for a in range(cast.slots)
    ]
    fixed = [[(e, box) for e in row for box in e.occluders] for row in cast.statics] or [[] for _ in cast.entities]
    most_fixed = max((len(row) for row in fixed), default=0)
    owner = tuple(a for a, n in enumerate(per_slot) for _ in range(n)) + (-1,) * most_fixed
    shape = (cast.batch, len(owner))
    center, half = np.zeros((*shape, 3)), np.zeros((*shape, 3))
    cos, sin, present = np.ones(shape), np.zeros(shape), np.zeros(shape, np.bool_)
    for b, row in enumerate(cast.entities):
        start = 0
        for a, entity in enumerate(row):
            for k, box in enumerate(entity.occluders if entity is not None else ()):
                center[b, start + k], half[b, start + k] = box.center_m, 0.5 * np.asarray(box.size_m)
                present[b, start + k] = True
            start += per_slot[a]
        for k, (entity, box) in enumerate(fixed[b]):
            pose = np.eye(4) if entity.world_from_entity is None else entity.world_from_entity
            center[b, start + k] = tf.apply(pose, np.asarray(box.center_m, np.float64))
            half[b, start + k] = 0.5 * np.asarray(box.size_m)
            cos[b, start + k], sin[b, start + k] = pose[0, 0], pose[1, 0]
            present[b, start + k] = True
    return Solids(center, half, cos, sin, present, owner)
