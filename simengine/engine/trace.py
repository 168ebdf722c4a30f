"""What a simulated variant leaves behind: states at every tick, events, verdicts, coverage values, a summary."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.datasets.loose_ends import LooseEnds
from simengine.engine.clock import tick_time_ns
from simengine.engine.weather_log import WeatherChange
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.physics.boxes import Boxes
from simengine.physics.joints import JointRig
from simengine.physics.laying import Moving, laid
from simengine.physics.surfaces import Surfaces
from simengine.sensors.faults import Fault
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = [
    "CHANNELS", "SWIVEL", "Contact", "Footing", "Overlap", "Summary", "Trace", "TraceEvent", "TraceStates", "Verdict",
    "box_of", "packed_state",
]  # fmt: skip

CHANNELS = 19
"""Position 3, orientation 4, velocity 3, angular velocity 3, speed, gait phase, wheel angle, steering angle; of people
the turn of the head, to the left and down, of vehicles how far the left and the right door are open."""
_POSITION, _ORIENTATION, _VELOCITY, _SPIN = slice(0, 3), slice(3, 7), slice(7, 10), slice(10, 13)
_MOVING = (_POSITION, _ORIENTATION, _VELOCITY, _SPIN)
_SPEED, _GAIT, _WHEEL, _STEER = 13, 14, 15, 16
SWIVEL = slice(17, 19)
"""Of people the turn of the head, of vehicles how far the doors are open, among the channels."""
_STANDS = 0.97
"""Cosine of the tilt up to which something stands on its wheels or feet: bodies on springs tilt by a few degrees."""


@dataclass(frozen=True)
class TraceEvent:
    """A named phase started or ended, or a robot could not do something, or lost something.

    Attributes:
        name: "dart.started", "picker.pick.failed", "picker.dropped".
        time_ns: when.
        detail: why.
    """

    name: str
    time_ns: int
    detail: str = ""


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
        violated_ns: from when on it could no longer hold; None where it holds.
    """

    kind: str
    text: str
    message: str
    line: int
    holds: bool
    robustness: float
    violated_ns: int | None


@dataclass(frozen=True)
class Contact:
    """Two entities ran into each other: their names, in the order of the program, and when. The second one may be what
    stands for good, as the world calls it ("guard rail")."""

    first: str
    second: str
    time_s: float


@dataclass(frozen=True)
class Overlap:
    """Two entities whose boxes overlap, by name, and from when."""

    first: str
    second: str
    time_s: float


@dataclass(frozen=True, eq=False)
class Footing:
    """How the states of a trace, which are those of level ground, come to lie on ground with heights.

    Attributes:
        surfaces: of this one variant.
        reach_m: where each slot rests on the ground, (S, 3), see :func:`simengine.physics.laying.reach_of`.
        roots: slot of what stands on the ground at each tick, for each slot, (T, S): what carries it in the end, or it
            itself; None: nothing is carried.
    """

    surfaces: Surfaces
    reach_m: F64Array
    roots: I64Array | None = None

    def root(self, tick: int, slots: I64Array) -> I64Array:
        """Slots of what these slots stand on at a tick."""
        return slots if self.roots is None else self.roots[tick][slots]

    def laid(self, slots: I64Array, root: F64Array, own: F64Array) -> F64Array:
        """States (N, CHANNELS) on the ground; ``root``: those of what they stand on, slots (N,)."""
        moving = [Moving(*(v[None, :, c] for c in _MOVING)) for v in (root, own)]
        out = own.copy()
        there = laid(self.surfaces, np.ascontiguousarray(self.reach_m[slots])[None], moving[0], moving[1])
        for part, values in zip(_MOVING, there, strict=True):
            out[:, part] = values[0]
        return out


@dataclass(frozen=True)
class Summary:
    """Figures of a whole run; distances and times are between ``ego`` and each other entity.

    Attributes:
        duration_s: until the stop.
        ego: name of the entity that the figures are about: "ego", else the first vehicle; "" without one.
        min_distance_m: by name; negative: penetration depth.
        min_ttc_s: smallest time to collision with anything, as the language's ``ttc`` counts it (see the glossary) but
            never shorter than the time until the boxes touch at constant velocities; inf where they never would.
        collision: name of what the ego hit first, or None.
        collision_s: when (between ticks), or None.
        top_speed_mps: of the ego.
        overlaps: pairs that pass through each other while no monitor watches them, in the order of time.
        max_required_deceleration_mps2: largest one of the ego, as the language's ``required_deceleration`` counts it,
            over the ticks at which it is on a collision course and before it touches; 0 where it never was.
        min_pet_s: smallest post-encroachment time with anything that moves; inf where no ways cross.
        red_lights: names of all vehicles that ran a red light, in the order of time.
        red_lights_s: when.
        contacts_s: when the ego first touched whom (between ticks), by name.
        pet_s: smallest post-encroachment time with each thing that moves, by name; only where ways cross.
        min_headway_s: smallest headway of the ego to what is ahead of it in its way; inf where nothing was.
        off_road_s: from when on the ego's centre was off all lanes and turns for the first time; None: never, or the
            world has no road.
    """

    duration_s: float
    ego: str
    min_distance_m: Mapping[str, float]
    min_ttc_s: float
    collision: str | None
    collision_s: float | None
    top_speed_mps: float
    overlaps: tuple[Overlap, ...] = ()
    max_required_deceleration_mps2: float = 0.0
    min_pet_s: float = math.inf
    red_lights: tuple[str, ...] = ()
    red_lights_s: tuple[float, ...] = ()
    contacts_s: Mapping[str, float] = field(default_factory=dict[str, float])
    pet_s: Mapping[str, float] = field(default_factory=dict[str, float])
    min_headway_s: float = math.inf
    off_road_s: float | None = None


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
        movers: (M,), the slots that can move, vehicles that stand and take part, and what was struck, rising.
        moved: (T, M, CHANNELS), their states on level ground (see ``footing``); T > stop_tick.
        rest: (S, CHANNELS), the states of all slots at the start.
        lamps: (T, M), bits of :class:`simengine.world.lamps.Lamp`.
        events: in order of time.
        verdicts: in the order of the program.
        covers: value of each coverage item in SI (words and flags as such); None where its event did not happen.
        summary: figures of the whole run.
        faults: of sensors, in the order of time.
        weather: how it changed, in the order of time.
        tunings: how properties of sensors changed ("front.noise.gain"), in the order of time.
        arms: names of the robot arms, R.
        joints: (T, 6 R), their joint angles.
        impacts: who ran into whom, in the order of time; from then on rigid bodies move them.
        loose_ends: what had not come to its end when the run stopped, or failed.
        footing: how the states, which are those of level ground, lie on the ground; None: it is level.
    """

    program: str
    seed: int
    index: int
    rate_hz: int
    stop_tick: int
    stop_reason: str
    names: tuple[str, ...]
    active: BoolArray
    movers: I64Array
    moved: F64Array
    rest: F64Array
    lamps: Array
    events: tuple[TraceEvent, ...]
    verdicts: tuple[Verdict, ...]
    covers: Mapping[str, float | bool | str | None]
    summary: Summary
    faults: tuple[Fault, ...] = ()
    weather: tuple[WeatherChange, ...] = ()
    arms: tuple[str, ...] = ()
    joints: F64Array = field(default_factory=lambda: np.zeros((0, 0)))
    tunings: tuple[WeatherChange, ...] = ()
    impacts: tuple[Contact, ...] = ()
    loose_ends: LooseEnds = field(default_factory=LooseEnds)
    footing: Footing | None = None

    @property
    def duration_ns(self) -> int:
        """Time of the last tick of the run."""
        return tick_time_ns(self.stop_tick, self.rate_hz)

    @property
    def moving(self) -> frozenset[str]:
        """Names of all whose states are in ``moved``."""
        slots: list[int] = self.movers.tolist()
        return frozenset(self.names[k] for k in slots)

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

    def states_of(self, name: str) -> F64Array:
        """States of an entity in the plan at all ticks up to the stop, (stop_tick + 1, CHANNELS): heights are counted
        from the ground below it.

        Raises:
            UsageError: no entity of this name.
        """
        return self._all_states(name)[: self.stop_tick + 1]

    def _all_states(self, name: str) -> F64Array:
        if name not in self.names:
            raise UsageError(f"no entity '{name}' in this trace; it has {', '.join(self.names)}")
        slot = self.names.index(name)
        column = np.flatnonzero(self.movers == slot)
        if column.size:
            return self.moved[:, int(column[0])]
        return np.broadcast_to(self.rest[slot], (len(self.moved), CHANNELS))

    def laid_states_of(self, name: str) -> F64Array:
        """States of an entity in the world, at all ticks there are, (T, CHANNELS).

        Raises:
            UsageError: no entity of this name.
        """
        own = self._all_states(name)
        if self.footing is None:
            return own
        slot = self.names.index(name)
        slots = np.stack([self.footing.root(k, np.array([slot])) for k in range(len(own))])[:, 0]
        root = own
        carriers: list[int] = np.unique(slots[slots != slot]).tolist()
        for k in carriers:
            root = np.where((slots == k)[:, None], self._all_states(self.names[k]), root)
        return self.footing.laid(slots, root, own)

    def track(self, name: str) -> F64Array:
        """Positions of an entity at all ticks up to the stop, (stop_tick + 1, 3), heights from the ground below it."""
        return self.states_of(name)[:, _POSITION]

    def speed_mps(self, name: str) -> F64Array:
        """Speed of an entity along its heading at all ticks up to the stop."""
        return self.states_of(name)[:, _SPEED]

    def moment(self, time_ns: int) -> tuple[int, float]:
        """The tick at or before a time, and which share of the way to the next one it is.

        Raises:
            UsageError: the time is before the start or after the last tick.
        """
        tick = time_ns * self.rate_hz // 1_000_000_000
        if tick_time_ns(tick + 1, self.rate_hz) <= time_ns:  # tick times are rounded down
            tick += 1
        start = tick_time_ns(tick, self.rate_hz)
        last = len(self.moved) - 1
        if time_ns < 0 or tick > last or (tick == last and time_ns > start):
            end = tick_time_ns(last, self.rate_hz)
            raise UsageError(f"this trace has states from 0 to {end} ns; asked for {time_ns} ns")
        return tick, (time_ns - start) / (tick_time_ns(tick + 1, self.rate_hz) - start)

    def state_at(self, time_ns: int) -> F64Array:
        """States of all slots at a time, (S, CHANNELS): exact at ticks, else between two."""
        tick, share = self.moment(time_ns)
        rows = self.moved[tick]
        if share > 0.0:
            rows = _between(np.ascontiguousarray(rows), np.ascontiguousarray(self.moved[tick + 1]), share)
        out = self.rest.copy()
        out[self.movers] = rows
        return out

    @property
    def motion(self) -> F64Array:
        """States of all slots at all ticks, (T, S, CHANNELS): a copy, as large as the program has entities."""
        out = np.broadcast_to(self.rest, (len(self.moved), *self.rest.shape)).copy()
        out[:, self.movers] = self.moved
        return out

    def on(self, scene: Scene) -> TraceStates:
        """The states in rows of the variant's scene, joints included."""
        return TraceStates(self, scene)


class TraceStates:
    """States of a trace as a renderer wants them: ``state_at(time_ns)`` in rows of the scene's actors."""

    def __init__(self, trace: Trace, scene: Scene) -> None:
        self._trace = trace
        movers: list[int] = trace.movers.tolist()
        column = {trace.names[slot]: k for k, slot in enumerate(movers)}
        actors = sorted((e.actor, column[e.name]) for e in scene.entities if e.actor >= 0)
        self._columns: I64Array = np.array([k for _, k in actors], np.int64)
        self._rig = JointRig(scene)
        self._arm_links, self._arm_columns = _arm_links(trace, scene)
        self._known: list[WorldState] = []

    def state_at(self, time_ns: int) -> WorldState:
        """The state at a time: exact at ticks, else between two (linear, orientation along the short arc).

        The last few states are kept: the end of one frame is the start of the next, and of all its sensors.

        Raises:
            UsageError: the time is before the start or after the last tick.
        """
        for state in self._known:
            if state.time_ns == time_ns:
                return state
        state = self._made(time_ns)
        self._known = [state, *self._known[:3]]
        return state

    def _made(self, time_ns: int) -> WorldState:
        trace = self._trace
        tick, share = trace.moment(time_ns)
        rows = np.ascontiguousarray(trace.moved[tick][self._columns])
        arms = trace.joints[tick][self._arm_columns] if self._arm_links.size else np.zeros(0)
        if share > 0.0:
            if arms.size:
                arms = arms * (1.0 - share) + trace.joints[tick + 1][self._arm_columns] * share
            rows = _between(rows, np.ascontiguousarray(trace.moved[tick + 1][self._columns]), share)
        springs = rows
        if trace.footing is not None:
            rows = self._laid(trace.footing, tick, share > 0.0, rows)
        tilt = tf.tilt_of(springs[:, _ORIENTATION]) if self._rig.has_springs else None
        own = (np.ascontiguousarray(rows[:, c]) for c in (_GAIT, _SPEED, _WHEEL, _STEER, SWIVEL))
        angles = self._rig.angles(*own, tilt=tilt)
        angles[self._arm_links] = arms
        return WorldState(
            time_ns,
            rows[:, _POSITION].copy(),
            rows[:, _ORIENTATION].copy(),
            rows[:, _VELOCITY].copy(),
            rows[:, _SPIN].copy(),
            angles,
            trace.lamps[tick][self._columns].astype(np.int64),
            np.ones(len(self._columns), np.bool_),
        )

    def _laid(self, footing: Footing, tick: int, between: bool, rows: F64Array) -> F64Array:
        """Rows of the actors, of an instant at or after a tick, laid on the ground."""
        trace = self._trace
        slots = trace.movers[self._columns]
        roots = footing.root(tick + 1 if between else tick, slots)
        at = {int(slot): k for k, slot in enumerate(slots)}
        return footing.laid(roots, rows[[at[int(r)] for r in roots]], rows)


def _arm_links(trace: Trace, scene: Scene) -> tuple[I64Array, I64Array]:
    """Links of the scene that are joints of arms, and the columns of ``Trace.joints`` with their angles."""
    links: list[int] = []
    columns: list[int] = []
    for entity in scene.entities:
        if entity.chain is None or entity.actor < 0 or entity.name not in trace.arms:
            continue
        names = [joint.name for joint in entity.chain.joints]
        first = 6 * trace.arms.index(entity.name)
        for k, link in enumerate(scene.links):
            if link.actor == entity.actor and link.name in names:
                links.append(k)
                columns.append(first + names.index(link.name))
    return np.array(links, np.int64), np.array(columns, np.int64)


def _between(a: F64Array, b: F64Array, share: float) -> F64Array:
    out = a * (1.0 - share) + b * share
    if len(a):
        out[:, _ORIENTATION] = tf.slerp(a[:, _ORIENTATION], b[:, _ORIENTATION], np.full(len(a), share))
    return out


def packed_state(
    state: WorldState, speed: Array, gait: Array, wheel: Array, steer: Array, swivel: Array
) -> F64Array:  # fmt: skip
    """One tick of a batch as rows of ``Trace.moved``, (B, S, CHANNELS)."""
    return np.concatenate(
        [
            state.position_m, state.orientation, state.velocity_mps, state.angular_velocity_radps, speed[..., None],
            gait[..., None], wheel[..., None], steer[..., None], swivel,
        ],
        -1,
    )  # fmt: skip


def box_of(states: F64Array, size_m: F64Array) -> Boxes:
    """Box of one entity at all ticks, (T,); where it has tumbled, the one around it along the axes of the world."""
    w, i, j, k, bottom = states[:, 3], states[:, 4], states[:, 5], states[:, 6], states[:, 2]
    sizes = np.broadcast_to(size_m, (len(states), 3))
    cos, sin = 1.0 - 2.0 * (j * j + k * k), 2.0 * (w * k + i * j)
    tilted = (i != 0.0) | (j != 0.0)
    if bool(tilted.any()):
        size = np.where(tilted, np.maximum(np.sqrt(cos * cos + sin * sin), 1e-9), 1.0)
        cos, sin = cos / size, sin / size
    upright = Boxes(
        states[:, 0], states[:, 1], cos, sin, 0.5 * sizes[:, 0], 0.5 * sizes[:, 1], bottom,
        bottom + sizes[:, 2],
    )  # fmt: skip
    tumbled = 1.0 - 2.0 * (i * i + j * j) < _STANDS
    if not bool(tumbled.any()):
        return upright
    turn = tf.matrix_from_pose(np.zeros(3), np.ascontiguousarray(states[:, _ORIENTATION]))[:, :3, :3]
    middle = states[:, _POSITION] + turn[..., 2] * (0.5 * sizes[:, 2:])
    half = (np.abs(turn) * (0.5 * sizes)[:, None, :]).sum(-1)
    one, zero = np.ones(len(states)), np.zeros(len(states))
    around = Boxes(
        middle[:, 0], middle[:, 1], one, zero, half[:, 0], half[:, 1], middle[:, 2] - half[:, 2],
        middle[:, 2] + half[:, 2],
    )  # fmt: skip
    return Boxes(*(np.where(tumbled, a, u) for a, u in zip(around, upright, strict=True)))
