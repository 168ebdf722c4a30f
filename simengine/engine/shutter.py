"""Images as a camera takes them: rows that are read one after the other, and what its lens and sensor make of light.

Rolling shutter: lines are read one after the other (``readout``). The image is rendered in bands of lines, each from
the world at its middle: by renderers that can in one go, else with lines beyond each band, which shading looks at, and
with the exposure that the world at half the readout meters. All channels of a pixel are of its band's instant; the
reading's time and pose are those of half the readout, for which boxes and other labels of the image are made. Motion
blur: light is taken at several instants around that of the labels (``darkroom``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

import numpy as np

from simengine.arrays import Array
from simengine.engine.darkroom import Meter, bare, developed, needed
from simengine.engine.matte import matte
from simengine.engine.readout import axis_of, band_of, bands, lines_of, time_in_ns, window
from simengine.engine.rolling_motion import FLOW_FROM, moved_points
from simengine.engine.thermography import MADE_HERE, thermogram
from simengine.render.protocol import (
    SENSOR_CHANNELS,
    CameraReading,
    Instants,
    NoiseKey,
    Renderer,
    RollingRenderer,
    RowsAt,
)
from simengine.sensors.mounting import world_from_sensor
from simengine.sensors.specs import CameraSpec
from simengine.world.state import WorldState

__all__ = ["exposed"]

_MARGIN, _PATTERN = 40, 32
"""Lines that are rendered beyond a band at least: shading looks at neighbours, in a pattern that repeats."""


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
    light_from = needed(spec, renderer.scene.environment)
    rendered = tuple(dict.fromkeys([*(c for c in channels if c not in made_here), *light_from]))
    light = _taken(renderer, states, bare(spec), instants, rendered, noise)

    def moment(later_ns: int) -> CameraReading:
        return _taken(renderer, states, bare(spec), instants, light_from, noise, later_ns)

    return developed(spec, light, tuple(channels), renderer, noise, meter or Meter(states), moment)


def _taken(
    renderer: Renderer, states: _States, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey,
    later_ns: int = 0,
) -> CameraReading:  # fmt: skip
    """What a renderer gives, line by line where lines have times of their own; all of it so much later."""
    if spec.readout_ns:
        return _rolled(renderer, states, spec, instants, channels, noise, later_ns)
    if later_ns:
        at = states.state_at(max(0, instants.start.time_ns + later_ns))
        instants = Instants(at, instants.stop, instants.next)
    return renderer.camera(spec, instants, channels, noise)


def _rolled(
    renderer: Renderer, states: _States, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey,
    later_ns: int,
) -> CameraReading:  # fmt: skip
    start = instants.start.time_ns
    if "flow" in channels:
        assert instants.next is not None
        names = tuple(dict.fromkeys([*(c for c in channels if c != "flow"), *FLOW_FROM]))
        seen = _rolled(renderer, states, spec, instants, names, noise, later_ns)
        flow = moved_points(renderer.scene, states, seen, start, instants.next.time_ns).flow
        kept = {**{c: seen.channels[c] for c in channels if c != "flow"}, "flow": flow}
        return replace(seen, channels={c: kept[c] for c in channels})
    middle_ns = start + spec.readout_ns // 2

    def at(time_ns: int) -> Instants:
        return Instants(states.state_at(max(0, time_ns + later_ns)), instants.stop)

    pose = world_from_sensor(spec, renderer.scene, at(middle_ns).start)
    moments = [RowsAt(*band, at(start + time_in_ns(spec, *band))) for band in bands(spec)]
    if isinstance(renderer, RollingRenderer) and axis_of(spec) == 0 and _fit(moments, renderer.row_step):
        made = renderer.rolled(_global(spec), moments, channels, noise)
        return replace(made, spec=spec, time_ns=middle_ns, world_from_camera=pose)
    # drops on the lens and falling rain and snow are drawn for a whole image
    whole = spec.droplets > 0.0 or renderer.scene.environment.precipitation_mmph() > 0.0
    ev = spec.exposure_ev
    if "rgb" in channels and spec.exposure_auto:
        ev = renderer.camera(_global(spec), at(middle_ns), ("rgb",), noise).exposure_ev
    lines, pieces = lines_of(spec), list[Mapping[str, Array]]()
    for moment in moments:
        first, stop = moment.first, moment.stop
        low, high = (0, lines) if whole else (first, stop)
        if {"rgb", "radiance"} & set(channels):
            low, high = max(0, (low - _MARGIN) // _PATTERN * _PATTERN), min(lines, high + _MARGIN)
        seen = renderer.camera(window(spec, low, high, ev), moment.instants, channels, noise).channels
        pieces.append({name: band_of(spec, values, first - low, stop - low) for name, values in seen.items()})
    images = {name: np.concatenate([piece[name] for piece in pieces], axis_of(spec)) for name in channels}
    return CameraReading(spec, middle_ns, pose, images, ev if "rgb" in channels else 0.0)


def _fit(moments: Sequence[RowsAt], step: int) -> bool:
    return all(moment.first % step == 0 for moment in moments)


@lru_cache(maxsize=64)
def _global(spec: CameraSpec) -> CameraSpec:
    return replace(spec, readout_ns=0)
