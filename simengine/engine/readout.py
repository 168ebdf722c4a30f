"""When the lines of an image are read, and the image in bands of lines: rows from either end, or columns.

Line r of n is read at r + 1/2 n-ths of ``CameraSpec.readout_ns``, counted from the line that is read first. Exposures
lie around these times: half of an exposure is before, half after.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from simengine.arrays import Array, I64Array
from simengine.sensors.specs import CameraSpec

__all__ = ["axis_of", "band_of", "bands", "line_times_ns", "lines_of", "time_in_ns", "window"]

_BAND_NS = 1_000_000
_MOST_BANDS = 64
_TILE = 8
"""Lines that renderers trace together."""


def axis_of(spec: CameraSpec) -> int:
    """Axis of the image along which it is read: 0 row after row, 1 column after column."""
    return 0 if spec.readout in ("down", "up") else 1


def lines_of(spec: CameraSpec) -> int:
    """Number of lines."""
    return (spec.height_px, spec.width_px)[axis_of(spec)]


def time_in_ns(spec: CameraSpec, first: int, stop: int) -> int:
    """When the middle of some lines is read, after the start of the readout."""
    count = lines_of(spec)
    twice = first + stop if spec.readout in ("down", "right") else 2 * count - first - stop
    return spec.readout_ns * twice // (2 * count)


def line_times_ns(spec: CameraSpec, start_ns: int) -> I64Array:
    """When each line is read, (H, 1) or (1, W); (1, 1) where all are at once."""
    if not spec.readout_ns:
        return np.full((1, 1), start_ns, np.int64)
    times = np.array([start_ns + time_in_ns(spec, k, k + 1) for k in range(lines_of(spec))], np.int64)
    return times[:, None] if axis_of(spec) == 0 else times[None, :]


def bands(spec: CameraSpec) -> list[tuple[int, int]]:
    """First and last line (exclusive) of each band: a millisecond of readout each, or two where that makes them whole
    tiles, but no more than 64."""
    lines = lines_of(spec)
    count = min(lines, _MOST_BANDS, max(1, -(-spec.readout_ns // _BAND_NS)))
    if count <= 2 * (lines // _TILE):
        count = min(count, lines // _TILE)
        nearest = (_TILE * ((2 * lines * k + _TILE * count) // (2 * _TILE * count)) for k in range(count))
        return list(pairwise([*nearest, lines]))
    return list(pairwise([lines * k // count for k in range(count + 1)]))


@lru_cache(maxsize=512)
def window(spec: CameraSpec, low: int, high: int, ev: float) -> CameraSpec:
    """The same camera with some of its lines, at a fixed exposure, read at once."""
    cut = (
        {"height_px": high - low, "cy_px": spec.cy_px - low}
        if axis_of(spec) == 0
        else {"width_px": high - low, "cx_px": spec.cx_px - low}
    )
    return replace(
        spec, name=f"{spec.name}.{low}", readout_ns=0, exposure_auto=False, exposure_ev=ev, **cut,
    )  # fmt: skip


def band_of(spec: CameraSpec, values: Array, first: int, stop: int) -> Array:
    """Some lines of an image."""
    return values[first:stop] if axis_of(spec) == 0 else values[:, first:stop]
