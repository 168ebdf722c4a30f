"""What a simulated variant leaves behind: states at every tick, events, verdicts, coverage values, a summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.engine.sensing import tick_time_ns
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.physics.boxes import Boxes, first_contact, overlap, separation_m, ttc_s
from simengine.physics.joints import JointRig
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["CHANNELS", "Summary", "Trace", "TraceEvent", "TraceStates", "Verdict", "packed_state", "summarise"]

CHANNELS = 17
"""Position 3, orientation 4, velocity 3, angular velocity 3, speed, gait phase, wheel angle, steering angle."""
_POSITION, _ORIENTATION, _VELOCITY, _SPIN = slice(0, 3), slice(3, 7), slice(7, 10), slice(10, 13)
_SPEED, _GAIT, _WHEEL, _STEER = 13, 14, 15, 16


@dataclass(frozen=True)
class TraceEvent:
    """A named phase started or ended.

    Attributes:
        name: "dart.started".
        time_ns: when.
    """

    name: str
    time_ns: int


@dataclass(frozen=True)
class Verdict:
    """What a monitor found.

    Attributes:
        kind: "ensure" or "expect".
        text: its source.
        message: what the program says about it.
        line: of its statement.
        holds: the verdict.
        robustness: margin in SI units of the deciding comparison; +-inf where only truth values decided.
        violated_ns: when the verdict false was first certain; None where it holds.
    """

    kind: str
    text: str
    message: str
    line: int
    holds: bool
    robustness: float
    violated_ns: int | None


@dataclass(frozen=True)
class Summary:
    """Figures of a whole run; distances and times are between ``ego`` and each other entity.

    Attributes:
        duration_s: until the stop.
        ego: name of the entity that the figures are about: "ego", else the first vehicle; "" without one.
        min_distance_m: by name; negative: penetration depth.
        min_ttc_s: smallest time to collision with anything; inf where nothing was ever on a collision course.
        collision: name of what the ego hit first, or None.
        collision_s: when (between ticks), or None.
        top_speed_mps: of the ego.
    """

    duration_s: float
    ego: str
    min_distance_m: Mapping[str, float]
    min_ttc_s: float
    collision: str | None
    collision_s: float | None
    top_speed_mps: float


@dataclass(frozen=True, eq=False)
class Trace:
    """One simulated variant.

    Attributes:
        program, seed, index: which variant of what.
        rate_hz: ticks a second.
        stop_tick: the run's last tick; states go on one sensor period longer.
        stop_reason: "stop when (line 30)", "stop after (line 31)", "end of the timeline" or "time limit".
        names: of all slots, S.
        active: (S,), which take part in this variant.
        motion: (T, S, CHANNELS), T > stop_tick.
        braking: (T, S).
        events: in order of time.
        verdicts: in the order of the program.
        covers: value of each coverage item in SI (words and flags as such); None where its event did not happen.
        summary: figures of the whole run.
    """

    program: str
    seed: int
    index: int
    rate_hz: int
    stop_tick: int
    stop_reason: str
    names: tuple[str, ...]
    active: BoolArray
    motion: F64Array
    braking: BoolArray
    events: tuple[TraceEvent, ...]
    verdicts: tuple[Verdict, ...]
    covers: Mapping[str, float | bool | str | None]
    summary: Summary

    @property
    def duration_ns(self) -> int:
        """Time of the last tick of the run."""
        return tick_time_ns(self.stop_tick, self.rate_hz)

    @property
    def kept(self) -> bool:
        """Every ``ensure`` holds: the run shows what it is meant to show."""
        return all(v.holds for v in self.verdicts if v.kind == "ensure")

    def ticks_ns(self) -> list[int]:
        """Times of all ticks up to the stop."""
        return [tick_time_ns(k, self.rate_hz) for k in range(self.stop_tick + 1)]

    def time_of(self, event: str) -> int | None:
        """When a named event first happened ("dart.started"), or None."""
        return next((e.time_ns for e in self.events if e.name == event), None)

    def track(self, name: str) -> F64Array:
        """Positions of an entity at all ticks up to the stop, (stop_tick + 1, 3)."""
        return self.motion[: self.stop_tick + 1, self._slot(name), _POSITION]

    def speed_mps(self, name: str) -> F64Array:
        """Speed of an entity along its heading at all ticks up to the stop."""
        return self.motion[: self.stop_tick + 1, self._slot(name), _SPEED]

    def _slot(self, name: str) -> int:
        if name not in self.names:
            raise UsageError(f"no entity '{name}' in this trace; it has {', '.join(self.names)}")
        return self.names.index(name)

    def on(self, scene: Scene) -> TraceStates:
        """The states in rows of the variant's scene, joints included."""
        return TraceStates(self, scene)


class TraceStates:
    """States of a trace as a renderer wants them: ``state_at(time_ns)`` in rows of the scene's actors."""

    def __init__(self, trace: Trace, scene: Scene) -> None:
        self._trace = trace
        actors = sorted((e.actor, trace.names.index(e.name)) for e in scene.entities if e.actor >= 0)
        self._slots: I64Array = np.array([slot for _, slot in actors], np.int64)
        self._rig = JointRig(scene)

    def state_at(self, time_ns: int) -> WorldState:
        """The state at a time: exact at ticks, else between two (linear, orientation along the short arc).

        Raises:
            UsageError: the time is before the start or after the last tick.
        """
        trace = self._trace
        tick = time_ns * trace.rate_hz // 1_000_000_000
        if tick_time_ns(tick + 1, trace.rate_hz) <= time_ns:  # tick times are rounded down
            tick += 1
        start = tick_time_ns(tick, trace.rate_hz)
        last = len(trace.motion) - 1
        if time_ns < 0 or tick > last or (tick == last and time_ns > start):
            end = tick_time_ns(last, trace.rate_hz)
            raise UsageError(f"this trace has states from 0 to {end} ns; asked for {time_ns} ns")
        rows = np.ascontiguousarray(trace.motion[tick][self._slots])
        if time_ns > start:
            share = (time_ns - start) / (tick_time_ns(tick + 1, trace.rate_hz) - start)
            rows = _between(rows, np.ascontiguousarray(trace.motion[tick + 1][self._slots]), share)
        return WorldState(
            time_ns,
            rows[:, _POSITION].copy(),
            rows[:, _ORIENTATION].copy(),
            rows[:, _VELOCITY].copy(),
            rows[:, _SPIN].copy(),
            self._rig.angles(*(np.ascontiguousarray(rows[:, c]) for c in (_GAIT, _SPEED, _WHEEL, _STEER))),
            trace.braking[tick][self._slots].copy(),
            np.ones(len(self._slots), np.bool_),
        )


def _between(a: F64Array, b: F64Array, share: float) -> F64Array:
    out = a * (1.0 - share) + b * share
    if len(a):
        out[:, _ORIENTATION] = tf.slerp(a[:, _ORIENTATION], b[:, _ORIENTATION], np.full(len(a), share))
    return out


def packed_state(state: WorldState, speed: Array, gait: Array, wheel: Array, steer: Array) -> F64Array:
    """One tick of a batch as rows of ``Trace.motion``, (B, S, CHANNELS)."""
    return np.concatenate(
        [
            state.position_m, state.orientation, state.velocity_mps, state.angular_velocity_radps, speed[..., None],
            gait[..., None], wheel[..., None], steer[..., None],
        ],
        -1,
    )  # fmt: skip


def _boxes(motion: F64Array, size_m: F64Array, slots: list[int]) -> Boxes:
    """Boxes of some slots at all ticks, (T, n)."""
    w, z = motion[:, slots, 3], motion[:, slots, 6]
    c, s = 1.0 - 2.0 * (z * z), 2.0 * (w * z)
    size = np.broadcast_to(size_m[slots], (len(motion), len(slots), 3))
    bottom = motion[:, slots, 2]
    return Boxes(
        motion[:, slots, 0], motion[:, slots, 1], c, s, 0.5 * size[..., 0], 0.5 * size[..., 1], bottom,
        bottom + size[..., 2],
    )  # fmt: skip


def _row(boxes: Boxes, tick: int, column: int) -> Boxes:
    return Boxes(*(np.ascontiguousarray(v[tick, column : column + 1]) for v in boxes))


def summarise(
    names: Sequence[str], categories: Sequence[str], active: BoolArray, motion: F64Array, size_m: F64Array, rate_hz: int
) -> Summary:
    """Figures of one run from all its states up to the stop, (T, S, CHANNELS)."""
    duration_s = (len(motion) - 1) / rate_hz
    vehicles = [k for k, c in enumerate(categories) if c == "vehicle" and active[k]]
    ego = names.index("ego") if "ego" in names and active[names.index("ego")] else (vehicles[0] if vehicles else -1)
    if ego < 0:
        return Summary(duration_s, "", {}, float("inf"), None, None, 0.0)
    others = [k for k in range(len(names)) if k != ego and active[k]]
    top = float(motion[:, ego, _SPEED].max())
    if not others:
        return Summary(duration_s, names[ego], {}, float("inf"), None, None, top)
    a, b = _boxes(motion, size_m, [ego]), _boxes(motion, size_m, others)
    apart = separation_m(a, b)
    pace = [tuple(np.ascontiguousarray(motion[:, k, 7 + i]) for i in (0, 1)) for k in ([ego], others)]
    times = ttc_s(a, b, (pace[0][0], pace[0][1]), (pace[1][0], pace[1][1]))
    hit = overlap(a, b)
    collision, when = None, None
    if bool(hit.any()):
        tick = int(np.argmax(hit.any(-1)))
        column = int(np.argmax(hit[tick]))
        collision, when = names[others[column]], tick / rate_hz
        if tick > 0:
            before, after = (_row(a, tick - 1, 0), _row(b, tick - 1, column)), (_row(a, tick, 0), _row(b, tick, column))
            when = (tick - 1 + float(first_contact(before, after)[0])) / rate_hz
    nearest = {names[k]: float(v) for k, v in zip(others, apart.min(0), strict=True)}
    return Summary(duration_s, names[ego], nearest, float(times.min()), collision, when, top)
