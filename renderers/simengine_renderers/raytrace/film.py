"""What is kept for one camera: its ray table and the work arrays of its images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from simengine_renderers.raytrace import lamps, surfaces
from simengine_renderers.raytrace.bounce import bounce_room
from simengine_renderers.raytrace.contact import contact_room
from simengine_renderers.raytrace.lobes import lobe_room
from simengine_renderers.raytrace.mirrors import mirror_room
from simengine_renderers.raytrace.modules import LIGHT, SURFACES
from simengine_renderers.raytrace.panes import pane_room
from simengine_renderers.raytrace.slices import launch
from simengine_renderers.raytrace.tracing import Hits, Rays

__all__ = ["Film"]


_RAYS = (
    "name", "entity", "sees_carrier", "width_px", "height_px", "fx_px", "fy_px", "cx_px", "cy_px", "distortion",
    "samples", "period_ns", "lens", "circle_rad",
)  # fmt: skip
"""What decides the tables of a camera (a mount does not)."""


@wp.kernel(module=SURFACES)
def hide(
    first: int, stop: int, run: int, outside: wp.array(dtype=int), part: wp.array(dtype=int),
    range_m: wp.array(dtype=float),
):  # fmt: skip
    """Pixels ``outside[first:stop]`` have no hit."""
    begin = first + wp.tid() * run
    for k in range(begin, wp.min(begin + run, stop)):
        part[outside[k]] = -1
        range_m[outside[k]] = -1.0


@wp.kernel(module=LIGHT)
def darken(first: int, stop: int, run: int, outside: wp.array(dtype=int), hdr: wp.array(dtype=wp.vec3)):
    """Pixels ``outside[first:stop]`` get no light."""
    begin = first + wp.tid() * run
    for k in range(begin, wp.min(begin + run, stop)):
        hdr[outside[k]] = wp.vec3(0.0, 0.0, 0.0)


def _outside(spec: CameraSpec, device: str) -> tuple[BoolArray | None, Any, I64Array | None]:
    covered = projection.covered(spec)
    if covered.all():
        return None, None, None
    pixels = np.flatnonzero(~covered).astype(np.int32)
    rows = np.concatenate([[0], np.cumsum((~covered).sum(1))]).astype(np.int64)
    return covered, wp.array(pixels, dtype=int, device=device), rows


@dataclass(frozen=True, eq=False)
class Film:
    """Arrays of one camera, one element a pixel.

    Attributes:
        spec: the camera.
        rays: vec3, unit centre rays in the optical frame (float64 inverse of the distortion, rounded once).
        hits: nearest hits of centre rays.
        work: ``surfaces.Surface``.
        contact: ``contact.Contact``.
        glow: ``shading.Glow`` (one element in scenes without lamps).
        hdr: vec3, radiance.
        streaks: int per pixel, rain (``rain.draw_drops``); one element in dry scenes.
        moved_rays, moved_hits: of sub-pixel samples, or None for one sample a pixel at its centre.
        bounce, bounce_hits: ``bounce.Bounce``, or None: cells send no rays.
        mirror, mirror_hits: ``shading.Mirror``.
        panes: ``panes.Panes``.
        lobes, lobe_hits: ``shading.Mirror`` of the cells of wet ground, or None: nothing is wet.
        covered: (H, W), pixels inside the image circle, or None: all are.
        outside: int, the indices of the others, ascending; ``outside_rows``: (H + 1,), where each row's begin.
    """

    spec: CameraSpec
    device: str
    rays: Any
    hits: Hits
    work: Any
    glow: Any
    contact: Any
    hdr: Any
    streaks: Any
    moved_rays: Any
    moved_hits: Hits | None
    covered: BoolArray | None = None
    outside: Any = None
    outside_rows: I64Array | None = None
    bounce: Any = None
    bounce_hits: Hits | None = None
    mirror: Any = None
    mirror_hits: Hits | None = None
    panes: Any = None
    lobes: Any = None
    lobe_hits: Hits | None = None

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.spec.width_px * self.spec.height_px

    def fits(self, spec: CameraSpec) -> bool:
        """Another camera has the same pixels and rays."""
        return all(getattr(self.spec, name) == getattr(spec, name) for name in _RAYS)

    @classmethod
    def of(
        cls, spec: CameraSpec, several: bool, lamps_lit: bool, rain: bool, device: str, contact: bool = False,
        glazed: bool = False, wet: bool = False,
    ) -> Film:  # fmt: skip
        """Compute the ray table and make room, with ``several`` for sub-pixel samples, ``contact`` for what stands
        around, ``glazed`` for panes, ``wet`` for wet ground."""
        n = spec.width_px * spec.height_px
        table = projection.rays(spec).reshape(-1, 3).astype(np.float32)
        work = surfaces.Surface()
        for name, dtype in (("normal", wp.vec3), ("albedo", wp.vec3), ("point", wp.vec3), ("material", int),
                            ("active", wp.uint8), ("lit", wp.uint8), ("damp", float)):  # fmt: skip
            setattr(work, name, wp.zeros(n, dtype=dtype, device=device))
        room = contact_room(spec.width_px, spec.height_px, contact, device)
        return cls(
            spec, device, wp.array(table, dtype=wp.vec3, device=device), Hits.empty(n, device), work,
            lamps.glow_room(n if lamps_lit else 1, device),
            room, wp.zeros(n, dtype=wp.vec3, device=device),
            wp.zeros(n if rain else 1, dtype=int, device=device),
            wp.empty(n, dtype=wp.vec3, device=device) if several else None,
            Hits.empty(n, device) if several else None, *_outside(spec, device),
            *(bounce_room(room.width * room.height, device) if contact else (None, None)),
            *mirror_room(n if contact else 0, wet, device), pane_room(n if glazed else 0, device),
            *(lobe_room(room.width * room.height, device) if contact and wet else (None, None)),
        )  # fmt: skip

    def aside(self, spec: CameraSpec) -> Film:
        """The film of another camera of the same size: rays of its own, and the same room, used one after another."""
        table = projection.rays(spec).reshape(-1, 3).astype(np.float32)
        covered, outside, rows = _outside(spec, self.device)
        return replace(
            self, spec=spec, rays=wp.array(table, dtype=wp.vec3, device=self.device), covered=covered, outside=outside,
            outside_rows=rows,
        )  # fmt: skip

    def shares(self, spec: CameraSpec, several: bool) -> bool:
        """Another camera can take its images in the same room."""
        size = (self.spec.width_px, self.spec.height_px)
        return size == (spec.width_px, spec.height_px) and several == (self.moved_rays is not None)

    def hide(self, hits: Hits, first: int, stop: int) -> None:
        """Rays of rows [first, stop) outside the image circle hit nothing; their range is -1."""
        if self.outside_rows is not None:
            begin, end = int(self.outside_rows[first]), int(self.outside_rows[stop])
            if end > begin:
                launch(hide, begin, end, [self.outside, hits.part, hits.range_m], self.device)

    def darken(self) -> None:
        """Black outside the image circle."""
        if self.outside_rows is not None:
            launch(darken, 0, int(self.outside_rows[-1]), [self.outside, self.hdr], self.device)

    def starts(self, pose: F64Array) -> Any:
        """Where the rays of all pixels start from a camera pose: vec3, world axes, from the camera. None: there."""
        spec = self.spec
        if not spec.parallel:
            return None
        beside = tf.rotate(pose, projection.starts(spec, projection.pixel_centres(spec)).reshape(-1, 3))
        return wp.array(beside.astype(np.float32), dtype=wp.vec3, device=self.device)

    def aimed(self, pose: F64Array, origin_m: F64Array, directions: Any, starts: Any) -> Rays:
        """Rays of all pixels from a camera pose, along the ray table or other directions.

        ``starts`` are those of :meth:`starts`, or of sub-pixel samples; then ``origin_m`` is the camera's place.
        """
        spec = self.spec
        if starts is None:
            start = (pose[:3, 3] - origin_m).astype(np.float32)[None]
            starts = wp.array(start, dtype=wp.vec3, device=self.device)
        return Rays(
            spec.width_px, spec.height_px, spec.width_px, 0, 0, directions, pose[:3, :3], starts,
            wp.zeros(1, dtype=float, device=self.device), spec.parallel, False, spec.unseen,
        )  # fmt: skip
