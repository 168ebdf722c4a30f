"""Plans that spread variants evenly: scrambled Sobol points and Latin hypercubes.

Sobol (SciPy's direction numbers, by Joe and Kuo): axis number k of the program takes dimension k, scrambled after Owen
("Randomly permuted (t, m, s)-nets", 1995) with a hash of seed and stream name at every node of the binary tree. A point
depends on the seed, on its number and on the axes before and of each number, not on how many points there are.

A row that violates a constraint is left out: variants are the points of the sequence that lie where the constraints
hold, in order, none of them moved.

Latin hypercubes (McKay, Beckman and Conover, 1979): each axis has one number in each of the n equal shares of [0, 1).
A variant that violates a constraint takes the numbers of its block of variables from a second, independent hypercube,
and so on. Its first accepted draw has exactly the distribution of the scenario, because the draws of one variant are
independent and uniform; what is in no constraint stays perfectly stratified.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.errors import LimitError, UsageError
from simengine.language.contraction import narrowed_shares
from simengine.language.dependencies import Graph, Variable
from simengine.language.drawn import Laws
from simengine.language.plans import Proposals, RandomPlan, axis_names
from simengine.language.shares import WHOLE, Shares
from simengine.rng import stream_key, uniform_range

__all__ = ["LhsPlan", "SobolPlan"]

_BITS = 30
_LOW = 53 - _BITS
_RUN = 4096  # points that are made together
_MOST_AXES = 21_201  # of SciPy's table
_MOST_ROWS = 10_000_000
_SPREAD = 64  # attempts of a variant that are spread over a hypercube; later ones are drawn at random
_DOUBLE = 2.0**-53


@dataclass(frozen=True)
class SobolPlan:
    """Points of a scrambled Sobol sequence; set for a program by :meth:`bind`.

    Attributes:
        axes: dimension of each stream, from 0.
        shares: where the constraints confine variables to, by stream.
    """

    axes: Mapping[str, int] = field(default_factory=dict[str, int])
    shares: Mapping[str, Shares] = field(default_factory=dict[str, Shares])
    name: str = "sobol"
    redraws: bool = False
    certain: bool = False
    size: int = 1 << _BITS

    def bind(self, graph: Graph, laws: Laws) -> SobolPlan:
        """The plan with the axes of a program.

        Raises:
            LimitError: more axes than the sequence has dimensions.
        """
        names = axis_names(graph)
        if len(names) > _MOST_AXES:
            raise LimitError(
                f"a Sobol sequence has {_MOST_AXES:,} axes, this program draws {len(names):,} numbers; use --plan lhs"
            )
        return SobolPlan({name: k for k, name in enumerate(names)}, narrowed_shares(graph, laws))

    def numbers(self, seed: int, variable: Variable, element: int, proposals: Proposals) -> F64Array:
        """Coordinates of the points that the proposals name."""
        stream = variable.streams[element]
        digits = _digits(len(self.axes), self.axes[stream], proposals.indices)
        key = stream_key(seed, stream, "sobol") & ((1 << 64) - 1)
        return self.shares.get(variable.streams[element], WHOLE).spread(_scrambled(digits, key))


@lru_cache(maxsize=40)
def _run(axes: int, number: int) -> Array:
    """One run of points as integers of 30 bits, (4096, axes)."""
    qmc = importlib.import_module("scipy.stats").qmc  # half a second to import
    sequence = qmc.Sobol(axes, scramble=False, bits=_BITS)
    if number:
        sequence.fast_forward(number * _RUN)
    points = np.rint(sequence.random(_RUN) * float(1 << _BITS)).astype(np.uint32)
    points.flags.writeable = False
    return points


def _digits(axes: int, axis: int, indices: I64Array) -> Array:
    out = np.empty(indices.size, np.uint64)
    runs = indices // _RUN
    for number in np.unique(runs).tolist():
        rows = runs == number
        out[rows] = _run(axes, number)[indices[rows] % _RUN, axis]
    return out


def _scrambled(x: Array, key: int) -> F64Array:
    """Owen's scrambling of numbers of 30 bits: each bit is flipped or not by a hash of the bits above it.

    The digits below are hashed from all of them, so that the numbers have 53 bits.
    """
    flips = np.zeros_like(x)
    one = np.uint64(1)
    for level in range(_BITS):
        node = (x >> np.uint64(_BITS - level)) | np.uint64(1 << level)  # of a heap: every node has its own number
        flips |= (_hash(node, key) & one) << np.uint64(_BITS - 1 - level)
    low = _hash(x | np.uint64(1 << _BITS), key) >> np.uint64(64 - _LOW)
    return (((x ^ flips) << np.uint64(_LOW)) | low).astype(np.float64) * _DOUBLE


def _hash(x: Array, key: int) -> Array:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) over counters that start at a key."""
    z = x * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key)
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


@dataclass(frozen=True)
class LhsPlan:
    """A Latin hypercube of ``size`` variants, and another one for each further attempt (64 of them; then random).

    Attributes:
        size: number of variants; part of what a variant depends on.
        shares: where the constraints confine variables to, by stream.
    """

    size: int
    shares: Mapping[str, Shares] = field(default_factory=dict[str, Shares])
    redraws: bool = True
    certain: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.size <= _MOST_ROWS:
            raise UsageError(f"a Latin hypercube has 1 to {_MOST_ROWS:,} variants; found {self.size}")

    @property
    def name(self) -> str:
        """ "lhs" with the number of variants."""
        return f"lhs:{self.size}"

    def bind(self, graph: Graph, laws: Laws) -> LhsPlan:
        """The plan with the room that a program's constraints leave."""
        return LhsPlan(self.size, narrowed_shares(graph, laws))

    def numbers(self, seed: int, variable: Variable, element: int, proposals: Proposals) -> F64Array:
        """A place within the share that each variant has in the hypercube of its attempt."""
        u = RandomPlan().plain(seed, variable, element, proposals)
        stream = variable.streams[element]
        for attempt in np.unique(proposals.attempts[proposals.attempts < _SPREAD]).tolist():
            rows = proposals.attempts == attempt
            cell = _cells(seed, stream, int(attempt), self.size)[proposals.indices[rows]]
            u[rows] = np.minimum((cell + u[rows]) / self.size, np.nextafter((cell + 1) / self.size, 0.0))
        return self.shares.get(variable.streams[element], WHOLE).spread(u)


@lru_cache(maxsize=64)
def _cells(seed: int, stream: str, attempt: int, size: int) -> I64Array:
    """A random permutation of the shares."""
    cells = np.argsort(uniform_range(seed, f"{stream}#lhs", 0, size, attempt), kind="stable")
    cells.flags.writeable = False
    return cells
