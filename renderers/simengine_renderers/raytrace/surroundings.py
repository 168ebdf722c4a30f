"""What stands around a surface: how much of the sky it hides and what it sends back, for the cells of one image."""

from __future__ import annotations

from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import F64Array
from simengine.world.scene import Scene
from simengine_renderers.raytrace import bounce, contact, mirrors
from simengine_renderers.raytrace.emitters import ShiningSurfaces
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.slices import Slices, launch
from simengine_renderers.raytrace.tables import SceneTables
from simengine_renderers.raytrace.tracing import Rays, ShadowRays, Tracer

__all__ = ["ROWS", "Surroundings"]

ROWS = 8
"""Rows of the image under four rows of cells, which are traced together."""


class Surroundings:
    """Contact shading or one bounce of light (``film.contact.bounces``), ready for ``shading.shade``.

    Args:
        scene: what there is.
        tracer, tables: of the scene.
        light: ``shading.Light``.
        sun_direction: (3,), where the sun is.
        glazed: there are panes.
    """

    def __init__(
        self, scene: Scene, tracer: Tracer, tables: SceneTables, light: Any, sun_direction: F64Array, glazed: bool
    ) -> None:  # fmt: skip
        self._tracer, self._tables, self._light, self._sun = tracer, tables, light, sun_direction
        self._glazed = glazed
        eye_only = np.append(ShiningSurfaces(scene).eye_only, False).astype(np.uint8)
        self._eye_only = wp.array(eye_only, dtype=wp.uint8, device=tracer.device)
        self._no_times = wp.zeros(1, dtype=float, device=tracer.device)

    def light(
        self, film: Film, view: Any, poses: Any, pose: F64Array, origin_m: F64Array, rows: tuple[int, int],
        slices: Slices,
    ) -> None:  # fmt: skip
        """Fill the cells of some rows of a film, from its surfaces; :meth:`settle` follows when all are filled.

        Args:
            film: of the camera.
            view: ``surfaces.View``.
            poses: array of ``surfaces.Pose`` by part.
            pose: (4, 4), world_from_camera.
            origin_m: (3,), of the placement.
            rows: first and last row (exclusive); the first one is a multiple of ``ROWS``.
            slices: threads.
        """
        shift, (begin, end) = pose[:3, 3] - origin_m, (rows[0] // 2, (rows[1] + 1) // 2)
        reach = self._near if film.bounce is None else self._far
        step = self._tracer.row_step
        slices.run(end, step, lambda first, stop: reach(film, view, poses, shift, first, stop), begin)

    def _near(self, film: Film, view: Any, poses: Any, shift: F64Array, first: int, stop: int) -> None:
        """Short rays of some rows of cells."""
        c = film.contact
        self._feel(film, contact.NEAR_M, shift, first, stop)
        rays = ShadowRays(c.width, c.height, c.point, shift, c.active, None, c.target, c.open, False)
        self._tracer.reach(rays, first, stop)
        inputs = [film.spec.width_px, film.work, c]
        launch(contact.note, first * c.width, stop * c.width, inputs, self._tracer.device)

    def _far(self, film: Film, view: Any, poses: Any, shift: F64Array, first: int, stop: int) -> None:
        """Rays of some rows of cells to what they meet, and from there to sun and sky."""
        c, b, t, hits, device = film.contact, film.bounce, self._tables, film.bounce_hits, self._tracer.device
        assert hits is not None
        begin, end = first * c.width, stop * c.width
        self._feel(film, bounce.NEAR_M, shift, first, stop)
        rays = Rays(
            c.width, c.height, c.width, 0, 0, c.direction, np.eye(3), c.origin, self._no_times, True, False, -1,
            shares=b.share if self._glazed else None,
        )  # fmt: skip
        self._tracer.closest(rays, hits, first, stop)
        inputs = [view, c, hits.range_m, hits.part, hits.face, t.parts, poses, t.materials, t.faces, b]
        launch(bounce.meet, begin, end, inputs, device)
        size = c.width, c.height
        if view.sunlit:
            sun = ShadowRays(*size, b.point, shift, b.sun, self._sun, b.point, b.lit, False)
            self._tracer.reach(sun, first, stop)
        sky = ShadowRays(*size, b.point, shift, b.active, None, b.target, b.open, False)
        self._tracer.reach(sky, first, stop)
        inputs = [view, self._light, film.work.normal, film.spec.width_px, hits.range_m, b, c]
        launch(bounce.gather, begin, end, inputs, device)

    def mirror(
        self, film: Film, view: Any, poses: Any, rays: Any, shift: F64Array, sample: int, first: int, stop: int
    ) -> None:  # fmt: skip
        """What smooth surfaces of some rows show; :meth:`spread` follows when all are asked.

        Args:
            film, view, poses: as of ``light``.
            rays: vec3, the directions of the pixels in the camera's frame.
            shift: (3,), from the placement's origin to the camera.
            sample: number of the sub-pixel sample.
            first, stop: rows.
        """
        m, t, hits, device = film.mirror, self._tables, film.mirror_hits, self._tracer.device
        if hits is None:
            return
        width, height = film.spec.width_px, film.spec.height_px
        begin, end = first * width, stop * width
        inputs = [view, rays, film.work, t.materials, film.panes, self._light.lobes, sample, wp.vec3(*shift), m]
        launch(mirrors.aim, begin, end, inputs, device)
        mirrored = Rays(width, height, width, 0, 0, m.direction, np.eye(3), m.origin, self._no_times, True, False, -1)
        self._tracer.closest(mirrored, hits, first, stop)
        inputs = [
            view, self._light, film.work, hits.range_m, hits.part, hits.face, t.parts, poses, t.materials, t.faces,
            self._eye_only, film.panes, m,
        ]  # fmt: skip
        launch(mirrors.show, begin, end, inputs, device)
        if view.sunlit:
            sun = ShadowRays(width, height, m.point, shift, m.sun, self._sun, m.point, m.lit, False)
            self._tracer.reach(sun, first, stop)
        if m.wet:
            launch(mirrors.weigh, begin, end, [self._light, m], device)

    def spread(self, film: Film, rows: tuple[int, int], slices: Slices) -> None:
        """Average what wet ground mirrors over pixels around, within some rows."""
        m, width = film.mirror, film.spec.width_px
        if not m.wet:
            return
        for down, own, out in ((0, m.own, m.other), (1, m.other, m.own)):

            def work(first: int, stop: int, down: int = down, own: Any = own, out: Any = out) -> None:
                inputs = [width, *rows, down, film.work, m, own, out]
                launch(mirrors.spread, first * width, stop * width, inputs, self._tracer.device)

            slices.run(rows[1], 1, work, rows[0])

    def _feel(self, film: Film, near_m: float, shift: F64Array, first: int, stop: int) -> None:
        c = film.contact
        inputs = [film.spec.width_px, film.work, self._tables.materials, wp.vec3(*shift), near_m, c]
        launch(contact.feel, first * c.width, stop * c.width, inputs, self._tracer.device)

    def settle(self, film: Film, slices: Slices) -> None:
        """Average cells over their neighbours: what is near over few of them, what comes from afar over many."""
        c = film.contact
        passes = [
            (c.light, c.share, c.far, c.other, 1), (c.share, c.light, c.other, c.far, 2),
            (c.light, c.smooth, c.far, c.other, 4), (c.light, c.smooth, c.other, c.wide, 8),
        ]  # fmt: skip
        for arrays in passes[: 3 if film.bounce is None else 4]:

            def work(first: int, stop: int, arrays: Any = arrays) -> None:
                launch(contact.settle, first * c.width, stop * c.width, [c, *arrays], self._tracer.device)

            slices.run(c.height, 1, work)
