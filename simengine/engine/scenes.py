"""The placed initial scene as something that expressions can ask: distances, gaps, sight lines, sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import product

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.engine.areas import Areas, area, area_names, lane_area
from simengine.engine.cast import ON_PAVEMENTS, cast_of
from simengine.engine.initial import InitialEnv
from simengine.engine.placement import Placement, place
from simengine.engine.sensing import carrier_slots, placed_specs
from simengine.engine.variants import Variants
from simengine.errors import NotRunnableError, ProgramError
from simengine.geometry import transforms as tf
from simengine.language.dependencies import Graph
from simengine.language.evaluate import EntityOperand, Operand, SensorOperand, evaluate
from simengine.language.program import Program
from simengine.language.terms import Call, Const, EntityRef, Expr, Ref
from simengine.language.walk import uses_state
from simengine.physics.cast import Cast
from simengine.physics.paths import project
from simengine.physics.pavement import rise_m
from simengine.physics.snapshot import Snapshot
from simengine.sensors.signals import FIELDS
from simengine.sensors.specs import SensorSpec
from simengine.world.lanes import LaneGraph
from simengine.world.library import Library, quantity
from simengine.world.state import WorldState

__all__ = ["InitialScenes", "SceneEnv", "initial_scene", "initial_state"]

_Pairs = list[tuple[int, "Array | None"]]
_REDUCE: Mapping[str, Callable[[Array, Array], Array]] = {
    "distance": np.minimum, "gap": np.minimum, "ttc": np.minimum, "headway": np.minimum, "time_to": np.minimum,
    "collision": np.logical_or, "sees": np.logical_or, "passed": np.logical_and, "visible": np.maximum,
    "required_deceleration": np.maximum,
    "still": np.logical_and, "inside": np.logical_or, "off": np.logical_and, "reached": np.logical_and,
}  # fmt: skip
"""How the answers about the elements of a whole array become one: the nearest, any, all, the most visible."""

_ROUNDING_M = 1e-6
"""What is placed at the very end of a lane is on it."""


def initial_state(placement: Placement, cast: Cast | None = None) -> WorldState:
    """State at time 0 of all slots, batch (B,): everything moves as it heads, or with what it stands on, at the
    height where it is placed.

    Args:
        placement: where everything is.
        cast: of the same variants; people and things stand on its pavements, without it the ground is at height 0.
    """
    yaw = np.ascontiguousarray(placement.yaw_rad)
    zero = np.zeros_like(yaw)
    height, bearer = placement.z_m + 0.0, placement.bearer()
    if cast is not None and bool(cast.kerb_height_m.any()):
        afoot = np.array([c in ON_PAVEMENTS for c in cast.categories], np.bool_)
        ground = rise_m(cast.ground.packed, cast.kerb_height_m, placement.x_m, placement.y_m)
        height = height + np.take_along_axis(np.where(afoot, ground, 0.0), bearer, 1)
    speed, course = (np.take_along_axis(v, bearer, 1) for v in (placement.speed_mps, yaw))
    return WorldState(
        0,
        np.stack([placement.x_m, placement.y_m, height], -1),
        tf.quaternion_from_yaw(yaw),
        np.stack([speed * np.cos(course), speed * np.sin(course), zero], -1),
        np.zeros((*yaw.shape, 3)),
        np.zeros((yaw.shape[0], 0)),
        np.zeros(yaw.shape, np.int64),
        placement.active.copy(),
    )


class SceneEnv(InitialEnv):
    """Values and one instant of a batch of variants, as an ``Env`` of ``simengine.language.evaluate``."""

    def __init__(self, variants: Variants, cast: Cast, state: WorldState) -> None:
        super().__init__(variants)
        self.cast = cast
        self.snapshot = Snapshot(cast, state)
        self._known: dict[tuple[str, int, object], Array] = {}

    def see(self, state: WorldState, touching: BoolArray | None = None) -> None:
        """Ask about another instant from now on, in which some pairs (B, S, S) touch whatever their boxes say."""
        self.snapshot = Snapshot(self.cast, state, touching)
        self._known.clear()

    def value(self, ref: Ref) -> Array:
        """A definition, a size, or a component of a position."""
        name, _, prop = ref.path.partition(".")
        if not prop.startswith("position.") or name not in self.variants.roster.first:
            return super().value(ref)
        members = self.variants.roster.members(name)
        at = self.snapshot.state.position_m[..., "xyz".index(prop[-1])]
        single = self.variants.roster.slots[members.start].decl.count is None
        return np.ascontiguousarray(at[:, members.start] if single else at[:, members.start : members.stop])

    def call(self, call: Call, receiver: Operand | None, args: Mapping[str, Operand]) -> Array:
        """A question about entities, (B,) or with the axes of the indices."""
        if call.type.kind in ("place", "region"):
            return np.zeros(())  # looked at by name where it is used
        if call.function == "nearest":
            return self._nearest(call, args)
        if call.function not in _REDUCE:
            raise NotRunnableError(f"line {call.span.line}: '{call.function}' does not run in this version")
        operands = [receiver, *args.values()] if receiver is not None else list(args.values())
        if call.function in ("still", "inside", "off"):
            place = call.args.get("place")
            if isinstance(place, EntityRef):  # of an array it may be another one for each element
                pairs = [self._slots(operands[0]), self._slots(operands[1])]
                wanted = call.function == "inside"
                return self._combine(call, pairs, lambda a: self._in_other(a[0], a[1]) == wanted)
            ask: Mapping[str, Callable[[int], BoolArray]] = {
                "still": self.still, "inside": lambda a: self.inside(a, place),
                "off": lambda a: ~self.inside(a, place),
            }  # fmt: skip
            return self._combine(call, [self._slots(operands[0])], lambda a: ask[call.function](a[0]))
        if call.function in ("time_to", "reached"):
            if isinstance(operands[1], EntityOperand):
                pairs = [self._slots(operands[0]), self._slots(operands[1])]
                return self._combine(call, pairs, lambda a: self._between(call.function, a[0], a[1]))
            place = call.args["place"]
            if call.function == "reached":
                return self._combine(call, [self._slots(operands[0])], lambda a: self._time_to(a[0], place) == 0.0)
            return self._combine(call, [self._slots(operands[0])], lambda a: self._time_to(a[0], place))
        if call.function == "visible":
            sensor = operands[1]
            assert isinstance(sensor, SensorOperand)
            return self._combine(call, [self._slots(operands[0])], lambda a: self._visible(a[0], sensor.name))
        both = [self._slots(o) for o in operands[:2]]
        return self._combine(call, both, lambda a: self._between(call.function, a[0], a[1]))

    def _nearest(self, call: Call, args: Mapping[str, Operand]) -> Array:
        """Number, from 1, of the element of an array that is nearest to an entity; nan where there is none."""
        towards, (group, _) = self._slots(args["to"]), self._slots(args["group"])
        apart = replace(call, function="distance", type=quantity("length"))

        def away(pair: tuple[int, ...]) -> Array:
            if pair[0] in self.cast.arms:
                return self._from_tool(pair[0], pair[1])
            itself = np.full(self.variants.count, np.inf)
            return itself if pair[0] == pair[1] else self._between("distance", pair[0], pair[1])

        far = np.stack([self._combine(apart, [towards, ([member], False)], away) for member in group], -1)
        return np.where(np.isfinite(far.min(-1)), np.argmin(far, -1) + 1.0, np.nan)

    def _from_tool(self, arm: int, other: int) -> F64Array:
        """How far something's centre is from the point of an arm's tool, (B,): that is what an arm takes by."""
        place = self.snapshot.tool_m(arm) - self.snapshot.around(other)[0]
        both = self.snapshot.valid[:, arm] & self.snapshot.valid[:, other]
        return np.where(both, np.sqrt((place * place).sum(-1)), np.inf)

    # ---- which slots ---------------------------------------------------------------------------------------------

    def _slots(self, operand: Operand | None) -> tuple[_Pairs, bool]:
        """(slot, where it is meant or None for everywhere) of an operand, and whether it is a whole array."""
        if not isinstance(operand, EntityOperand):
            raise ProgramError("an entity was expected; the program was not checked")
        members = self.variants.roster.members(operand.name)
        if operand.index is None:
            whole = self.variants.roster.slots[members.start].decl.count is not None
            return [(s, None) for s in members], whole
        index = np.asarray(operand.index)
        return [(members.start + int(k), index == k) for k in np.unique(index) if 0 <= k < len(members)], False

    def _combine(
        self, call: Call, parts: Sequence[tuple[_Pairs, bool]], ask: Callable[[tuple[int, ...]], Array]
    ) -> Array:
        """Answers about all meant combinations: one array for the chosen elements, or reduced over a whole array."""
        reduce = _REDUCE[call.function]
        truth = call.type.kind == "bool"
        nothing = 0.0 if reduce is np.maximum else np.inf
        if all(len(pairs) == 1 and pairs[0][1] is None for pairs, _ in parts):  # the common case, one entity each
            single = tuple(pairs[0][0] for pairs, _ in parts)
            value = ask(single)
            return value | ~self.snapshot.valid[:, list(single)].all(-1) if reduce is np.logical_and else value
        out: Array | None = None
        for choice in product(*(pairs for pairs, _ in parts)):
            value = ask(tuple(slot for slot, _ in choice))
            if reduce is np.logical_and:  # "all": what does not exist is not counted
                value = value | ~self.snapshot.valid[:, [slot for slot, _ in choice]].all(-1)
            masks = [mask for _, mask in choice if mask is not None]
            if masks:
                shape = np.broadcast_shapes(*(m.shape for m in masks))
                lifted = value.reshape(value.shape + (1,) * (len(shape) - 1))
                missing = np.zeros(shape, np.bool_) if truth else np.full(shape, nothing)
                where = np.logical_and.reduce([np.broadcast_to(m, shape) for m in masks])
                out = np.where(where, lifted, missing if out is None else out)
            else:
                out = value if out is None else reduce(out, value)
        if out is None:  # an index outside the array
            return np.zeros(self.variants.count, np.bool_) if truth else np.full(self.variants.count, nothing)
        return out

    # ---- answers -------------------------------------------------------------------------------------------------

    def _remember(self, key: tuple[str, int, object], answer: Callable[[], Array]) -> Array:
        if key not in self._known:
            self._known[key] = answer()
        return self._known[key]

    def _between(self, function: str, a: int, b: int) -> Array:
        s = self.snapshot
        answers: Mapping[str, Callable[[int, int], Array]] = {
            "distance": s.distance_m, "collision": s.collision, "gap": s.gap_m, "passed": s.passed, "ttc": s.ttc_s,
            "headway": s.headway_s, "required_deceleration": s.required_deceleration_mps2, "sees": s.sees,
            "time_to": lambda a, b: s.time_to_s(a, s.crossing_m(b)),
            "reached": lambda a, b: s.time_to_s(a, s.crossing_m(b)) == 0.0,
        }  # fmt: skip
        return self._remember((function, a, b), lambda: answers[function](a, b))

    def still(self, slot: int) -> BoolArray:
        """It does not move, (B,)."""
        return self.snapshot.standstill(slot)

    def inside(self, slot: int, place: Expr | None) -> BoolArray:
        """An entity's centre is inside of a place, (B,): a region or a lane."""
        x, y = self.snapshot.centre(slot)
        if isinstance(place, Const) and place.value == "road" and "road" not in self._named_areas:
            return self._between_kerbs(slot)
        return self._areas(place).holds(x, y) & self.snapshot.valid[:, slot]

    @cached_property
    def _named_areas(self) -> frozenset[str]:
        """Areas that some variant's world has of its own."""
        return frozenset(name for graph in self.variants.lane_graphs for name in graph.regions)

    def _areas(self, place: Expr | None) -> Areas:
        """The areas of a place, one a variant; those of fixed places are kept."""
        if place is None:
            raise ProgramError("a place was expected; the program was not checked")
        graphs, key = self.variants.lane_graphs, id(place)
        if key not in self._fixed_areas:
            lane = self._lane_named(place)
            if lane is not None:
                made = Areas.of(graphs, lane, lane_area)
            else:
                made = Areas.of(graphs, area_names(place, self, self.variants.count), area)
            self._fixed_areas[key] = (place, made)
        made = self._fixed_areas[key][1]
        if uses_state(place):
            del self._fixed_areas[key]
        return made

    @cached_property
    def _fixed_areas(self) -> dict[int, tuple[Expr, Areas]]:
        return {}

    def _lane_named(self, place: Expr) -> I64Array | None:
        """Lanes that a place names, (B,), or None where it is no lane."""
        if isinstance(place, Call) and place.function == "lane":
            return np.rint(np.nan_to_num(self._number(place.args["index"]))).astype(np.int64) - 1
        if isinstance(place, Ref) and place.path.endswith(".lane"):
            slot = self._slot(place.path.partition(".")[0], place.index)
            lanes = np.stack([self.snapshot.lane(k) for k in range(len(self.variants.roster.slots))], -1)
            return lanes[self.variants.roads.rows, slot]
        return None

    def _in_other(self, slot: int, other: int) -> BoolArray:
        """An entity's centre lies in another's box, seen from above; (B,)."""
        s, (x, y) = self.snapshot, self.snapshot.centre(slot)
        dx, dy = x - s.x[:, other], y - s.y[:, other]
        cos, sin, size = s.cos[:, other], s.sin[:, other], self.variants.size_m[:, other]
        along, across = np.abs(dx * cos + dy * sin), np.abs(dy * cos - dx * sin)
        within = (along <= 0.5 * size[:, 0]) & (across <= 0.5 * size[:, 1])
        return within & s.valid[:, other] & s.valid[:, slot]

    def _between_kerbs(self, slot: int) -> BoolArray:
        """An entity's centre is between the kerbs, which go on straight beyond their ends, (B,)."""
        table, has = self.cast.kerbs
        left = project(table.packed, self.snapshot.x[:, slot, None], self.snapshot.y[:, slot, None]).left_m
        return (has > 0) & (left[:, 0] >= 0.0) & (left[:, 1] <= 0.0) & self.snapshot.valid[:, slot]

    def off_lanes(self, slot: int) -> BoolArray:
        """A vehicle's centre is outside of all lanes, which end where the road does, (B,)."""
        index = np.arange(0, self.cast.lane_paths.count, 2)
        paths = np.ascontiguousarray(self.cast.lane_paths.packed[:, index])
        x, y = self.snapshot.x[:, slot, None], self.snapshot.y[:, slot, None]
        frame, roads = project(paths, x, y), self.variants.roads
        within = (np.abs(frame.left_m) <= self.cast.lane_half_m[:, index]) & roads.exists
        within &= (frame.station_m >= -_ROUNDING_M) & (frame.station_m <= roads.length_m + _ROUNDING_M)
        on = within.any(-1)
        if bool((roads.meet & ~on).any()):  # asphalt in the corners, that turns lead over
            on |= self.cast.turns.holds(x[:, 0], y[:, 0])
        return ~on & self.snapshot.valid[:, slot]

    def visible_anywhere(self, slot: int) -> F64Array:
        """Largest share of an entity that a camera sees, (B,); 0 without cameras."""
        cameras = [d.name for d in self.variants.program.sensors if d.kind in ("camera", "stereo")]
        elsewhere = {name: self.sensors[name][0] != slot for name in cameras}
        shares = [np.where(on, self._visible(slot, name), 0.0) for name, on in elsewhere.items() if bool(on.any())]
        return np.max(shares, axis=0) if shares else np.zeros(self.variants.count)

    def _visible(self, target: int, sensor: str) -> F64Array:
        slots, specs = self.sensors[sensor]
        return self._remember(("visible", target, sensor), lambda: self.snapshot.visible(target, slots, specs))

    @cached_property
    def sensors(self) -> dict[str, tuple[I64Array, list[SensorSpec]]]:
        """Carriers' slots (B,) and specifications in every variant, by the name of each sensor."""
        variants = self.variants
        decls = [d for d in variants.program.sensors if d.kind not in FIELDS]
        return {d.name: (carrier_slots(variants, d), placed_specs(variants, d)) for d in decls}

    def _time_to(self, a: int, place: Expr) -> F64Array:
        key = ("time_to", a, id(place))
        return self._remember(key, lambda: self.snapshot.time_to_s(a, self._point(place, a)))

    def _station_lane(self, actor: int | I64Array) -> I64Array:
        """The lane along which s(x) is counted for an actor (one, or one a variant): the rightmost one, and where roads
        meet its own."""
        roads = self.variants.roads
        if not bool(roads.meet.any()):
            return np.zeros(self.variants.count, np.int64)
        slots = np.broadcast_to(np.asarray(actor, np.int64), (self.variants.count,))
        own = np.zeros(self.variants.count, np.int64)
        for each in np.unique(slots).tolist():
            own = np.where(slots == each, self.snapshot.lane(each), own)
        return np.where(roads.meet, np.maximum(own, 0), 0)

    def _point(self, place: Expr, actor: int | I64Array) -> F64Array:
        """A place as points, (B, 2 or 3): an entity, a point, or a station of the lane that is meant for an actor."""
        if isinstance(place, EntityRef):
            position, slot = self.snapshot.state.position_m, self._slot(place.name, place.index)
            return np.ascontiguousarray(position[self.variants.roads.rows, slot])
        if isinstance(place, Call) and place.function == "s":
            count = self.variants.count
            station = self._number(place.args["station"])
            x, y, _ = self.variants.roads.lane_pose(self._station_lane(actor), station, np.zeros(count))
            return np.stack([x, y], -1)
        if isinstance(place, Call) and place.function == "point":
            return np.stack([self._number(place.args["x"]), self._number(place.args["y"])], -1)
        raise NotRunnableError(
            f"line {place.span.line}: this place does not run here in this version; an entity, a point and s(x) do"
        )

    def _number(self, expr: Expr) -> F64Array:
        value = np.asarray(evaluate(expr, self, self.variants.count), np.float64)
        return np.ascontiguousarray(np.broadcast_to(value, (self.variants.count,)))

    def _slot(self, name: str, index: Expr | None) -> I64Array:
        """Slot of an entity or element, (B,); the checker makes sure that it exists."""
        members = self.variants.roster.members(name)
        if index is None:
            return np.full(self.variants.count, members.start, np.int64)
        number = self._number(index)
        at = np.rint(np.where(np.isfinite(number), number, 1.0)).astype(np.int64) - 1
        return members.start + np.clip(at, 0, len(members) - 1)


def initial_scene(variants: Variants) -> SceneEnv:
    """The placed scene of variants whose values are all known, to ask about."""
    placement = place(variants)
    cast = cast_of(variants, placement)
    return SceneEnv(variants, cast, initial_state(placement, cast))


def _with_speeds(placement: Placement, variants: Variants) -> Placement:
    """The same placement with the speeds that are known by now."""
    slots, speeds = variants.roster.slots, placement.speed_mps.copy()
    for k, slot in enumerate(slots):
        if slot.decl.category == "vehicle":
            speeds[:, k] = variants.column(f"{slot.decl.name}.speed", slot)
    return replace(placement, speed_mps=speeds)


class InitialScenes:
    """Answers the sampler's geometric constraints: places the proposals and looks at their initial scenes.

    Attributes:
        refused: how often each implicit reason was the first to refuse a proposal, with what to do, for messages.
    """

    def __init__(self, program: Program, libraries: Mapping[str, Library], seed: int) -> None:
        self._program, self._libraries, self._seed = program, libraries, seed
        self.refused: dict[tuple[str, str], int] = {}
        self._graphs: dict[bytes, LaneGraph] = {}
        self._needs: dict[int, tuple[Expr, tuple[str, ...]]] = {}

    def __call__(self, expr: Expr | None, indices: I64Array, values: dict[str, Array]) -> BoolArray:
        """Whether a constraint holds for each proposal; ``expr`` None: everything can be placed without overlaps."""
        if expr is None:  # the first question about new proposals; the others are about some of them
            self._graphs.clear()
        variants = self._variants(indices, values)
        placement = place(variants)
        if expr is None:
            left = np.ones(variants.count, np.bool_)
            for refusal in placement.refusals:  # what follows from the first reason is not counted
                key = refusal.detail, refusal.help
                self.refused[key] = self.refused.get(key, 0) + int((refusal.rows & left).sum())
                left &= ~refusal.rows
            return left
        paths = self._behind(expr)
        if paths:
            variants = self._variants(indices, values | self._followed(paths, variants, placement))
            placement = _with_speeds(placement, variants)
        cast = cast_of(variants, placement)
        env = SceneEnv(variants, cast, initial_state(placement, cast))
        return np.asarray(evaluate(expr, env, variants.count), np.bool_)

    def _variants(self, indices: I64Array, values: dict[str, Array]) -> Variants:
        return Variants(self._program, self._libraries, values, indices.size, self._seed, indices, self._graphs)

    def follow(self, paths: tuple[str, ...], indices: I64Array, values: dict[str, Array]) -> dict[str, Array]:
        """Values of definitions that need the placed scene, in an order in which each is after what it needs."""
        variants = self._variants(indices, values)
        return self._followed(paths, variants, place(variants))

    def _followed(self, paths: tuple[str, ...], variants: Variants, placement: Placement) -> dict[str, Array]:
        values, cast = dict(variants.values), cast_of(variants, placement)
        env = SceneEnv(self._variants(variants.indices, values), cast, initial_state(placement, cast))
        for path in paths:
            values[path] = env.followed(self._program.definitions[path])
        return {path: values[path] for path in paths}

    @cached_property
    def _graph(self) -> Graph:
        return Graph(self._program)

    def _behind(self, expr: Expr) -> tuple[str, ...]:
        """What has to be known of the placed scene to answer a question about it."""
        if not self._graph.following:
            return ()
        if id(expr) not in self._needs:
            found = self._graph.references([expr]) | self._graph.placement(expr)
            reached = set(self._graph.closure(found))
            self._needs[id(expr)] = (expr, tuple(p for p in self._graph.following if p in reached))
        return self._needs[id(expr)][1]

    def explain(self) -> str:
        """The most frequent reasons for refusals and what to do about the first, as lines of text; "" without any."""
        found = [(key, count) for key, count in self.refused.items() if count]
        most = sorted(found, key=lambda item: (-item[1], item[0]))[:5]
        lines = [f"  {count:>10,} x  {text}" for (text, _), count in most]
        return "\n".join([*lines, most[0][0][1]] if most else [])
