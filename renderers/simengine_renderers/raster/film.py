"""From radiance to the picture: rain, drops on the lens, exposure and tone curve are the ray tracer's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import warp as wp

from simengine.arrays import F32Array, F64Array, U8Array
from simengine.render.protocol import NoiseKey
from simengine.sensors.exposure import gain_of, metered_ev, tone_curve
from simengine.sensors.specs import CameraSpec
from simengine.world.weather import Environment
from simengine_renderers.raytrace.beams import Beams
from simengine_renderers.raytrace.drops import look_through
from simengine_renderers.raytrace.lens import Lens
from simengine_renderers.raytrace.panes import pane_room
from simengine_renderers.raytrace.rain import add_streaks
from simengine_renderers.raytrace.sky import Sky
from simengine_renderers.raytrace.slices import Slices

__all__ = ["develop", "weathered"]

_ROWS = 64


def weathered(
    hdr: F32Array, spec: CameraSpec, sky: Sky, environment: Environment, camera_mps: F64Array, lens: Lens | None,
    noise: NoiseKey, beams: Beams, range_m: F32Array | None,
) -> None:  # fmt: skip
    """Draw rain streaks and look through drops on the lens, in place.

    ``hdr`` is (H, W, 3) and contiguous; ``range_m`` (H, W) are the distances of surfaces that hide what falls behind
    them, +inf where there is none. None: nothing falls.
    """
    flat = hdr.reshape(-1, 3)
    film: Any = SimpleNamespace(
        spec=spec, device="cpu", hdr=wp.array(flat, dtype=wp.vec3, device="cpu", copy=False),
        streaks=wp.zeros(len(flat), dtype=int, device="cpu"), panes=pane_room(0, "cpu"),
    )  # fmt: skip
    if range_m is not None:
        nearest = np.ascontiguousarray(range_m.reshape(-1), np.float32)
        film.hits = SimpleNamespace(range_m=wp.array(nearest, dtype=float, device="cpu", copy=False))
        add_streaks(film, sky, environment, camera_mps, noise, Slices(1), beams)
    if lens is not None:
        look_through(lens, film)


def develop(hdr: F32Array, spec: CameraSpec, environment: Environment, time_ns: int) -> tuple[float, U8Array]:
    """Exposure value and sRGB picture of radiance (H, W, 3)."""
    ev = metered_ev(hdr, spec.exposure_ev, environment.interior is not None) if spec.exposure_auto else spec.exposure_ev
    curve = tone_curve()
    last = len(curve) - 1
    gain = np.float32(gain_of(ev) * environment.brightness(time_ns) * last * last / 16.0)
    out = np.empty(hdr.shape, np.uint8)
    for start in range(0, len(hdr), _ROWS):
        exposed = np.maximum(hdr[start : start + _ROWS] * gain, np.float32(0.0))
        slots = np.minimum(cv2.sqrt(exposed) + np.float32(0.5), np.float32(last))
        out[start : start + _ROWS] = curve[slots.astype(np.int32)]
    return ev, out
