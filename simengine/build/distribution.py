"""Distributions: what ``~`` draws from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simengine.build.expression import NOWHERE, Draw, Value, node_of, range_of, united
from simengine.errors import UsageError
from simengine.language import syntax as ast

__all__ = ["Draw", "beta", "choice", "histogram", "lognormal", "normal", "poisson", "triangular", "uniform"]


def uniform(low: Value, high: Value, unit: str | None = None, *, step: Value | None = None) -> Draw:
    """``low..high``, or one of its steps; the unit is that of plain numbers: ``uniform(20, 60, "km/h", step=10)``."""
    return Draw(ast.Dist(range_of(low, high, unit, step), None, NOWHERE))


def choice(values: Sequence[Value] | Mapping[str, float], unit: str | None = None) -> Draw:
    """One of the values, or by weight: ``choice(["dry", "wet"])``, ``choice({"sedan": 3, "van": 1})``.

    Raises:
        UsageError: there is none.
    """
    if not values:
        raise UsageError("choice needs at least one value")
    if isinstance(values, str):
        raise UsageError(f"choice needs a list of values or a mapping to weights, found {values!r:.60}")
    weights = [node_of(w) for w in values.values()] if isinstance(values, Mapping) else [None] * len(values)
    return Draw(ast.Dist(ast.SetX(tuple(united(v, unit) for v in values), tuple(weights), NOWHERE), None, NOWHERE))


def normal(mean: Value, deviation: Value, unit: str | None = None) -> Draw:
    """Normal, by mean and standard deviation."""
    return _family("normal", united(mean, unit), united(deviation, unit))


def lognormal(median: Value, deviation: Value, unit: str | None = None) -> Draw:
    """Lognormal, by median (with the unit) and standard deviation of the logarithm."""
    return _family("lognormal", united(median, unit), node_of(deviation))


def beta(a: Value, b: Value) -> Draw:
    """Beta, between 0 and 1."""
    return _family("beta", node_of(a), node_of(b))


def triangular(low: Value, likely: Value, high: Value, unit: str | None = None) -> Draw:
    """Triangular: low, most likely, high."""
    return _family("triangular", united(low, unit), united(likely, unit), united(high, unit))


def poisson(mean: Value) -> Draw:
    """Poisson, a count."""
    return _family("poisson", node_of(mean))


def histogram(edges: Sequence[Value], weights: Sequence[Value], unit: str | None = None) -> Draw:
    """Bins between edges, one weight a bin."""
    return _family(
        "histogram",
        ast.ListX(tuple(united(e, unit) for e in edges), NOWHERE),
        ast.ListX(tuple(node_of(w) for w in weights), NOWHERE),
    )


def _family(name: str, *arguments: ast.Expression) -> Draw:
    given = tuple(ast.Argument(None, ast.Bind(a, NOWHERE), None, NOWHERE) for a in arguments)
    return Draw(ast.Dist(ast.CallX(ast.Name(name, NOWHERE), given, NOWHERE), None, NOWHERE))
