"""Drones: a point mass that is pushed where it wants to go, and tilts into the push.

A multirotor pushes along its own axis, so an acceleration is a tilt: tan(tilt) = (a + drag) / g, and it leans into the
wind where that blows (:mod:`simengine.physics.steadying`). The pose of a drone stays level and turns about z alone:
that is the frame of its stabilised camera mount; the tilt is that of the body below it (``Motion.gait`` and
``Motion.steer``: pitch, nose down positive, and roll, to the right positive).

Birds fly the same way and bank into bends. One that stands still at the height where it sat folds its wings, and wind
does not move it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.physics.agenda import Argument
from simengine.physics.bends import bend_speed_mps
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion
from simengine.physics.paths import project
from simengine.physics.routes import route
from simengine.physics.steadying import Steadying
from simengine.physics.wind import Wind
from simengine.physics.winging import beat_radps, has_wings
from simengine.world.scene import Entity

__all__ = ["ACCELERATION_MPS2", "DRAG_PER_S", "LAG_S", "RESPONSE_S", "TOP_SPEED_MPS", "Flyers"]

TOP_SPEED_MPS = 15.0
ACCELERATION_MPS2 = 6.0
CLIMB_MPS = 4.0
CRUISE_MPS2 = 2.5
_GRAVITY_MPS2 = 9.81
DRAG_PER_S = _GRAVITY_MPS2 * 0.36 / TOP_SPEED_MPS
"""At top speed the body is tilted by 20 degrees."""
LAG_S = 0.12
"""How fast the thrust follows: the body has to tilt first."""
RESPONSE_S = 0.4
_PULL_PER_S = 0.8
_TURN_RADPS = 1.6
_ROTOR_RADPS = 450.0
_SPREAD_PER_S = 6.0
"""Wings are spread, and folded, in a sixth of a second."""
_SITS_MPS, _SITS_M = 0.15, 0.08
_CORNER_M = 6.0
_LATERAL_MPS2 = 3.0
_ARRIVAL_M = 0.3
_HOLD, _FOLLOW, _PATH = 0, 1, 2


class Flyers:
    """All drones of a batch, (B, D).

    Attributes:
        slots: of the drones.
        vx, vy, vz: velocity in the world.
    """

    def __init__(self, cast: Cast, m: Motion, speeds_mps: F64Array, dt_s: float, wind: Wind | None = None) -> None:
        self._cast, self._dt_s = cast, dt_s
        self.slots: I64Array = np.array(cast.columns("drone"), np.int64)
        shape = (cast.batch, len(self.slots))
        m.v[:, self.slots] = np.minimum(np.broadcast_to(speeds_mps, m.x.shape)[:, self.slots], TOP_SPEED_MPS)
        v, cos, sin = (np.ascontiguousarray(q[:, self.slots]) for q in (m.v, m.cos, m.sin))
        self.vx, self.vy, self.vz = v * cos, v * sin, np.zeros(shape)
        m.speed_goal[:, self.slots] = v
        self._ax, self._ay = np.zeros(shape), np.zeros(shape)
        self._height: F64Array = m.z[:, self.slots].copy()
        self._mode: I64Array = np.zeros(shape, np.int64)
        self._target: I64Array = np.zeros(shape, np.int64)
        self._headway: F64Array = np.zeros(shape)
        self._steadying: Steadying | None = None
        if wind is not None and bool(wind.blows.any()):
            names = [cast.names[s] for s in cast.columns("drone")]
            self._steadying = Steadying(wind, names, self._height, DRAG_PER_S, dt_s)
            self._ax, self._ay = self._steadying.lean
        self._perch_m: F64Array = np.where(v == 0.0, m.z[:, self.slots], 0.0)
        flyers = [_first(cast, k) for k in self.slots.tolist()]
        self._winged: BoolArray = np.array([f is not None and has_wings(f) for f in flyers], np.bool_)
        rates = [beat_radps(f) if f is not None and has_wings(f) else _ROTOR_RADPS for f in flyers]
        self._beat_radps: F64Array = np.array(rates, np.float64)
        sits = self._sits(m)
        self._ax, self._ay = (np.where(sits, 0.0, q) for q in (self._ax, self._ay))
        m.swivel[0][:, self.slots] = np.where(sits, 0.0, self._winged * 1.0)
        self._tilt(m)

    def _sits(self, m: Motion) -> BoolArray:
        """Birds that stand still where they sat, and want to, (B, D)."""
        z = m.z[:, self.slots]
        slow = self.vx * self.vx + self.vy * self.vy + self.vz * self.vz < _SITS_MPS * _SITS_MPS
        stays = (m.speed_goal[:, self.slots] < _SITS_MPS) & (self._mode == _HOLD)
        level = (np.abs(z - self._perch_m) < _SITS_M) & (np.abs(self._height - z) < _SITS_M)
        return self._winged & slow & stays & level

    def column(self, actor: int) -> int:
        """Which drone a slot is."""
        return int(np.flatnonzero(self.slots == actor)[0])

    # ---- orders --------------------------------------------------------------------------------------------------

    def engage(self, m: Motion, action: str, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
        """Let an action take over in some rows."""
        k, batch = self.column(actor), self._cast.batch

        def column(name: str, default: F64Array) -> F64Array:
            value = args.get(name)
            given = default if value is None else np.broadcast_to(np.asarray(value, np.float64), (batch,))
            return np.where(np.isnan(given), default, given)

        now = m.v[:, actor]
        m.rate[rows, actor] = column("rate", np.full(batch, CRUISE_MPS2))[rows]
        self._height[rows, k] = column("height", self._height[:, k])[rows]
        self._mode[rows, k] = {"follow": _FOLLOW, "follow_path": _PATH}.get(action, _HOLD)
        match action:
            case "follow":
                self._target[rows, k] = column("target", np.zeros(batch)).astype(np.int64)[rows]
                self._headway[rows, k] = column("headway", np.zeros(batch))[rows]
                return
            case "follow_path":
                start = np.stack([m.x[:, actor], m.y[:, actor]], -1)
                way = route(self._cast, actor, rows, start, args, _CORNER_M)
                m.follow(actor, rows, way.packed, way.half_m)
                m.way_end[rows, actor] = way.length_m[rows]
                goal = column("speed", np.maximum(now, 3.0))
            case "stop" | "hover" | "teleport":
                goal = np.zeros(batch)
            case "change_speed":
                goal = column("to", now)
            case _:  # drive
                goal = column("speed", now)
        if action == "teleport":
            self.stop(rows, k)
        m.speed_goal[rows, actor] = np.minimum(goal, TOP_SPEED_MPS)[rows]

    def stop(self, rows: BoolArray, k: int) -> None:
        """It hangs in the air at once."""
        for q in (self.vx, self.vy, self.vz, self._ax, self._ay):
            q[rows, k] = 0.0
        if self._steadying is not None:
            lean = self._steadying.lean
            self._ax[rows, k], self._ay[rows, k] = lean[0][rows, k], lean[1][rows, k]
            self._steadying.leave(rows, k)

    def release(self, m: Motion, action: str, actor: int, rows: BoolArray, cancelled: bool) -> None:
        """Nothing drives it any more: it flies on as fast as it is; at the end of a path it hovers."""
        k = self.column(actor)
        self._mode[rows, k] = _HOLD
        m.rate[rows, actor] = CRUISE_MPS2
        if cancelled or action in ("follow_path", "follow"):
            m.speed_goal[rows, actor] = m.v[rows, actor] if cancelled else 0.0

    def ends(self, m: Motion, action: str, actor: int) -> BoolArray:
        """Rows in which the aim of an action is reached, (B,)."""
        k = self.column(actor)
        level = np.abs(m.z[:, actor] - self._height[:, k]) < 0.1
        speed = np.sqrt(self.vx[:, k] * self.vx[:, k] + self.vy[:, k] * self.vy[:, k])
        match action:
            case "follow_path":
                at = project(np.ascontiguousarray(m.packed[:, actor]), m.x[:, actor], m.y[:, actor])
                return (at.station_m >= m.way_end[:, actor] - _ARRIVAL_M) & (speed < 0.5)
            case "change_speed":
                return np.abs(m.v[:, actor] - m.speed_goal[:, actor]) < 0.05
            case "stop":
                return speed < 0.05
            case "climb":
                return level
            case "teleport":
                return np.ones(self._cast.batch, np.bool_)
            case _:
                return np.zeros(self._cast.batch, np.bool_)

    # ---- time ----------------------------------------------------------------------------------------------------

    def step(self, m: Motion) -> None:
        """One tick, after all others have moved."""
        dt, sits = self._dt_s, self._sits(m)
        wx, wy, fx, fy, bearing = self._wanted(m)
        if self._steadying is not None:
            hovers = (self._mode == _HOLD) & (m.speed_goal[:, self.slots] == 0.0)
            at = m.x[:, self.slots], m.y[:, self.slots]
            wx, wy = self._steadying.back((wx, wy), hovers, at, (self.vx, self.vy))
        most = np.where(self._mode == _HOLD, m.rate[:, self.slots], ACCELERATION_MPS2)
        ax, ay = _limited((wx - self.vx) / RESPONSE_S + fx, (wy - self.vy) / RESPONSE_S + fy, most)
        if self._steadying is not None:
            lean = self._steadying.lean
            ax, ay = _limited(ax + lean[0], ay + lean[1], np.full_like(ax, ACCELERATION_MPS2))
        share = min(dt / LAG_S, 1.0)
        self._ax = self._ax + share * (ax - self._ax)
        self._ay = self._ay + share * (ay - self._ay)
        gx, gy, gz = self._ax, self._ay, np.zeros_like(ax)
        if self._steadying is not None:
            px, py, gz = self._steadying.push(m.z[:, self.slots], self.vx, self.vy)
            gx, gy = gx + px, gy + py
        vx, vy = _limited(self.vx + gx * dt, self.vy + gy * dt, np.full_like(ax, TOP_SPEED_MPS))
        dx, dy = 0.5 * (self.vx + vx) * dt, 0.5 * (self.vy + vy) * dt
        z = m.z[:, self.slots]
        climb = np.clip(1.2 * (self._height - z), -CLIMB_MPS, CLIMB_MPS)
        self.vz = self.vz + np.clip(climb - self.vz, -3.0 * dt, 3.0 * dt) + gz * dt
        if bool(sits.any()):
            still = (self._ax, self._ay, self.vz, vx, vy, dx, dy)
            self._ax, self._ay, self.vz, vx, vy, dx, dy = (np.where(sits, 0.0, q) for q in still)
        yaw = m.yaw[:, self.slots]
        miss = bearing - yaw
        miss = miss - (2.0 * np.pi) * np.floor(miss * (0.5 / np.pi) + 0.5)
        turn = np.clip(np.clip(2.0 * miss, -_TURN_RADPS, _TURN_RADPS) * dt, -np.abs(miss), np.abs(miss))
        yaw = yaw + turn
        cos, sin = np.cos(yaw), np.sin(yaw)
        before = m.v[:, self.slots]
        self.vx, self.vy = vx, vy
        along = vx * cos + vy * sin
        for name, value in (
            ("x", m.x[:, self.slots] + dx), ("y", m.y[:, self.slots] + dy), ("z", z + self.vz * dt), ("yaw", yaw),
            ("cos", cos), ("sin", sin), ("v", along), ("a", (along - before) / dt), ("yaw_rate", turn / dt),
            ("travelled", m.travelled[:, self.slots] + np.sqrt(dx * dx + dy * dy + (self.vz * dt) ** 2)),
            ("wheel", m.wheel[:, self.slots] + self._beat_radps * dt),
        ):  # fmt: skip
            getattr(m, name)[:, self.slots] = value
        if bool(self._winged.any()):
            spread = m.swivel[0][:, self.slots]
            wanted = np.where(self._sits(m), 0.0, self._winged * 1.0)
            m.swivel[0][:, self.slots] = spread + np.clip(wanted - spread, -_SPREAD_PER_S * dt, _SPREAD_PER_S * dt)
        self._tilt(m)

    def velocity(self, vx: F64Array, vy: F64Array) -> tuple[F64Array, F64Array, F64Array]:
        """Velocities of all actors, (B, A), with those of the drones."""
        vx, vy, vz = vx.copy(), vy.copy(), np.zeros_like(vx)
        vx[:, self.slots], vy[:, self.slots], vz[:, self.slots] = self.vx, self.vy, self.vz
        return vx, vy, vz

    def _tilt(self, m: Motion) -> None:
        cos, sin = m.cos[:, self.slots], m.sin[:, self.slots]
        px, py = self._ax + DRAG_PER_S * self.vx, self._ay + DRAG_PER_S * self.vy
        m.gait[:, self.slots] = np.arctan2(px * cos + py * sin, _GRAVITY_MPS2)
        m.steer[:, self.slots] = -np.arctan2(py * cos - px * sin, _GRAVITY_MPS2)

    def _wanted(self, m: Motion) -> tuple[F64Array, F64Array, F64Array, F64Array, F64Array]:
        """Wanted velocity, acceleration that the way itself needs, and heading; (B, D) each."""
        s = self.slots
        goal, yaw = m.speed_goal[:, s], m.yaw[:, s]
        wx, wy = goal * m.cos[:, s], goal * m.sin[:, s]
        fx, fy, bearing = np.zeros_like(wx), np.zeros_like(wx), yaw.copy()
        for mode, make in ((_FOLLOW, self._behind), (_PATH, self._along)):
            mine = self._mode == mode
            if bool(mine.any()):
                for out, made in zip((wx, wy, fx, fy, bearing), make(m), strict=True):
                    out[mine] = made[mine]
        return wx, wy, fx, fy, bearing

    def _behind(self, m: Motion) -> tuple[F64Array, F64Array, F64Array, F64Array, F64Array]:
        """A time behind another one, at its velocity."""
        rows, t = np.arange(self._cast.batch)[:, None], self._target
        v, cos, sin, a = m.v[rows, t], m.cos[rows, t], m.sin[rows, t], m.a[rows, t]
        gap = self._headway * np.abs(v)
        dx, dy = m.x[rows, t] - gap * cos - m.x[:, self.slots], m.y[rows, t] - gap * sin - m.y[:, self.slots]
        px, py = _limited(_PULL_PER_S * dx, _PULL_PER_S * dy, np.full_like(dx, TOP_SPEED_MPS))
        wx, wy = _limited(v * cos + px, v * sin + py, np.full_like(dx, TOP_SPEED_MPS))
        return wx, wy, a * cos, a * sin, m.yaw[rows, t]

    def _along(self, m: Motion) -> tuple[F64Array, F64Array, F64Array, F64Array, F64Array]:
        """Along the path, back to it where it is beside it, and slower before bends and its end."""
        s = self.slots
        packed = np.ascontiguousarray(m.packed[:, s])
        at = project(packed, m.x[:, s], m.y[:, s])
        speed = np.sqrt(self.vx * self.vx + self.vy * self.vy)
        bends = bend_speed_mps(packed, at.station_m, speed, np.full_like(speed, _LATERAL_MPS2))
        left = np.maximum(m.way_end[:, s] - at.station_m, 0.0)
        u = np.minimum(np.minimum(m.speed_goal[:, s], bends), np.minimum(np.sqrt(4.0 * left), 1.0 * left))
        back = np.clip(-1.2 * at.left_m, -4.0, 4.0)
        push = u * u * at.curvature_per_m
        ux, uy = np.broadcast_arrays(at.ux, at.left_m)[0], np.broadcast_arrays(at.uy, at.left_m)[0]
        heading = np.arctan2(uy, ux)
        bearing = np.where(left > 1.0, heading, m.yaw[:, s])
        return u * ux - back * uy, u * uy + back * ux, -push * uy, push * ux, bearing


def _first(cast: Cast, slot: int) -> Entity | None:
    """What is in a slot, in the first variant that has something there: its kind is the same in all."""
    return next((entity for row in cast.entities if (entity := row[slot]) is not None), None)


def _limited(x: F64Array, y: F64Array, most: F64Array) -> tuple[F64Array, F64Array]:
    """A vector of no more than a length."""
    size = np.sqrt(x * x + y * y)
    share = np.where(size > most, most / np.where(size > 0.0, size, 1.0), 1.0)
    return x * share, y * share
