"""Monitors that no run can meet or test, and waits and ends of a run that another end always comes before."""

from __future__ import annotations

import math
from collections.abc import Iterator

from simengine.language.diagnostics import Label
from simengine.language.program import Always, And, Atom, Eventually, Monitor, Not, Or, Program, Temporal, Wait
from simengine.language.scope import Context
from simengine.language.supports import Interval, support
from simengine.language.terms import Expr, Op, Ref, Span
from simengine.language.walk import steps

__all__ = ["check_unreached"]


def check_unreached(ctx: Context, program: Program) -> None:
    """Report monitors that never hold (E0218); warn of what never counts (W0311) in the scenario's own text."""
    ends = [(s.span, ctx.supports.get(s.duration, (0.0, math.inf))) for s in program.stop_after]
    first = min(ends, key=lambda end: end[1][1], default=None)
    limit = math.inf if first is None else first[1][1]
    for monitor in program.monitors:
        if _certain(monitor.formula, ctx, limit) is False:
            ctx.sink.error(
                "E0218", monitor.span, f"this '{monitor.kind}' can never hold: no value can meet what it compares",
                help="loosen it, or compare with a value that can occur",
                note="a share, as that of 'visible', is 0..1 (0..100 %)",
            )  # fmt: skip
    if first is None:
        return
    for span, (low, _) in ends:
        if span != first[0] and low >= first[1][1] and program.span.holds(span):
            ctx.sink.warning(
                "W0311", span, f"this end never counts: every run stops after {_time(first[1][1])} at the latest",
                labels=[Label(first[0], "the end that counts")], help="keep one of the two",
            )  # fmt: skip
    for monitor in program.monitors:
        if program.span.holds(monitor.span):
            _late(ctx, monitor, first[0], first[1][1])
    for what, span, begin in _waits(ctx, program):
        if begin > first[1][1] and program.span.holds(span):
            ctx.sink.warning(
                "W0311", span, f"this {what} for {_time(begin)} at least, and the run stops after {_time(first[1][1])}",
                labels=[Label(first[0], "the end of the run")], help="stop later, or wait for less",
            )  # fmt: skip


def _waits(ctx: Context, program: Program) -> Iterator[tuple[str, Span, float]]:
    """Steps of the timeline that wait, where, and how long at least, as far as their own text says it."""
    for when in program.whens:
        yield "waits", when.condition.span, _earliest(ctx, when.condition)
    for step in steps((*program.timeline, *(n for w in program.whens for n in w.body))):
        if isinstance(step, Wait) and step.until is not None:
            yield "waits", step.span, _earliest(ctx, step.until)
        elif isinstance(step, Wait) and step.duration is not None:
            yield "lasts", step.span, ctx.supports.get(step.duration, (0.0, math.inf))[0]


def _earliest(ctx: Context, condition: Expr) -> float:
    """Before which time a condition cannot hold."""
    if not isinstance(condition, Op):
        return 0.0
    if condition.op in ("and", "or"):
        parts = [_earliest(ctx, part) for part in condition.args]
        return max(parts) if condition.op == "and" else min(parts)
    if condition.op not in ("<", "<=", ">", ">="):
        return 0.0
    small, large = condition.args if condition.op in ("<", "<=") else condition.args[::-1]
    if not (isinstance(large, Ref) and large.path == "time" and large.state):
        return 0.0
    return support(small, ctx.supports)[0]


def _late(ctx: Context, monitor: Monitor, end: Span, limit: float) -> None:
    """Warn of a window ``after d`` that begins when the run is over."""
    stack: list[Temporal] = [monitor.formula]
    while stack:
        node = stack.pop()
        match node:
            case And() | Or():
                stack += node.items
            case Not():
                stack.append(node.item)
            case Always() | Eventually():
                if node.bound == "after" and node.duration is not None:
                    begin = support(node.duration, ctx.supports)[0]
                    if begin > limit:
                        ctx.sink.warning(
                            "W0311", node.span, f"this is never tested: it begins after {_time(begin)}, and the run "
                            f"stops after {_time(limit)}",
                            labels=[Label(end, "the end of the run")], help="stop later, or let it begin earlier",
                        )  # fmt: skip
                stack.append(node.item)
            case _:
                pass


def _certain(node: Temporal, ctx: Context, limit: float) -> bool | None:
    """Whether a formula fails (False) or holds (True) in every run of no more than ``limit`` seconds, by the bounds of
    what it compares; None: open."""
    match node:
        case Atom():
            return False if isinstance(node.expr, Op) and _never(node.expr, ctx, limit) else None
        case Not():
            found = _certain(node.item, ctx, limit)
            return None if found is None else not found
        case And() | Or():
            parts = [_certain(item, ctx, limit) for item in node.items]
            decided = isinstance(node, Or)  # one part that decides the whole
            if decided in parts:
                return decided
            return None if None in parts else not decided
        case Eventually():
            found = _certain(node.item, ctx, limit)
            return found if found is False or node.bound is None else None
        case Always():
            found = _certain(node.item, ctx, limit)
            return found if found is True or node.bound is None else None


def _never(expr: Op, ctx: Context, limit: float) -> bool:
    """A comparison of numbers whose bounds leave it no chance; one that is undefined does not hold either."""
    if expr.op not in ("<", "<=", ">", ">=") or any(a.type.kind not in ("real", "int") for a in expr.args):
        return False
    a, b = (_bounds(arg, ctx, limit) for arg in expr.args)
    if expr.op in (">", ">="):
        a, b = b, a
    return _beyond(a, b, expr.op in ("<=", ">="))


def _bounds(expr: Expr, ctx: Context, limit: float) -> Interval:
    """Of a value while running, where they are known, or at the start."""
    if isinstance(expr, Ref) and expr.state:
        owner, _, prop = expr.path.partition(".")
        if owner == "time" or prop == "travelled":
            return 0.0, limit if owner == "time" else math.inf
    return support(expr, ctx.supports)


def _beyond(a: Interval, b: Interval, equal: bool) -> bool:
    """a < b (``equal``: a <= b) is impossible."""
    return a[0] > b[1] if equal else a[0] >= b[1]


def _time(seconds: float) -> str:
    return f"{seconds:g} s"
