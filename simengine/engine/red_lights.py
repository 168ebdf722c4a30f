"""Who crosses a stop line while its signal shows red."""

from __future__ import annotations

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.engine.variants import Variants
from simengine.physics.giving_way import SHOWS
from simengine.world.state import WorldState

__all__ = ["RedLights", "shown"]

_RED = "red"
_FASTEST_MPS = 100.0
"""What gets farther in a tick was put there: nothing in the language drives faster."""


class RedLights:
    """Watches the stop lines of a batch from tick to tick.

    A vehicle runs a red light where the middle of its front gets from before to beyond the far edge of the line,
    between the line's ends and heading over it, while the signal shows red (not amber): also to turn. What is put
    beyond the line at once, or stands there at the start, has not crossed it.

    Attributes:
        signals: properties of the world that say what signals show.
        since: (B, S), tick by which each slot first had crossed a line at red; -1 so far none.
    """

    def __init__(self, variants: Variants, state: WorldState, rate_hz: int) -> None:
        slots = variants.roster.slots
        self.since: I64Array = np.full((variants.count, len(slots)), -1, np.int64)
        self._lines = _packed(variants)
        self._reach_m = _FASTEST_MPS / rate_hz
        self._half_m = 0.5 * variants.size_m[:, :, 0]
        self._vehicles = np.array([s.decl.category == "vehicle" for s in slots], np.bool_)
        names = sorted({line.signal for graph in variants.lane_graphs for line in graph.stop_lines})
        self.signals = tuple(names)
        self._shows = {name: _at_start(variants, name) == _choices(variants, name).index(_RED) for name in names}
        self._red = {name: _choices(variants, name).index(_RED) for name in names}
        self._signal = {name: _with_signal(variants, name, self._lines.shape[1]) for name in names}
        self._before_m = self._places(state)[0]

    @property
    def ran(self) -> BoolArray:
        """Who has crossed a line at red, (B, S)."""
        return np.asarray(self.since >= 0, np.bool_)

    def set(self, name: str, value: F64Array, rows: BoolArray) -> None:
        """A property of the world has another value (the place of its word) in some variants from now on."""
        if name in self._shows:
            self._shows[name] = np.where(rows, value == self._red[name], self._shows[name])

    def advance(self, state: WorldState, tick: int) -> None:
        """The next tick: until it, the signals have shown what was set by the one before."""
        if not self._lines.shape[1]:
            return
        along, inside = self._places(state)
        red = np.zeros(self._lines.shape[:2], np.bool_)
        for name, shows in self._shows.items():
            red |= self._signal[name] & shows[:, None]
        step = along - self._before_m
        crossed = (self._before_m < 0.0) & (along >= 0.0) & (step <= self._reach_m) & inside & red[:, None]
        ran = crossed.any(-1) & self._vehicles & state.valid & (self.since < 0)
        self.since = np.where(ran, tick, self.since)
        self._before_m = along

    def _places(self, state: WorldState) -> tuple[F64Array, BoolArray]:
        """How far fronts are beyond each line, (B, S, L), and whether they are between its ends and head over it."""
        yaw = state.yaw_rad()
        c, s = np.cos(yaw), np.sin(yaw)
        x, y, cos, sin, half = (v[:, None] for v in np.moveaxis(self._lines, -1, 0))
        dx = (state.position_m[..., 0] + self._half_m * c)[..., None] - x
        dy = (state.position_m[..., 1] + self._half_m * s)[..., None] - y
        over = c[..., None] * cos + s[..., None] * sin > 0.0
        return dx * cos + dy * sin, (np.abs(dy * cos - dx * sin) <= half) & over


def _packed(variants: Variants) -> F64Array:
    """Stop lines of each variant, (B, L, 5): x, y, cosine and sine of the heading, half width (-1: there is none)."""
    graphs = variants.lane_graphs
    most = max((len(g.stop_lines) for g in graphs), default=0)
    out = np.zeros((len(graphs), most, 5))
    out[..., 4] = -1.0
    for row, graph in enumerate(graphs):
        for k, line in enumerate(graph.stop_lines):
            out[row, k] = line.x_m, line.y_m, np.cos(line.yaw_rad), np.sin(line.yaw_rad), line.half_m
    return out


def _with_signal(variants: Variants, name: str, most: int) -> BoolArray:
    """Which lines have this signal, (B, L)."""
    out: BoolArray = np.zeros((variants.count, most), np.bool_)
    for row, graph in enumerate(variants.lane_graphs):
        out[row, : len(graph.stop_lines)] = [line.signal == name for line in graph.stop_lines]
    return out


def _choices(variants: Variants, name: str) -> tuple[str, ...]:
    return next(p.type.choices for p in variants.world_kind.properties if p.name == name)


def _at_start(variants: Variants, name: str) -> F64Array:
    """What a signal shows at the start: the place of its word, (B,)."""
    path, choices = f"world.{name}", _choices(variants, name)
    default = next(p.default for p in variants.world_kind.properties if p.name == name)
    value = variants.values.get(path, np.array(float(choices.index(str(default)))))
    return np.broadcast_to(np.asarray(value, np.float64), (variants.count,)).copy()


def shown(variants: Variants, name: str, value: F64Array | None = None) -> I64Array:
    """What drivers see of a signal, from the place of its word (at the start: None): index into ``SHOWS``, (B,)."""
    words = np.array([SHOWS.index(w) if w in SHOWS else SHOWS.index("off") for w in _choices(variants, name)], np.int64)
    code = _at_start(variants, name) if value is None else np.where(np.isfinite(value), value, 0.0)
    return words[np.clip(code, 0, len(words) - 1).astype(np.int64)]
