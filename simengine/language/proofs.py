"""Constraints that can never hold or never fail, proved from bounds before anything is sampled."""

from __future__ import annotations

from dataclasses import dataclass

from simengine.language.bounds import Bounds
from simengine.language.diagnostics import Diagnostic
from simengine.language.intervals import Interval
from simengine.language.kinds import number_text
from simengine.language.narrowing import Narrowing
from simengine.language.program import Program, Require
from simengine.language.terms import Expr, Op

__all__ = ["Proof", "check_constraints", "prove", "supports"]

_SHOWN = 8  # constraints that a message names


@dataclass(frozen=True)
class Proof:
    """What is certain of a constraint.

    Attributes:
        require: the constraint.
        verdict: "never" holds, "always" holds.
        bounds: the bounds that prove it, for a person: "5.56 m/s..16.7 m/s against 20 m/s".
        others: for "never": those before it, with which it cannot hold together; () where it cannot hold alone.
    """

    require: Require
    verdict: str
    bounds: str
    others: tuple[Require, ...] = ()


def supports(program: Program) -> dict[str, Interval]:
    """Bounds of every definition, before any constraint."""
    return Bounds.of_program(program).known


def prove(bounds: Bounds) -> tuple[Proof, ...]:
    """Constraints that never hold or never fail, in the order of the program. Sound, not complete.

    Args:
        bounds: of the program, before any constraint.
    """
    requires = bounds.graph.requires
    proofs: list[Proof] = []
    for require in requires:
        found = bounds.of(require.expr)
        if found.high == 0.0:
            proofs.append(Proof(require, "never", _describe(bounds, require.expr)))
        elif found.low == 1.0 and not require.implied:
            proofs.append(Proof(require, "always", _describe(bounds, require.expr)))
    if not any(p.verdict == "never" for p in proofs):
        proofs += _together(requires, bounds)
    return tuple(proofs)


def _together(requires: tuple[Require, ...], bounds: Bounds) -> list[Proof]:
    """Constraints that each can hold, but not together: narrow the supports by all of them until one is left none."""
    left = Narrowing(bounds)
    stuck = left.contract(requires)
    if stuck is None:
        return []
    others = requires[: next(k for k, r in enumerate(requires) if r is stuck)]
    return [Proof(stuck, "never", _describe(left, stuck.expr), others)]


def _describe(bounds: Bounds, expr: Expr) -> str:
    """Bounds of the two sides of the (first) comparison."""
    node = expr
    while isinstance(node, Op) and node.op in ("not", "and", "or"):
        node = next((a for a in node.args if isinstance(a, Op)), node.args[0])
    if not isinstance(node, Op) or node.op not in ("<", "<=", ">", ">=", "==", "!="):
        return "known before sampling"
    if node.args[0].type.kind not in ("real", "int"):
        return "the words differ"
    sides = [_show(bounds.of(a), a) for a in node.args]
    return f"{sides[0]} against {sides[1]}"


def _show(interval: Interval, expr: Expr) -> str:
    low, high = (number_text(x, expr.type.dimension) for x in (interval.low, interval.high))
    return low if low == high else f"{low.partition(' ')[0]}..{high}"


def check_constraints(bounds: Bounds) -> tuple[Diagnostic, ...]:
    """What is proved of a program's constraints, from its bounds before any constraint.

    Returns:
        Errors about constraints that never hold (E0218) or, where there are none, warnings about those that never fail
        (W0310); each with the bounds that prove it.
    """
    found = prove(bounds)
    fatal = [p for p in found if p.verdict == "never"]
    return tuple(_diagnostic(bounds.program, p) for p in fatal or found)


def _diagnostic(program: Program, proof: Proof) -> Diagnostic:
    text, span = proof.require.text, proof.require.span
    if proof.verdict == "always":
        return Diagnostic(
            "W0310", "warning", f"this constraint can never fail (proved by interval bounds: {proof.bounds})",
            program.file, span, help=f"remove 'require {text}', or tighten it",
        )  # fmt: skip
    if proof.others:
        lines = list(dict.fromkeys(s.where for s in sorted((r.span for r in proof.others), key=lambda s: s.order)))
        shown = ", ".join(lines[:_SHOWN]) + (f" and {len(lines) - _SHOWN:,} more" if len(lines) > _SHOWN else "")
        return Diagnostic(
            "E0218", "error", f"this constraint can never hold together with the others ({shown})",
            program.file, span, help="loosen one of them, or widen the ranges",
            note=f"what the other constraints leave: {proof.bounds}",
        )  # fmt: skip
    return Diagnostic(
        "E0218", "error", f"this constraint can never hold (proved by interval bounds: {proof.bounds})",
        program.file, span, help="loosen it, or widen the ranges of what it compares",
    )  # fmt: skip
