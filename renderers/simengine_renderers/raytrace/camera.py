# pyright: reportCallIssue=false
"""The camera of the ray tracer: rays, label channels, light, exposure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import Array, F64Array, I64Array
from simengine.errors import UsageError, did_you_mean
from simengine.geometry import transforms as tf
from simengine.render.protocol import (
    CAMERA_CHANNELS,
    CameraReading,
    Instants,
    NoiseKey,
    RenderOptions,
    RowsAt,
    Silhouette,
)
from simengine.rng import key32
from simengine.sensors import pinhole, projection
from simengine.sensors.exposure import gain_of, metered_ev, tone_curve
from simengine.sensors.specs import CameraSpec
from simengine.world.enclosure import taken
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers.raytrace import lamps, sampling, shading, surfaces
from simengine_renderers.raytrace.beams import Beams
from simengine_renderers.raytrace.bsdf import coat_lobes
from simengine_renderers.raytrace.drops import look_through
from simengine_renderers.raytrace.edges import Batch, Edges, faintest
from simengine_renderers.raytrace.falling import falls_at
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.frame import Poses
from simengine_renderers.raytrace.lens import lens_of
from simengine_renderers.raytrace.panes import has_panes, note_panes
from simengine_renderers.raytrace.paths import Paths
from simengine_renderers.raytrace.presets import preset_of
from simengine_renderers.raytrace.rain import add_streaks
from simengine_renderers.raytrace.rooms import room_rows, room_table
from simengine_renderers.raytrace.silhouettes import trace_silhouettes
from simengine_renderers.raytrace.sky import Sky, sky_of
from simengine_renderers.raytrace.slices import Slices, launch, room
from simengine_renderers.raytrace.snow_map import lain, lain_around
from simengine_renderers.raytrace.surroundings import Surroundings
from simengine_renderers.raytrace.tables import SceneTables
from simengine_renderers.raytrace.tracing import Hits, Placement, Rays, ShadowRays, Tracer, near_origin

__all__ = ["CameraRenderer", "check_channels"]

_BITS = {
    "depth": (surfaces.DEPTH, float), "range": (surfaces.RANGE, float), "normal": (surfaces.NORMAL, wp.vec3),
    "albedo": (surfaces.ALBEDO, wp.vec3), "semantic": (surfaces.SEMANTIC, int),
    "instance": (surfaces.INSTANCE, int), "part": (surfaces.PART, int), "material": (surfaces.MATERIAL, int),
    "position": (surfaces.POSITION, wp.vec3), "flow": (surfaces.FLOW, wp.vec2),
}  # fmt: skip
_FILMS, _SMALL_FILMS, _KEPT_PX = 8, 32, 8_000_000
"""Cameras whose tables are kept: so many, more of small ones up to so many pixels (a matte looks through sixteen)."""


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
class _Shot:
    """Rows [first, stop) of an image being made, at one instant: the view, where parts are, what kernels write to."""

    first: int
    stop: int
    state: WorldState
    placement: Placement
    film: Film
    pose: F64Array
    origin_m: F64Array
    starts: Any
    view: Any
    part_poses: Any
    flags: int
    out: Any
    no_channels: Any
    lamps: tuple[Any, int]
    glow: Any
    key: tuple[int, int]
    frame: int


class CameraRenderer:
    """Renders images of one scene through a tracer."""

    def __init__(
        self, scene: Scene, tracer: Tracer, tables: SceneTables, poses: Poses, slices: Slices,
        options: RenderOptions, sky: Sky | None = None,
    ) -> None:  # fmt: skip
        self._scene, self._tracer, self._tables, self._poses, self._slices = scene, tracer, tables, poses, slices
        self._device, self._samples, self._on_device = tracer.device, options.samples, options.on_device
        self._preset = preset_of(options)
        self._films: list[Film] = []
        self._lamps = lamps.Lamps(scene)
        self._resting, self._rooms = self._resting_parts(), room_rows(scene.enclosures)
        self._nothing = {dtype: wp.empty(1, dtype=dtype, device=self._device) for _, dtype in _BITS.values()}
        self._entity = np.array([p.entity for p in scene.parts], np.int64)
        self._sky = sky_of(scene.environment) if sky is None else sky
        self._sky_level = float(self._sky.ambient[0] @ np.array([0.2126, 0.7152, 0.0722])) * 0.282095
        self._light, self._fallen = self._upload_light(), lain(scene, self._device)
        self._map_corner_m = np.zeros(2) if (sky := scene.sky_map) is None else sky.corner_m
        self._faintest_in_air = self._lamps.faintest_in_air(self._sky_level, self._light.scattering_per_m)
        self._glazed = has_panes(scene)
        wet = scene.environment.ground_wetness() > 0.0
        self._edges = Edges(bool(scene.lights), wet, faintest(self._sky))
        self._around = Surroundings(scene, tracer, tables, self._light, self._sky.sun_direction, self._glazed)
        self._paths: Paths | None = None
        if self._preset.paths:
            self._paths = Paths(
                scene, tracer, tables, self._sky, self._light.sky, self._lamps, self._preset.cleaned
            )  # fmt: skip
        self._curve = wp.array(tone_curve().astype(np.int32), dtype=int, device=self._device)

    def render(self, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey) -> CameraReading:
        """One image (protocol: ``Renderer.camera``)."""
        return self.rolled(spec, [RowsAt(0, spec.height_px, instants)], channels, noise)

    def rolled(
        self, spec: CameraSpec, rows: Sequence[RowsAt], channels: Sequence[str], noise: NoiseKey
    ) -> CameraReading:
        """One image of rows at instants of their own (protocol: ``RollingRenderer.rolled``)."""
        middle = rows[len(rows) // 2].instants
        for part in rows:
            check_channels(channels, part.instants)
        film = self._film(spec)
        self._tracer.prepare(spec.unseen)
        flags, out, arrays = self._outputs(spec, channels)
        nothing, rgb = self._outputs(spec, ())[1], bool({"rgb", "radiance"} & set(channels))
        key = key32(noise.seed, "camera", spec.name, noise.variant)
        shots = list[_Shot]()
        for part in rows:
            state = part.instants.start
            pose = self._poses.sensor(state, spec)
            origin = _origin_of(spec, pose)
            placement = Placement(self._poses.parts(state), None, self._poses.present(state), origin)
            view, part_poses = self._view(spec, pose, part.instants)
            starts = film.starts(pose)
            if starts is not None:  # of the centre rays, and room for those of samples
                view.parallel, view.starts = 1, wp.clone(starts)
            lit = (self._lamp_table(state, pose) if rgb else (None, 0), self._glow(state) if rgb else None)
            shots.append(_Shot(
                part.first, part.stop, state, placement, film, pose, origin, starts, view, part_poses, flags, out,
                nothing, *lit, key, noise.frame,
            ))  # fmt: skip
        self._trace(shots, rgb)
        images = {name: self._image(pair, spec) for name, pair in arrays.items()}
        lens = lens_of(spec, noise) if spec.droplets > 0 and {"rgb", "lens_occlusion"} & set(channels) else None
        ev = 0.0
        if rgb:
            shot = shots[len(rows) // 2]
            if falls_at(self._scene, shot.pose[:3, 3]):
                add_streaks(
                    film, self._sky, self._scene.environment, self._velocity(spec, middle), noise, self._slices,
                    Beams(shot.pose[:3, :3], *shot.lamps),
                )  # fmt: skip
            if lens is not None:
                look_through(lens, film)
            film.darken()
            if "radiance" in channels:
                images["radiance"] = self._radiance(film)
            if "rgb" in channels:
                ev, images["rgb"] = self._develop(film, shots)
        if "lens_occlusion" in channels:
            covered = np.zeros((spec.height_px, spec.width_px), np.float32)
            covered = covered if lens is None else lens.cover.copy()
            on_device = self._on_device
            images["lens_occlusion"] = wp.array(covered, dtype=float, device=self._device) if on_device else covered
        pose = shots[len(rows) // 2].pose
        return CameraReading(spec, middle.start.time_ns, pose, {name: images[name] for name in channels}, ev)

    def silhouettes(
        self, spec: CameraSpec, state: WorldState, windows: Mapping[int, tuple[int, int, int, int]]
    ) -> list[Silhouette]:
        """Amodal masks (protocol: ``Renderer.silhouettes``)."""
        pose = self._poses.sensor(state, spec)
        placement = Placement(
            self._poses.parts(state), None, self._poses.present(state), _origin_of(spec, pose)
        )  # fmt: skip
        film = self._film(spec)
        return trace_silhouettes(film, self._tracer, placement, pose, self._entity, windows, self._slices)

    def _trace(self, shots: Sequence[_Shot], rgb: bool) -> None:
        """From rays to label channels and, for rgb, to radiance: in slices of rows, with a halt where rows need others.

        Contact shading looks at neighbouring rows, so it waits until all rows of all shots have their surfaces.
        """
        film, quick = shots[0].film, rgb and self._paths is None
        contact = quick and self._preset.contact
        for shot in shots:
            self._tracer.place(shot.placement)
            self._find(shot, rgb)
            if contact:
                rows = shot.first, shot.stop
                self._around.light(film, shot.view, shot.part_poses, shot.pose, shot.origin_m, rows, self._slices)
                if self._samples_of(film.spec) == 1:
                    self._slices.run(
                        shot.stop, self._tracer.row_step, lambda a, b, s=shot: self._mirror(s, film.rays, a, b),
                        shot.first,
                    )  # fmt: skip
                    self._lobes(shot, film.rays, 0)
            elif rgb and self._paths is not None:
                self._walk(self._paths, shot)
        if contact:
            self._around.settle(film, self._slices)
            self._around.spread(film, (shots[0].first, shots[-1].stop), self._slices)
        if rgb and self._paths is not None:
            self._paths.clean(film, self._samples_of(film.spec), self._slices)
        for shot in shots if rgb else ():
            if len(shots) > 1 and quick:
                self._tracer.place(shot.placement)
            self._lighten(shot)
        if rgb and quick and self._preset.smooth and self._samples_of(film.spec) == 1:
            self._smooth(shots)

    def _find(self, shot: _Shot, rgb: bool) -> None:
        """Surfaces and label channels of a shot."""
        film = shot.film
        spec, device, step = film.spec, self._device, self._tracer.row_step
        samples = self._samples_of(spec)
        centre = film.aimed(shot.pose, shot.origin_m, film.rays, shot.starts)
        quick = rgb and self._paths is None
        labels = shot.flags | (surfaces.RGB if quick else 0)
        inputs = self._surface_inputs(shot, film.rays, film.hits, shot.out)
        flow = [shot.view, film.rays, film.hits.range_m, film.hits.part, shot.part_poses, shot.out.flow]

        def find(first: int, stop: int) -> None:
            self._tracer.closest(centre, film.hits, first, stop)
            film.hide(film.hits, first, stop)
            launch(surfaces.surface, first * spec.width_px, stop * spec.width_px, [labels, *inputs], device)
            if labels & surfaces.FLOW:
                launch(surfaces.optical_flow, first * spec.width_px, stop * spec.width_px, flow, device)
            if quick and self._glazed:
                self._look_through(shot, centre, film.hits, first, stop)
            if shot.glow is not None and samples == 1 and quick:
                self._shine(shot, film.hits, first * spec.width_px, stop * spec.width_px)

        self._slices.run(shot.stop, step, find, shot.first)

    def _lighten(self, shot: _Shot) -> None:
        """Light of a shot's rows; after paths, what the air scatters of lamp light on the way from the centre hits."""
        film, step = shot.film, self._tracer.row_step
        samples = self._samples_of(film.spec)
        starts = None if shot.starts is None else shot.view.starts
        moved = film.aimed(shot.pose, shot.origin_m, film.moved_rays, starts)

        def light(first: int, stop: int, rays: Any, hits: Hits, weight: float, add: bool) -> None:
            if self._paths is not None:
                self._veil(shot, film.rays, film.hits, first, stop, 1.0)
            else:
                self._light_rows(shot, rays, hits, first, stop, weight, add)

        if self._paths is not None or samples == 1:
            self._slices.run(
                shot.stop, step, lambda a, b: light(a, b, film.rays, film.hits, 1.0, False), shot.first
            )  # fmt: skip
            return
        hits = film.hits if film.moved_hits is None else film.moved_hits
        rows = (shot.first, shot.stop)
        for k in range(samples):
            self._slices.run(
                shot.stop, step, lambda a, b, k=k: self._sample_rows(shot, moved, k, samples, a, b), rows[0]
            )  # fmt: skip
            self._lobes(shot, film.moved_rays, k)
            self._around.spread(film, rows, self._slices)
            self._slices.run(
                shot.stop, step, lambda a, b, k=k: light(a, b, film.moved_rays, hits, 1.0 / samples, k > 0), rows[0]
            )  # fmt: skip

    def _smooth(self, shots: Sequence[_Shot]) -> None:
        """More rays where one a pixel left edges."""
        film = shots[0].film
        pixels = self._edges.find(film, (shots[0].first, shots[-1].stop), self._slices)
        for shot in shots:
            ends = np.searchsorted(pixels, np.array([shot.first, shot.stop]) * film.spec.width_px)
            if len(shots) > 1:
                self._tracer.place(shot.placement)
            for batch in self._edges.batches(film, pixels[ends[0] : ends[1]]):
                own, rays = replace(shot, film=batch.room), batch.aimed(shot.pose, shot.origin_m)
                if batch.starts is not None:
                    shot.view.starts = batch.starts

                def work(first: int, stop: int, batch: Batch = batch, own: _Shot = own, rays: Rays = rays) -> None:
                    batch.scatter(first, stop, own.starts)
                    self._tracer.closest(rays, batch.room.hits, first, stop)
                    self._meet(own, rays, batch.room.hits, first, stop)
                    batch.borrow(first, stop)
                    self._light_rows(own, batch.room.rays, batch.room.hits, first, stop, 1.0, False)

                self._slices.run(batch.count, self._tracer.row_step, work)
                batch.mix()

    def _walk(self, paths: Paths, shot: _Shot) -> None:
        """Radiance of a shot's rows by path tracing."""
        spec, where = shot.film.spec, shot.placement
        paths.enter(shot.state, where.start, where.present, shot.pose, shot.origin_m, spec.unseen)
        inputs = [shot.view, shot.part_poses, shot.glow, shot.key, shot.frame, self._samples_of(spec)]
        paths.render(shot.film, *inputs, (shot.first, shot.stop), self._slices)

    def _sample_rows(self, shot: _Shot, rays: Rays, sample: int, samples: int, first: int, stop: int) -> None:
        """Surfaces of one sub-pixel sample of some rows, and what they mirror."""
        film = shot.film
        spec = film.spec
        columns, rows = sampling.strata(samples)
        jitter = [spec.width_px, spec.height_px, sample, columns, rows, *shot.key, shot.frame]
        begin, end = first * spec.width_px, stop * spec.width_px
        launch(sampling.jitter, begin, end, [*jitter, film.rays, film.moved_rays], self._device)
        if shot.starts is not None:
            launch(sampling.slide, begin, end, [*jitter, shot.starts, shot.view.starts], self._device)
        hits = film.hits if film.moved_hits is None else film.moved_hits
        self._tracer.closest(rays, hits, first, stop)
        film.hide(hits, first, stop)
        self._meet(shot, rays, hits, first, stop)

    def _meet(self, shot: _Shot, rays: Rays, hits: Hits, first: int, stop: int) -> None:
        """Surfaces that rays of some rows have hit, what is behind panes there, and what they mirror."""
        begin, end = first * shot.film.spec.width_px, stop * shot.film.spec.width_px
        inputs = self._surface_inputs(shot, rays.directions, hits, shot.no_channels)
        launch(surfaces.surface, begin, end, [surfaces.RGB, *inputs], self._device)
        if self._glazed:
            self._look_through(shot, rays, hits, first, stop)
        if shot.glow is not None:
            self._shine(shot, hits, begin, end)
        self._mirror(shot, rays.directions, first, stop)

    def _mirror(self, shot: _Shot, rays: Any, first: int, stop: int) -> None:
        """What smooth surfaces of some rows show."""
        shift = shot.pose[:3, 3] - shot.origin_m
        self._around.mirror(shot.film, shot.view, shot.part_poses, rays, shift, first, stop)

    def _lobes(self, shot: _Shot, rays: Any, sample: int) -> None:
        """What wet ground of a shot shows."""
        shift, rows = shot.pose[:3, 3] - shot.origin_m, (shot.first, shot.stop)
        self._around.lobes(shot.film, shot.view, shot.part_poses, rays, shift, sample, rows, self._slices)

    def _look_through(self, shot: _Shot, rays: Rays, hits: Hits, first: int, stop: int) -> None:
        """Where some rows show panes: note those, and turn to what lies behind them."""
        film, materials = shot.film, self._tables.materials
        begin, end, panes = first * film.spec.width_px, stop * film.spec.width_px, film.panes
        launch(note_panes, begin, end, [film.work, materials, hits.range_m, panes], self._device)
        self._tracer.closest(replace(rays, active=panes.active, shares=panes.share), hits, first, stop)
        inputs = self._surface_inputs(shot, rays.directions, hits, shot.no_channels)
        launch(surfaces.surface_behind, begin, end, [surfaces.RGB, *inputs, panes.active], self._device)

    def _light_rows(self, shot: _Shot, rays: Any, hits: Hits, first: int, stop: int, weight: float, add: bool) -> None:
        """Shadow, shade and lamps of some rows."""
        film = shot.film
        spec, work, glow = film.spec, film.work, film.glow
        size = (spec.width_px, spec.height_px)
        begin, end = first * spec.width_px, stop * spec.width_px
        shift = shot.pose[:3, 3] - shot.origin_m
        if shot.view.sunlit:
            aim = self._sky.sun_direction
            sun = ShadowRays(*size, work.point, shift, work.active, aim, work.point, work.lit)
            self._tracer.reach(sun, first, stop)
        materials, count = self._tables.materials, shot.lamps[1]
        if count:
            inputs = [shot.view, self._light, rays, work, materials, *shot.lamps, glow]
            launch(lamps.light_up, begin, end, inputs, self._device, lamps.RUN)
            beams = ShadowRays(*size, work.point, shift, glow.active, None, glow.target, glow.lit)
            self._tracer.reach(beams, first, stop)
        inputs = [
            shot.view, self._light, rays, hits.range_m, work, film.contact, film.mirror, film.panes, materials,
            count, glow, weight, int(add), film.hdr,
        ]  # fmt: skip
        launch(shading.shade, begin, end, inputs, self._device)
        self._veil(shot, rays, hits, first, stop, weight)

    def _veil(self, shot: _Shot, rays: Any, hits: Hits, first: int, stop: int, weight: float) -> None:
        """What the air of some rows scatters of lamp light (not for rays that start beside each other)."""
        if not shot.lamps[1] or shot.starts is not None or self._faintest_in_air == math.inf:
            return
        width, faint, hdr = shot.film.spec.width_px, self._faintest_in_air, shot.film.hdr
        inputs = [shot.view, self._light, rays, hits.range_m, *shot.lamps, faint, weight, hdr]
        launch(lamps.veil, first * width, stop * width, inputs, self._device)

    def _samples_of(self, spec: CameraSpec) -> int:
        return self._preset.samples(spec.samples, self._samples)

    def _film(self, spec: CameraSpec) -> Film:
        for film in self._films:
            if film.spec is spec:
                return film
        for k, film in enumerate(self._films):
            if film.fits(spec):  # the same camera at another exposure
                self._films[k] = replace(film, spec=spec)
                return self._films[k]
        rain = self._scene.environment.precipitation_mmph() > 0.0
        several = self._samples_of(spec) > 1 and self._paths is None
        like = next((f for f in self._films if f.shares(spec, several)), None)
        if like is not None:
            film = like.aside(spec)
        else:
            wet = self._scene.environment.ground_wetness() > 0.0
            film = Film.of(
                spec, several, bool(self._scene.lights), rain, self._device, self._preset.contact, self._glazed, wet
            )  # fmt: skip
        self._films = [film, *self._films[: self._kept(film) - 1]]
        return film

    def _kept(self, film: Film) -> int:
        return max(_FILMS, min(_SMALL_FILMS, _KEPT_PX // film.pixels))

    def _lamp_table(self, state: WorldState, pose: F64Array) -> tuple[Any, int]:
        if not self._lamps.count:
            return None, 0
        return self._lamps.table(state, pose[:3, 3], self._sky_level, self._device)

    def _glow(self, state: WorldState) -> Any:
        """What each part shines with instead of its own material (-1: nothing), or None where no lamp is on."""
        rows, shine = self._scene.shining(state)
        if not rows.size:
            return None
        glow = np.full(len(self._scene.parts), -1, np.int32)
        glow[rows] = shine
        return wp.array(glow, dtype=int, device=self._device)

    def _shine(self, shot: _Shot, hits: Hits, begin: int, end: int) -> None:
        launch(surfaces.shine, begin, end, [hits.part, shot.glow, shot.film.work], self._device)

    def _velocity(self, spec: CameraSpec, instants: Instants) -> F64Array:
        """Of the camera in the world, m/s, from its way between the two states."""
        start = self._poses.sensor(instants.start, spec)
        stop = self._poses.sensor(instants.stop, spec)
        lapse_s = (instants.stop.time_ns - instants.start.time_ns) / 1e9
        return (stop[:3, 3] - start[:3, 3]) / lapse_s if lapse_s > 0 else np.zeros(3)

    def _outputs(self, spec: CameraSpec, channels: Sequence[str]) -> tuple[int, Any, dict[str, Any]]:
        flags, arrays = 0, dict[str, Any]()
        out = surfaces.Channels()
        for name, (bit, dtype) in _BITS.items():
            wanted = name in channels
            if not wanted:
                setattr(out, name, self._nothing[dtype])
                continue
            array, host = room(spec.width_px * spec.height_px, dtype, self._device)
            setattr(out, name, array)
            flags |= bit
            arrays[name] = (array, host)
        return flags, out, arrays

    def _view(self, spec: CameraSpec, pose: F64Array, instants: Instants) -> tuple[Any, Any]:
        following = instants.next if instants.next is not None else instants.start
        next_pose = self._poses.sensor(following, spec)
        next_from_world = tf.inverse(next_pose)
        view = surfaces.View()
        view.world_from_camera = wp.mat33(pose[:3, :3])
        next_from_camera = tf.compose(next_from_world, pose)
        view.next_from_camera = wp.mat33(next_from_camera[:3, :3])
        view.next_offset = wp.vec3(*next_from_camera[:3, 3])
        view.eye = wp.vec3(*(pose[:2, 3] % 4096.0), pose[2, 3])
        view.fallen = lain_around(self._fallen, self._map_corner_m, pose[:3, 3])
        view.width = spec.width_px
        for name in ("fx_px", "fy_px", "cx_px", "cy_px"):
            setattr(view, name, getattr(spec, name))
        view.focal_px = projection.focal_px(spec)
        view.lens, numbers = surfaces.lens_code(spec)
        view.coefficients = surfaces.Coefficients(*numbers, *(0.0,) * (12 - len(numbers)))
        wide = projection.lens_of(spec)
        view.end = min(pinhole.fold_radius(spec.distortion) ** 2, 1e30) if wide is None else wide.end_rad + 1e-6
        view.sun = wp.vec3(*self._sky.sun_direction)
        view.sunlit = int(bool(self._sky.sun.max() > 0))
        view.wetness = self._scene.environment.ground_wetness()
        view.rooms, view.room_count = room_table(self._rooms, pose[:3, 3], self._device), len(self._rooms)
        view.sheltered = float(taken(self._scene.enclosures, pose[:3, 3]))
        start, stop = self._poses.parts(instants.start), self._poses.parts(following)
        table = self._resting[0].copy()
        if len(start):
            still, moving = self._resting[1], self._resting[2]
            # in the frame of a part that rests, only the camera moves
            offset = pose[:3, 3] - start[still, :3, 3]
            table["eye_in_mesh"][still] = (start[still, :3, :3] * offset[:, :, None]).sum(1)
            table["next_from_camera"] = next_from_camera[:3, :3]
            table["next_offset"] = next_from_camera[:3, 3]
            if moving.size:
                mesh_from_camera = tf.compose(tf.inverse(start[moving]), pose)
                own_way = tf.compose(next_from_world, tf.compose(stop[moving], mesh_from_camera))
                table["world_from_mesh"][moving] = start[moving, :3, :3]
                table["eye_in_mesh"][moving] = mesh_from_camera[:, :3, 3]
                table["next_from_camera"][moving] = own_way[:, :3, :3]
                table["next_offset"][moving] = own_way[:, :3, 3]
                table["moved"][moving] = 1
                table["in_next"][moving] = self._poses.present(following)[moving]
        return view, wp.array(table, dtype=surfaces.Pose, device=self._device)

    def _resting_parts(self) -> tuple[Any, I64Array, I64Array]:
        """Rows of the pose table with what is fixed filled in, and which parts rest and which may move."""
        parts = self._scene.parts
        links = np.array([p.link for p in parts], np.int64)
        table = np.zeros(max(1, len(parts)), surfaces.Pose.numpy_dtype())
        table["in_next"] = 1
        if len(parts):
            table["world_from_mesh"] = np.stack([p.frame_from_mesh[:3, :3] for p in parts])
        return table, np.flatnonzero(links < 0), np.flatnonzero(links >= 0)

    def _surface_inputs(self, shot: _Shot, rays: Any, hits: Hits, out: Any) -> list[Any]:
        t = self._tables
        return [
            shot.view, rays, hits.range_m, hits.part, hits.face, hits.uv, t.parts, shot.part_poses, t.materials,
            t.faces, t.corners, out, shot.film.work,
        ]  # fmt: skip

    def _develop(self, film: Film, shots: Sequence[_Shot]) -> tuple[float, Any]:
        """Exposure and tone curve. Lamps that flicker change all light alike, and metering follows their mean."""
        spec, environment = film.spec, self._scene.environment
        ev = spec.exposure_ev
        if spec.exposure_auto:
            indoors = environment.interior is not None
            hdr = film.hdr.numpy().reshape(spec.height_px, spec.width_px, 3)
            ev = metered_ev(hdr, spec.exposure_ev, indoors, film.covered)
        rgb, host = room(3 * film.pixels, wp.uint8, self._device)
        for shot in shots:
            inputs = [film.hdr, gain_of(ev) * environment.brightness(shot.state.time_ns), self._curve, rgb]

            def work(first: int, stop: int, inputs: list[Any] = inputs) -> None:
                launch(shading.develop, first * spec.width_px, stop * spec.width_px, inputs, self._device)

            self._slices.run(shot.stop, 1, work, shot.first)
        shape = (spec.height_px, spec.width_px, 3)
        return ev, rgb.reshape(shape) if self._on_device else (rgb.numpy() if host is None else host).reshape(shape)

    def _radiance(self, film: Film) -> Any:
        """A copy of the light."""
        spec = film.spec
        light = film.hdr.numpy().reshape(spec.height_px, spec.width_px, 3).copy()
        if not self._on_device:
            return light
        return wp.array(light.reshape(-1, 3), dtype=wp.vec3, device=self._device).reshape(light.shape[:2])

    def _image(self, pair: tuple[Any, Any], spec: CameraSpec) -> Any:
        array, host = pair
        if self._on_device:
            return array.reshape((spec.height_px, spec.width_px))
        values: Array = array.numpy() if host is None else host
        return values.reshape(spec.height_px, spec.width_px, *values.shape[1:])

    def _upload_light(self) -> Any:
        sky = self._sky
        light = shading.Light()
        for name in ("sun", "ground", "airlight", "disc", "lamps"):
            setattr(light, name, wp.vec3(*getattr(sky, name)))
        light.extinction_per_m = sky.extinction_per_m
        light.scattering_per_m = self._scene.environment.scattering_per_m()
        light.sky = wp.array(sky.seen.astype(np.float32), dtype=wp.vec3, device=self._device)
        light.lobes = coat_lobes(self._device)
        light.ambient = wp.array(sky.ambient.astype(np.float32), dtype=wp.vec3, device=self._device)
        return light


def _origin_of(spec: CameraSpec, pose: F64Array) -> F64Array:
    """The origin of a placement: near the camera, or the camera itself where rays start beside it."""
    return pose[:3, 3].copy() if spec.parallel else near_origin(pose[:3, 3])
