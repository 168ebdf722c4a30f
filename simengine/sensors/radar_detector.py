"""From echoes to detections: resolution cells of range, direction and Doppler, noise, and a CFAR threshold.

The map of all cells is never made. Echoes raise the cells near them by the response of a Hamming-like window, in steps
of half a resolution cell; local maxima of what they add up to are tested against noise, and the noise of all other
cells is drawn as what it is: a number of false alarms.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.rng import key32, philox4x32, stream
from simengine.sensors.radar import RadarSpec

__all__ = ["Echoes", "detect", "folded"]

_REACH = 2  # steps to which an echo raises its neighbours
_FAINT = 0.03  # of the power of noise: groups of echoes below are left out
_HOPELESS = 0.1  # of the threshold: weaker cells pass it once in 10,000 times, and are left to the false alarms
_SLOPE = 1.6  # of the monopulse curve of a beam: accuracy is resolution / (slope sqrt(2 SNR)) (Barton, 1988)
_TRAINING = (6, 8, 10, 12, 14, 16)  # steps in range, both ways, at which clutter is looked up
_RANK = 7  # of the 12 values, from the smallest: ordered statistics, so that a second car is no clutter


@dataclass(frozen=True, eq=False)
class Echoes:
    """What comes back from single patches of surface, N of them.

    Attributes:
        range_m: (N,).
        u, w: (N,), direction cosines to the left and upwards.
        speed_mps: (N,), range rates, unfolded.
        snr: (N,), power over that of noise, antenna and air included.
        entity, semantic: (N,), ids.
    """

    range_m: F64Array
    u: F64Array
    w: F64Array
    speed_mps: F64Array
    snr: F64Array
    entity: I64Array
    semantic: I64Array


@dataclass(frozen=True, eq=False)
class _Grid:
    """Cells of half a resolution each; keys count them, with a margin so that neighbours never wrap but in speed."""

    spec: RadarSpec
    steps_m: float
    steps_u: float
    steps_mps: float
    beams: int
    speeds: int

    @classmethod
    def of(cls, spec: RadarSpec) -> _Grid:
        """The grid of a radar."""
        speeds = 2 * spec.shape[2]
        wide = math.ceil(4.0 / spec.azimuth_resolution_rad) + 2 * _REACH + 2
        return cls(
            spec, 0.5 * spec.range_resolution_m, 0.5 * spec.azimuth_resolution_rad, 2.0 * spec.speed_max_mps / speeds,
            wide, speeds,
        )  # fmt: skip

    def places(self, range_m: F64Array, u: F64Array, speed_mps: F64Array) -> tuple[F64Array, F64Array, F64Array]:
        """Positions in steps; a cell's middle is at a whole number."""
        return range_m / self.steps_m, (u + 1.0) / self.steps_u, (speed_mps + self.spec.speed_max_mps) / self.steps_mps

    def key(self, i: I64Array, j: I64Array, k: I64Array) -> I64Array:
        """One number a cell."""
        return ((i + _REACH) * self.beams + j + _REACH) * self.speeds + k % self.speeds


def folded(speed_mps: F64Array, spec: RadarSpec) -> F64Array:
    """Speeds as a radar tells them: in [-speed_max, speed_max)."""
    top = spec.speed_max_mps
    return speed_mps - 2.0 * top * np.floor((speed_mps + top) / (2.0 * top))


def detect(spec: RadarSpec, echoes: Echoes, seed: int, variant: int, frame: int) -> dict[str, Array]:
    """The detections of one scan: range_m, u, w, speed_mps, snr (power over noise), entity and semantic (-1: noise).

    Echoes of one thing in one cell add up as powers and fluctuate together. A maximum with power S is seen with power
    |sqrt(S) + n|^2, n complex noise of power 1, and is a detection above the threshold of its false alarm rate times
    the level of its surroundings (noise, and clutter where that is everywhere around). Range, direction and speed are
    centroids with the errors that noise makes: resolution / (1.6 sqrt(2 SNR)).

    Args:
        spec: of the radar.
        echoes: of the scan.
        seed, variant, frame: keys of all randomness.
    """
    grid = _Grid.of(spec)
    group = _grouped(spec, grid, echoes, (seed, variant, frame))
    found = _maxima(spec, grid, group, (seed, variant, frame))
    alarms = _false_alarms(spec, seed, variant, frame)
    out = {name: np.concatenate([found[name], alarms[name]]) for name in alarms}
    inside = (out["range_m"] >= spec.range_min_m) & (out["range_m"] <= spec.range_max_m)
    inside &= np.abs(out["u"]) <= math.sin(0.5 * spec.fov_rad)
    order = np.flatnonzero(inside)
    order = order[np.argsort(out["range_m"][order], kind="stable")]
    return {name: values[order] for name, values in out.items()}


def _grouped(spec: RadarSpec, grid: _Grid, echoes: Echoes, keys: tuple[int, int, int]) -> Mapping[str, Array]:
    """Echoes of one thing in one cell as one: power, and centroids."""
    keep = echoes.snr > 0.0
    speed = folded(echoes.speed_mps, spec)
    place = grid.places(echoes.range_m, echoes.u, speed)
    i, j, k = (np.floor(p[keep] + 0.5).astype(np.int64) for p in place)
    entity, semantic, snr = echoes.entity[keep], echoes.semantic[keep], echoes.snr[keep]
    cell = grid.key(i, j, k)
    most = int(entity.max(initial=0)) + 2
    _, first, which = np.unique(cell * most + entity + 1, return_index=True, return_inverse=True)
    power = np.bincount(which, snr, len(first))
    middle = {"range_m": echoes.range_m[keep], "u": echoes.u[keep], "w": echoes.w[keep]}
    out: dict[str, Array] = {n: np.bincount(which, snr * v, len(first)) / power for n, v in middle.items()}
    # speeds of one cell may lie on both sides of the fold: their mean is that of distances to the cell's middle
    centre = k * grid.steps_mps - spec.speed_max_mps
    off = folded(speed[keep] - centre, spec)
    out["speed_mps"] = folded(centre[first] + np.bincount(which, snr * off, len(first)) / power, spec)
    out |= {"entity": entity[first], "semantic": semantic[first]}
    if spec.fluctuates:
        power = power * _exponential(spec, cell[first], entity[first], keys)
    out["snr"] = power
    strong = power > _FAINT
    return {name: values[strong] for name, values in out.items()}


def _exponential(spec: RadarSpec, cell: I64Array, entity: I64Array, keys: tuple[int, int, int]) -> F64Array:
    """Numbers of mean 1 that depend on cell and thing alone: a new thing changes nothing about another one's."""
    seed, variant, frame = keys
    words = _words(key32(seed, "radar", spec.name, variant, "fluctuation"), frame, cell, entity)
    return -np.log((words[:, 0].astype(np.float64) + 0.5) / 2.0**32)


def _words(key: tuple[int, int], frame: int, cell: I64Array, other: I64Array) -> Array:
    """Random words by cell, (N, 4)."""
    low, high = cell & 0xFFFFFFFF, cell >> 32
    counter = np.stack([np.full_like(cell, frame & 0xFFFFFFFF), low, high, (other + 1) & 0xFFFFFFFF], -1)
    return philox4x32(counter.astype(np.uint32), key)


def _spread(grid: _Grid, group: Mapping[str, Array]) -> tuple[I64Array, F64Array, I64Array]:
    """Each group in the cells around it: key of the cell, power there, number of the group; (G * 125,) each."""
    place = grid.places(group["range_m"], group["u"], group["speed_mps"])
    index = [np.floor(p + 0.5).astype(np.int64) for p in place]
    steps = np.arange(-_REACH, _REACH + 1)
    # half of the power at half a resolution cell, one step, off the middle: a Gaussian main lobe
    lobes = [np.exp2(-((i[:, None] + steps - p[:, None]) ** 2)) for i, p in zip(index, place, strict=True)]
    power = group["snr"][:, None, None, None] * lobes[0][:, :, None, None] * lobes[1][:, None, :, None]
    power = power * lobes[2][:, None, None, :]
    i, j, k = (a[:, None] + steps for a in index)
    key = grid.key(i[:, :, None, None], j[:, None, :, None], k[:, None, None, :])
    number = np.broadcast_to(np.arange(len(index[0]))[:, None, None, None], power.shape)
    return key.reshape(-1), power.reshape(-1), number.reshape(-1)


def _looked_up(known: I64Array, values: F64Array, keys: I64Array) -> F64Array:
    """Values by key, 0 where there is none; ``known`` rises."""
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, values[at], 0.0)


def _maxima(
    spec: RadarSpec, grid: _Grid, group: Mapping[str, Array], keys: tuple[int, int, int]
) -> dict[str, Array]:  # fmt: skip
    """Local maxima that pass the threshold."""
    key, power, number = _spread(grid, group)
    if not len(key):
        return _table(np.zeros(0), {n: np.zeros(0) for n in ("range_m", "u", "w", "speed_mps")}, np.zeros((0, 2)))
    order = np.argsort(key, kind="stable")
    key, power, number = key[order], power[order], number[order]
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    known, total = key[starts], np.add.reduceat(power, starts)
    peak = _highest(grid, known, total, np.flatnonzero(total > _HOPELESS * spec.threshold))
    level = 1.0 + _clutter(grid, known, total, known[peak])
    draws = _normals(spec, known[peak], keys)
    seen = (np.sqrt(total[peak]) + draws[:, 0] * math.sqrt(0.5)) ** 2 + 0.5 * draws[:, 1] ** 2
    passed = seen >= spec.threshold * level
    peak, seen, draws = peak[passed], seen[passed], draws[passed]
    ends = np.append(starts, len(key))[peak + 1]
    counts = ends - starts[peak]
    owner = np.repeat(np.arange(len(peak)), counts)
    entry = np.arange(len(owner)) + np.repeat(starts[peak] - np.cumsum(counts) + counts, counts)
    middle = _centroids(spec, grid, group, number[entry], power[entry], owner, known[peak])
    place = grid.places(middle["range_m"], middle["u"], middle["speed_mps"])
    # what a lobe loses because its top lies between the steps, which centroids tell
    lost = sum(((p - np.floor(p + 0.5)) ** 2 for p in place), np.zeros(len(peak)))
    out = _table(np.maximum(seen - 1.0, 1e-3) * np.exp2(lost), _scattered(spec, middle, seen, draws[:, 2:]), _labels(
        group, number[entry], power[entry], owner, len(peak)
    ))  # fmt: skip
    out["speed_mps"] = folded(out["speed_mps"], spec)
    return out


def _highest(grid: _Grid, known: I64Array, total: F64Array, peak: I64Array) -> I64Array:
    """Those of some cells that are higher than the 26 around them (of equal ones the first)."""
    steps = [n for n in itertools.product((-1, 0, 1), repeat=3) if any(n)]
    for di, dj, dk in sorted(steps, key=lambda n: sum(map(abs, n))):  # faces first: they leave few
        key = known[peak]
        k, rest = key % grid.speeds, key // grid.speeds
        near = (rest + di * grid.beams + dj) * grid.speeds + (k + dk) % grid.speeds
        there = _looked_up(known, total, near)
        peak = peak[(total[peak] > there) | ((total[peak] == there) & (key < near))]
    return peak


def _clutter(grid: _Grid, known: I64Array, total: F64Array, key: I64Array) -> F64Array:
    """Level of the cells before and behind, at the same speed and in the same beam: an ordered statistic."""
    step = grid.beams * grid.speeds
    around = [_looked_up(known, total, key + sign * n * step) for n in _TRAINING for sign in (-1, 1)]
    return np.sort(np.stack([*around], -1), -1)[:, _RANK] if len(key) else np.zeros(0)


def _normals(spec: RadarSpec, cell: I64Array, keys: tuple[int, int, int]) -> F64Array:
    """Six standard normal numbers a cell (Box and Muller)."""
    seed, variant, frame = keys
    key = key32(seed, "radar", spec.name, variant, "noise")
    words = np.concatenate([_words(key, frame, cell, np.full_like(cell, n)) for n in (0, 1)], -1)[:, :6]
    uniform = (words.astype(np.float64) + 0.5) / 2.0**32
    radius, turn = np.sqrt(-2.0 * np.log(uniform[:, :3])), math.tau * uniform[:, 3:]
    return np.concatenate([radius * np.cos(turn), radius * np.sin(turn)], -1)


def _centroids(
    spec: RadarSpec, grid: _Grid, group: Mapping[str, Array], number: I64Array, power: F64Array, owner: I64Array,
    key: I64Array,
) -> dict[str, F64Array]:  # fmt: skip
    count = len(key)
    weight = np.bincount(owner, power, count)
    out = {n: np.bincount(owner, power * group[n][number], count) / weight for n in ("range_m", "u", "w")}
    centre: F64Array = (key % grid.speeds).astype(np.float64) * grid.steps_mps - spec.speed_max_mps
    off = folded(group["speed_mps"][number] - centre[owner], spec)
    out["speed_mps"] = centre + np.bincount(owner, power * off, count) / weight
    return out


def _scattered(
    spec: RadarSpec, middle: Mapping[str, F64Array], seen: F64Array, draws: F64Array
) -> dict[str, F64Array]:  # fmt: skip
    """Centroids with the errors that noise makes."""
    share = 1.0 / (_SLOPE * np.sqrt(2.0 * seen))
    widths = {
        "range_m": spec.range_resolution_m, "u": spec.azimuth_resolution_rad,
        "w": spec.elevation_resolution_rad, "speed_mps": spec.speed_resolution_mps,
    }  # fmt: skip
    return {n: middle[n] + width * share * draws[:, k] for k, (n, width) in enumerate(widths.items())}


def _labels(group: Mapping[str, Array], number: I64Array, power: F64Array, owner: I64Array, count: int) -> Array:
    """Of each detection the thing that gives most of its power, and the class of its strongest echo: (count, 2)."""
    entity = group["entity"][number]
    most = int(entity.max(initial=0)) + 2
    pairs, which = np.unique(owner * most + entity + 1, return_inverse=True)
    share = np.bincount(which, power, len(pairs))[which]
    best = np.lexsort((-power, -share, owner))
    first = best[np.unique(owner[best], return_index=True)[1]]
    return np.stack([entity[first], group["semantic"][number[first]]], -1).reshape(count, 2)


def _table(snr: F64Array, middle: Mapping[str, F64Array], labels: Array) -> dict[str, Array]:
    ids = labels.astype(np.int64)
    return {**middle, "snr": snr, "entity": ids[:, 0], "semantic": ids[:, 1]}


def _false_alarms(spec: RadarSpec, seed: int, variant: int, frame: int) -> dict[str, Array]:
    """Cells in which noise alone passes the threshold: anywhere, with exponential power above it."""
    random = stream(seed, "radar", spec.name, variant, "false alarms", frame)
    count = int(random.binomial(spec.cells, spec.false_alarm))
    across, up = math.sin(0.5 * spec.fov_rad), math.sin(0.5 * spec.elevation_fov_rad)
    none = np.full(count, -1, np.int64)
    return {
        "range_m": random.uniform(0.0, spec.range_max_m, count), "u": random.uniform(-across, across, count),
        "w": random.uniform(-up, up, count),
        "speed_mps": random.uniform(-spec.speed_max_mps, spec.speed_max_mps, count),
        "snr": spec.threshold + random.exponential(size=count) - 1.0, "entity": none, "semantic": none.copy(),
    }  # fmt: skip
