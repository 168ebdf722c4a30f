"""Parking: on past the place at a kerb, then backwards into it along two arcs, as people do; or past a marked bay, and
backwards round an arc and straight into that; and backwards out of a bay, straight and round an arc.

The arcs are a biarc (K. M. Bolton, "Biarc curves", Computer-Aided Design 7, 1975): they leave the pose where the
vehicle stopped and end in the wanted one, exactly. Wheels are turned while it stands. Poses are those of the rear
axle, whose path has no sideslip in the single-track model (see :mod:`simengine.physics.vehicles`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import UsageError
from simengine.physics.agenda import Argument
from simengine.physics.cast import Cast
from simengine.physics.motion import Motion
from simengine.physics.paths import project

__all__ = ["KERB_GAP_M", "Parking"]

KERB_GAP_M = 0.25
"""Between the vehicle's side and the kerb, when it is parked."""
_APPROACH_MPS, _APPROACH_MPS2 = 4.0, 1.2
_BAY_EASE, _OUT_FIRST_M, _OUT_BESIDE_M, _OUT_ROOM_M = 1.02, 1.2, 0.58, 0.05
"""Of bays: radius as a multiple of the smallest one; to leave them: how far it goes straight back first, at least, how
far the nose may swing aside between other cars, and what is left to the far edge of the lane."""
_REVERSE_MPS, _REVERSE_MPS2 = 1.2, 0.7
_PUSHED_M = 0.3
"""Who is pushed that far off the way back gives it up."""
_KERB_M = 15.0
"""The kerb that is meant by a place is no farther from it: from the middle of a lane, or across a wide road."""
_EASE = 1.12
"""Radius of the arcs as a multiple of the smallest one that the vehicle can drive."""
_STOPPED_MPS, _THERE_M = 0.02, 0.02
_NONE, _ON, _BACK, _DONE = range(4)
_PIECES = 3
_KERBS = ("curb.right", "curb.left")


@dataclass
class _Manoeuvre:
    """One vehicle's parking in each variant, all (B,) or (B, 3) for two arcs and what may follow.

    Attributes:
        phase: none, on past the place, back into it, done.
        goal_x, goal_y, goal_yaw: of the rear axle in the end.
        past_m: how far beyond that it goes first, along ``line_yaw``.
        cruise: as fast as it goes there.
        side: +1 where the kerb is to the left.
        x, y, way: where each arc begins, and its direction of travel (radians).
        bend, length: of each arc, along the travel.
        arc, along: which arc it is on, and how far.
        speed: backwards.
        line_yaw: heading of the way past the place: that of the goal at a kerb.
        turn_x, turn_y: where the arcs end: at the goal, or straight before it.
        count: pieces of the way back.
        lane: of what leaves a bay, where it ends up; -1: none.
    """

    phase: I64Array
    goal_x: F64Array
    goal_y: F64Array
    goal_yaw: F64Array
    past_m: F64Array
    cruise: F64Array
    side: F64Array
    x: F64Array
    y: F64Array
    way: F64Array
    bend: F64Array
    length: F64Array
    arc: I64Array
    along: F64Array
    speed: F64Array
    line_yaw: F64Array
    turn_x: F64Array
    turn_y: F64Array
    count: I64Array
    lane: I64Array

    @staticmethod
    def none(batch: int) -> _Manoeuvre:
        one, three = np.zeros(batch), np.zeros((batch, _PIECES))
        whole = np.zeros(batch, np.int64)
        return _Manoeuvre(
            whole.copy(), one.copy(), one.copy(), one.copy(), one.copy(), one.copy(), one.copy(),
            three.copy(), three.copy(), three.copy(), three.copy(), three.copy(), whole.copy(), one.copy(), one.copy(),
            one.copy(), one.copy(), one.copy(), np.full(batch, 2, np.int64), np.full(batch, -1, np.int64),
        )  # fmt: skip


@dataclass
class Parking:
    """All vehicles that park.

    Args:
        cast: who takes part.
        dt_s: length of a tick.
    """

    cast: Cast
    dt_s: float
    of: dict[int, _Manoeuvre] = field(default_factory=dict[int, _Manoeuvre])

    def start(self, m: Motion, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
        """Begin in some rows; ``to``: points (B, 2) beside the kerb, along which it shall stand.

        With ``heading`` (B,) they are the middles of bays, and their directions inward.

        Raises:
            UsageError: no kerb, too wide for arcs, its lane too near to the bay, or it has passed the place.
        """
        plan = self.of.setdefault(actor, _Manoeuvre.none(self.cast.batch))
        points = np.asarray(args["to"], np.float64)
        body, name = self.cast.body, self.cast.names[actor]
        axle = body.rear_axle_m[:, actor]
        for b in np.flatnonzero(rows).tolist():
            x, y, yaw = (float(v[b, actor]) for v in (m.x, m.y, m.yaw))
            if "heading" in args:
                inward = float(np.broadcast_to(np.asarray(args["heading"], np.float64), rows.shape)[b])
                self._into_bay(m, b, actor, plan, points[b], inward)
                continue
            gap = 0.5 * float(body.size_m[b, actor, 1]) + KERB_GAP_M
            gx, gy, gyaw, side = self._place(b, points[b], (x, y, yaw), gap, name)
            plan.goal_x[b] = gx - axle[b] * np.cos(gyaw)
            plan.goal_y[b] = gy - axle[b] * np.sin(gyaw)
            plan.goal_yaw[b], plan.side[b], plan.line_yaw[b] = gyaw, side, gyaw
            plan.turn_x[b], plan.turn_y[b], plan.count[b] = plan.goal_x[b], plan.goal_y[b], 2
            dx, dy = x - axle[b] * np.cos(yaw) - plan.goal_x[b], y - axle[b] * np.sin(yaw) - plan.goal_y[b]
            beside = abs(-dx * np.sin(gyaw) + dy * np.cos(gyaw))
            radius = max(_EASE * self._tightest_m(b, actor), beside)
            plan.past_m[b] = np.sqrt(max(4.0 * radius * beside - beside * beside, 0.0))
            ahead = float(plan.past_m[b] - (dx * np.cos(gyaw) + dy * np.sin(gyaw)))
            self._in_time(name, ahead)
        plan.phase[rows], plan.arc[rows], plan.lane[rows] = _ON, 0, -1
        plan.cruise[rows] = np.maximum(m.v[rows, actor], _APPROACH_MPS)
        plan.along[rows] = plan.speed[rows] = 0.0
        m.bound[rows, actor] = plan.side[rows]

    @staticmethod
    def _in_time(name: str, ahead_m: float) -> None:
        if ahead_m < -1.0:
            raise UsageError(
                f"'{name}' cannot park there any more: it would have to stop {-ahead_m:.1f} m behind where it is; "
                "ask for it earlier, or name a place farther ahead"
            )

    def _into_bay(self, m: Motion, b: int, actor: int, plan: _Manoeuvre, middle: F64Array, inward: float) -> None:
        """Past the mouth of a bay, so far that an arc from there ends on the bay's axis; it will stand nose out."""
        axle, name = float(self.cast.body.rear_axle_m[b, actor]), self.cast.names[actor]
        heading, line = inward + np.pi, self._line(m, b, actor)
        goal = middle - axle * _unit(heading)
        rear = np.array([m.x[b, actor], m.y[b, actor]]) - axle * _unit(float(m.yaw[b, actor]))
        turn = float(np.arctan2(np.sin(heading - line), np.cos(heading - line)))
        meet, room = _meeting(rear, _unit(line), goal, _unit(heading))
        radius = _BAY_EASE * self._tightest_m(b, actor)
        reach = radius * float(np.tan(0.5 * abs(turn)))
        if not 0.2 < abs(turn) < 2.8 or room < reach:
            raise UsageError(
                f"'{name}' cannot park there: backing in takes {reach:.1f} m from its line to where it stands, and "
                f"there are {max(room, 0.0):.1f} m; let it drive farther from the bay ('offset'), or name one on the "
                "other side"
            )
        stop, bend = meet + reach * _unit(line), meet - reach * _unit(heading)
        plan.goal_x[b], plan.goal_y[b], plan.goal_yaw[b], plan.line_yaw[b] = goal[0], goal[1], heading, line
        plan.turn_x[b], plan.turn_y[b], plan.count[b] = bend[0], bend[1], _PIECES
        plan.side[b] = -np.sign(turn)
        plan.past_m[b] = float((stop - goal) @ _unit(line))
        self._in_time(name, float((stop - rear) @ _unit(line)))

    def _line(self, m: Motion, b: int, actor: int) -> float:
        """Heading of the way that a vehicle is on."""
        here = project(np.ascontiguousarray(m.packed[b : b + 1, actor]), m.x[b : b + 1, actor], m.y[b : b + 1, actor])
        return float(here.yaw_rad[0])

    def leave(self, m: Motion, actor: int, rows: BoolArray) -> None:
        """Backwards out of a bay, to stand along the lane beside it.

        Raises:
            UsageError: it moves, there is no lane behind it, or it stands along it already.
        """
        plan = self.of.setdefault(actor, _Manoeuvre.none(self.cast.batch))
        axle, name = self.cast.body.rear_axle_m[:, actor], self.cast.names[actor]
        for b in np.flatnonzero(rows).tolist():
            yaw = float(m.yaw[b, actor])
            rear = np.array([m.x[b, actor], m.y[b, actor]]) - float(axle[b]) * _unit(yaw)
            lane, point, line = self._lane_behind(b, rear, yaw)
            if lane < 0 or float(m.v[b, actor]) > _STOPPED_MPS:
                why = "there is no lane across its way, within 15 m behind it" if lane < 0 else "it has to stand first"
                raise UsageError(f"'{name}' cannot back out: {why}")
            turn = float(np.arctan2(np.sin(line - yaw), np.cos(line - yaw)))
            _, room = _meeting(point, _unit(line), rear, -_unit(yaw))
            radius = _BAY_EASE * self._tightest_m(b, actor)
            half = 0.5 * self.cast.lanes[b].lanes[lane].width_m / abs(float(np.sin(turn)))
            first, most = self._swing(b, actor, radius, room - half, room + half)
            turn = float(np.sign(turn)) * min(abs(turn), most)
            corner = rear - first * _unit(yaw)
            plan.x[b, :2], plan.y[b, :2] = (rear[0], corner[0]), (rear[1], corner[1])
            plan.way[b, :2], plan.bend[b, :2] = yaw + np.pi, (0.0, np.sign(turn) / radius)
            plan.length[b, :2] = first, radius * abs(turn)
            plan.lane[b], plan.count[b], plan.side[b] = lane, 2, np.sign(turn)
        plan.phase[rows], plan.arc[rows] = _BACK, 0
        plan.along[rows] = plan.speed[rows] = 0.0
        m.speed_goal[rows, actor] = 0.0
        m.bound[rows, actor] = plan.side[rows]

    def _swing(self, b: int, actor: int, radius_m: float, mouth_m: float, far_m: float) -> tuple[float, float]:
        """How far straight back first, so that the nose swings clear of the next car; how far it may turn then, so that
        the rear stays on the lane.

        Args:
            b, actor: which vehicle.
            radius_m: of the rear axle's arc.
            mouth_m, far_m: near and far edge of the lane, along the way back from the rear axle.
        """
        length, width = (float(v) for v in self.cast.body.size_m[b, actor, :2])
        axle = float(self.cast.body.rear_axle_m[b, actor])
        ahead, behind, outer = 0.5 * length + axle, 0.5 * length - axle, radius_m + 0.5 * width
        swing = ahead * ahead + outer * outer - (outer + _OUT_BESIDE_M) ** 2
        first = max(mouth_m + float(np.sqrt(max(swing, 0.0))), _OUT_FIRST_M)
        first = min(first, max(far_m - behind - 3.0 * _OUT_ROOM_M, _OUT_FIRST_M))
        reach = float(np.sqrt(behind * behind + outer * outer))
        share = min(max((far_m - _OUT_ROOM_M - first) / reach, 0.0), 1.0)
        return first, max(float(np.arcsin(share)) - float(np.arctan2(behind, outer)), 0.2)

    def _lane_behind(self, b: int, rear: F64Array, yaw: float) -> tuple[int, F64Array, float]:
        """The nearest lane that crosses the line backwards from a rear axle; a point of it, and its heading there."""
        found: list[tuple[float, int, F64Array, float]] = []
        for k, lane in enumerate(self.cast.lanes[b].lanes):
            s = float(lane.centre.project(np.array([*rear, 0.0]))[0])
            if not 0.0 <= s <= lane.centre.length_m:
                continue
            (x, y, _), line = lane.centre.at(s)
            point, along = np.array([x, y]), float(line)
            if abs(np.sin(along - yaw)) < 0.3:
                continue
            _, far = _meeting(point, _unit(along), rear, -_unit(yaw))
            if 0.0 < far < 15.0:
                found.append((far, k, point, along))
        if not found:
            return -1, rear, 0.0
        _, k, point, along = min(found, key=lambda item: item[:2])
        return k, point, along

    def _place(
        self, b: int, point: F64Array, here: tuple[float, float, float], gap_m: float, name: str
    ) -> tuple[float, float, float, float]:
        """x, y, heading and side of the place beside the nearest kerb, on the vehicle's side of it."""
        spot = np.array([point[0], point[1], 0.0])
        curves = [c for n in _KERBS if (c := self.cast.lanes[b].curves.get(n)) is not None]
        if not curves:
            raise UsageError(f"'{name}' cannot park here: this world has no kerbs")
        found = [(abs(float(c.project(spot)[1])), k) for k, c in enumerate(curves)]
        away, nearest = min(found)
        curve = curves[nearest]
        station = float(curve.project(spot)[0])
        over = max(station - curve.length_m, -station)
        if over > 0.0 or away > _KERB_M:
            where = f"{over:.1f} m beyond the end of the kerb" if over > 0.0 else f"{away:.1f} m from the nearest kerb"
            raise UsageError(
                f"'{name}' cannot park there: ({point[0]:.1f} m, {point[1]:.1f} m) is {where}; name a place beside a "
                f"kerb, no more than {_KERB_M:.0f} m from it"
            )
        foot, along = curve.at(station)
        yaw = float(along)
        if np.cos(yaw - here[2]) < 0.0:
            yaw += np.pi
        across = -(here[0] - foot[0]) * np.sin(yaw) + (here[1] - foot[1]) * np.cos(yaw)
        side = 1.0 if across < 0.0 else -1.0
        return (
            float(foot[0] + side * gap_m * np.sin(yaw)), float(foot[1] - side * gap_m * np.cos(yaw)), yaw, side
        )  # fmt: skip

    def _tightest_m(self, b: int, actor: int) -> float:
        body = self.cast.body
        return float(body.wheelbase_m[b, actor] / np.tan(body.steer_max_rad[b, actor]))

    def stop(self, m: Motion, actor: int, rows: BoolArray) -> None:
        """It is over in some rows, wherever the vehicle is: it stands."""
        plan = self.of[actor]
        out = rows & (plan.lane >= 0)
        if bool(out.any()):
            m.on_lane(self.cast, actor, out, plan.lane)
            m.shift_from[out, actor] = m.shift_to[out, actor] = m.shift_pace[out, actor] = 0.0
            plan.lane[out] = -1
        plan.phase[rows], plan.speed[rows] = _NONE, 0.0
        m.bound[rows, actor] = m.speed_goal[rows, actor] = 0.0
        m.reverse[rows, actor] = 0.0

    def done(self, actor: int) -> BoolArray:
        """Rows in which it stands parked."""
        return self.of[actor].phase == _DONE

    # ---- time ----------------------------------------------------------------------------------------------------

    def approach(self, m: Motion) -> None:
        """Before vehicles move: slow down to stop past the place, and plan the way back where one has stopped."""
        for actor, plan in self.of.items():
            on = plan.phase == _ON
            if not bool(on.any()):
                continue
            dx, dy = self._from_goal(m, actor, plan)
            cos, sin = np.cos(plan.line_yaw), np.sin(plan.line_yaw)
            left = plan.past_m - (dx * cos + dy * sin)
            v = m.v[:, actor]
            goal = np.minimum(plan.cruise, np.sqrt(2.0 * _APPROACH_MPS2 * np.maximum(left, 0.0)))
            near = left < _THERE_M + 0.5 * v * self.dt_s
            m.speed_goal[on, actor] = np.where(near, 0.0, np.maximum(goal, 0.15))[on]
            m.rate[on, actor], m.manual[on, actor] = np.where(near, 3.0, 1.5 * _APPROACH_MPS2)[on], True
            back = on & near & (v <= _STOPPED_MPS)
            if bool(back.any()):
                m.v[back, actor] = m.a[back, actor] = m.speed_goal[back, actor] = 0.0
                self._plan_back(m, actor, plan, back)

    def _from_goal(self, m: Motion, actor: int, plan: _Manoeuvre) -> tuple[F64Array, F64Array]:
        axle = self.cast.body.rear_axle_m[:, actor]
        return (
            m.x[:, actor] - axle * m.cos[:, actor] - plan.goal_x, m.y[:, actor] - axle * m.sin[:, actor] - plan.goal_y
        )  # fmt: skip

    def _plan_back(self, m: Motion, actor: int, plan: _Manoeuvre, rows: BoolArray) -> None:
        """Two arcs from here to the goal, or to where the rest of the way is straight, travelled backwards."""
        dx, dy = self._from_goal(m, actor, plan)
        x0, y0 = plan.goal_x + dx, plan.goal_y + dy
        straight = plan.count > 2
        dx, dy = np.where(straight, x0 - plan.turn_x, dx), np.where(straight, y0 - plan.turn_y, dy)
        t0x, t0y = -m.cos[:, actor], -m.sin[:, actor]
        t1x, t1y = -np.cos(plan.goal_yaw), -np.sin(plan.goal_yaw)
        vx, vy = -dx, -dy
        sx, sy = t0x + t1x, t0y + t1y
        far, along = vx * vx + vy * vy, vx * sx + vy * sy
        curve = 2.0 * (1.0 - (t0x * t1x + t0y * t1y))
        root = np.sqrt(along * along + curve * far)
        d = far / np.maximum(along + root, 1e-9)  # the positive root, in the form that bears curve = 0
        px, py = 0.5 * (x0 + plan.turn_x + d * (t0x - t1x)), 0.5 * (y0 + plan.turn_y + d * (t0y - t1y))
        first = _arc(t0x, t0y, px - x0, py - y0)
        second = _arc(-t1x, -t1y, px - plan.turn_x, py - plan.turn_y)
        bends, lengths = np.stack([first[0], -second[0]], -1), np.stack([first[1], second[1]], -1)
        way = np.arctan2(t0y, t0x)
        for b in np.flatnonzero(rows).tolist():
            tightest = self._tightest_m(b, actor)
            if not float(np.abs(bends[b]).max()) * tightest <= 1.02:
                raise UsageError(
                    f"'{self.cast.names[actor]}' cannot park there: its way back would need a radius of "
                    f"{1.0 / float(np.abs(bends[b]).max()):.1f} m, its smallest is {tightest:.1f} m; let it drive "
                    "nearer to the parked row, or name a place farther ahead"
                )
        rest = np.sqrt((plan.turn_x - plan.goal_x) ** 2 + (plan.turn_y - plan.goal_y) ** 2)
        none = np.zeros_like(rest)
        plan.x[rows], plan.y[rows] = (
            np.stack([x0, px, plan.turn_x], -1)[rows],
            np.stack([y0, py, plan.turn_y], -1)[rows],
        )
        plan.way[rows] = np.stack([way, way + first[0] * first[1], plan.goal_yaw + np.pi], -1)[rows]
        plan.bend[rows] = np.column_stack([bends, none])[rows]
        plan.length[rows], plan.phase[rows] = np.column_stack([lengths, rest])[rows], _BACK

    def reverse(self, m: Motion) -> None:
        """After vehicles moved (those that go back stood): one tick of the way back."""
        for actor, plan in self.of.items():
            back = plan.phase == _BACK
            if bool(back.any()):
                self._back(m, actor, plan, back)

    def _back(self, m: Motion, actor: int, plan: _Manoeuvre, rows: BoolArray) -> None:
        body, dt_s = self.cast.body, self.dt_s
        each = np.arange(self.cast.batch)
        arc, over_all = np.minimum(plan.arc, plan.count - 1), plan.arc >= plan.count
        bend, length = plan.bend[each, arc], plan.length[each, arc]
        wanted = np.where(over_all, 0.0, np.arctan(-bend * body.wheelbase_m[:, actor]))
        reach = body.steer_rate_radps[:, actor] * dt_s
        steer = m.steer[:, actor]
        turned: F64Array = np.clip(wanted, steer - reach, steer + reach)
        rolls = np.abs(turned - wanted) < 1e-9
        left = np.where(over_all, 0.0, length - plan.along)
        top = np.minimum(_REVERSE_MPS, np.sqrt(2.0 * _REVERSE_MPS2 * left))
        speed: F64Array = np.where(rolls, np.minimum(plan.speed + _REVERSE_MPS2 * dt_s, top), 0.0)
        step: F64Array = np.minimum(speed * dt_s, left)
        along = plan.along + step
        over = rolls & (left - step < 1e-3) & ~over_all
        along = np.where(over, length, along)
        heading = plan.way[each, arc] + bend * along
        rear_x, rear_y = _on_arc(plan, each, arc, along)
        yaw: F64Array = m.yaw[:, actor] + np.arctan2(
            np.sin(heading + np.pi - m.yaw[:, actor]), np.cos(heading + np.pi - m.yaw[:, actor])
        )
        cos: F64Array = np.cos(yaw)
        sin: F64Array = np.sin(yaw)
        axle = body.rear_axle_m[:, actor]
        was_x, was_y = _on_arc(plan, each, arc, plan.along)
        off_x = m.x[:, actor] - axle * m.cos[:, actor] - was_x
        off_y = m.y[:, actor] - axle * m.sin[:, actor] - was_y
        pushed = ~over_all & (off_x * off_x + off_y * off_y > _PUSHED_M * _PUSHED_M)  # it gives up, and stands
        step, speed = np.where(pushed, 0.0, step), np.where(pushed, 0.0, speed)
        moved = step > 0.0
        x: F64Array = np.where(moved, rear_x + axle * cos, m.x[:, actor])
        y: F64Array = np.where(moved, rear_y + axle * sin, m.y[:, actor])
        turn: F64Array = np.where(moved, (yaw - m.yaw[:, actor]) / dt_s, 0.0)
        new_cos: F64Array = np.where(moved, cos, m.cos[:, actor])
        new_sin: F64Array = np.where(moved, sin, m.sin[:, actor])
        new_yaw: F64Array = np.where(moved, yaw, m.yaw[:, actor])
        changes: tuple[tuple[F64Array, F64Array], ...] = (
            (m.x, x), (m.y, y), (m.yaw_rate, turn), (m.cos, new_cos), (m.sin, new_sin), (m.yaw, new_yaw),
            (m.steer, turned),
            (m.a, (speed - plan.speed) / dt_s), (m.reverse, speed),
            (m.wheel, m.wheel[:, actor] - step / body.wheel_radius_m[:, actor]),
            (m.travelled, m.travelled[:, actor] + step),
        )  # fmt: skip
        for target, value in changes:
            target[rows, actor] = value[rows]
        straight = ((plan.arc >= plan.count) & rolls) | pushed
        plan.along[rows] = np.where(over, 0.0, along)[rows]
        plan.speed[rows] = np.where(over, 0.0, speed)[rows]
        plan.arc[rows] = (plan.arc + over)[rows]
        plan.phase[rows & straight] = _DONE
        m.reverse[rows & straight, actor] = m.a[rows & straight, actor] = 0.0
        m.v[rows & pushed, actor] = 0.0


def _on_arc(plan: _Manoeuvre, each: I64Array, arc: I64Array, along: F64Array) -> tuple[F64Array, F64Array]:
    """Where the rear axle is so far along an arc of the way."""
    bend, way = plan.bend[each, arc], plan.way[each, arc]
    half = 0.5 * bend * along
    sinc = np.where(np.abs(half) < 1e-6, 1.0, np.sin(half) / np.where(np.abs(half) < 1e-6, 1.0, half))
    x = plan.x[each, arc] + along * sinc * np.cos(way + half)
    return x, plan.y[each, arc] + along * sinc * np.sin(way + half)


def _unit(angle_rad: float) -> F64Array:
    return np.array([np.cos(angle_rad), np.sin(angle_rad)])


def _meeting(a: F64Array, way_a: F64Array, b: F64Array, way_b: F64Array) -> tuple[F64Array, float]:
    """Where two lines meet, each a point and a direction, and how far along the second one that is."""
    turn = float(way_a[0] * way_b[1] - way_a[1] * way_b[0])
    gap = a - b
    far = float(way_a[0] * gap[1] - way_a[1] * gap[0]) / (turn if abs(turn) > 1e-6 else 1e-6)
    return b + far * way_b, far


def _arc(tx: F64Array, ty: F64Array, dx: F64Array, dy: F64Array) -> tuple[F64Array, F64Array]:
    """Curvature and length of the arc that leaves along a unit vector and ends that far away."""
    far = np.maximum(dx * dx + dy * dy, 1e-12)
    bend = 2.0 * (tx * dy - ty * dx) / far
    chord = np.sqrt(far)
    half = np.minimum(0.5 * np.abs(bend) * chord, 1.0)
    return bend, np.where(half < 1e-6, chord, 2.0 * np.arcsin(half) / np.maximum(np.abs(bend), 1e-12))
