"""The radar of the ray tracer: the rays of its beam, all at one instant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import warp as wp

from simengine.render.protocol import Instants, NoiseKey, RadarReading
from simengine.render.radar import BeamHits, Listener, beam
from simengine.sensors.specs import RadarSpec
from simengine.world.scene import Scene
from simengine_renderers.raytrace.frame import Poses
from simengine_renderers.raytrace.slices import Slices
from simengine_renderers.raytrace.tracing import Hits, Placement, Rays, Tracer, near_origin

__all__ = ["RadarRenderer"]


@dataclass(frozen=True, eq=False)
class _Beam:
    """What is kept for one radar: its rays and room for their hits."""

    spec: RadarSpec
    directions: Any
    rows: int
    columns: int
    still: Any
    hits: Hits


class RadarRenderer:
    """Scans of radars in one scene through a tracer."""

    def __init__(self, scene: Scene, tracer: Tracer, poses: Poses, slices: Slices) -> None:
        self._scene, self._tracer, self._poses, self._slices = scene, tracer, poses, slices
        self._listener: Listener | None = None
        self._beams: list[_Beam] = []

    def scan(self, spec: RadarSpec, instants: Instants, noise: NoiseKey) -> RadarReading:
        """One scan (protocol: ``Renderer.radar``)."""
        if self._listener is None:
            self._listener = Listener(self._scene)
        kept, start = self._beam(spec), instants.start
        pose = self._poses.sensor(start, spec)
        origin = near_origin(pose[:3, 3])
        self._tracer.prepare(spec.unseen)
        self._tracer.place(Placement(self._poses.parts(start), None, self._poses.present(start), origin))
        at = wp.array((pose[:3, 3] - origin).astype(np.float32)[None], dtype=wp.vec3, device=self._tracer.device)
        rays = Rays(
            kept.columns, kept.rows, kept.columns, 0, 0, kept.directions, pose[:3, :3], at, kept.still, False, False,
            spec.unseen,
        )  # fmt: skip
        self._slices.run(
            kept.rows, self._tracer.row_step, lambda first, stop: self._tracer.closest(rays, kept.hits, first, stop)
        )
        h = kept.hits
        hits = BeamHits(h.range_m.numpy(), h.part.numpy(), h.face.numpy(), h.uv.numpy())
        return self._listener.reading(spec, instants, hits, noise)

    def _beam(self, spec: RadarSpec) -> _Beam:
        for kept in self._beams:
            if kept.spec is spec:
                return kept
        directions, rows, columns = beam(spec)
        device = self._tracer.device
        kept = _Beam(
            spec, wp.array(directions.astype(np.float32), dtype=wp.vec3, device=device), rows, columns,
            wp.zeros(1, dtype=float, device=device), Hits.empty(rows * columns, device),
        )  # fmt: skip
        self._beams = [kept, *self._beams[:7]]
        return kept
