"""What each action does to the motion when it takes over a channel, and when it is over.

A channel that nothing drives keeps what was last asked of it: a vehicle holds its speed and its offset in the lane, a
person who was sent across the road goes on to the far side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.errors import UsageError, did_you_mean
from simengine.physics.agenda import Argument
from simengine.physics.cast import Cast
from simengine.physics.crossing import REGIONS, crossing, far_side
from simengine.physics.fleeing import bolt, fled
from simengine.physics.lane_change import SHAPES, plan
from simengine.physics.lane_choice import path_rows
from simengine.physics.lighting import kind_codes, lasts
from simengine.physics.motion import CRUISE_RATE_MPS2, Motion
from simengine.physics.paths import project
from simengine.physics.pursuit import PURSUIT_RATE_MPS2
from simengine.physics.routes import Wheels, point_on, route
from simengine.physics.swivels import door_is_there, look, open_door
from simengine.physics.teleport import settle_on_lane, teleport
from simengine.physics.turning import in_bend, leave_turn, turn, turned

__all__ = ["CHANNEL_OF", "ENDLESS", "SETTLE_M", "ended", "ends", "engage", "lead"]

_FLOWN = ("drive", "change_speed", "stop", "climb", "follow", "follow_path", "teleport")
CHANNEL_OF = {
    ("vehicle", "drive"): 0, ("vehicle", "keep_speed"): 0, ("vehicle", "change_speed"): 0, ("vehicle", "stop"): 0,
    ("vehicle", "follow"): 0, ("vehicle", "keep_gap"): 0, ("vehicle", "synchronise"): 0,
    ("vehicle", "change_lane"): 1, ("vehicle", "offset"): 1, ("vehicle", "turn"): 1,
    ("vehicle", "park"): 1, ("vehicle", "back_out"): 1, ("vehicle", "open_door"): 5, ("person", "look"): 4,
    ("vehicle", "lights"): 3, ("vehicle", "follow_path"): 1, ("person", "follow_path"): 2,
    **dict.fromkeys((("drone", a) for a in _FLOWN), 0),
    ("vehicle", "teleport"): 1, ("person", "teleport"): 2, ("object", "teleport"): 2,
    ("robot", "look"): 2, ("robot", "pick"): 2, ("robot", "place"): 2, ("robot", "retreat"): 2,
    ("person", "bolt"): 2, ("person", "turn_back"): 2,
    ("person", "run"): 2, ("person", "walk"): 2, ("person", "cross"): 2, ("person", "freeze"): 2, ("person", "stop"): 2,
}  # fmt: skip
"""Channel (index into ``agenda.CHANNELS``) that an action of a category drives."""

ENDLESS = frozenset({
    ("vehicle", "drive"), ("vehicle", "keep_speed"), ("vehicle", "follow"), ("vehicle", "keep_gap"),
    ("vehicle", "lights"), ("person", "freeze"), ("person", "look"), ("drone", "drive"), ("drone", "follow"),
})  # fmt: skip
"""Actions without an aim, by category: they last until something ends them (lamps and heads where they have a limit;
where they have none they are over at once)."""
SPEED_TOLERANCE_MPS = 0.01
SETTLE_M = 0.1
"""A lane change is over when its profile is and the vehicle is this near to the new centre ..."""
_ALONGSIDE = float(np.sqrt(0.5))
"""A lane is beside what heads within 45 degrees of it, or of its opposite."""
_SHOULDER_M = 3.0
"""Hard shoulders and parking strips beside a lane are no wider: what is farther away is not on the road."""
_SEEN_MPS = 0.1
"""Nobody sees a lateral speed below that: it is none."""
PATIENCE_S = 3.0
"""... or this long after the profile, where the vehicle could not follow it."""
ARRIVAL_M = 0.03
_DEFAULT_PACE_MPS = {"run": 3.0, "walk": 1.4, "cross": 1.4}


def _number(args: Mapping[str, Argument], name: str, rows: BoolArray, default: float) -> F64Array:
    """Values of an argument in some rows; NaN counts as not given."""
    value = args.get(name)
    if value is None:
        return np.full(int(rows.sum()), default)
    if isinstance(value, str):
        raise UsageError(f"argument '{name}' must be a number, got the word '{value}'")
    array = np.broadcast_to(np.asarray(value, np.float64), rows.shape)[rows]
    return np.where(np.isnan(array), default, array)


def _drive(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    goal = _number(args, "speed", rows, float("nan"))
    m.speed_goal[rows, actor] = np.where(np.isnan(goal), m.v[rows, actor], goal)
    m.rate[rows, actor], m.manual[rows, actor] = CRUISE_RATE_MPS2, False


def _change_speed(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    rate = np.abs(_number(args, "rate", rows, CRUISE_RATE_MPS2))
    here = m.v[rows, actor]
    m.speed_goal[rows, actor] = np.where(rate > 0, _number(args, "to", rows, 0.0), here)
    m.rate[rows, actor], m.manual[rows, actor] = rate, rate > 0


def _pursue(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    """What it wants is computed in every tick (:mod:`simengine.physics.pursuit`)."""
    m.rate[rows, actor], m.manual[rows, actor] = PURSUIT_RATE_MPS2, True


def _stop(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    m.speed_goal[rows, actor], m.manual[rows, actor] = 0.0, True
    m.rate[rows, actor] = np.abs(_number(args, "rate", rows, 3.0))


def _shape_code(args: Mapping[str, Argument], rows: BoolArray) -> F64Array:
    word = args.get("shape")
    if isinstance(word, str):
        if word not in SHAPES:
            hint = did_you_mean(word, SHAPES)
            raise UsageError(
                f"shape must be one of {', '.join(SHAPES)}; got '{word}'"
                + (f", did you mean '{hint}'?" if hint else "")
            )
        return np.full(int(rows.sum()), float(SHAPES.index(word)))
    return _number(args, "shape", rows, 0.0)


def _change_lane(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    lane = np.zeros(cast.batch)
    lane[rows] = _number(args, "to", rows, -1.0)
    wrong = rows & ~((lane >= 0) & (lane < cast.lane_count[:, 0]))
    if bool(wrong.any()):
        b = int(np.flatnonzero(wrong)[0])
        which = f"lane({lane[b] + 1:g})" if lane[b] >= 0 else "a lane beyond the edge of the road"
        raise UsageError(
            f"'{cast.names[actor]}' cannot change into {which}: the road has {cast.lane_count[b, 0]:g} lanes, lane(1) "
            "is the one at the right-hand edge"
        )
    if bool((rows & in_bend(m, cast, actor)).any()):
        raise UsageError(
            f"'{cast.names[actor]}' cannot change into another lane in the bend of a turn: none is beside it; ask "
            "for it before the bend begins, or when the turn has ended"
        )
    c, s = m.cos[:, actor], m.sin[:, actor]
    ahead = cast.lane_paths.take((2 * lane).astype(np.int64)[:, None])
    x, y = m.x[:, actor : actor + 1], m.y[:, actor : actor + 1]
    along = project(ahead, x, y)
    with_it = c * along.ux[:, 0] + s * along.uy[:, 0]
    against = with_it < 0
    _require_road(cast, actor, rows & (np.abs(with_it) < _ALONGSIDE), lane)
    index = (2 * lane).astype(np.int64) + against
    packed, half = path_rows(cast, index[:, None], x, y, c[:, None], s[:, None])
    start = np.where(against, -along.left_m[:, 0], along.left_m[:, 0])[rows]
    shape = _shape_code(args, rows)
    m.path[rows, actor], m.way[rows, actor], m.turn[rows, actor] = index[rows], False, -1
    m.follow(actor, rows, packed[:, 0], half[:, 0])
    _shift(m, cast, actor, rows, (start, np.zeros_like(start)), shape, _number(args, "lateral_speed", rows, 1.0))
    m.bound[rows, actor] = -np.sign(start)


def _require_road(cast: Cast, actor: int, across: BoolArray, lane: F64Array) -> None:
    """Refuse lanes of another road that crosses the vehicle's way; only where roads meet there are such."""
    crossing = across & np.array([bool(graph.arms) for graph in cast.lanes], np.bool_)
    if bool(crossing.any()):
        b = int(np.flatnonzero(crossing)[0])
        raise UsageError(
            f"'{cast.names[actor]}' cannot change into lane({lane[b] + 1:g}): that lane runs across its way, and "
            "belongs to another road; let it turn, or name a lane beside its own with lane_beside"
        )


def _offset(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    start = project(np.ascontiguousarray(m.packed[:, actor]), m.x[:, actor], m.y[:, actor]).left_m[rows]
    goal = _number(args, "to", rows, 0.0)
    _shift(m, cast, actor, rows, (start, goal), np.zeros_like(start), _number(args, "lateral_speed", rows, 1.0))


def _shift(
    m: Motion, cast: Cast, actor: int, rows: BoolArray, way: tuple[F64Array, F64Array], shape: F64Array,
    lateral_speed_mps: F64Array,
) -> None:  # fmt: skip
    """Begin a lateral profile along the present path, from one offset to another, in some rows."""
    m.shift_from[rows, actor], m.shift_to[rows, actor] = way
    m.bound[rows, actor] = 0.0
    body = cast.body
    change = plan(
        way[0] - way[1], lateral_speed_mps, shape, m.v[rows, actor], body.wheelbase_m[rows, actor],
        body.steer_rate_radps[rows, actor], body.lateral_mps2[rows, actor],
    ).taking_up(pace := _aside_mps(m, cast, actor)[rows])  # fmt: skip
    m.shift_s[rows, actor], m.shift_ease[rows, actor] = change
    m.shift_pace[rows, actor] = pace
    m.shift_shape[rows, actor], m.shift_tick[rows, actor] = shape, m.tick
    longest = m.shift_s[rows, actor].max(initial=0.0) + cast.body.rear_axle_m[:, actor].max()
    m.shifting_until = max(m.shifting_until, m.tick + 2 + int(longest / m.dt_s))


def _aside_mps(m: Motion, cast: Cast, actor: int) -> F64Array:
    """How fast the rear axle of a vehicle moves to the left of its path, (B,); 0 where nobody would see it."""
    axle, cos, sin = cast.body.rear_axle_m[:, actor], m.cos[:, actor], m.sin[:, actor]
    at = project(np.ascontiguousarray(m.packed[:, actor]), m.x[:, actor] - axle * cos, m.y[:, actor] - axle * sin)
    pace = m.v[:, actor] * (at.ux * sin - at.uy * cos)
    return np.where(np.abs(pace) > _SEEN_MPS, pace, 0.0)


def _go(action: str) -> Callable[[Motion, Cast, int, BoolArray, Mapping[str, Argument]], None]:
    def go(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
        across, to = args.get("across"), args.get("to")
        x, y = m.x[:, actor], m.y[:, actor]
        if to is not None and not isinstance(to, str):
            dir_x, dir_y, goal, side = _to_point(cast, x, y, np.asarray(to, np.float64))
            first = goal
        else:
            word = to if isinstance(to, str) else across if isinstance(across, str) else "road"
            side = _side(m, cast, actor, word, crosses=to is None)
            depth = 0.5 * cast.body.size_m[:, actor, 0]
            short = np.where(cast.kerb_height_m > 0.0, -depth, depth)  # up onto a raised kerb, else to the edge
            dir_x, dir_y, goal, first = crossing(cast, x, y, side, short, rows)
            first = goal if isinstance(to, str) else first
        here = x * dir_x + y * dir_y
        own = m.own_pace[rows, actor]
        pace = _number(args, "speed", rows, float("nan"))
        m.begin[0, rows, actor], m.begin[1, rows, actor] = x[rows], y[rows]
        m.line[0, rows, actor], m.line[1, rows, actor] = x[rows], y[rows]
        fallback = np.where(own > 0, own, _DEFAULT_PACE_MPS[action])
        m.going[rows, actor], m.side[rows, actor] = True, side[rows]
        m.minds[rows, actor] = action == "walk" and to is not None and not isinstance(to, str)
        m.strayed[rows, actor] = False
        m.beside[rows, actor] = _number(args, "beside", rows, -1.0).astype(np.int64)
        m.aim[0, rows, actor], m.aim[1, rows, actor] = (x + dir_x * goal)[rows], (y + dir_y * goal)[rows]
        m.dir_x[rows, actor], m.dir_y[rows, actor] = dir_x[rows], dir_y[rows]
        m.goal[rows, actor], m.done_at[rows, actor] = (here + goal)[rows], (here + first)[rows]
        m.pace[rows, actor] = np.where(np.isnan(pace), fallback, pace)

    return go


def _side(m: Motion, cast: Cast, actor: int, word: str, crosses: bool) -> F64Array:
    """Which kerb a region word means: who is already crossing keeps the direction, others go to the farther one."""
    if word not in REGIONS:
        hint = did_you_mean(word, REGIONS)
        raise UsageError(
            f"'{cast.names[actor]}' can run or walk across 'road' or to one of {', '.join(REGIONS[1:])}; got '{word}'"
            + (f", did you mean '{hint}'?" if hint else "")
        )
    far = far_side(cast, m.x[:, actor], m.y[:, actor])
    side = np.where(m.side[:, actor] != 0, m.side[:, actor], far)
    return -side if word == "near_curb" and not crosses else side


def _to_point(cast: Cast, x: F64Array, y: F64Array, to: F64Array) -> tuple[F64Array, F64Array, F64Array, F64Array]:
    """Straight to points (B, 2) or (B, 3)."""
    if to.ndim != 2 or to.shape[0] != cast.batch or to.shape[1] not in (2, 3):
        raise UsageError(f"argument 'to' must be a region or points of shape ({cast.batch}, 2 or 3), got {to.shape}")
    dx, dy = to[:, 0] - x, to[:, 1] - y
    away = np.sqrt(dx * dx + dy * dy)
    near = away < 1e-9
    safe = np.where(near, 1.0, away)
    return np.where(near, 1.0, dx / safe), np.where(near, 0.0, dy / safe), away, np.zeros(cast.batch)


def _follow_path(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    """A way of its own, or the lane, whose middle it steers to; slower before bends unless told how fast."""
    axle = cast.body.rear_axle_m[:, actor]
    start = np.stack([m.x[:, actor] - axle * m.cos[:, actor], m.y[:, actor] - axle * m.sin[:, actor]], -1)
    tightest = float(np.max(cast.body.wheelbase_m[:, actor] / np.tan(cast.body.steer_max_rad[:, actor])))
    way = route(cast, actor, rows, start, args, 1.4 * tightest, Wheels(m.yaw[:, actor], tightest))
    m.follow(actor, rows, way.packed, way.half_m)
    drawn = rows & (way.lane < 0)
    m.path[rows, actor], m.way[rows, actor] = np.where(way.lane < 0, -1, 2 * way.lane)[rows], drawn[rows]
    m.turn[rows, actor], m.some_way = -1, bool(m.way.any())
    m.way_end[rows, actor] = (way.length_m - axle)[rows]
    m.shift_from[rows, actor] = m.shift_to[rows, actor] = m.bound[rows, actor] = 0.0
    m.shift_pace[rows, actor] = 0.0
    speed = _number(args, "speed", rows, float("nan"))
    m.speed_goal[rows, actor] = np.where(np.isnan(speed), m.speed_goal[rows, actor], speed)


def _walk_path(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    """Where it goes is computed in every tick (:func:`simengine.physics.actions.lead`)."""
    start = np.stack([m.x[:, actor], m.y[:, actor]], -1)
    way = route(cast, actor, rows, start, args, 0.6)
    m.follow(actor, rows, way.packed, way.half_m)
    m.way_end[rows, actor] = way.length_m[rows]
    pace = _number(args, "speed", rows, float("nan"))
    own = m.own_pace[rows, actor]
    m.begin[:, rows, actor] = start[rows].T
    m.beside[rows, actor] = -1
    m.going[rows, actor], m.side[rows, actor], m.minds[rows, actor] = True, 0.0, True
    m.aim[:, rows, actor] = np.nan
    m.pace[rows, actor] = np.where(np.isnan(pace), np.where(own > 0, own, _DEFAULT_PACE_MPS["walk"]), pace)
    lead(m, actor, rows)


def lead(m: Motion, actor: int, rows: BoolArray) -> None:
    """Send somebody on along their path: to a point a step ahead on it."""
    packed = np.ascontiguousarray(m.packed[:, actor])
    x, y = m.x[:, actor], m.y[:, actor]
    at = project(packed, x, y)
    left = np.maximum(m.way_end[:, actor] - at.station_m, 0.0)
    ahead = np.minimum(0.4 + 0.25 * m.v[:, actor], np.maximum(left, 1e-3))
    px, py = point_on(packed, at.station_m + ahead)
    dx, dy = px - x, py - y
    away = np.maximum(np.sqrt(dx * dx + dy * dy), 1e-9)
    ux, uy = dx / away, dy / away
    here = x * ux + y * uy
    for target, value in (
        (m.dir_x, ux), (m.dir_y, uy), (m.goal, here + np.maximum(left, away)), (m.done_at, here + left),
    ):  # fmt: skip
        target[rows, actor] = value[rows]


def _lights(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    codes = kind_codes(args["kind"], rows)
    if not lasts(args):
        m.switches.switch(actor, rows, codes)


def _turn_back(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    """Straight back to where the last way began, as fast as before."""
    pace = _number(args, "speed", rows, float("nan"))
    speed = np.full(cast.batch, np.nan)
    before = np.where(m.pace[rows, actor] > 0.0, m.pace[rows, actor], _DEFAULT_PACE_MPS["walk"])
    speed[rows] = np.where(np.isnan(pace), before, pace)
    begin = np.where(np.isnan(m.begin[:, :, actor]), np.stack([m.x[:, actor], m.y[:, actor]]), m.begin[:, :, actor])
    _go("walk")(m, cast, actor, rows, {"to": np.ascontiguousarray(begin.T), "speed": speed})
    m.strayed[rows, actor] = True  # the way round is a curve: straight to the place from wherever it ends


def _freeze(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    m.frozen[rows, actor] = True


def _halt(m: Motion, cast: Cast, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    m.going[rows, actor] = False


_ENGAGE = {
    ("vehicle", "drive"): _drive, ("vehicle", "keep_speed"): _drive, ("vehicle", "change_speed"): _change_speed,
    ("vehicle", "stop"): _stop, ("vehicle", "follow"): _pursue, ("vehicle", "keep_gap"): _pursue,
    ("vehicle", "synchronise"): _pursue, ("vehicle", "change_lane"): _change_lane, ("vehicle", "offset"): _offset,
    ("vehicle", "open_door"): open_door, ("person", "look"): look,
    ("vehicle", "lights"): _lights, ("vehicle", "follow_path"): _follow_path,
    ("person", "follow_path"): _walk_path, ("drone", "teleport"): teleport,
    ("vehicle", "turn"): turn, ("vehicle", "teleport"): teleport,
    ("person", "teleport"): teleport, ("object", "teleport"): teleport,
    ("person", "run"): _go("run"), ("person", "walk"): _go("walk"), ("person", "cross"): _go("cross"),
    ("person", "freeze"): _freeze, ("person", "stop"): _halt, ("person", "bolt"): bolt,
    ("person", "turn_back"): _turn_back,
}  # fmt: skip


def engage(m: Motion, cast: Cast, action: str, actor: int, rows: BoolArray, args: Mapping[str, Argument]) -> None:
    """Let an action take over its channel in some rows, from the state as it is."""
    if cast.categories[actor] == "person" and action != "freeze":
        m.frozen[rows, actor] = False
    _ENGAGE[cast.categories[actor], action](m, cast, actor, rows, args)


def ended(m: Motion, cast: Cast, action: str, actor: int, rows: BoolArray, cancelled: bool) -> None:
    """An action no longer drives its channel in some rows, and nothing else does.

    A cancelled one leaves things as they are: the current speed, the current offset, a person coming to a standstill.
    """
    if CHANNEL_OF[cast.categories[actor], action] == 0 and cast.categories[actor] == "vehicle":
        m.manual[rows, actor], m.rate[rows, actor] = False, CRUISE_RATE_MPS2
        if cancelled:
            m.speed_goal[rows, actor] = m.v[rows, actor]
    elif action == "look":
        m.gaze_at[rows, actor] = -1 if cancelled else m.gaze_at[rows, actor]
    elif action == "turn":
        m.bound[rows, actor] = 0.0
        leave_turn(m, cast, actor, rows, cancelled)
    elif action in ("change_lane", "offset"):
        m.bound[rows, actor] = 0.0
        if not cancelled:
            return
        left = project(np.ascontiguousarray(m.packed[:, actor]), m.x[:, actor], m.y[:, actor]).left_m
        m.shift_from[rows, actor] = m.shift_to[rows, actor] = left[rows]
        m.shift_pace[rows, actor] = 0.0
    elif action == "back_out":
        m.speed_goal[rows, actor], m.manual[rows, actor] = 0.0, True
    elif action == "park":
        settle_on_lane(m, cast, actor, rows)
        m.speed_goal[rows, actor], m.manual[rows, actor] = 0.0, True
    elif action == "follow_path" and cast.categories[actor] == "vehicle":
        drawn = rows & m.way[:, actor]
        settle_on_lane(m, cast, actor, drawn)
        if not cancelled:  # across the lanes or off them the line leads nowhere: it comes to a stand
            stranded = (m.path[:, actor] < 0) | (np.abs(m.shift_to[:, actor]) > m.half[:, actor] + _SHOULDER_M)
            m.speed_goal[drawn & stranded, actor] = 0.0
    elif action == "freeze":
        m.frozen[rows, actor] = False
    elif action == "bolt" or (action in ("run", "walk", "cross", "follow_path", "turn_back") and cancelled):
        m.going[rows, actor] = False


def ends(m: Motion, cast: Cast, action: str, actor: int, args: Mapping[str, Argument]) -> BoolArray:
    """Rows (B,) in which the aim of a driving action is reached; those of ``ENDLESS`` have none."""
    v = m.v[:, actor]
    if action == "change_speed":
        return np.abs(v - m.speed_goal[:, actor]) < SPEED_TOLERANCE_MPS
    if action == "stop":
        return v == 0.0
    if action in ("change_lane", "offset"):
        t = (m.tick - m.shift_tick[:, actor]) * m.dt_s - m.shift_s[:, actor]
        left = project(np.ascontiguousarray(m.packed[:, actor]), m.x[:, actor], m.y[:, actor]).left_m
        return (t >= 0) & ((np.abs(left - m.shift_to[:, actor]) < SETTLE_M) | (t > PATIENCE_S))
    if action == "teleport":
        return np.ones(cast.batch, np.bool_)
    if action == "follow_path":
        if cast.categories[actor] == "vehicle":
            return m.rear_station_m(cast, actor) >= m.way_end[:, actor]
        at = project(np.ascontiguousarray(m.packed[:, actor]), m.x[:, actor], m.y[:, actor])
        return at.station_m >= m.way_end[:, actor] - ARRIVAL_M
    if action == "open_door":
        return door_is_there(m, actor, args)
    if action in ("lights", "look"):
        return np.full(cast.batch, not lasts(args))
    if action == "turn":
        return turned(m, cast, actor)
    if action == "bolt":
        return fled(m, actor, args)
    if action in ("run", "walk", "cross", "turn_back"):
        here = m.x[:, actor] * m.dir_x[:, actor] + m.y[:, actor] * m.dir_y[:, actor]
        return here >= m.done_at[:, actor] - ARRIVAL_M
    return np.zeros(cast.batch, np.bool_)
