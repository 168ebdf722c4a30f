"""What stands around a surface: how much of the sky it hides and what it sends back, for the cells of one image."""

from __future__ import annotations

from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import F64Array
from simengine.world.scene import Scene
from simengine_renderers.raytrace import bounce, contact, lobes, mirrors
from simengine_renderers.raytrace.emitters import ShiningSurfaces
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.slices import Slices, launch
from simengine_renderers.raytrace.tables import SceneTables
from simengine_renderers.raytrace.tracing import Hits, Rays, ShadowRays, Tracer

__all__ = ["ROWS", "Surroundings"]

ROWS = 8
"""Rows of the image under four rows of cells, which are traced together."""


class Surroundings:
    """One bounce of light, ready for ``shading.shade``.

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
        step = self._tracer.row_step
        slices.run(end, step, lambda first, stop: self._reach(film, view, poses, shift, first, stop), begin)
        assert film.bounce_hits is not None
        c, size = film.contact, int(bounce.BLOCK)
        ranges, across = film.bounce_hits.range_m, -(-c.width // size)
        inputs = [view, self._light, film.work.albedo, film.spec.width_px, ranges, film.bounce, c]

        def gather(first: int, stop: int) -> None:
            launch(bounce.gather, first * across, stop * across, inputs, self._tracer.device)

        slices.run(-(-end // size), 1, gather, begin // size)

    def _reach(self, film: Film, view: Any, poses: Any, shift: F64Array, first: int, stop: int) -> None:
        """Rays of some rows of cells to what they meet, and from there to sun and sky."""
        c, b, t, hits, device = film.contact, film.bounce, self._tables, film.bounce_hits, self._tracer.device
        assert hits is not None
        begin, end = first * c.width, stop * c.width
        self._feel(film, shift, first, stop)
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

    def mirror(
        self, film: Film, view: Any, poses: Any, rays: Any, shift: F64Array, first: int, stop: int
    ) -> None:  # fmt: skip
        """What smooth surfaces of some rows show.

        Args:
            film, view, poses: as of ``light``.
            rays: vec3, the directions of the pixels in the camera's frame.
            shift: (3,), from the placement's origin to the camera.
            first, stop: rows.
        """
        m, hits, width = film.mirror, film.mirror_hits, film.spec.width_px
        if hits is None:
            return
        inputs = [view, rays, film.work, self._tables.materials, film.panes, wp.vec3(*shift), m]
        launch(mirrors.aim, first * width, stop * width, inputs, self._tracer.device)
        self._show(m, hits, (width, film.spec.height_px), view, poses, shift, first, stop)

    def lobes(
        self, film: Film, view: Any, poses: Any, rays: Any, shift: F64Array, sample: int, rows: tuple[int, int],
        slices: Slices,
    ) -> None:  # fmt: skip
        """Rays of wet ground in some rows; :meth:`spread` follows when all are asked.

        Args:
            film, view, poses, rays, shift: as of ``mirror``, which comes first.
            sample: number of the sub-pixel sample.
            rows: first and last row (exclusive); the first one is a multiple of ``ROWS``.
            slices: threads.
        """
        m, hits, c = film.lobes, film.lobe_hits, film.contact
        if hits is None:
            return

        def work(first: int, stop: int) -> None:
            begin, end = first * c.width, stop * c.width
            inputs = [
                c.width, view, rays, film.work, self._tables.materials, film.panes, self._light.lobes, sample,
                wp.vec3(*shift), m,
            ]  # fmt: skip
            launch(lobes.draw, begin, end, inputs, self._tracer.device)
            self._show(m, hits, (c.width, c.height), view, poses, shift, first, stop)
            launch(lobes.weigh, begin, end, [self._light, m], self._tracer.device)

        slices.run((rows[1] + 1) // 2, self._tracer.row_step, work, rows[0] // 2)

    def _show(
        self, m: Any, hits: Hits, size: tuple[int, int], view: Any, poses: Any, shift: F64Array, first: int, stop: int
    ) -> None:  # fmt: skip
        """What mirrored rays of some rows of a grid meet, and whether the sun gets there."""
        t, device = self._tables, self._tracer.device
        mirrored = Rays(*size, size[0], 0, 0, m.direction, np.eye(3), m.origin, self._no_times, True, False, -1)
        self._tracer.closest(mirrored, hits, first, stop)
        inputs = [
            view, self._light, hits.range_m, hits.part, hits.face, t.parts, poses, t.materials, t.faces,
            self._eye_only, m,
        ]  # fmt: skip
        launch(mirrors.show, first * size[0], stop * size[0], inputs, device)
        if view.sunlit:
            sun = ShadowRays(*size, m.point, shift, m.sun, self._sun, m.point, m.lit, False)
            self._tracer.reach(sun, first, stop)

    def spread(self, film: Film, rows: tuple[int, int], slices: Slices) -> None:
        """Average what wet ground mirrors over cells around, within some rows, for their pixels."""
        m, c, width, device = film.lobes, film.contact, film.spec.width_px, self._tracer.device
        if m is None:
            return
        low, high = rows[0] // 2, (rows[1] + 1) // 2
        for down, own, out in ((0, m.own, m.other), (1, m.other, m.own)):

            def work(first: int, stop: int, down: int = down, own: Any = own, out: Any = out) -> None:
                inputs = [c.width, width, low, high, down, film.work, m, own, out]
                launch(lobes.spread, first * c.width, stop * c.width, inputs, device)

            slices.run(high, 1, work, low)

        def lift(first: int, stop: int) -> None:
            inputs = [c.width, width, high, film.work, m, film.mirror]
            launch(lobes.lift, first * width, stop * width, inputs, device)

        slices.run(rows[1], 1, lift, rows[0])

    def _feel(self, film: Film, shift: F64Array, first: int, stop: int) -> None:
        c = film.contact
        inputs = [film.spec.width_px, film.work, self._tables.materials, wp.vec3(*shift), bounce.NEAR_M, c]
        launch(contact.feel, first * c.width, stop * c.width, inputs, self._tracer.device)

    def settle(self, film: Film, slices: Slices) -> None:
        """Average cells over their neighbours: what is near over few of them, what comes from afar over many."""
        c = film.contact
        passes = [
            (c.light, c.share, c.far, c.other, 1), (c.share, c.light, c.other, c.far, 2),
            (c.light, c.smooth, c.far, c.other, 4), (c.light, c.smooth, c.other, c.wide, 8),
        ]  # fmt: skip
        for arrays in passes:

            def work(first: int, stop: int, arrays: Any = arrays) -> None:
                launch(contact.settle, first * c.width, stop * c.width, [c, *arrays], self._tracer.device)

            slices.run(c.height, 1, work)
