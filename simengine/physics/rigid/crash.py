"""The world of a variant after an impact: those that have met, and the ground.

What keeps on its wheels has three coordinates (x, y, heading), what tumbles has six. As long as somebody drives, a
vehicle is put where it drives at the start of each tick, with the velocity with which it does; what contacts then
change of that velocity is told to the one who asked (momentum: exactly what the other one has gained). What nobody
drives any more goes where contacts, tyres and gravity send it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.physics.laying import Moving
from simengine.physics.rigid.forms import Form
from simengine.physics.rigid.model import GRAVITY_MPS2, add_geom, add_solid, configure, mujoco
from simengine.world.bodies import RigidBody

__all__ = ["CrashWorld", "Ground"]

SUBSTEP_S = 0.0005
"""An impact lasts some 15 ms, in which what is struck must not sink in by more than a few millimetres a step."""
_GROUND, _TUMBLING, _WHEELED = 1, 2, 4
"""Bits that say what meets what: wheeled things do not feel the ground, as they have no height to change."""
_SLIDING, _ROLLING = 0.75, 0.30
"""Friction of tyres on dry asphalt across, and along with the brakes half on, as after most crashes."""
_SCRAPING = 0.4
"""Friction of sheet metal along walls and rails."""
_CREEP_MPS = 0.2
"""Below this speed the friction of tyres falls in proportion, so that it stops things and never pushes them back."""
_STILL_MPS, _STILL_TICKS = 0.04, 30
_LIMP_S = 0.25
"""Time in which limbs take up the spin of a body that has none of its own to bend."""
_FASTEST_MPS, _FARTHEST_M = 150.0, 1e5
_WAKE_M = 1.0
_WALLS_M, _AGAIN_M = 40.0, 25.0
"""Walls so near to somebody are in the world; who has gone so far since it was built has it built anew."""


class Ground(NamedTuple):
    """Heights around a point.

    Attributes:
        x_m, y_m: of the middle.
        half_m: half the side of the square that is known; beyond it the ground is at height 0.
        height_m: (N, N), rows along y, columns along x.
        friction: of the ground, as a coefficient.
        walls: (K, 7), boxes that stand there for good, see :func:`simengine.world.walls.wall_boxes`.
    """

    x_m: float
    y_m: float
    half_m: float
    height_m: F64Array
    friction: float
    walls: F64Array = np.zeros((0, 7))


class _Member:
    def __init__(self, slot: int, form: Form, driven: bool, start: Moving) -> None:
        self.slot, self.form, self.driven, self.start = slot, form, driven, start
        self.qpos = self.qvel = self.body = -1
        self.set: F64Array = np.zeros(3)  # velocity in the plane that it was given at the start of the tick
        self.pull: F64Array | None = None  # what gravity does on a grade beside pressing on level ground, m/s2
        self.reach_m = max(
            math.hypot(*s.center_m) + 0.5 * math.hypot(*s.size_m) for s in form.body.solids
        )  # fmt: skip


class CrashWorld:
    """One world; it is built anew when somebody joins.

    Args:
        ground: around the impact.
        dt_s: length of a tick.

    Attributes:
        ground: see above.
        diverged: what has gone astray, or "".
    """

    def __init__(self, ground: Ground, dt_s: float) -> None:
        self._mj = mujoco()
        self.ground, self._dt_s = ground, dt_s
        self._substeps = max(1, round(dt_s / SUBSTEP_S))
        self._members: dict[int, _Member] = {}
        self._model: Any = None
        self._data: Any = None
        self._still = 0
        self._built_at: F64Array = np.zeros((0, 2))  # where everybody was then
        self._apart: list[tuple[str, str]] = []  # bodies that do not meet
        self.diverged = ""

    # ---- members -------------------------------------------------------------------------------------------------

    def __contains__(self, slot: int) -> bool:
        return slot in self._members

    @property
    def slots(self) -> list[int]:
        """Who is here."""
        return list(self._members)

    def loose(self, slot: int) -> bool:
        """Somebody is here whom nobody drives."""
        return slot in self._members and not self._members[slot].driven

    def join(
        self,
        slot: int,
        form: Form,
        driven: bool,
        start: Moving,
        coupled: Sequence[int] = (),
        inside: Sequence[int] = (),
    ) -> None:
        """Somebody meets somebody; those whom it is coupled to, and walls that it is in, it does not meet."""
        self._save()
        if not form.upright:
            start = start._replace(position_m=self._lifted(start, form))
        self._members[slot] = _Member(slot, form, driven, start)
        self._apart += [(f"actor/{slot}", f"actor/{other}") for other in coupled]
        self._apart += [(f"actor/{slot}", f"wall/{k}") for k in inside]
        self._model = None
        self._still = 0

    def let_go(self, slot: int) -> None:
        """Nobody drives it any more."""
        self._members[slot].driven = False
        self._still = 0

    def drive(self, slot: int, x: float, y: float, yaw: float, vx: float, vy: float, turn: float) -> None:
        """Where a driven vehicle is at the start of the tick, and how it moves."""
        self._ready()
        one = self._members[slot]
        self._data.qpos[one.qpos : one.qpos + 3] = (x, y, yaw)
        one.set = np.array([vx, vy, turn])
        self._data.qvel[one.qvel : one.qvel + 3] = one.set

    def slope(self, slot: int, rise_x: float, rise_y: float) -> None:
        """The ground below somebody whom nobody drives rises so much a metre of x and y.

        Bodies meet on a level plane that lies on the ground: there gravity leans downhill.
        """
        share = 1.0 / math.sqrt(1.0 + rise_x * rise_x + rise_y * rise_y)
        downhill = np.array([-rise_x * share, -rise_y * share, 1.0 - share])
        self._members[slot].pull = GRAVITY_MPS2 * downhill

    def pushed(self, slot: int) -> F64Array:
        """What contacts have changed of the velocity of a driven vehicle in the last tick: x, y, turn."""
        one = self._members[slot]
        return np.asarray(self._data.qvel[one.qvel : one.qvel + 3] - one.set, np.float64)

    def state(self, slot: int) -> Moving:
        """Pose and velocity of somebody."""
        self._ready()
        one, data = self._members[slot], self._data
        p, v = data.qpos[one.qpos :], data.qvel[one.qvel :]
        if one.form.upright:
            position = np.array([p[0], p[1], one.start.position_m[2]])
            spin = np.array([0.0, 0.0, v[2]])
            return Moving(position, tf.quaternion_from_yaw(np.float64(p[2])), np.array([v[0], v[1], 0.0]), spin)
        turn = np.asarray(p[3:7], np.float64).copy()
        spin = tf.rotate(tf.matrix_from_pose(np.zeros(3), turn), np.asarray(v[3:6], np.float64).copy())
        return Moving(np.asarray(p[:3], np.float64).copy(), turn, np.asarray(v[:3], np.float64).copy(), spin)

    def yaw(self, slot: int) -> float:
        """Heading of a vehicle, without wrapping."""
        return float(self._data.qpos[self._members[slot].qpos + 2])

    def extent(self, slot: int) -> tuple[F64Array, F64Array]:
        """Lowest and highest corner of the box in world axes around somebody, (3,) each."""
        body = self._members[slot].body
        first, number = int(self._model.body_geomadr[body]), int(self._model.body_geomnum[body])
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        for g in range(first, first + number):
            turn = self._data.geom_xmat[g].reshape(3, 3)
            box = self._model.geom_aabb[g]
            middle = self._data.geom_xpos[g] + (turn * box[:3]).sum(-1)
            half = (np.abs(turn) * box[3:]).sum(-1)
            low, high = np.minimum(low, middle - half), np.maximum(high, middle + half)
        return low, high

    # ---- time ----------------------------------------------------------------------------------------------------

    def step(self) -> set[tuple[int, int]]:
        """Advance by a tick.

        Returns:
            Pairs that touch in it, the lower slot first.
        """
        if self._model is not None and len(self.ground.walls) and self._gone():
            self._save()
            self._model = None
        self._ready()
        touching: set[tuple[int, int]] = set()
        if self.diverged or (self._still >= _STILL_TICKS and not self._disturbed()):
            return touching
        for one in self._members.values():
            if one.pull is not None and not one.driven:
                self._data.xfrc_applied[one.body, :3] = one.pull * one.form.body.mass_kg
        for _ in range(self._substeps):
            self._tyres()
            self._limbs()
            self._mj.mj_step(self._model, self._data)
            self._touching(touching)
        self._rest()
        self._check()
        return touching

    def energy_j(self) -> float:
        """Kinetic and potential energy of everybody."""
        self._ready()
        self._mj.mj_energyPos(self._model, self._data)
        self._mj.mj_energyVel(self._model, self._data)
        return float(self._data.energy.sum())

    def _touching(self, out: set[tuple[int, int]]) -> None:
        data = self._data
        for c in range(int(data.ncon)):
            contact = data.contact[c]
            if float(contact.dist) <= 0.0:
                pair = [int(self._slot_of[int(self._model.geom_bodyid[g])]) for g in contact.geom]
                if min(pair) >= 0:
                    out.add((min(pair), max(pair)))

    def _tyres(self) -> None:
        """Friction of the wheels of vehicles that nobody drives, against how they slide."""
        for one in self._members.values():
            if one.driven or not one.form.upright:
                continue
            vx, vy, turn = self._data.qvel[one.qvel : one.qvel + 3].tolist()
            yaw = float(self._data.qpos[one.qpos + 2])
            c, s = math.cos(yaw), math.sin(yaw)
            load = 0.25 * one.form.body.mass_kg * GRAVITY_MPS2 * self.ground.friction / 0.7
            force = [0.0, 0.0, 0.0]
            for ahead in one.form.axles_m:
                for aside in (0.5 * one.form.track_m, -0.5 * one.form.track_m):
                    along = vx * c + vy * s - turn * aside
                    across = vy * c - vx * s + turn * ahead
                    share = load / max(math.hypot(along, across), _CREEP_MPS)
                    fl, fa = -_ROLLING * share * along, -_SLIDING * share * across
                    force[0] += fl * c - fa * s
                    force[1] += fl * s + fa * c
                    force[2] += ahead * fa - aside * fl
            self._data.qfrc_applied[one.qvel : one.qvel + 3] = force

    def _limbs(self) -> None:
        """Whoever is alive and tumbles does not spin like a stick."""
        for one in self._members.values():
            if one.form.limp:
                spin = slice(one.qvel + 3, one.qvel + 6)
                inertia = np.asarray(self._model.body_inertia[one.body], np.float64)
                self._data.qfrc_applied[spin] = -self._data.qvel[spin] * (float(inertia.min()) / _LIMP_S)

    def _rest(self) -> None:
        """What hardly moves for a while stands still; then nothing is computed until somebody comes near."""
        fastest = 0.0
        for one in self._members.values():
            if not one.driven:
                count = 3 if one.form.upright else 6
                v = np.abs(self._data.qvel[one.qvel : one.qvel + count])
                fastest = max(fastest, float(v.max()) * (1.0 if count == 3 else 0.5))
        self._still = self._still + 1 if fastest < _STILL_MPS else 0
        if self._still >= _STILL_TICKS:
            for one in self._members.values():
                if not one.driven:
                    self._data.qvel[one.qvel : one.qvel + (3 if one.form.upright else 6)] = 0.0

    def _disturbed(self) -> bool:
        """A driven vehicle is near something that rests."""
        for one in self._members.values():
            if not one.driven or not bool(np.abs(one.set).max() > 1e-6):
                continue
            here = self._data.qpos[one.qpos : one.qpos + 2]
            for other in self._members.values():
                if not other.driven:
                    away = self._data.qpos[other.qpos : other.qpos + 2] - here
                    if math.hypot(*away.tolist()) < one.reach_m + other.reach_m + _WAKE_M:
                        return True
        return False

    def _places(self) -> F64Array:
        """Where everybody is, (M, 2)."""
        return np.array([self._data.qpos[one.qpos : one.qpos + 2] for one in self._members.values()])

    def _gone(self) -> bool:
        """Somebody has left the walls of this world behind."""
        way = self._places() - self._built_at
        return bool(((way * way).sum(-1) > _AGAIN_M * _AGAIN_M).any())

    def _check(self) -> None:
        q, v = self._data.qpos, self._data.qvel
        good = bool(np.isfinite(q).all() and np.isfinite(v).all() and np.abs(q).max(initial=0.0) < _FARTHEST_M)
        if not good or bool(np.any(self._data.warning.number)) or float(np.abs(v).max(initial=0.0)) > _FASTEST_MPS:
            self.diverged = (
                f"the impact went astray: something moves at {float(np.abs(v).max(initial=0.0)):.3g} m/s or rad/s "
                f"{self._data.time:.2f} s after it"
            )

    # ---- the model -----------------------------------------------------------------------------------------------

    def _save(self) -> None:
        if self._model is not None:
            for one in self._members.values():
                one.start = self.state(one.slot)

    def _ready(self) -> None:
        """Compile the world if somebody has joined."""
        if self._model is not None:
            return
        mj = self._mj
        spec = mj.MjSpec()
        configure(spec)
        laid = self._lay(spec)
        for one in self._members.values():
            self._embody(spec, one)
        for a, b in self._apart:
            if not b.startswith("wall/") or b in laid:
                spec.add_exclude(bodyname1=a, bodyname2=b)
        self._model = spec.compile()
        self._model.opt.timestep = self._dt_s / self._substeps
        time = 0.0 if self._data is None else float(self._data.time)
        self._data = mj.MjData(self._model)
        self._data.time = time
        self._slot_of = np.full(int(self._model.nbody), -1, np.int64)
        for one in self._members.values():
            body = self._model.body(f"actor/{one.slot}")
            one.body = int(body.id)
            one.qpos = int(self._model.jnt_qposadr[body.jntadr[0]])
            one.qvel = int(self._model.jnt_dofadr[body.jntadr[0]])
            self._slot_of[one.body] = one.slot
            self._put(one)
        self._built_at = self._places()
        mj.mj_forward(self._model, self._data)

    def _put(self, one: _Member) -> None:
        at, turn, v, spin = one.start
        if one.form.upright:
            yaw = 2.0 * math.atan2(float(turn[3]), float(turn[0]))
            self._data.qpos[one.qpos : one.qpos + 3] = (at[0], at[1], yaw)
            self._data.qvel[one.qvel : one.qvel + 3] = (v[0], v[1], spin[2])
            return
        own = tf.inverse(tf.matrix_from_pose(np.zeros(3), turn))
        self._data.qpos[one.qpos : one.qpos + 7] = (*at, *turn)
        self._data.qvel[one.qvel : one.qvel + 6] = (*v, *tf.rotate(own, spin))

    def _lay(self, spec: Any) -> set[str]:
        """The ground: level, or with its kerbs around the impact; and walls near everybody, whose names it returns."""
        kinds, ground = self._mj.mjtGeom, self.ground
        surface = RigidBody((), friction=ground.friction, restitution=0.1)
        plane = (kinds.mjGEOM_PLANE, (0.0, 0.0, 1.0))
        flat = add_geom(spec.worldbody, "ground", plane, ((0.0, 0.0, 0.0), _UPRIGHT), surface, 0.0, {})
        geoms = [flat]
        top, low = float(ground.height_m.max(initial=0.0)), float(ground.height_m.min(initial=0.0))
        if top - low > 1e-6:
            rows, columns = ground.height_m.shape
            spec.add_hfield(
                name="relief", nrow=rows, ncol=columns, size=[ground.half_m, ground.half_m, top - low, 0.5],
                userdata=ground.height_m.reshape(-1).tolist(),
            )  # fmt: skip
            form, pose = (kinds.mjGEOM_HFIELD, (0.0, 0.0, 0.0)), ((ground.x_m, ground.y_m, low), _UPRIGHT)
            more = {"hfieldname": "relief"}
            geoms.append(add_geom(spec.worldbody, "relief", form, pose, surface, 0.0, more))
        for geom in geoms:
            geom.contype, geom.conaffinity = _GROUND, 0
        stone = RigidBody((), friction=_SCRAPING, restitution=0.1)
        near = self._walls_near()
        for k, (x, y, cos, sin, length, width, top) in zip(near, ground.walls[near].tolist(), strict=True):
            turn = (math.cos(h := 0.5 * math.atan2(sin, cos)), 0.0, 0.0, math.sin(h))
            body = spec.worldbody.add_body(name=f"wall/{k}", pos=[x, y, 0.5 * top], quat=list(turn))
            size = (kinds.mjGEOM_BOX, (length, width, 0.5 * top))
            wall = add_geom(body, f"wall/{k}", size, ((0.0, 0.0, 0.0), _UPRIGHT), stone, 0.0, {})
            wall.contype, wall.conaffinity = 0, _TUMBLING | _WHEELED
        return {f"wall/{k}" for k in near}

    def _walls_near(self) -> list[int]:
        """Which walls are in the world."""
        boxes = self.ground.walls
        out = np.zeros(len(boxes), np.bool_)
        for one in self._members.values():
            away = boxes[:, :2] - one.start.position_m[:2]
            out |= (away * away).sum(-1) < (_WALLS_M + one.reach_m + boxes[:, 4]) ** 2
        return np.flatnonzero(out).tolist()

    def _embody(self, spec: Any, one: _Member) -> None:
        mj, form = self._mj, one.form
        kinds = mj.mjtJoint
        height = float(one.start.position_m[2]) if form.upright else 0.0
        body = spec.worldbody.add_body(name=f"actor/{one.slot}", pos=[0.0, 0.0, height])
        if form.upright:
            for kind, axis in ((kinds.mjJNT_SLIDE, (1, 0, 0)), (kinds.mjJNT_SLIDE, (0, 1, 0)),
                               (kinds.mjJNT_HINGE, (0, 0, 1))):  # fmt: skip
                body.add_joint(type=kind, axis=axis)
            m, turn = form.body.mass_kg, form.yaw_inertia_kgm2
            body.explicitinertial = True
            body.mass, body.inertia, body.ipos = m, [0.6 * turn, 0.6 * turn, turn], [0.0, 0.0, 0.5]
        else:
            body.add_freejoint()
        total = sum(s.volume_m3 for s in form.body.solids)
        for k, solid in enumerate(form.body.solids):
            mass = form.body.mass_kg * solid.volume_m3 / total
            geom = add_solid(mj, spec, body, f"{one.slot}/{k}", solid, (solid.center_m, solid.quaternion), form.body,
                             mass)  # fmt: skip
            own = _WHEELED if form.upright else _TUMBLING
            geom.contype = own
            geom.conaffinity = (_WHEELED | _TUMBLING) if form.upright else (_GROUND | _TUMBLING | _WHEELED)

    def _lifted(self, start: Moving, form: Form) -> F64Array:
        """A position at which no solid is below the ground: who stands beside a kerb may have a foot in it."""
        ground = self.ground
        at: F64Array = np.array(start.position_m, np.float64)
        count = ground.height_m.shape[0]
        pitch = 2.0 * ground.half_m / max(count - 1, 1)
        turn = tf.matrix_from_pose(np.zeros(3), start.orientation)[:3, :3]
        lowest, high = math.inf, 0.0
        for solid in form.body.solids:
            middle: F64Array = (turn * np.asarray(solid.center_m, np.float64)).sum(-1)
            half: F64Array = (np.abs(turn) * (0.5 * np.asarray(solid.size_m, np.float64))).sum(-1)
            lowest = min(lowest, float(middle[2] - half[2]))
            for x in (-1.0, 0.0, 1.0):
                for y in (-1.0, 0.0, 1.0):
                    px = float(at[0] + middle[0] + x * half[0])
                    py = float(at[1] + middle[1] + y * half[1])
                    i, j = (py - ground.y_m + ground.half_m) / pitch, (px - ground.x_m + ground.half_m) / pitch
                    if 0.0 <= i <= count - 1 and 0.0 <= j <= count - 1:
                        part = ground.height_m[math.floor(i) : math.ceil(i) + 1, math.floor(j) : math.ceil(j) + 1]
                        high = max(high, float(part.max()))
        at[2] = max(float(at[2]), high - lowest)
        return at


_UPRIGHT = (1.0, 0.0, 0.0, 0.0)
