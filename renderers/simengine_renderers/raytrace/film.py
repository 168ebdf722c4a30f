"""What is kept for one camera: its ray table and the work arrays of its images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import F64Array
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from simengine_renderers.raytrace import lamps, surfaces
from simengine_renderers.raytrace.contact import contact_room
from simengine_renderers.raytrace.tracing import Hits, Rays

__all__ = ["Film"]


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
        streaks: int per pixel, rain (``rain.draw``); one element in dry scenes.
        moved_rays, moved_hits: of sub-pixel samples, or None for one sample a pixel.
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

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.spec.width_px * self.spec.height_px

    @classmethod
    def of(cls, spec: CameraSpec, samples: int, lamps_lit: bool, rain: bool, device: str) -> Film:
        """Compute the ray table and make room."""
        n = spec.width_px * spec.height_px
        table = projection.rays(spec).reshape(-1, 3).astype(np.float32)
        work = surfaces.Surface()
        for name, dtype in (("normal", wp.vec3), ("albedo", wp.vec3), ("point", wp.vec3), ("material", int),
                            ("active", wp.uint8), ("lit", wp.uint8), ("damp", float)):  # fmt: skip
            setattr(work, name, wp.zeros(n, dtype=dtype, device=device))
        several = samples > 1
        return cls(
            spec, device, wp.array(table, dtype=wp.vec3, device=device), Hits.empty(n, device), work,
            lamps.glow_room(n if lamps_lit else 1, device),
            contact_room(spec.width_px, spec.height_px, device), wp.zeros(n, dtype=wp.vec3, device=device),
            wp.zeros(n if rain else 1, dtype=int, device=device),
            wp.empty(n, dtype=wp.vec3, device=device) if several else None,
            Hits.empty(n, device) if several else None,
        )  # fmt: skip

    def aimed(self, pose: F64Array, origin_m: F64Array, directions: Any) -> Rays:
        """Rays of all pixels from a camera pose, along the ray table or other directions."""
        spec = self.spec
        start = (pose[:3, 3] - origin_m).astype(np.float32)[None]
        return Rays(
            spec.width_px, spec.height_px, spec.width_px, 0, 0, directions, pose[:3, :3],
            wp.array(start, dtype=wp.vec3, device=self.device), wp.zeros(1, dtype=float, device=self.device), False,
            False, spec.unseen,
        )  # fmt: skip
