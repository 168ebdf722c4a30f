"""Monitors that no run can meet or test, and ends of a run that another end always comes before."""

from __future__ import annotations

import math

from simengine.language.diagnostics import Label
from simengine.language.program import Always, And, Atom, Eventually, Monitor, Not, Or, Program, Temporal
from simengine.language.scope import Context
from simengine.language.supports import Interval, support
from simengine.language.terms import Op, Span

__all__ = ["check_unreached"]


def check_unreached(ctx: Context, program: Program) -> None:
    """Report monitors that never hold (E0218); warn of what never counts (W0311) in the scenario's own text."""
    for monitor in program.monitors:
        if _certain(monitor.formula, ctx) is False:
            ctx.sink.error(
                "E0218", monitor.span, f"this '{monitor.kind}' can never hold: no value can meet what it compares",
                help="loosen it, or compare with a value that can occur",
                note="a share, as that of 'visible', is 0..1 (0..100 %)",
            )  # fmt: skip
    ends = [(s.span, ctx.supports.get(s.duration, (0.0, math.inf))) for s in program.stop_after]
    first = min(ends, key=lambda end: end[1][1], default=None)
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


def _certain(node: Temporal, ctx: Context) -> bool | None:
    """Whether a formula fails (False) or holds (True) in every run, by the bounds of what it compares; None: open."""
    match node:
        case Atom():
            return False if isinstance(node.expr, Op) and _never(node.expr, ctx) else None
        case Not():
            found = _certain(node.item, ctx)
            return None if found is None else not found
        case And() | Or():
            parts = [_certain(item, ctx) for item in node.items]
            decided = isinstance(node, Or)  # one part that decides the whole
            if decided in parts:
                return decided
            return None if None in parts else not decided
        case Eventually():
            found = _certain(node.item, ctx)
            return found if found is False or node.bound is None else None
        case Always():
            found = _certain(node.item, ctx)
            return found if found is True or node.bound is None else None


def _never(expr: Op, ctx: Context) -> bool:
    """A comparison of numbers whose bounds leave it no chance; one that is undefined does not hold either."""
    if expr.op not in ("<", "<=", ">", ">=") or any(a.type.kind not in ("real", "int") for a in expr.args):
        return False
    a, b = (support(arg, ctx.supports) for arg in expr.args)
    if expr.op in (">", ">="):
        a, b = b, a
    return _beyond(a, b, expr.op in ("<=", ">="))


def _beyond(a: Interval, b: Interval, equal: bool) -> bool:
    """a < b (``equal``: a <= b) is impossible."""
    return a[0] > b[1] if equal else a[0] >= b[1]


def _time(seconds: float) -> str:
    return f"{seconds:g} s"
