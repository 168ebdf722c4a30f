"""Light that takes rays to find, on surfaces that another renderer has seen: what stands around, mirrors, lamps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import Array, BoolArray, F32Array, F64Array, I32Array
from simengine.render.protocol import Instants
from simengine.sensors.specs import CameraSpec
from simengine_renderers.raytrace import lamps
from simengine_renderers.raytrace.camera import CameraRenderer
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.slices import launch
from simengine_renderers.raytrace.tracing import Placement, ShadowRays, near_origin

__all__ = ["LentLight", "Surfaces"]


@dataclass(frozen=True, eq=False)
class Surfaces:
    """What an image shows, by rows; points are relative to the camera, in world axes.

    Attributes:
        rays: (H, W, 3), unit directions in the camera's frame.
        point: (H, W, 3), a little before the surface (``surfaces.LIFTED``).
        normal, albedo: (H, W, 3).
        damp: (H, W), 0 (dry) to 1.
        material: (H, W), -1: nothing.
    """

    rays: F32Array
    point: F32Array
    normal: F32Array
    albedo: F32Array
    damp: F32Array
    material: I32Array


@dataclass(frozen=True, eq=False)
class _Look:
    """A camera at one instant, as kernels take it."""

    film: Film
    view: Any
    part_poses: Any
    pose: F64Array
    origin_m: F64Array
    lamps: tuple[Any, int]


class LentLight(CameraRenderer):
    """The ray tracer's light without its eyes: :meth:`look` first, then :meth:`given` for each set of surfaces."""

    @cached_property
    def _is_pane(self) -> BoolArray:
        return np.array([*(m.pane is not None for m in self._scene.materials), False])  # the last: nothing, -1

    def look(self, spec: CameraSpec, instants: Instants) -> None:
        """Turn to an instant."""
        state = instants.start
        pose = self._poses.sensor(state, spec)
        origin = near_origin(pose[:3, 3])
        self._tracer.prepare(spec.unseen)
        self._tracer.place(Placement(self._poses.parts(state), None, self._poses.present(state), origin))
        view, part_poses = self._view(spec, pose, instants)
        self._sample = -1
        self._at = _Look(self._film(spec), view, part_poses, pose, origin, self._lamp_table(state, pose))

    def given(self, surfaces: Surfaces, front: Surfaces) -> None:
        """Take the surfaces that light falls on, and those in front: the same, but for panes."""
        work, panes = self._at.film.work, self._at.film.panes
        for name in ("point", "normal", "albedo"):
            setattr(work, name, self._taken(getattr(surfaces, name), wp.vec3))
        work.material, work.damp = self._taken(surfaces.material, int), self._taken(surfaces.damp, float)
        self._rays = self._taken(surfaces.rays, wp.vec3)
        self._sample += 1
        if panes.on:
            panes.active = self._taken(self._is_pane[front.material].astype(np.uint8), wp.uint8)
            panes.normal, panes.point = self._taken(front.normal, wp.vec3), self._taken(front.point, wp.vec3)

    def around(self) -> F32Array:
        """What stands around changes of the sky's light, by cells of four pixels, (4, H / 2, W / 2, 3), rounded up.

        First what is near, then what is farther away (``shade.h``: light is 1 + near or + far of the open sky's, by
        colour), then where the cells are, and their normals. Zero in presets without.
        """
        film, rows = self._at.film, (0, self._at.film.spec.height_px)
        at = self._at
        if self._preset.contact:
            self._around.light(film, at.view, at.part_poses, at.pose, at.origin_m, rows, self._slices)
            self._around.settle(film, self._slices)
        c = film.contact
        shape = (c.height, c.width, 3)
        return np.stack([a.numpy()[:, :3].reshape(shape) for a in (c.smooth, c.wide, c.point, c.normal)])

    def mirrored(self) -> F32Array:
        """What mirrored rays show, (H, W, 4): light, and 0 where there is no ray, 1 where it meets nothing, else 2;
        3 where wet ground shows the mean of a lobe."""
        at, film = self._at, self._at.film
        height, width = film.spec.height_px, film.spec.width_px
        out = np.zeros((height * width, 4), np.float32)
        if film.mirror_hits is not None:
            shift = at.pose[:3, 3] - at.origin_m

            def trace(first: int, stop: int) -> None:
                self._around.mirror(film, at.view, at.part_poses, self._rays, shift, first, stop)

            self._slices.run(height, self._tracer.row_step, trace)
            rows = (0, height)
            self._around.lobes(
                film, at.view, at.part_poses, self._rays, shift, self._sample, rows, self._slices
            )  # fmt: skip
            self._around.spread(film, rows, self._slices)
            m = film.mirror
            met, aimed = m.met.numpy(), m.active.numpy()
            bright = m.lit.numpy()[:, None] / np.float32(255.0) if at.view.sunlit else np.float32(0.0)
            out[:, :3] = np.where(met[:, None] > 0, m.light.numpy() + m.sunny.numpy() * bright, np.float32(0.0))
            out[:, 3] = np.where(aimed > 0, 1 + met, 0)
            if m.wet:
                total = m.own.numpy()
                lobe = (aimed == 3) & (total[:, 3] > 0)
                out[lobe, :3], out[lobe, 3] = total[lobe, :3] / total[lobe, 3:], 3
        return out.reshape(height, width, 4)

    def lamplight(self) -> F32Array:
        """Light of lamps that surfaces send to the eye, (H, W, 3); of each pixel the strongest lamp casts a shadow."""
        at, film = self._at, self._at.film
        height, width = film.spec.height_px, film.spec.width_px
        if not at.lamps[1]:
            return np.zeros((height, width, 3), np.float32)
        glow, work, shift = film.glow, film.work, at.pose[:3, 3] - at.origin_m

        def shine(first: int, stop: int) -> None:
            inputs = [at.view, self._light, self._rays, work, self._tables.materials, *at.lamps, glow]
            launch(lamps.light_up, first * width, stop * width, inputs, self._device, lamps.RUN)
            beams = ShadowRays(width, height, work.point, shift, glow.active, None, glow.target, glow.lit)
            self._tracer.reach(beams, first, stop)

        self._slices.run(height, self._tracer.row_step, shine)
        lit = glow.lit.numpy()[:, None] / np.float32(255.0)
        return (glow.best.numpy() * lit + glow.rest.numpy()).reshape(height, width, 3)

    def _taken(self, values: Array, dtype: Any) -> Any:
        """A flat array on the device."""
        flat = np.ascontiguousarray(values.reshape(-1, 3) if dtype is wp.vec3 else values.reshape(-1))
        return wp.array(flat, dtype=dtype, device=self._device, copy=False)
