"""Distributions as quantile functions: a variable with number u in [0, 1) takes the value Q(u).

Every law is inverted exactly, truncation (``within``) included: Q(u) = F^-1(F(low) + u (F(high) - F(low))). Parameters
are scalars or arrays (they may depend on other variables), values are elementwise float64. Parameters that make no
distribution give nan, which the sampler turns into an error that names the variable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.errors import NotRunnableError, ProgramError
from simengine.language.families import EVERYWHERE, FAMILIES, LARGEST_MEAN, Bounds, plainly_normal, uniform
from simengine.language.kinds import number_text
from simengine.language.program import Choice, Distribution, Family, Range
from simengine.language.terms import Expr, Span
from simengine.units import UNITS, Dimension, Unit
from simengine.world.library import ValueType

__all__ = ["Law", "LawError", "Stepped", "Table", "code_of", "make_law", "step_count", "written_unit"]

_SLACK = 1e-9  # a last step that misses the upper end by rounding counts
_MAX_TABLE = 1 << 16


class LawError(ProgramError):
    """Constant parameters make no distribution.

    Attributes:
        what: what is wrong, for the message of a diagnostic.
        span: of the distribution.
        help: what to do.
    """

    def __init__(self, what: str, span: Span, help: str) -> None:
        super().__init__(f"{span.where}: {what}; {help}")
        self.what, self.span, self.help = what, span, help


class Law(Protocol):
    """A distribution whose parameters are known (numbers, or one per row)."""

    @property
    def levels(self) -> int | None:
        """Number of values where the law is a finite list (a step range or a set), else None."""
        ...

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest possible value (over all rows); for a joint table over its first component."""
        ...

    def quantile(self, u: F64Array) -> Array:
        """Values for numbers in [0, 1), elementwise; joint tables have their components last."""
        ...

    def level(self, k: I64Array) -> F64Array:
        """A number u in [0, 1) in the middle of those that give value k of a finite list."""
        ...


# ---- finite lists ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """A set of values with weights.

    Attributes:
        values: shape (m,) or (m, components), of all values; (m, *batch[, components]) where ``rows`` is True.
        edges: cumulative shares after each value but the last, increasing, shape (m - 1,).
        keep: the values of positive weight.
        rows: values differ by row.
        joint: values have components.
    """

    values: Array
    edges: F64Array
    keep: I64Array
    rows: bool = False
    joint: bool = False

    @property
    def levels(self) -> int | None:
        """Number of values with positive weight."""
        return self.keep.size

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest value."""
        first = self.values[self.keep]
        first = first[..., 0] if self.joint else first
        if first.dtype.kind not in "fb":
            return 0.0, float(self.keep.size - 1)
        return float(first.min()), float(first.max())

    def quantile(self, u: F64Array) -> Array:
        """The value whose share of [0, 1) holds u."""
        if self.edges.size <= 16:
            index = np.zeros(u.shape, np.int64)
            for edge in self.edges:
                index += u >= edge
        else:
            index = np.searchsorted(self.edges, u, side="right")
        if not self.rows:
            return self.values.take(index, axis=0, mode="clip")
        shape = (len(self.values), *u.shape, *self.values.shape[-1:]) if self.joint else (len(self.values), *u.shape)
        chosen = index[None, ..., None] if self.joint else index[None]
        return np.take_along_axis(np.broadcast_to(self.values, shape), chosen, 0)[0]

    def level(self, k: I64Array) -> F64Array:
        """The middle of the share of the k-th value of positive weight."""
        edges = np.concatenate([[0.0], self.edges, [1.0]])
        index = self.keep[k]
        return (edges[index] + edges[index + 1]) * 0.5


@dataclass(frozen=True)
class Stepped:
    """Equally likely values low, low + step, ...

    Attributes:
        start, step: numbers or one per row.
        count: how many values (0: none, quantiles are nan).
        table: all values where they are few and the same for all rows, else None.
    """

    start: Array
    step: Array
    count: Array
    table: F64Array | None

    @property
    def levels(self) -> int | None:
        """Number of values (the largest over rows)."""
        return int(np.max(self.count, initial=0))

    @property
    def support(self) -> tuple[float, float]:
        """First and last value."""
        if self.table is not None:
            return float(self.table[0]), float(self.table[-1])
        last = _step_value(self.start, self.step, np.maximum(self.count - 1, 0))
        return float(np.min(self.start)), float(np.max(last))

    def quantile(self, u: F64Array) -> Array:
        """Value number floor(u count), or the one of a code (:func:`code_of`); nan beyond the last."""
        index = (u * self.count).astype(np.int64)  # u <= 1 - 2^-53, so the product never rounds up to count
        if self.table is not None:
            return self.table.take(index, mode="clip")
        index = np.where(u >= 1.0, u - 1.0, index).astype(np.int64)
        return np.where(index < self.count, _step_value(self.start, self.step, index), np.nan)

    def decoded(self, u: F64Array) -> F64Array:
        """Numbers in [0, 1) that give the same values as codes do; other numbers stay."""
        count = np.maximum(self.count, 1)
        middle: F64Array = (np.minimum(u - 1.0, count - 1) + 0.5) / count
        return np.asarray(np.where(u >= 1.0, middle, u), np.float64)

    def level(self, k: I64Array) -> F64Array:
        """The middle of the share of value k."""
        return np.asarray((k + 0.5) / float(np.max(self.count)), np.float64)


def code_of(k: I64Array) -> F64Array:
    """In place of a number u, what asks a step range for value k where the number of its values differs by row."""
    return np.asarray(1.0 + k, np.float64)


def _step_value(start: Array, step: Array, index: Array) -> Array:
    """Value number ``index``; as a multiple of the step where the start is one, so that -50 and 50 are exact twins."""
    ratio = start / step
    whole = np.rint(ratio)
    multiple = np.abs(ratio - whole) <= np.minimum(np.abs(ratio), 1.0) * _SLACK
    return np.where(multiple, (whole + index) * step, start + index * step)


def step_count(low: Array, high: Array, step: Array) -> Array:
    """How many values low, low + step, ... reach high (the end counts where only rounding misses it)."""
    with np.errstate(all="ignore"):
        count = np.floor((high - low) / step + _SLACK) + 1
    return np.where((step > 0) & (high >= low) & (count <= 2.0**53), count, 0).astype(np.int64)


def _decimal(value: float, scale: float, offset: float, close: float) -> str | None:
    """The short decimal that a unit of this scale turns into this value, or None."""
    text = f"{(value - offset) / scale:.9g}"
    return text if abs(float(text) * scale + offset - value) <= close * abs(value) else None


def _length(*numbers: str) -> int:
    """How long it is to write decimals."""
    return sum(len(n.lstrip("-")) for n in numbers)


def written_unit(
    first: float, others: Sequence[float], dimension: Dimension, close: float = 0.0
) -> tuple[Unit, list[Fraction]] | None:
    """The unit in which numbers were most likely written, and the numbers in it.

    Programs hold SI numbers only, but ``20..60 km/h step 10 km/h`` must hold the number that ``30 km/h`` is elsewhere
    in the program, to the last bit. The unit of the dimension in which the numbers are shortest decimals
    is it; where several tie, the SI unit.

    Args:
        first: SI value, offsets of the unit (degrees Celsius) included.
        others: SI differences.
        dimension: of all.
        close: relative error that is let pass (0: to the last bit).
    """
    best: tuple[int, Unit, list[Fraction]] | None = None
    for unit in (Unit("", dimension, 1.0), *UNITS.values()):
        if unit.dimension != dimension:
            continue
        texts = [
            _decimal(first, unit.scale, unit.offset, close),
            *(_decimal(x, unit.scale, 0.0, close) for x in others),
        ]
        found = [t for t in texts if t is not None]
        if len(found) == len(texts) and (best is None or _length(*found) < best[0]):
            best = (_length(*found), unit, [Fraction(t) for t in found])
    return None if best is None else best[1:]


def _step_table(low: float, step: float, count: int, dimension: Dimension) -> F64Array:
    written = written_unit(low, [step], dimension)
    if written is None:
        return _step_value(np.array(low), np.array(step), np.arange(count))
    unit, (first, width) = written
    return np.array([float(first + k * width) * unit.scale + unit.offset for k in range(count)])


# ---- from the program --------------------------------------------------------------------------------------------


def make_law(binding: Distribution, kind: ValueType, value: Callable[[Expr], Array]) -> Law:
    """The law of a drawn definition.

    Args:
        binding: right-hand side of ``~``.
        kind: type of the definition (an int range steps by 1; the dimension tells the unit of a step).
        value: evaluates a parameter: shape () for constants, else one per row.

    Raises:
        NotRunnableError: a family that this version does not sample.
        LawError: constant parameters that make no distribution.
    """
    if isinstance(binding, Choice):
        return _choice(binding, kind, value)
    bounds = EVERYWHERE if binding.within is None else (value(binding.within[0]), value(binding.within[1]))
    if isinstance(binding, Family):
        return _family(binding, bounds, value)
    return _range(binding, kind, bounds, value)


def _range(binding: Range, kind: ValueType, bounds: Bounds, value: Callable[[Expr], Array]) -> Law:
    low, high = value(binding.low), value(binding.high)
    start, stop = np.maximum(low, bounds[0]), np.minimum(high, bounds[1])
    if start.ndim == stop.ndim == 0:
        _some_range(binding, kind, (float(low), float(high)), (float(start), float(stop)))
    if binding.step is None and kind.kind != "int":
        return uniform(start, stop)
    step = np.array(1.0) if binding.step is None else value(binding.step)
    if kind.kind == "int":  # what is computed need not be whole
        low, step = np.ceil(low - _SLACK), np.rint(step)
    if low.ndim or stop.ndim or step.ndim or bounds[0].ndim:
        return _dynamic_steps(low, start, stop, step)
    count = int(step_count(low, high, step))
    if count < 1:
        shown = number_text(float(step), kind.dimension)
        raise LawError(f"the range has more than 2^53 steps of {shown}", binding.span, "use a larger step, or none")
    if count > _MAX_TABLE:
        return _some_step(_dynamic_steps(low, start, stop, step), binding.span)
    table = _step_table(float(low), float(step), count, kind.dimension)
    slack = min(float(step), float(high - low)) * _SLACK
    table = table[(table >= float(bounds[0]) - slack) & (table <= float(bounds[1]) + slack)]
    return _some_step(Stepped(low, step, np.array(table.size), table), binding.span)


def _some_range(
    binding: Range, kind: ValueType, ends: tuple[float, float], cut: tuple[float, float]
) -> None:  # fmt: skip
    """Refuse a constant range that holds no number, or whose width is none."""
    low, high = (number_text(x, kind.dimension) for x in ends)
    shown = f"{low} to {high}"
    if not math.isfinite(ends[1] - ends[0]):
        raise LawError(
            f"the range {shown} is too wide: its ends and their difference must be finite", binding.span,
            "narrow the range",
        )  # fmt: skip
    if ends[0] > ends[1]:
        raise LawError(f"the range is empty: {low} is more than {high}", binding.span, "put its ends in order")
    if not cut[0] <= cut[1]:
        raise LawError(
            f"the bounds after 'within' hold nothing of the range {shown}", binding.span,
            "let the two overlap, or write one range",
        )  # fmt: skip


def _some_step(law: Stepped, span: Span) -> Stepped:
    if not (law.count > 0).all():
        raise LawError("no step of the range lies within its bounds", span, "widen the bounds, or use a smaller step")
    return law


def _dynamic_steps(low: Array, start: Array, stop: Array, step: Array) -> Stepped:
    ahead = (start - low) / step
    skip = np.ceil(ahead - np.minimum(ahead, 1.0) * _SLACK)
    first = np.where(skip > 0, low + skip * step, low)
    return Stepped(first, step, step_count(first, stop, step), None)


def _choice(binding: Choice, kind: ValueType, value: Callable[[Expr], Array]) -> Table:
    weights = np.array(binding.weights, np.float64)
    if not (weights >= 0).all() or not 0 < weights.sum() < math.inf:
        raise LawError(
            f"the weights must be finite, >= 0 and not all zero; found {list(binding.weights)[:8]}", binding.span,
            "change the weights",
        )  # fmt: skip
    total = math.fsum(binding.weights)
    edges = np.array([math.fsum(binding.weights[: k + 1]) / total for k in range(weights.size - 1)])
    values = [value(v) for v in binding.values]
    joint = all(v.type.kind == "vector" for v in binding.values)
    rows = any(v.ndim > (1 if joint else 0) for v in values)
    stacked = np.stack(np.broadcast_arrays(*values), 0)
    if not rows and stacked.dtype.kind == "f" and not np.isfinite(stacked).all():
        what = "a value of the set is no number"
        raise LawError(what, binding.span, "keep roots of numbers below zero and numbers beyond 1e308 out")
    if kind.kind == "int":
        stacked = np.rint(stacked)
    return Table(stacked, edges, np.flatnonzero(weights > 0), rows, joint)


def _family(binding: Family, bounds: Bounds, value: Callable[[Expr], Array]) -> Law:
    where = f"{binding.span.where}: "
    known = FAMILIES.get(binding.name)
    if known is None:
        raise NotRunnableError(
            f"{where}drawing from {binding.name}(...) checks but does not run yet; "
            f"ranges, sets and {', '.join(FAMILIES)} do"
        )
    count, make = known
    params = [value(a) for a in binding.args]
    if len(params) != count:
        what = f"'{binding.name}' takes {count} parameters, found {len(params)}"
        raise LawError(what, binding.span, "give each of them")
    try:
        with np.errstate(all="ignore"):
            law = make(params, bounds)
    except ValueError as error:  # a histogram
        example = "for example histogram([0, 1, 2], [3, 1])"
        raise LawError(str(error), binding.span, example if binding.within is None else "widen the bounds") from None
    if law.low.ndim == law.high.ndim == 0 and not (binding.name == "normal" and plainly_normal(params, bounds)):
        if binding.name == "poisson" and float(params[0]) > LARGEST_MEAN and not law.low <= law.high:
            what = f"a mean of {float(params[0]):g} is more than the limit of {LARGEST_MEAN:g} for 'poisson'"
            raise LawError(what, binding.span, "draw so large a count from 'normal', whose shape it has")
        _some_value(law, binding)
    return law


def _some_value(law: Law, binding: Family) -> None:
    """Refuse a law of which nothing can be drawn: its bounds hold (almost) none of it, or its values overflow."""
    low, high = law.support
    drawn = np.asarray(law.quantile(np.array([0.0, 0.5, 1.0 - 2.0**-53])), np.float64)
    if not low <= high or np.isnan(drawn).any():
        raise LawError(
            f"nothing can be drawn from '{binding.name}' with these numbers: "
            + ("its bounds hold too little of it" if binding.within else "they make no distribution"),
            binding.span, "move the bounds to where its values are" if binding.within else "change the parameters",
        )  # fmt: skip
    if not np.isfinite(drawn).all():
        raise LawError(f"'{binding.name}' gives values beyond 1e308", binding.span, "bound it with 'within low..high'")
