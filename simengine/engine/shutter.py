"""Images as a camera takes them: rows that are read one after the other, and what its lens and sensor make of light.

Rolling shutter: rows are read from top to bottom over ``CameraSpec.readout_ns``, row r of H at r + 1/2 H-ths of it. The
image is rendered in bands of rows, each from the world at its middle, at most a millisecond of readout a band, with the
exposure that the world at half the readout meters. All channels of a pixel are of its band's instant; the reading's
time and pose are those of half the readout, for which boxes and other labels of the image are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

import numpy as np

from simengine.arrays import Array
from simengine.engine.darkroom import Meter, bare, developed, needed
from simengine.engine.matte import matte
from simengine.engine.thermography import MADE_HERE, thermogram
from simengine.errors import SensorError
from simengine.render.protocol import SENSOR_CHANNELS, CameraReading, Instants, NoiseKey, Renderer
from simengine.sensors.specs import CameraSpec
from simengine.world.state import WorldState

__all__ = ["exposed"]

_BAND_NS = 1_000_000
_MOST_BANDS = 64
_MARGIN, _PATTERN = 40, 32
"""Rows that are rendered beyond a band at least: shading looks at neighbours, in a pattern that repeats."""


class _States(Protocol):
    def state_at(self, time_ns: int) -> WorldState: ...


def exposed(
    renderer: Renderer, states: _States, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey,
    meter: Meter | None = None,
) -> CameraReading:  # fmt: skip
    """An image with everything that belongs to the camera itself; faults come on top.

    Args:
        renderer, states, spec, instants, channels, noise: as of ``Renderer.camera``.
        meter: what remembers the light of the variant's other images; None: nothing does so far.

    Raises:
        SensorError: optical flow of a camera with a rolling shutter, which is not defined.
        UsageError: an image that stays on a device, of a camera with a lens or a sensor of its own.
    """
    if "matte" in channels:
        rest = exposed(renderer, states, spec, instants, [c for c in channels if c != "matte"], noise, meter)

        def instances(of: CameraSpec) -> Array:
            return _taken(renderer, states, of, instants, ("instance",), noise).channels["instance"]

        return replace(rest, channels={**rest.channels, "matte": matte(spec, instances)})
    if spec.band == "lwir" and set(MADE_HERE) & set(channels):

        def take(of: CameraSpec, wanted: Sequence[str]) -> CameraReading:
            return _taken(renderer, states, of, instants, wanted, noise)

        return thermogram(spec, renderer.scene, channels, noise, take)
    made_here = [c for c in channels if c == "rgb" or c in SENSOR_CHANNELS or (c == "radiance" and spec.band == "nir")]
    if not made_here or not (spec.physical or "raw" in made_here):
        return _taken(renderer, states, spec, instants, channels, noise)
    rendered = tuple(
        dict.fromkeys([*(c for c in channels if c not in made_here), *needed(spec, renderer.scene.environment)])
    )
    light = _taken(renderer, states, bare(spec), instants, rendered, noise)
    return developed(spec, light, tuple(channels), renderer, noise, meter or Meter(states))


def _taken(
    renderer: Renderer, states: _States, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey
) -> CameraReading:  # fmt: skip
    """What a renderer gives, row by row where rows have times of their own."""
    if spec.readout_ns:
        return _rolled(renderer, states, spec, instants, channels, noise)
    return renderer.camera(spec, instants, channels, noise)


def _rolled(
    renderer: Renderer, states: _States, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey
) -> CameraReading:  # fmt: skip
    if "flow" in channels:
        raise SensorError(
            f"camera '{spec.name}': optical flow is not defined with a rolling shutter; record one of them"
        )
    start = instants.start.time_ns
    middle_ns = start + spec.readout_ns // 2

    def at(time_ns: int) -> Instants:
        return Instants(states.state_at(time_ns), instants.stop)

    # drops on the lens and falling rain are drawn for a whole image
    whole = spec.droplets > 0.0 or renderer.scene.environment.rain_mmph > 0.0
    ev = spec.exposure_ev
    if "rgb" in channels and spec.exposure_auto:
        ev = renderer.camera(_global(spec), at(middle_ns), ("rgb",), noise).exposure_ev
    pieces: list[Mapping[str, Array]] = []
    for first, stop in _bands(spec.height_px, spec.readout_ns):
        time_ns = start + spec.readout_ns * (first + stop) // (2 * spec.height_px)
        low, high = (0, spec.height_px) if whole else (first, stop)
        if {"rgb", "radiance"} & set(channels):
            low, high = max(0, (low - _MARGIN) // _PATTERN * _PATTERN), min(spec.height_px, high + _MARGIN)
        window = renderer.camera(_window(spec, low, high, ev), at(time_ns), channels, noise)
        pieces.append({name: values[first - low : stop - low] for name, values in window.channels.items()})
    pose = renderer.camera(_global(spec), at(middle_ns), (), noise).world_from_camera
    images = {name: np.concatenate([piece[name] for piece in pieces]) for name in channels}
    return CameraReading(spec, middle_ns, pose, images, ev if "rgb" in channels else 0.0)


def _bands(height: int, readout_ns: int) -> list[tuple[int, int]]:
    """First and last row (exclusive) of each band."""
    count = min(height, _MOST_BANDS, max(1, -(-readout_ns // _BAND_NS)))
    edges = [height * k // count for k in range(count + 1)]
    return list(pairwise(edges))


@lru_cache(maxsize=64)
def _global(spec: CameraSpec) -> CameraSpec:
    return replace(spec, readout_ns=0)


@lru_cache(maxsize=512)
def _window(spec: CameraSpec, low: int, high: int, ev: float) -> CameraSpec:
    """The same camera with some of its rows, at a fixed exposure."""
    return replace(
        spec, name=f"{spec.name}.{low}", height_px=high - low, cy_px=spec.cy_px - low, readout_ns=0,
        exposure_auto=False, exposure_ev=ev,
    )  # fmt: skip
