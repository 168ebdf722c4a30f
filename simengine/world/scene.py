"""The immutable description of a world: meshes, materials, rigid parts, links, entities, lights, lanes, weather.

It knows no GPU and no renderer. Everything is a rigid instance: a ``Part`` is one mesh placed in the world (static) or
on a ``Link`` of an actor (moving). An instance id is the entity's index in ``Scene.entities``, everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType

import numpy as np

from simengine.arrays import BoolArray, F32Array, F64Array, I32Array, I64Array
from simengine.errors import SceneError
from simengine.geometry import transforms as tf
from simengine.world.bodies import ArmChain, RigidBody
from simengine.world.enclosure import Enclosure
from simengine.world.lamps import Flash, Lamp
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.sky_map import SkyMap, sky_map_of
from simengine.world.snow_cover import Fallen
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment

__all__ = [
    "Asset", "Box", "Chassis", "Door", "Entity", "Flash", "Glow", "Landmark", "Light", "Link", "Mesh", "Part", "Scene",
    "Shine", "VehicleDynamics",
]  # fmt: skip

_WARM = frozenset(CLASS_ID[name] for name in ("adult", "child", "rider", "animal", "bird"))
IDENTITY: F64Array = np.eye(4)
IDENTITY.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles in the mesh's own frame.

    Attributes:
        name: unique key inside a scene (equal key = same mesh: it is stored once).
        vertices_m: float32, (V, 3), metres.
        faces: int32, (F, 3), counter-clockwise seen from outside.
        face_material: int32, (F,), index into ``Scene.materials`` (or ``Asset.materials``).
        vertex_normals: float32, (V, 3) unit normals for smooth shading, or None for flat faces.
        far: a lighter mesh for what stands far off, where the general way to make one (``simengine.world.detail``) is
            not good enough: foliage.
    """

    name: str
    vertices_m: F32Array
    faces: I32Array
    face_material: I32Array
    vertex_normals: F32Array | None = None
    far: Mesh | None = None

    def __post_init__(self) -> None:
        v, f = self.vertices_m, self.faces
        if v.ndim != 2 or v.shape[1] != 3 or f.ndim != 2 or f.shape[1] != 3 or self.face_material.shape != f.shape[:1]:
            raise SceneError(
                f"mesh '{self.name}': expected vertices (V, 3), faces (F, 3) and one material a face; got "
                f"{v.shape}, {f.shape} and {self.face_material.shape}"
            )
        if len(f) and (int(f.min()) < 0 or int(f.max()) >= len(v)):
            raise SceneError(f"mesh '{self.name}': faces name vertices outside 0..{len(v) - 1}")
        if not bool(np.isfinite(v).all()):
            raise SceneError(f"mesh '{self.name}': vertices must be finite")


@dataclass(frozen=True)
class Shine:
    """What a part shines with, and when.

    Attributes:
        material: index of the material that all its faces shine with. It is about light only: the one in the labels
            stays.
        lamps: bits of :class:`simengine.world.lamps.Lamp`, of which one must be on; 0: always.
        flash: when it is on then; None: all the time.
    """

    material: int
    lamps: int = 0
    flash: Flash | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """One rigid instance of a mesh.

    Attributes:
        mesh: index into the meshes.
        entity: instance id of the entity that it belongs to.
        link: index into the links, or -1 for what never moves.
        frame_from_mesh: (4, 4); the frame is the link, or the world where ``link`` is -1.
        semantic: class id (``taxonomy.CLASS_ID``).
        name: for people and keypoints ("wheel_fl", "forearm_l").
        shines: what it may shine with; the first one that is on counts. What never moves has no lamps to switch.
    """

    mesh: int
    entity: int
    link: int
    frame_from_mesh: F64Array
    semantic: int
    name: str = ""
    shines: tuple[Shine, ...] = ()


@dataclass(frozen=True, eq=False)
class Link:
    """A moving frame with one revolute joint.

    Attributes:
        actor: row of the actor in ``WorldState``.
        parent: index of an earlier link, or -1: its frame is the actor's own (the entity frame).
        parent_from_link: (4, 4) at joint angle 0.
        axis: unit axis of the joint in the link's frame; the joint angle is ``WorldState.joint_rad[..., this link]``.
        name: what an animation looks for ("wheel_fl", "hip_l").
    """

    actor: int
    parent: int
    parent_from_link: F64Array
    axis: tuple[float, float, float] = (0.0, 1.0, 0.0)
    name: str = ""


@dataclass(frozen=True)
class Box:
    """A solid box in an entity's frame: centre and full size (x forward, y left, z up), metres."""

    center_m: tuple[float, float, float]
    size_m: tuple[float, float, float]


@dataclass(frozen=True)
class Door:
    """A front door that opens about an upright hinge at its front edge, in the entity's frame.

    Attributes:
        hinge_m: x and y.
        length_m: from the hinge to its rear edge; 0: there is none on this side (the left one comes first).
        z_m: lower and upper edge.
    """

    hinge_m: tuple[float, float]
    length_m: float
    z_m: tuple[float, float]


@dataclass(frozen=True)
class Chassis:
    """What the dynamic single-track model needs of a vehicle besides; forces by mass. The defaults are a family car.

    Attributes:
        front_load: share of the weight on the front axle at rest.
        cg_height_m: of the centre of gravity.
        gyration: square of the radius of gyration about the vertical, over the product of the distances of the axles
            from the centre of gravity.
        stiffness: slopes of the side forces of front and rear axle by load, 1/rad, compliances included: the front one
            gives more, so that the car understeers (2 deg/g).
        shape, curve: coefficients C and E of the magic formula.
        friction: peak on a dry road.
        drive_front: share of the drive at the front axle.
        power_wpkg: of the drive.
        drag_per_m: deceleration by drag over the square of the speed.
        rolling_mps2: rolling resistance.
        roll_rad_per_mps2, pitch_rad_per_mps2: how far the body leans in steady bends and dives in steady braking.
    """

    front_load: float = 0.55
    cg_height_m: float = 0.55
    gyration: float = 1.0
    stiffness: tuple[float, float] = (12.0, 21.0)
    shape: float = 1.35
    curve: float = 0.0
    friction: float = 1.0
    drive_front: float = 1.0
    power_wpkg: float = 60.0
    drag_per_m: float = 2.7e-4
    rolling_mps2: float = 0.12
    roll_rad_per_mps2: float = 0.0085
    pitch_rad_per_mps2: float = 0.004


@dataclass(frozen=True)
class VehicleDynamics:
    """What the single-track model needs of a vehicle. Lengths from the entity's origin (ground, below box centre)."""

    wheelbase_m: float
    rear_axle_m: float  # distance from the origin back to the rear axle, positive
    wheel_radius_m: float
    steer_max_rad: float = 0.6
    acceleration_max_mps2: float = 3.0
    deceleration_max_mps2: float = 9.0
    jerk_max_mps3: float = 40.0
    steer_rate_max_radps: float = 0.8
    crank_gear: float = 0.0  # turns of the pedals' cranks a turn of the wheels
    lateral_max_mps2: float = 6.0  # what the tyres give, and who rides it dares
    chassis: Chassis = Chassis()
    lean_lag_s: float = 0.0  # of what leans into bends: time constant of its steering; 0: it stands by itself


@dataclass(frozen=True)
class Entity:
    """A countable or named thing; its index in ``Scene.entities`` is its instance id.

    The entity frame has its origin on the ground below the centre of the bounding box, x forward, y left, z up.

    Attributes:
        name: path in the program ("ego", "parked[1]") or generated by the scene ("tree[3]").
        kind: entity type of the language ("car", "pedestrian"), or the scene's word ("tree").
        model: variety ("sedan", "child_6y").
        semantic: class id.
        size_m: bounding box: length, width, height.
        actor: row in ``WorldState``, or -1 for what never moves.
        world_from_entity: (4, 4), pose of what never moves; None for actors.
        occluders: solid boxes for sight lines, in the entity frame (coarser than the mesh).
        eye_m: the driver's or person's eye, in the entity frame.
        dynamics: for vehicles.
        leg_m: hip height, for people (stride length scales with it).
        doors: the left and the right one, of what has such.
        body: how it takes part in rigid-body physics; None: it does not.
        chain: joints and tool of a robot arm.
        points: named points on it, on which sensors sit: name, and where it is in the entity frame.
        lamps: what a traffic light shows: bits of :class:`simengine.world.lamps.Lamp`. Those of vehicles are in
            ``WorldState.lamps``.
    """

    name: str
    kind: str
    model: str
    semantic: int
    size_m: tuple[float, float, float]
    actor: int = -1
    world_from_entity: F64Array | None = None
    occluders: tuple[Box, ...] = ()
    eye_m: tuple[float, float, float] = (0.0, 0.0, 1.5)
    dynamics: VehicleDynamics | None = None
    leg_m: float = 0.0
    doors: tuple[Door, ...] = ()
    body: RigidBody | None = None
    chain: ArmChain | None = None
    lamps: int = 0
    points: tuple[tuple[str, tuple[float, float, float]], ...] = ()


@dataclass(frozen=True)
class Light:
    """A small lamp.

    Attributes:
        position_m: world (``link`` -1) or link frame.
        direction: unit axis of the cone.
        intensity: linear RGB, candela relative to a sun of 1 at 1 m (see docs/conventions.md).
        cone_rad: half angle at which the light ends; pi for all around.
        link: index into the links, or -1.
        low_beam: a head lamp's: cut off above the world's horizon, and dimmed towards the near road.
        flash: when it shines; None: always.
        lamps: bits of which one must be on in ``WorldState.lamps``; 0: always.
    """

    position_m: tuple[float, float, float]
    direction: tuple[float, float, float]
    intensity: tuple[float, float, float]
    cone_rad: float
    link: int = -1
    low_beam: bool = False
    flash: Flash | None = None
    lamps: int = 0


@dataclass(frozen=True)
class Landmark:
    """A named point of an entity that labels tell of: a person's joint, a car's lamp.

    Attributes:
        entity: instance id.
        skeleton: word of :data:`simengine.world.skeletons.SKELETONS`.
        name: one of its joints ("left_knee").
        link: index into the links, or -1: the position is in the world.
        position_m: in the link's frame, or the world.
        cover_m: how much of the entity itself may lie before it while it still counts as seen: joints of people are
            inside, wheels are behind their caps.
    """

    entity: int
    skeleton: str
    name: str
    link: int
    position_m: tuple[float, float, float]
    cover_m: float = 0.0


@dataclass(frozen=True)
class Glow:
    """What a material of an asset becomes, and when: as :class:`Shine`."""

    material: Material
    lamps: int = 0
    flash: Flash | None = None


@dataclass(frozen=True, eq=False)
class Asset:
    """A thing ready to be placed: meshes, links and parts in its own numbering (``actor`` and ``entity`` are 0).

    ``entity`` is a template whose name, actor and pose are filled in when it is placed. Of an actor (what is parked is
    dark) parts of a single material that is named in ``glows`` shine as these say, and by night ``lights`` shine.
    """

    entity: Entity
    meshes: tuple[Mesh, ...]
    materials: tuple[Material, ...]
    links: tuple[Link, ...]
    parts: tuple[Part, ...]
    lights: tuple[Light, ...] = ()
    glows: Mapping[str, tuple[Glow, ...]] = field(default_factory=lambda: MappingProxyType({}))
    landmarks: tuple[Landmark, ...] = ()


@dataclass(frozen=True, eq=False)
class Scene:
    """All of a world that does not change. Built by ``simengine.world.builder.SceneBuilder``.

    ``fallen`` is the snow that lies; None: there is none.
    """

    meshes: tuple[Mesh, ...]
    materials: tuple[Material, ...]
    parts: tuple[Part, ...]
    entities: tuple[Entity, ...]
    links: tuple[Link, ...] = ()
    lights: tuple[Light, ...] = ()
    lanes: LaneGraph = field(default_factory=LaneGraph)
    environment: Environment = field(default_factory=Environment)
    regions: Mapping[str, F64Array] = field(default_factory=lambda: MappingProxyType({}))
    landmarks: tuple[Landmark, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    fallen: Fallen | None = None

    @cached_property
    def keeps_snow(self) -> BoolArray:
        """Which parts snow lies on, (P,): what rests and does not breathe. Who moves has shaken it off."""
        if self.fallen is None:
            return np.zeros(len(self.parts), np.bool_)
        return np.array([p.link < 0 and p.semantic not in _WARM for p in self.parts], np.bool_)

    @property
    def sky_map(self) -> SkyMap | None:
        """What the ground has above it, where anything lies on it: water or snow. Made when it is asked for first."""
        if self.environment.interior is not None or (self.fallen is None and self.environment.ground_wetness() <= 0.0):
            return None
        return _sky_map(self.meshes, self.materials, self.parts, self.lanes)

    @cached_property
    def _shining(self) -> list[tuple[int, int, Shine]]:
        """Row of a part, its actor, and a shine of it; the most important one of a part last."""
        return [
            (row, self.entities[part.entity].actor, shine)
            for row, part in enumerate(self.parts)
            for shine in reversed(part.shines)
        ]

    @cached_property
    def fitted(self) -> I64Array:
        """Which lamps each actor has, (A,): bits of :class:`simengine.world.lamps.Lamp`."""
        has = [0] * self.actors
        for _, actor, shine in self._shining:
            if actor >= 0:
                has[actor] |= shine.lamps
        return np.array(has, np.int64)

    def lamps(self, state: WorldState) -> I64Array:
        """Which lamps of each actor are on, (*batch, A): switches that are left to themselves count as they act."""
        lit = int(Lamp.LOW) if self.environment.lamps_lit else 0
        return np.where((state.lamps & int(Lamp.AUTO)) != 0, state.lamps | lit, state.lamps)

    def shining(self, state: WorldState) -> tuple[I64Array, I32Array]:
        """Parts that shine in a state (no batch): their rows, and the materials that they shine with, each (N,)."""
        bits: list[int] = self.lamps(state).tolist()
        known: dict[Flash, bool] = {}
        on: dict[int, int] = {}
        for row, actor, shine in self._shining:
            if shine.lamps and not bits[actor] & shine.lamps:
                continue
            if shine.flash is not None and not known.setdefault(shine.flash, shine.flash.on(state.time_ns)):
                continue
            on[row] = shine.material
        return np.array(list(on), np.int64), np.array(list(on.values()), np.int32)

    @property
    def actors(self) -> int:
        """Number of rows of a ``WorldState`` of this scene."""
        return sum(e.actor >= 0 for e in self.entities)

    def link_transforms(self, state: WorldState) -> F64Array:
        """world_from_link for every link, shape (*batch, L, 4, 4): forward kinematics, parents first."""
        root = tf.matrix_from_pose(state.position_m, state.orientation)
        batch = root.shape[:-3]
        out = np.empty((*batch, len(self.links), 4, 4))
        for level, (rows, parents, parent_from_link, axes) in enumerate(self._link_levels):
            joint = tf.quaternion_about(axes, state.joint_rad[..., rows])
            local = tf.compose(parent_from_link, tf.matrix_from_pose(np.zeros(3), joint))
            above = root if level == 0 else out
            out[..., rows, :, :] = tf.compose(above[..., parents, :, :], local)
        return out

    @cached_property
    def _link_levels(self) -> list[tuple[I64Array, I64Array, F64Array, F64Array]]:
        """Links by depth: their rows, the rows of their parents (level 0: of their actors), fixed transforms, axes."""
        depth: list[int] = []
        for link in self.links:
            depth.append(0 if link.parent < 0 else depth[link.parent] + 1)
        levels: list[tuple[I64Array, I64Array, F64Array, F64Array]] = []
        for level in range(max(depth, default=-1) + 1):
            rows = np.flatnonzero(np.array(depth) == level)
            chosen = [self.links[i] for i in rows]
            parents = np.array([x.actor if level == 0 else x.parent for x in chosen])
            fixed, axes = np.stack([x.parent_from_link for x in chosen]), np.array([x.axis for x in chosen])
            levels.append((rows, parents, fixed, axes))
        return levels

    def part_transforms(self, state: WorldState) -> F64Array:
        """world_from_mesh for every part, shape (*batch, P, 4, 4), float64."""
        links = self.link_transforms(state)
        rest, moving, link, local = self._placed_parts
        out = np.broadcast_to(rest, (*links.shape[:-3], *rest.shape)).copy()
        if moving.size:
            out[..., moving, :, :] = tf.compose(links[..., link, :, :], local)
        return out

    @cached_property
    def _placed_parts(self) -> tuple[F64Array, I64Array, I64Array, F64Array]:
        """frame_from_mesh of all parts; of those on links: their rows, their links, their frame_from_mesh."""
        index = np.array([p.link for p in self.parts], np.int64)
        local: F64Array = np.stack([p.frame_from_mesh for p in self.parts]) if self.parts else np.zeros((0, 4, 4))
        moving = np.flatnonzero(index >= 0)
        return local, moving, index[moving], local[moving]

    def entity_pose(self, state: WorldState, entity: int) -> F64Array:
        """world_from_entity of one entity, shape (*batch, 4, 4)."""
        e = self.entities[entity]
        if e.actor >= 0:
            return tf.matrix_from_pose(state.position_m[..., e.actor, :], state.orientation[..., e.actor, :])
        pose = e.world_from_entity if e.world_from_entity is not None else IDENTITY
        return np.broadcast_to(pose, (*state.position_m.shape[:-2], 4, 4))

    def carrier_pose(self, state: WorldState, entity: int, link: str = "") -> F64Array:
        """Where what rides on an entity, or on one of its links, has its frame: (*batch, 4, 4).

        Raises:
            SceneError: the entity has no such link, or never moves.
        """
        if not link:
            return self.entity_pose(state, entity)
        actor = self.entities[entity].actor
        found = [k for k, item in enumerate(self.links) if item.actor == actor >= 0 and item.name == link]
        if not found:
            raise SceneError(f"'{self.entities[entity].name}' has no link '{link}' that moves")
        return self.link_transforms(state)[..., found[0], :, :]


@lru_cache(maxsize=4)
def _sky_map(
    meshes: tuple[Mesh, ...], materials: tuple[Material, ...], parts: tuple[Part, ...], lanes: LaneGraph
) -> SkyMap:  # fmt: skip
    """One for all weathers and bands of a world."""
    return sky_map_of(meshes, materials, parts, lanes)
