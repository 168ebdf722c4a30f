"""Expressions of the language as Python objects, and what is accepted in their place: strings, numbers, tuples, lists.

A string is read as the language reads it (``"ego.speed * 2 s"``), by the same reader, and must be one expression.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import lru_cache
from numbers import Real
from typing import Final, Literal, TypeAlias, cast

from simengine.errors import UsageError
from simengine.language import syntax as ast
from simengine.language.reading import read
from simengine.language.terms import Span
from simengine.language.write import text_of_expression

__all__ = [
    "NOWHERE", "Draw", "Expr", "Given", "Value", "all_of", "always", "any_of", "bind", "count_of", "dotted",
    "eventually", "identifier", "member", "node_of", "quantity", "range_of", "string", "united", "when_else", "words",
]  # fmt: skip

NOWHERE: Final = Span(1, 1, 1, 2)
_HEAD = "scenario s:\n    param v "
_UNIT = re.compile(r"[A-Za-z%][\w/]*", re.ASCII)


class Expr:
    """An expression: ``ego.speed * 2 + gap``, ``(a < b) & ~c``, ``kid.run(across="road")``, ``parked[1]``.

    Attributes, calls and indices are those of the language; nothing is looked up before the whole is checked. Use
    ``&``, ``|``, ``~`` for and, or, not, with brackets around comparisons.
    """

    __slots__ = ("_node",)
    __hash__ = None  # type: ignore[assignment]  # == makes an expression

    def __init__(self, node: ast.Expression) -> None:
        self._node = node

    def __getattr__(self, name: str) -> Expr:
        if name.startswith("_"):  # what Python and its tools probe for is never a word of the language
            raise AttributeError(name)
        return Expr(ast.Attribute(self._node, ast.Name(identifier(name), NOWHERE), NOWHERE))

    def __getitem__(self, index: Value) -> Expr:
        return Expr(ast.Index(self._node, node_of(index), NOWHERE))

    def __call__(self, *arguments: Value, **named: Given) -> Expr:
        """A call of the language: ``kid.run(across="road", speed=kid.speed)``."""
        given = [ast.Argument(None, ast.Bind(node_of(a), NOWHERE), None, NOWHERE) for a in arguments]
        given += [ast.Argument(ast.Name(identifier(k), NOWHERE), bind(v), None, NOWHERE) for k, v in named.items()]
        return Expr(ast.CallX(self._node, tuple(given), NOWHERE))

    def __add__(self, other: Value) -> Expr:
        return _chain(self, "+", other)

    def __radd__(self, other: Value) -> Expr:
        return _chain(other, "+", self)

    def __sub__(self, other: Value) -> Expr:
        return _chain(self, "-", other)

    def __rsub__(self, other: Value) -> Expr:
        return _chain(other, "-", self)

    def __mul__(self, other: Value) -> Expr:
        return _chain(self, "*", other)

    def __rmul__(self, other: Value) -> Expr:
        return _chain(other, "*", self)

    def __truediv__(self, other: Value) -> Expr:
        return _chain(self, "/", other)

    def __rtruediv__(self, other: Value) -> Expr:
        return _chain(other, "/", self)

    def __neg__(self) -> Expr:
        return Expr(ast.Prefix("neg", self._node, NOWHERE))

    def __lt__(self, other: Value) -> Expr:
        return _compare(self, "<", other)

    def __le__(self, other: Value) -> Expr:
        return _compare(self, "<=", other)

    def __gt__(self, other: Value) -> Expr:
        return _compare(self, ">", other)

    def __ge__(self, other: Value) -> Expr:
        return _compare(self, ">=", other)

    def __eq__(self, other: Value) -> Expr:  # type: ignore[override]
        return _compare(self, "==", other)

    def __ne__(self, other: Value) -> Expr:  # type: ignore[override]
        return _compare(self, "!=", other)

    def __and__(self, other: Value) -> Expr:
        return _logic("and", self, other)

    def __rand__(self, other: Value) -> Expr:
        return _logic("and", other, self)

    def __or__(self, other: Value) -> Expr:
        return _logic("or", self, other)

    def __ror__(self, other: Value) -> Expr:
        return _logic("or", other, self)

    def __invert__(self) -> Expr:
        return Expr(ast.Prefix("not", self._node, NOWHERE))

    def __bool__(self) -> bool:
        raise UsageError(
            "an expression is neither true nor false before it is drawn; join conditions with & | ~ instead of and, "
            "or, not (with brackets around comparisons), and write a < b < c as (a < b) & (b < c)"
        )

    def __iter__(self) -> None:
        raise UsageError("an expression has no elements to go through; use Builder.each, all_of, any_of or count_of")

    def __repr__(self) -> str:
        return f"Expr({text_of_expression(self._node)!r})"


class Draw:
    """A distribution: ``uniform(20, 60, "km/h")`` and its like; ``within`` truncates it."""

    __slots__ = ("_dist",)

    def __init__(self, dist: ast.Dist) -> None:
        self._dist = dist

    def within(self, low: Value, high: Value, unit: str | None = None) -> Draw:
        """The same, truncated to low..high."""
        return Draw(ast.Dist(self._dist.body, range_of(low, high, unit), NOWHERE))


Value: TypeAlias = "Expr | str | float | tuple[Value, ...] | list[Value]"
"""What stands for an expression: a string is read as the language reads it; True and False are yes and no."""
Given: TypeAlias = "Value | Draw"
"""What stands for a value or a draw; of strings, ranges, sets and what begins with ``~`` are draws."""


class _Words:
    """Names of the language as attributes: ``words.collision(ego, kid)``, ``words.road``, ``words.lane(1)``."""

    def __getattr__(self, name: str) -> Expr:
        if name.startswith("_"):
            raise AttributeError(name)
        return Expr(ast.Name(identifier(name), NOWHERE))


words: Final = _Words()
"""Every name of the language and its libraries: ``words.distance(ego, kid)``."""


# ---- from Python values to the tree ------------------------------------------------------------------------------


def identifier(name: object) -> str:
    """The same, if it is one word.

    Raises:
        UsageError: it is not.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise UsageError(f"expected a name of letters, digits and '_', found {name!r:.60}")
    return name


def dotted(name: object) -> ast.Name:
    """A word or words joined by dots, as tags have.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*", name, re.ASCII):
        raise UsageError(f"expected names joined by dots, found {name!r:.60}")
    return ast.Name(name, NOWHERE)


def string(text: object) -> str:
    """The same, if the language can hold it.

    Raises:
        UsageError: no string, or one with a double quote or line break.
    """
    if not isinstance(text, str) or any(c in text for c in '"\r\n'):
        raise UsageError(f"expected a string without double quotes and line breaks, found {text!r:.60}")
    return text


def node_of(value: object) -> ast.Expression:
    """The tree of a value.

    Raises:
        UsageError: a string that is no expression, a number that is not finite, or another type.
    """
    match value:
        case Expr():
            return value._node  # pyright: ignore[reportPrivateUsage]
        case bool():
            return ast.Name("yes" if value else "no", NOWHERE)
        case int() | float():
            return _number(value, None)
        case Real():  # NumPy's
            return _number(value, None)
        case str():
            found = _read(f"= {value}", value)
            assert not isinstance(found, ast.Dist)
            return found
        case tuple():
            return ast.VectorX(tuple(node_of(v) for v in cast("tuple[object, ...]", value)), NOWHERE)
        case list():
            return ast.ListX(tuple(node_of(v) for v in cast("list[object]", value)), NOWHERE)
        case _:
            hint = "; a draw cannot stand here" if isinstance(value, Draw) else ""
            raise UsageError(
                f"expected an expression, a string, a number, a tuple or a list, found {value!r:.60}{hint}"
            )


def bind(value: Given) -> ast.Bind:
    """The tree of a value or a draw.

    Raises:
        UsageError: as for ``node_of``.
    """
    if isinstance(value, Draw):
        return ast.Bind(value._dist, NOWHERE)  # pyright: ignore[reportPrivateUsage]
    if isinstance(value, str):
        text = value.strip()
        return ast.Bind(_read(text if text.startswith("~") else f"= {text}", value), NOWHERE)
    return ast.Bind(node_of(value), NOWHERE)


@lru_cache(maxsize=4096)
def _read(assigned: str, shown: str) -> ast.Expression | ast.Dist:
    """What stands behind a name: one value or draw and nothing else, or a ``UsageError``."""
    if "\n" in assigned or "\r" in assigned:
        raise UsageError(f"expected one line, found {shown!r:.80}")
    reading = read(f"{_HEAD}{assigned}\n", "a string given to the builder")
    if reading.ok:
        (scenario,) = reading.statements
        (found,) = scenario.body
        if found.kind == "param" and found.bind is not None and not (found.text or found.body or found.type_name):
            return found.bind.value
        raise UsageError(f"expected one expression, found {shown!r:.80}")
    drawn = assigned.replace("=", "~", 1)
    if assigned.startswith("=") and read(f"{_HEAD}{drawn}\n").ok:  # a range or a set
        return _read(drawn, shown)
    raise UsageError(f"in {shown!r:.80}: {reading.diagnostics[0].message}")


def _number(value: float | Real, unit: str | None) -> ast.Expression:
    value = value if isinstance(value, int) else float(value)  # NumPy's compare and print in their own way
    if not -sys.float_info.max <= value <= sys.float_info.max:
        raise UsageError(f"expected a finite number, found {value if isinstance(value, float) else 'a larger one'}")
    if unit is not None and not _UNIT.fullmatch(unit):
        raise UsageError(f"expected a unit such as 'km/h', found {unit!r:.60}")
    made = ast.Number(abs(float(value)), unit, NOWHERE)
    return ast.Prefix("neg", made, NOWHERE) if value < 0 else made


def united(value: Value, unit: str | None) -> ast.Expression:
    """A value, plain numbers with the unit."""
    match cast("object", value):
        case bool():
            return node_of(value)
        case Real() as number:
            return _number(number, unit)
        case _:
            return node_of(value)


def quantity(value: float, unit: str) -> Expr:
    """A number with a unit, the same as ``"20 km/h"``."""
    return Expr(_number(value, unit))


def range_of(low: Value, high: Value, unit: str | None = None, step: Value | None = None) -> ast.RangeX:
    """A range; the unit stands at plain numbers."""
    return ast.RangeX(
        united(low, unit), united(high, unit), None if step is None else united(step, unit), NOWHERE
    )  # fmt: skip


# ---- operators ---------------------------------------------------------------------------------------------------


def _chain(left: Value, op: str, right: Value) -> Expr:
    first, second, name = node_of(left), node_of(right), ast.Name(op, NOWHERE)
    same = ("+", "-") if op in ("+", "-") else ("*", "/")
    if isinstance(first, ast.Chain) and first.ops[0].id in same:  # as the reader does: a + b - c is one chain
        return Expr(ast.Chain((*first.items, second), (*first.ops, name), NOWHERE))
    return Expr(ast.Chain((first, second), (name,), NOWHERE))


def _compare(left: Value, op: str, right: Value) -> Expr:
    return Expr(ast.Compare((node_of(left), node_of(right)), (ast.Name(op, NOWHERE),), NOWHERE))


def _logic(op: Literal["and", "or"], left: Value, right: Value) -> Expr:
    first, second = node_of(left), node_of(right)
    items = first.items if isinstance(first, ast.Logic) and first.op == op else (first,)
    return Expr(ast.Logic(op, (*items, second), NOWHERE))


def member(item: Value, container: Value | Draw) -> Expr:
    """``item in container``: a range, a set (``"{wet, icy}"``) or an array."""
    value = bind(container).value
    if isinstance(value, ast.Dist):
        if value.within is not None:
            raise UsageError("'in' takes a range or a set without 'within'")
        value = value.body
    return Expr(ast.Member(node_of(item), value, NOWHERE))


def when_else(condition: Value, then: Value, other: Value) -> Expr:
    """``then if condition else other``."""
    return Expr(ast.Ternary(node_of(then), node_of(condition), node_of(other), NOWHERE))


def always(
    condition: Value, *, within: Value | None = None, after: Value | None = None, during: Value | None = None
) -> Expr:
    """The condition holds all the time, or in a window: the first so many seconds, from then on, or in a phase."""
    return _timed("always", condition, within, after, during)


def eventually(
    condition: Value, *, within: Value | None = None, after: Value | None = None, during: Value | None = None
) -> Expr:
    """The condition holds at some time, or at some time of a window, as for ``always``."""
    return _timed("eventually", condition, within, after, during)


def _timed(
    op: Literal["always", "eventually"], condition: Value, within: Value | None, after: Value | None,
    during: Value | None,
) -> Expr:  # fmt: skip
    windows: tuple[tuple[Literal["within", "after", "during"], Value | None], ...] = (
        ("within", within), ("after", after), ("during", during),
    )  # fmt: skip
    given = [bound for bound, limit in windows if limit is not None]
    if len(given) > 1:
        raise UsageError(f"{op} takes one window, found {' and '.join(given)}")
    for bound, limit in windows:
        if limit is not None:
            return Expr(ast.Timed(op, bound, node_of(limit), node_of(condition), NOWHERE))
    return Expr(ast.Timed(op, None, None, node_of(condition), NOWHERE))


def all_of(name: str, array: Value, condition: Callable[[Expr], Value]) -> Expr:
    """``all(p in parked: ...)``: ``all_of("p", parked, lambda p: p.speed > "1 m/s")``."""
    return _over("all", name, array, condition)


def any_of(name: str, array: Value, condition: Callable[[Expr], Value]) -> Expr:
    """``any(p in parked: ...)``."""
    return _over("any", name, array, condition)


def count_of(name: str, array: Value, condition: Callable[[Expr], Value]) -> Expr:
    """``count(p in parked: ...)``, a number."""
    return _over("count", name, array, condition)


def _over(function: str, name: str, array: Value, condition: Callable[[Expr], Value]) -> Expr:
    bound = ast.Name(identifier(name), NOWHERE)
    body = node_of(condition(Expr(bound)))
    through = ast.Bind(ast.Member(bound, node_of(array), NOWHERE), NOWHERE)
    argument = ast.Argument(None, through, body, NOWHERE)
    return Expr(ast.CallX(ast.Name(function, NOWHERE), (argument,), NOWHERE))
