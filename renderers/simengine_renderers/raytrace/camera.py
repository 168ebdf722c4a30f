"""The camera of the ray tracer: rays, label channels, light, exposure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import Array, F64Array
from simengine.errors import UsageError, did_you_mean
from simengine.geometry import transforms as tf
from simengine.render.protocol import CAMERA_CHANNELS, CameraReading, Instants, NoiseKey, Silhouette
from simengine.sensors import projection
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers.raytrace import shading, surfaces
from simengine_renderers.raytrace.exposure import gain_of, metered_ev, tone_curve
from simengine_renderers.raytrace.frame import Poses
from simengine_renderers.raytrace.sky import sky_of
from simengine_renderers.raytrace.slices import Slices, launch, room
from simengine_renderers.raytrace.tables import SceneTables
from simengine_renderers.raytrace.tracing import Hits, Placement, Rays, ShadowRays, Tracer, near_origin

__all__ = ["CameraRenderer", "check_channels"]

_BITS = {
    "depth": (surfaces.DEPTH, float), "range": (surfaces.RANGE, float), "normal": (surfaces.NORMAL, wp.vec3),
    "albedo": (surfaces.ALBEDO, wp.vec3), "semantic": (surfaces.SEMANTIC, int),
    "instance": (surfaces.INSTANCE, int), "part": (surfaces.PART, int), "material": (surfaces.MATERIAL, int),
    "position": (surfaces.POSITION, wp.vec3), "flow": (surfaces.FLOW, wp.vec2),
}  # fmt: skip


def check_channels(channels: Sequence[str], instants: Instants) -> None:
    """Refuse unknown channels, and flow without a next state."""
    for name in channels:
        if name not in CAMERA_CHANNELS:
            near = did_you_mean(name, list(CAMERA_CHANNELS))
            hint = f"did you mean '{near}'?" if near else f"known: {', '.join(CAMERA_CHANNELS)}"
            raise UsageError(f"a camera has no channel '{name}'; {hint}")
    if "flow" in channels and instants.next is None:
        raise UsageError("channel 'flow' needs the state of the next frame: pass Instants(..., next=state)")


@dataclass(frozen=True, eq=False)
class _Film:
    """What is kept for one camera spec: its ray table and work arrays."""

    spec: CameraSpec
    rays: Any
    hits: Hits
    work: Any
    hdr: Any


class CameraRenderer:
    """Renders images of one scene through a tracer."""

    def __init__(
        self, scene: Scene, tracer: Tracer, tables: SceneTables, poses: Poses, slices: Slices,
        samples: int | None,
    ) -> None:  # fmt: skip
        self._samples = samples
        self._scene, self._tracer, self._tables, self._poses, self._slices = scene, tracer, tables, poses, slices
        self._device = tracer.device
        self._films: list[_Film] = []
        self._entity = np.array([p.entity for p in scene.parts], np.int64)
        self._light = self._upload_light()
        self._curve = wp.array(tone_curve(), dtype=wp.uint8, device=self._device)
        self._origin = wp.zeros(1, dtype=wp.vec3, device=self._device)
        self._no_time = wp.zeros(1, dtype=float, device=self._device)

    def render(self, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey) -> CameraReading:
        """One image (protocol: ``Renderer.camera``)."""
        del noise
        check_channels(channels, instants)
        film = self._film(spec)
        state = instants.start
        pose = self._poses.sensor(state, spec.entity, spec.entity_from_camera)
        origin = near_origin(pose[:3, 3])
        self._tracer.prepare(spec.entity)
        self._tracer.place(Placement(self._poses.parts(state), None, self._poses.present(state), origin))
        rays = self._rays(film, pose, origin)
        flags, out, arrays = self._outputs(spec, channels)
        view, part_poses = self._view(spec, pose, instants)
        inputs = self._surface_inputs(film, view, part_poses, out)
        rgb = "rgb" in channels
        shadow = ShadowRays(
            spec.width_px, spec.height_px, film.work.point, pose[:3, 3] - origin, film.work.active,
            sky_of(self._scene.environment).sun_direction, film.work.point, film.work.lit,
        )  # fmt: skip

        def work(first: int, stop: int) -> None:
            self._tracer.closest(rays, film.hits, first, stop)
            start, count = first * spec.width_px, (stop - first) * spec.width_px
            launch(surfaces.surface, start, start + count, [flags, *inputs], self._device)
            if rgb:
                self._tracer.reach(shadow, first, stop)
                self._shade(film, view, start, count)

        self._slices.run(spec.height_px, self._tracer.row_step, work)
        images = {name: _image(pair, spec) for name, pair in arrays.items()}
        ev = 0.0
        if rgb:
            ev, images["rgb"] = self._develop(film)
        if "lens_occlusion" in channels:
            images["lens_occlusion"] = np.zeros((spec.height_px, spec.width_px), np.float32)
        ordered = {name: images[name] for name in channels}
        return CameraReading(spec, state.time_ns, pose, ordered, ev)

    def silhouettes(
        self, spec: CameraSpec, state: WorldState, windows: Mapping[int, tuple[int, int, int, int]]
    ) -> list[Silhouette]:
        """Amodal masks (protocol: ``Renderer.silhouettes``)."""
        film = self._film(spec)
        pose = self._poses.sensor(state, spec.entity, spec.entity_from_camera)
        origin = near_origin(pose[:3, 3])
        transforms, present = self._poses.parts(state), self._poses.present(state)
        out: list[Silhouette] = []
        for entity, (x0, y0, x1, y1) in windows.items():
            mask = np.zeros((max(0, y1 - y0), max(0, x1 - x0)), np.bool_)
            _check_window(spec, entity, (x0, y0, x1, y1))
            parts = [int(i) for i in np.flatnonzero(present & (self._entity == entity))]
            if mask.size and parts:
                tracer = self._tracer.alone(parts, Placement(transforms, None, present, origin))
                whole = self._rays(film, pose, origin)
                rays = replace(whole, width=x1 - x0, height=y1 - y0, x0=x0, y0=y0, carrier=-1)

                def work(first: int, stop: int, tracer: Tracer = tracer, rays: Rays = rays) -> None:
                    tracer.closest(rays, film.hits, first, stop)

                self._slices.run(y1 - y0, tracer.row_step, work)
                mask = film.hits.part.numpy()[: mask.size].reshape(mask.shape) >= 0
            out.append(Silhouette(entity, x0, y0, mask))
        return out

    def _film(self, spec: CameraSpec) -> _Film:
        for film in self._films:
            if film.spec is spec:
                return film
        n = spec.width_px * spec.height_px
        table = projection.rays(spec).reshape(-1, 3).astype(np.float32)
        work = surfaces.Surface()
        for name, dtype in (("normal", wp.vec3), ("albedo", wp.vec3), ("point", wp.vec3), ("material", int),
                            ("active", wp.uint8), ("lit", wp.uint8)):  # fmt: skip
            setattr(work, name, wp.zeros(n, dtype=dtype, device=self._device))
        rays = wp.array(table, dtype=wp.vec3, device=self._device)
        hdr = wp.zeros(n, dtype=wp.vec3, device=self._device)
        film = _Film(spec, rays, Hits.empty(n, self._device), work, hdr)
        self._films = [film, *self._films[:7]]
        return film

    def _rays(self, film: _Film, pose: F64Array, origin: F64Array) -> Rays:
        spec = film.spec
        start = (pose[:3, 3] - origin).astype(np.float32)[None]
        return Rays(
            spec.width_px, spec.height_px, spec.width_px, 0, 0, film.rays, pose[:3, :3],
            wp.array(start, dtype=wp.vec3, device=self._device), self._no_time, False, False, spec.entity,
        )  # fmt: skip

    def _outputs(self, spec: CameraSpec, channels: Sequence[str]) -> tuple[int, Any, dict[str, Any]]:
        flags, arrays = 0, dict[str, Any]()
        out = surfaces.Channels()
        for name, (bit, dtype) in _BITS.items():
            wanted = name in channels
            array, host = room(spec.width_px * spec.height_px if wanted else 1, dtype, self._device)
            setattr(out, name, array)
            if wanted:
                flags |= bit
                arrays[name] = (array, host)
        return flags | (surfaces.RGB if "rgb" in channels else 0), out, arrays

    def _view(self, spec: CameraSpec, pose: F64Array, instants: Instants) -> tuple[Any, Any]:
        sky = sky_of(self._scene.environment)
        following = instants.next if instants.next is not None else instants.start
        next_pose = self._poses.sensor(following, spec.entity, spec.entity_from_camera)
        next_from_world = tf.inverse(next_pose)
        view = surfaces.View()
        view.world_from_camera = wp.mat33(pose[:3, :3])
        view.next_from_camera = wp.mat33(tf.compose(next_from_world, pose)[:3, :3])
        view.width = spec.width_px
        for name in ("fx_px", "fy_px", "cx_px", "cy_px"):
            setattr(view, name, getattr(spec, name))
        for name, value in zip(("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"), spec.distortion, strict=True):
            setattr(view, name, value)
        view.distorted = int(any(spec.distortion))
        view.fold_squared = min(projection.fold_radius(spec.distortion) ** 2, 1e30)
        view.sun = wp.vec3(*sky.sun_direction)
        view.sunlit = int(bool(sky.sun.max() > 0))
        start, stop = self._poses.parts(instants.start), self._poses.parts(following)
        table = np.zeros(max(1, len(start)), surfaces.Pose.numpy_dtype())
        if len(start):
            mesh_from_camera = tf.compose(tf.inverse(start), pose)
            next_from_camera = tf.compose(next_from_world, tf.compose(stop, mesh_from_camera))
            table["world_from_mesh"] = start[:, :3, :3]
            table["eye_in_mesh"] = mesh_from_camera[:, :3, 3]
            table["next_from_camera"] = next_from_camera[:, :3, :3]
            table["next_offset"] = next_from_camera[:, :3, 3]
            table["in_next"] = self._poses.present(following)
        return view, wp.array(table, dtype=surfaces.Pose, device=self._device)

    def _surface_inputs(self, film: _Film, view: Any, part_poses: Any, out: Any) -> list[Any]:
        t, h = self._tables, film.hits
        return [
            view, film.rays, h.range_m, h.part, h.face, h.uv, t.parts, part_poses, t.materials, t.normals,
            t.face_material, t.corners, out, film.work,
        ]  # fmt: skip

    def _shade(self, film: _Film, view: Any, start: int, count: int) -> None:
        inputs = [view, self._light, film.rays, film.hits.range_m, film.work, self._tables.materials, 1.0, 0, film.hdr]
        launch(shading.shade, start, start + count, inputs, self._device)

    def _develop(self, film: _Film) -> tuple[float, Array]:
        spec = film.spec
        ev = spec.exposure_ev
        if spec.exposure_auto:
            ev = metered_ev(film.hdr.numpy().reshape(spec.height_px, spec.width_px, 3), spec.exposure_ev)
        rgb, host = room(3 * spec.width_px * spec.height_px, wp.uint8, self._device)
        gain = gain_of(ev)

        def work(first: int, stop: int) -> None:
            start, count = first * spec.width_px, (stop - first) * spec.width_px
            launch(shading.develop, start, start + count, [film.hdr, gain, self._curve, rgb], self._device)

        self._slices.run(spec.height_px, 1, work)
        return ev, (rgb.numpy() if host is None else host).reshape(spec.height_px, spec.width_px, 3)

    def _upload_light(self) -> Any:
        environment = self._scene.environment
        sky = sky_of(environment)
        light = shading.Light()
        for name in ("sun", "ground", "airlight", "disc"):
            setattr(light, name, wp.vec3(*getattr(sky, name)))
        light.extinction_per_m = sky.extinction_per_m
        light.wetness = max(environment.wetness, min(1.0, environment.rain_mmph / 4.0))
        light.sky = wp.array(sky.table.astype(np.float32), dtype=wp.vec3, device=self._device)
        light.ambient = wp.array(sky.ambient.astype(np.float32), dtype=wp.vec3, device=self._device)
        return light


def _image(pair: tuple[Any, Any], spec: CameraSpec) -> Array:
    values: Array = pair[0].numpy() if pair[1] is None else pair[1]
    return values.reshape(spec.height_px, spec.width_px, *values.shape[1:])


def _check_window(spec: CameraSpec, entity: int, window: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = window
    if min(x0, y0) < 0 or x1 > spec.width_px or y1 > spec.height_px:
        raise UsageError(
            f"window {window} of entity {entity} leaves the image of camera '{spec.name}' "
            f"({spec.width_px} x {spec.height_px}); clip it first"
        )
