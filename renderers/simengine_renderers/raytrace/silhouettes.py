"""Amodal masks: one entity alone in the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from simengine.arrays import F64Array
from simengine.errors import UsageError
from simengine.render.protocol import Silhouette
from simengine.sensors.specs import CameraSpec
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.slices import Slices
from simengine_renderers.raytrace.tracing import Placement, Tracer

__all__ = ["trace_silhouettes"]

_FEW = 1 << 14
"""So many rays are traced sooner than other threads wake up."""


def trace_silhouettes(
    film: Film,
    tracer: Tracer,
    placement: Placement,
    pose: F64Array,
    entity_of_part: F64Array,
    windows: Mapping[int, tuple[int, int, int, int]],
    slices: Slices,
) -> list[Silhouette]:
    """Masks of entities inside their windows (protocol: ``Renderer.silhouettes``), through the camera's centre rays."""
    out: list[Silhouette] = []
    whole = film.aimed(pose, placement.origin_m, film.rays, film.starts(pose))
    for entity, window in windows.items():
        _check(film.spec, entity, window)
        x0, y0, x1, y1 = window
        mask = np.zeros((max(0, y1 - y0), max(0, x1 - x0)), np.bool_)
        parts: list[int] = np.flatnonzero(placement.present & (entity_of_part == entity)).tolist()
        if mask.size and parts:
            alone = tracer.alone(parts, placement)
            rays = replace(whole, width=x1 - x0, height=y1 - y0, x0=x0, y0=y0, carrier=-1)

            def work(first: int, stop: int, alone: Tracer = alone, rays: object = rays) -> None:
                alone.closest(rays, film.hits, first, stop)  # type: ignore[arg-type]

            if mask.size <= _FEW:
                work(0, y1 - y0)
            else:
                slices.run(y1 - y0, alone.row_step, work)
            mask = film.hits.part.numpy()[: mask.size].reshape(mask.shape) >= 0
            if film.covered is not None:
                mask &= film.covered[y0:y1, x0:x1]
        out.append(Silhouette(entity, x0, y0, mask))
    return out


def _check(spec: CameraSpec, entity: int, window: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = window
    if min(x0, y0) < 0 or x1 > spec.width_px or y1 > spec.height_px:
        raise UsageError(
            f"window {window} of entity {entity} leaves the image of camera '{spec.name}' "
            f"({spec.width_px} x {spec.height_px}); clip it first"
        )
