"""What is recorded, labelled and covered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import cast

from simengine.errors import an, did_you_mean
from simengine.language import syntax as ast
from simengine.language.diagnostics import Label
from simengine.language.expressions import coerce, expression
from simengine.language.habits import our_word
from simengine.language.kinds import a_kind, is_number
from simengine.language.limits import SENSOR_CHANNELS
from simengine.language.names import dotted
from simengine.language.program import (
    Choice,
    Cover,
    Cross,
    Definition,
    Family,
    LabelDecl,
    Range,
    RecordDecl,
    Require,
    exact_rate,
)
from simengine.language.scope import Context, Where
from simengine.language.supports import constant
from simengine.language.terms import Awaited, Const, EventRef, Expr, Ref, Vector
from simengine.language.walk import needs_placement, uses_state
from simengine.sensors.vocabulary import SENSOR_KINDS
from simengine.world.library import BOOL, ValueType, quantity

__all__ = ["Outputs"]

_RATE, _RATE_HZ = quantity("frequency"), 10.0
_SLOWEST_HZ, _FASTEST_HZ = 0.1, 1000.0
_STEPS_HZ = 100.0  # of the engine, which has tests that say so
_LABELS = {
    "class": ("semantic", "instance", "box2d", "box3d", "points", "amodal", "pose6d"),
    "instance": ("instance", "box2d", "box3d", "points", "amodal", "pose6d"), "part": ("part",),
    "pose6d": ("pose6d", "box3d"),
}  # fmt: skip
"""Kinds of labels, with the channels that hold them (``entities.json`` has the class of each instance)."""


@dataclass
class Outputs:
    """Lowers constraints, coverage and recording."""

    ctx: Context
    requires: list[Require] = field(default_factory=list[Require])
    covers: list[Cover] = field(default_factory=list[Cover])
    crosses: list[Cross] = field(default_factory=list[Cross])
    records: list[RecordDecl] = field(default_factory=list[RecordDecl])
    labels: list[LabelDecl] = field(default_factory=list[LabelDecl])
    channels: int = 0
    covered: set[str] = field(default_factory=set[str])  # names of coverage items
    unsure: set[str] = field(default_factory=set[str])  # sensors with a rate that could not be read

    def require(self, s: ast.Statement) -> None:
        """A constraint on the initial scene."""
        assert s.expr is not None
        made = expression(self.ctx, s.expr, Where(place="a 'require'"), BOOL)
        if made is not None:
            self.requires.append(Require(made, s.text, s.span, needs_placement(made), self.ctx.text(s.expr.span)))

    # ---- recording

    def record(self, s: ast.Statement) -> None:
        """``record SENSOR: CHANNEL, ... [at RATE] [during PHASE]``."""
        ctx, name = self.ctx, s.names[0]
        sensor = ctx.sensors.get(name.id)
        if sensor is None:
            if name.id in ctx.symbols:
                ctx.sink.error("E0204", name.span, f"'{name.id}' is no sensor", help="record what a sensor sees")
            else:
                ctx.unknown("sensor", name, list(ctx.sensors), f"sensors: {', '.join(ctx.sensors) or 'none'}")
            return
        channels: list[str] = []
        for word in s.names[1:]:
            channel = sensor.kind.channel(word.id)
            if channel is None:
                self._unknown_channel(word, sensor.kind.name, [c.name for c in sensor.kind.channels])
            elif channel.name in channels:
                note = f"'{word.id}' is another word for '{channel.name}'" if word.id != channel.name else ""
                ctx.sink.error("E0202", word.span, f"'{channel.name}' is recorded twice", help="remove one", note=note)
            else:
                channels.append(channel.name)
                if not channel.runs:
                    ctx.later(word.span, f"the channel '{word.id}'")
        before, self.channels = self.channels, self.channels + len(channels)
        if before <= SENSOR_CHANNELS < self.channels:
            ctx.sink.error("E0110", s.span, f"a scenario records at most {SENSOR_CHANNELS} channels of all sensors")
        during = s.label.id if s.label else None
        if s.label is not None and not self._known_phase(s.label):
            return
        made = RecordDecl(sensor.name, tuple(channels), self._rate(s), during, s.span)
        if made.rate_hz is not None or "rate" not in s.extra:
            self._in_step(made)
        else:
            self.unsure.add(made.sensor)
        self.records.append(made)

    def _in_step(self, made: RecordDecl) -> None:
        """A sensor fires at the fastest of its rates, and the others take one in so many of its readings."""
        others = [r for r in self.records if r.sensor == made.sensor]
        rates = [exact_rate(_RATE_HZ if r.rate_hz is None else r.rate_hz) for r in (*others, made)]
        if all((max(rates) / r).denominator == 1 for r in rates):
            return
        labels = [Label(r.span, "also recorded here") for r in others[:3]]
        shown = " and ".join(f"{float(r):g}" for r in sorted(set(rates)))
        self.ctx.sink.error(
            "E0208", made.span, f"'{made.sensor}' is recorded at {shown} hz, which no firing of it meets",
            labels=labels, help="let the fastest rate be a multiple of the others, or add a second sensor",
        )  # fmt: skip

    def _unknown_channel(self, word: ast.Name, kind: str, names: Sequence[str]) -> None:
        near = did_you_mean(word.id, list(names)) or did_you_mean(word.id.replace("ies", "y"), list(names))
        near = near or our_word(word.id, names)
        other = next((k.name for k in SENSOR_KINDS.values() if k.channel(word.id) is not None), None)
        hint = f"{an(other)} has it: 'sensor NAME on ego = {other}(...)'" if other else ""
        hint = f"did you mean '{near}'?" if near else hint
        self.ctx.sink.error(
            "E0210", word.span, f"{an(kind)} has no channel '{word.id}'",
            help=hint, note=f"channels: {', '.join(names)}",
        )  # fmt: skip

    def _rate(self, s: ast.Statement) -> float | None:
        if "rate" not in s.extra:
            return None
        made = expression(self.ctx, s.extra["rate"], Where(place="a rate"), _RATE)
        value = constant(made)
        if made is not None and (value is None or not _SLOWEST_HZ <= value <= _FASTEST_HZ):
            self.ctx.sink.error(
                "E0208", made.span, f"a rate is a fixed number from {_SLOWEST_HZ:g} to {_FASTEST_HZ:g} hz",
                help="keep it within these", note="a sensor sees up to one period beyond the end of a run",
            )  # fmt: skip
            return None
        if made is not None and value is not None and value > _STEPS_HZ:
            self.ctx.sink.warning(
                "W0320", made.span, f"{value:g} hz is faster than the {_STEPS_HZ:g} steps a second of the simulation",
                help=f"record at {_STEPS_HZ:g} hz or less", note="between two steps, positions are interpolated",
            )  # fmt: skip
        return value

    def _known_phase(self, name: ast.Name) -> bool:
        symbol = self.ctx.symbols.get(name.id)
        if symbol is not None and symbol.kind == "phase":
            return True
        phases = [n for n, s in self.ctx.symbols.items() if s.kind == "phase"]
        self.ctx.unknown("phase", name, phases, f"phases: {', '.join(phases) or 'none is named'}")
        return False

    def label(self, s: ast.Statement) -> None:
        """``label ENTITY as class``: all entities have these labels; this one is asked for."""
        target, kind = s.names
        if target.id not in self.ctx.entities:
            self.ctx.unknown("entity", target, list(self.ctx.entities))
            return
        if kind.id not in _LABELS:
            self.ctx.unknown("kind of label", kind, list(_LABELS), f"labels: {', '.join(_LABELS)}")
            return
        self.labels.append(LabelDecl(target.id, kind.id, s.span))

    def check_labels(self) -> None:
        """What is to be labelled is in some channel that is recorded."""
        recorded = {c for r in self.records for c in r.channels}
        for made in self.labels:
            carried = _LABELS[made.kind]
            if not recorded & set(carried):
                self.ctx.sink.error(
                    "E0210", made.span, f"nothing records the {made.kind} of '{made.target}'",
                    help=f"record {' or '.join(carried)} of a sensor",
                )  # fmt: skip

    # ---- coverage

    def declare_types(self, statements: Sequence[ast.Statement]) -> None:
        """Types of named coverage items, which monitors may use; made before the monitors."""
        for s in statements:
            if s.kind == "cover":
                self.cover(s)

    def cover(self, s: ast.Statement) -> None:
        """``cover EXPR [as NAME] [at EVENT] [by WIDTH [over RANGE] | bins [...]]``."""
        assert s.expr is not None
        name = s.names[0].id if s.names else self.ctx.text(s.expr.span)
        if name in self.covered:
            self.ctx.sink.error("E0202", s.span, f"'{name}' is covered twice", help="name one of them with 'as'")
        elif not self._cover(s, s.expr, name):
            self.ctx.failed.add(name)

    def _cover(self, s: ast.Statement, node: ast.Expression, name: str) -> bool:
        ctx = self.ctx
        event = self._event(s)
        if "at" in s.extra and event is None:
            return False
        running = event is not None or _asks_state(node)
        made = expression(ctx, node, Where(state=running, place="a 'cover' without 'at'"))
        if made is None:
            return False
        if not (is_number(made.type) or made.type.kind in ("enum", "bool")):
            found = a_kind(made.type)
            ctx.sink.error("E0204", made.span, f"a coverage item is a number, a word or a condition, not {found}")
            return False
        if running and event is None and (uses_state(made) or needs_placement(made)):
            event = EventRef("", "ended", ValueType("event"), s.span)  # the end of the run
        if s.names:
            ctx.cover_types[name] = made.type
        bins = self._bins(s, made)
        if bins is None:
            return False
        width, over, edges, words = bins
        self.covers.append(Cover(name, made, event, width, over, edges, words, s.span))
        self.covered.add(name)
        return True

    def _event(self, s: ast.Statement) -> EventRef | None:
        if "at" not in s.extra:
            return None
        made = expression(self.ctx, s.extra["at"], Where(state=True, place="an event"))
        if made is not None and not isinstance(made, EventRef):
            self.ctx.sink.error(
                "E0204", made.span, f"expected an event, found {a_kind(made.type)}", help="write 'phase.started'"
            )
        return made if isinstance(made, EventRef) else None

    def _bins(
        self, s: ast.Statement, expr: Expr
    ) -> tuple[float | None, tuple[float, float] | None, tuple[float, ...], tuple[str, ...]] | None:
        ctx, kind = self.ctx, expr.type
        if not is_number(kind):
            if s.extra.get("by") or s.items:
                ctx.sink.error("E0204", s.span, "words have one bin each", help="remove the bins")
                return None
            return None, None, (), kind.choices if kind.kind == "enum" else ("no", "yes")
        scalar = ValueType("real", kind.dimension)
        if s.items:
            edges = self._edges(s, scalar)
            return (None, None, edges, ()) if edges else None
        if "by" not in s.extra:
            edges = discrete_edges(ctx, expr)
            if not edges:
                ctx.sink.error("E0213", s.span, "how wide are the bins?", help="add 'by WIDTH' or 'bins [a, b, c]'")
                return None
            return None, None, edges, ()
        width = self._positive(s.extra["by"], scalar)
        if width is None:
            return None
        over: tuple[float, float] | None = None
        if "over" in s.extra:
            span = s.extra["over"]
            assert isinstance(span, ast.RangeX)
            found = [self._fixed(e, scalar) for e in (span.low, span.high)]
            if found[0] is None or found[1] is None:
                return None
            if found[0] >= found[1]:
                ctx.sink.error("E0212", span.span, "the range of a cover is empty", help="write 'low..high'")
                return None
            over = (found[0], found[1])
        return width, over, (), ()

    def _fixed(self, node: ast.Expression, kind: ValueType) -> float | None:
        found = expression(self.ctx, node, Where(place="a coverage item"))
        made = coerce(self.ctx, found, kind, "a coverage item") if found else None
        value = constant(made)
        if made is not None and value is None:
            self.ctx.sink.error("E0212", made.span, "bins are fixed numbers")
        return value

    def _positive(self, node: ast.Expression, kind: ValueType) -> float | None:
        value = self._fixed(node, kind)
        if value is not None and value <= 0:
            self.ctx.sink.error("E0212", node.span, "the width of a bin must be positive")
            return None
        return value

    def _edges(self, s: ast.Statement, kind: ValueType) -> tuple[float, ...]:
        values = [self._fixed(e, kind) for e in s.items]
        good = [v for v in values if v is not None]
        if len(good) < len(values):
            return ()
        if len(good) < 2 or any(b <= a for a, b in pairwise(good)):
            self.ctx.sink.error("E0212", s.span, "bins need at least two edges in rising order")
            return ()
        return tuple(good)

    # ---- cross

    def cross(self, s: ast.Statement) -> None:
        """``cross A, B, ... [ways T]``; a drawn value with steps needs no 'cover' of its own."""
        names = [self._item(node) for node in s.items]
        if any(n is None for n in names):
            return
        good = cast("list[str]", names)
        twice = next((k for k, name in enumerate(good) if name in good[:k]), None)
        if twice is not None:
            first = Label(s.items[good.index(good[twice])].span, "first here")
            what = f"'{good[twice]}' stands twice in one 'cross'"
            self.ctx.sink.error("E0202", s.items[twice].span, what, labels=[first], help="remove one")
            return
        ways = s.number.value if s.number else 2.0
        if ways != int(ways) or not 1 <= ways <= len(good):
            self.ctx.sink.error(
                "E0208", s.number.span if s.number else s.span, f"'ways' is a whole number from 1 to {len(good)}"
            )
            return
        self.crosses.append(Cross(tuple(good), int(ways), s.span))

    def _item(self, node: ast.Expression) -> str | None:
        text = self.ctx.text(node.span)
        if text in self.covered:
            return text
        names, plain = dotted(node)
        if text in self.ctx.failed or {n.id for n in names[:1]} & (self.ctx.failed | self.ctx.tainted):
            return None
        path = ".".join(n.id for n in names)
        self.ctx.used.add(path)
        known = self.ctx.definitions.get(path) or self.ctx.definitions.get(f"world.{path}") if plain else None
        if known is None:
            word = ast.Name(text, node.span)
            covered = [c.name for c in self.covers]
            self.ctx.unknown(
                "coverage item",
                word,
                [*covered, *self.ctx.value_names()],
                f"covered: {', '.join(covered) or 'nothing'}",
            )
            return None
        expr = Ref(known.path, known.type, node.span)
        edges = discrete_edges(self.ctx, expr) if is_number(known.type) else ()
        words = known.type.choices or (("no", "yes") if known.type == BOOL else ())
        if not edges and not words:
            self.ctx.sink.error("E0213", node.span, f"'{text}' has no bins", help=f"add 'cover {text} by WIDTH'")
            return None
        self.covers.append(Cover(text, expr, None, None, None, edges, words, node.span))
        self.covered.add(text)
        return text


def _asks_state(node: ast.Expression) -> bool:
    """A quantifier without 'at' is evaluated at the end of a run."""
    return isinstance(node, ast.CallX) and any(a.body is not None for a in node.arguments)


def discrete_edges(ctx: Context, expr: Expr) -> tuple[float, ...]:
    """Bin edges between the values of a drawn definition with steps or a set: one bin a value."""
    known = ctx.definitions.get(expr.path) if isinstance(expr, Ref) and not expr.state else None
    if known and isinstance(known.binding, Awaited):  # one bin for each value that it will be given
        return (0.0, 1.0)
    values = _values(ctx.definitions, known) if known else []
    if known and ctx.extends and not isinstance(known.binding, Range | Choice | Family):
        fixed = constant(known.binding)
        if fixed is not None:  # what this scenario fixes, the one that it extends covers by its steps
            return (fixed - 0.5, fixed + 0.5)
    if len(values) < 2 or len(values) > 10_000:
        return ()
    middle = [(a + b) / 2 for a, b in pairwise(values)]
    first, last = middle[0] - values[0], values[-1] - middle[-1]
    return (values[0] - first, *middle, values[-1] + last)


def _values(definitions: Mapping[str, Definition], known: Definition) -> list[float]:
    binding = known.binding
    if isinstance(binding, Ref) and binding.path in definitions and isinstance(binding.index, Const):
        table = definitions[binding.path]
        if known.path in table.components and isinstance(table.binding, Choice):
            at = table.components.index(known.path)
            found = [constant(v.items[at]) for v in table.binding.values if isinstance(v, Vector)]
            return sorted({v for v in found if v is not None})
        return []
    if isinstance(binding, Choice):
        found = [constant(v) for v in binding.values]
        return sorted({v for v in found if v is not None}) if None not in found else []
    if isinstance(binding, Range) and binding.step is not None:
        low, high, step = constant(binding.low), constant(binding.high), constant(binding.step)
        if low is None or high is None or step is None or (high - low) / step > 10_000:
            return []
        return [low + k * step for k in range(math.floor((high - low) / step + 1e-9) + 1)]
    return []
