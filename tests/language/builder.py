"""Small programs by hand: what the checker would make, without its text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from simengine.language.program import (
    Binding,
    Choice,
    Cover,
    Cross,
    Definition,
    EntityDecl,
    Family,
    Program,
    Range,
    Require,
)
from simengine.language.terms import Const, Expr, Op, Quantifier, Ref, Span, Vector
from simengine.world.library import BOOL, INT, NUMBER, ValueType, enum, quantity

SPAN = Span(1, 1, 1, 2)
KMH = 1.0 / 3.6
SPEED, LENGTH, TIME = quantity("speed"), quantity("length"), quantity("time")


def num(value: float, kind: ValueType = NUMBER) -> Const:
    return Const(float(value), kind, SPAN)


def const(value: Any, kind: ValueType = NUMBER) -> Const:
    if isinstance(value, Const):
        return value
    return Const(
        value if isinstance(value, bool | str) else float(value), BOOL if isinstance(value, bool) else kind, SPAN
    )


def lift(value: Any, kind: ValueType = NUMBER) -> Expr:
    return const(value, kind) if isinstance(value, bool | str | int | float) else value


def op(name: str, *args: Any) -> Op:
    parts = tuple(lift(a) for a in args)
    boolean = name in ("and", "or", "not", "<", "<=", ">", ">=", "==", "!=")
    kind = BOOL if boolean else parts[-1].type
    if name in "+-*/":
        kind = next((p.type for p in parts if p.type.kind == "vector"), NUMBER)
    return Op(name, parts, kind, SPAN)


def ref(path: str, kind: ValueType = NUMBER, **more: Any) -> Ref:
    return Ref(path, kind, SPAN, **more)


def span(low: Any, high: Any, step: Any = None, within: tuple[Any, Any] | None = None) -> Range:
    bounds = None if within is None else (lift(within[0]), lift(within[1]))
    return Range(lift(low), lift(high), None if step is None else lift(step), bounds, SPAN)


def kmh(low: float, high: float, step: float | None = None) -> Range:
    return span(low * KMH, high * KMH, None if step is None else step * KMH)


def choice(values: dict[Any, float] | Iterable[Any], kind: ValueType = NUMBER) -> Choice:
    table = values if isinstance(values, dict) else dict.fromkeys(values, 1.0)
    items = [
        Vector(tuple(const(x, kind) for x in v), ValueType("vector", length=len(v)), SPAN) if isinstance(v, tuple)
        else const(v, kind)
        for v in table
    ]  # fmt: skip
    return Choice(tuple(items), tuple(float(w) for w in table.values()), SPAN)


def family(name: str, *args: Any, within: tuple[Any, Any] | None = None) -> Family:
    bounds = None if within is None else (lift(within[0]), lift(within[1]))
    return Family(name, tuple(lift(a) for a in args), bounds, SPAN)


def quantifier(kind: Any, variable: str, array: str, body: Expr) -> Quantifier:
    return Quantifier(kind, variable, array, body, NUMBER if kind == "count" else BOOL, SPAN)


@dataclass
class Maker:
    """Collects statements; ``program()`` is the result."""

    name: str = "test"
    definitions: dict[str, Definition] = field(default_factory=dict[str, Definition])
    requires: list[Require] = field(default_factory=list[Require])
    entities: list[EntityDecl] = field(default_factory=list[EntityDecl])
    covers: list[Cover] = field(default_factory=list[Cover])
    crosses: list[Cross] = field(default_factory=list[Cross])

    def let(self, path: str, binding: Binding | float | bool | str, kind: ValueType = NUMBER, **more: Any) -> Ref:
        bound = const(binding, kind) if isinstance(binding, bool | str | int | float) else binding
        self.definitions[path] = Definition(path, bound, kind, SPAN, **more)
        return ref(path, kind)

    def require(self, expr: Expr, text: str = "", geometric: bool = False) -> None:
        line = len(self.requires) + 1
        where = Span(line, 1, line, 2)
        self.requires.append(Require(expr, "", where, geometric, text or f"constraint {line}"))

    def array(self, name: str, count: Binding | float, most: int) -> None:
        self.let(f"{name}.count", count, INT)
        self.entities.append(EntityDecl(name, "car", "driving", "vehicle", (), SPAN, f"{name}.count", most))

    def joint(self, paths: tuple[str, ...], table: Choice, kinds: tuple[ValueType, ...]) -> None:
        name = "+".join(paths)
        self.let(name, table, ValueType("vector", length=len(paths)), components=paths)
        for k, (path, kind) in enumerate(zip(paths, kinds, strict=True)):
            self.let(path, ref(name, kind, index=num(k, INT)), kind)

    def program(self) -> Program:
        return Program(
            self.name, "", f"source of {self.name}", "<test>", (), (), (), None, dict(self.definitions),
            tuple(self.entities), (), tuple(self.requires), (), (), (), (), (), tuple(self.covers),
            tuple(self.crosses), (), (),
        )  # fmt: skip


def cut_in() -> Program:
    """The drawn part of alks_cut_in."""
    m = Maker("alks_cut_in")
    ve0 = m.let("ve0", kmh(20, 60, 10), SPEED)
    dv = m.let("dv", kmh(-50, -10, 10), SPEED)
    m.let("dx0", span(0, 60, 10), LENGTH)
    vy = m.let("vy", span(0.5, 3.0, 0.5), SPEED)
    m.let("accel", span(-3, 3, 1.5), quantity("acceleration"))
    side = enum("left", "right")
    m.let("side", choice(["left", "right"], side), side)
    model = enum("car", "truck", "van", "bus", "motorbike")
    m.let("other.model", choice(list(model.choices), model), model)
    m.let("other.speed", op("+", ve0, dv), SPEED)
    m.require(op(">", op("+", ve0, dv), num(0)), "ve0 + dv > 0 km/h")
    m.require(op("<", vy, op("+", ve0, dv)), "vy < ve0 + dv")
    return m.program()


def ccrm() -> Program:
    """The drawn part of ccrm: a joint table of 11 speed pairs and 5 overlaps."""
    m = Maker("ccrm")
    pairs = [(30 + 10 * k, 20) for k in range(6)] + [(90 + 10 * k, 30 + 10 * k) for k in range(5)]
    m.joint(("ve", "vt"), choice([(a * KMH, b * KMH) for a, b in pairs], SPEED), (SPEED, SPEED))
    m.let("overlap", choice([0.0, 0.25, 0.5, 0.75, 1.0]))
    return m.program()
