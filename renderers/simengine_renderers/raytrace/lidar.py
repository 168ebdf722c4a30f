"""The LiDAR of the ray tracer: one revolution, every shot at its own time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import warp as wp

from simengine.arrays import Array, F64Array
from simengine.geometry import transforms as tf
from simengine.render.protocol import POINT_FIELDS, Instants, LidarReading, NoiseKey
from simengine.rng import key32
from simengine.sensors.specs import LidarSpec
from simengine.world.scene import Scene
from simengine.world.wetness import film_depth, wetness_at
from simengine_renderers.raytrace import firing
from simengine_renderers.raytrace.frame import Poses
from simengine_renderers.raytrace.panes import has_panes
from simengine_renderers.raytrace.scatter import Falling, scatter_of
from simengine_renderers.raytrace.single import Found
from simengine_renderers.raytrace.slices import Slices, launch, room
from simengine_renderers.raytrace.snow_map import lain
from simengine_renderers.raytrace.tables import SceneTables
from simengine_renderers.raytrace.tracing import Hits, Placement, Rays, Tracer, near_origin

__all__ = ["LidarRenderer"]

_STEPS = 128  # poses of the sensor along its way; in between, matrices are blended: 1e-8 off for a quick turn
_RINGS_CPU, _RINGS_CUDA = 256, 4  # RINGS in native/prelude.h
_DTYPES = {
    "xyz": wp.vec3, "xyz_deskewed": wp.vec3, "range": float, "intensity": float, "ring": int, "column": int,
    "time_offset_ns": int, "instance": int, "semantic": int,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Scanner:
    """What is kept for one LiDAR spec: its shots, column by column, and work arrays.

    Attributes:
        directions: vec3 per shot, LiDAR frame at the shot's own time.
        times: per shot, share of the period (may pass 1 in the last column).
        clamped: the same, at most 1 (for the targets' motion).
        offsets_ns: per shot.
        active, share, gain, behind: of shots that meet panes (``firing.stronger``); one element without any.
    """

    spec: LidarSpec
    directions: Any
    times: Any
    clamped: Any
    offsets_ns: Any
    world_directions: Any
    world_origins: Any
    hits: Hits
    echoes: Any
    counts: Any
    budget: Any
    active: Any
    share: Any
    gain: Any
    behind: Hits


class LidarRenderer:
    """Fires LiDARs in one scene through a tracer."""

    def __init__(
        self, scene: Scene, tracer: Tracer, tables: SceneTables, poses: Poses, slices: Slices, on_device: bool
    ) -> None:
        self._scene, self._tracer, self._tables, self._poses, self._slices = scene, tracer, tables, poses, slices
        self._device, self._on_device = tracer.device, on_device
        self._scanners: list[_Scanner] = []
        self._glazed, self._fallen = has_panes(scene), lain(scene, tracer.device)

    def scan(self, spec: LidarSpec, instants: Instants, noise: NoiseKey) -> LidarReading:
        """One revolution (protocol: ``Renderer.lidar``)."""
        scanner = self._scanner(spec)
        start, stop = instants.start, instants.stop
        pose = self._poses.sensor(start, spec)
        pose_end = self._poses.sensor(stop, spec)
        origin = near_origin(pose[:3, 3])
        begin, end = self._poses.parts(start), self._poses.parts(stop)
        self._tracer.prepare(spec.unseen)
        self._tracer.place(Placement(begin, end, self._poses.present(start), origin))
        moving = bool((pose != pose_end).any())
        path = np.broadcast_to(pose, (_STEPS + 2, 4, 4))
        if moving:
            path = tf.interpolate(path, pose_end, np.arange(_STEPS + 2) / _STEPS)
        rays = self._rays(scanner, path, origin, moving)
        turns, budget = self._turns(begin, end), scanner.budget
        budget.key0, budget.key1 = key32(noise.seed, "lidar", spec.name, noise.variant)
        budget.frame = noise.frame
        budget.wetness = wetness_at(self._scene, pose[:3, 3])
        budget.eye, budget.way = wp.vec3(*pose[:3, 3].tolist()), wp.vec3(*(pose_end - pose)[:3, 3].tolist())
        self._listen(scanner, rays, path, origin, moving, turns, budget)
        return LidarReading(
            spec, start.time_ns, pose, self._collect(scanner, tf.compose(tf.inverse(pose), path), moving)
        )

    def _scanner(self, spec: LidarSpec) -> _Scanner:
        for scanner in self._scanners:
            if scanner.spec is spec:
                return scanner
        column, ring = (a.reshape(-1) for a in np.mgrid[0 : spec.columns, 0 : spec.channels])
        offset = (column * spec.period_ns) // spec.columns + np.asarray(spec.firing_offset_ns)[ring]
        azimuth = -np.pi + 2.0 * np.pi * column / spec.columns + spec.azimuth_offset_rad[ring]
        level = np.cos(spec.elevation_rad[ring])
        direction = np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(spec.elevation_rad[ring])], -1)
        share = (offset / spec.period_ns).astype(np.float32)
        n = len(column)
        echoes = firing.Echoes()
        echoes.kind = wp.empty(n, dtype=wp.uint8, device=self._device)
        echoes.range = wp.empty(n, dtype=float, device=self._device)
        echoes.intensity = wp.empty(n, dtype=float, device=self._device)
        echoes.power = wp.empty(n, dtype=float, device=self._device)
        echoes.word = wp.empty(n, dtype=wp.uint32, device=self._device)
        scanner = _Scanner(
            spec,
            wp.array(direction.astype(np.float32), dtype=wp.vec3, device=self._device),
            wp.array(share, dtype=float, device=self._device),
            wp.array(np.minimum(share, 1.0), dtype=float, device=self._device),
            wp.array(offset.astype(np.int32), dtype=int, device=self._device),
            wp.empty(n, dtype=wp.vec3, device=self._device),
            wp.empty(n, dtype=wp.vec3, device=self._device),
            Hits.empty(n, self._device),
            echoes,
            wp.empty(spec.columns, dtype=int, device=self._device),
            self._budget(spec),
            *self._pane_room(n if self._glazed else 1),
        )
        self._scanners = [scanner, *self._scanners[:7]]
        return scanner

    def _pane_room(self, count: int) -> tuple[Any, Any, Any, Hits]:
        return (
            wp.zeros(count, dtype=wp.uint8, device=self._device), wp.zeros(count, dtype=wp.vec4, device=self._device),
            wp.ones(count, dtype=float, device=self._device), Hits.empty(count, self._device),
        )  # fmt: skip

    def _rays(self, scanner: _Scanner, path: F64Array, origin: F64Array, moving: bool) -> Rays:
        spec = scanner.spec
        grid = (spec.channels, spec.columns, spec.channels, 0, 0)
        if moving:
            return Rays(
                *grid, scanner.world_directions, np.eye(3), scanner.world_origins, scanner.clamped, True, True,
                spec.unseen,
            )  # fmt: skip
        at = (path[0, :3, 3] - origin).astype(np.float32)[None]
        place = wp.array(at, dtype=wp.vec3, device=self._device)
        return Rays(*grid, scanner.directions, path[0, :3, :3], place, scanner.clamped, False, True, spec.unseen)

    def _turns(self, begin: F64Array, end: F64Array) -> Any:
        row: Any = firing.Turn.numpy_dtype()
        table: Any = np.zeros(max(1, len(begin)), row)
        if len(begin):
            turning = np.abs(begin[:, :3, :3] - end[:, :3, :3]).max((1, 2)) > 1e-9
            table["start"] = begin[:, :3, :3]
            table["turns"] = turning
            if turning.any():
                q0, q1 = tf.quaternion_from_matrix(begin[turning]), tf.quaternion_from_matrix(end[turning])
                q1 = np.where((q0 * q1).sum(-1, keepdims=True) < 0, -q1, q1)
                table["q0"][turning], table["q1"][turning] = q0[:, [1, 2, 3, 0]], q1[:, [1, 2, 3, 0]]
        return wp.array(table, dtype=firing.Turn, device=self._device)

    def _budget(self, spec: LidarSpec) -> Any:
        """Link budget and weather of a sensor in this scene."""
        environment = self._scene.environment
        air = scatter_of(environment, spec)
        budget = firing.Budget()
        budget.weakest = spec.reference_reflectance / spec.reference_range_m**2
        budget.extinction_per_m = environment.extinction_per_m()
        budget.film, budget.fallen = film_depth(spec.band), self._fallen
        budget.range_min_m, budget.range_max_m = spec.range_min_m, spec.range_max_m
        budget.range_noise_m, budget.beam_rad = spec.range_noise_m, spec.divergence_rad
        budget.rain, budget.snow = self._falling(air.rain), self._falling(air.snow)
        budget.fog_power, budget.fog_step_m = air.fog_power, air.fog_step_m
        for name in ("fog_range_m", "fog_share"):
            setattr(budget, name, wp.array(getattr(air, name), dtype=float, device=self._device))
        return budget

    def _falling(self, falling: Falling) -> Any:
        out = firing.Falling()
        out.mean, out.most, out.reflectance = falling.mean, falling.most, falling.reflectance
        out.slope_per_m = falling.slope_per_m
        out.range_m = wp.array(falling.range_m, dtype=float, device=self._device)
        return out

    def _listen(
        self, scanner: _Scanner, rays: Rays, path: F64Array, origin: F64Array, moving: bool, turns: Any, budget: Any
    ) -> None:
        """Aim, trace and receive, in slices of whole columns."""
        spec, t, h = scanner.spec, self._tables, scanner.hits
        n = spec.channels
        rotations = wp.array(path[:, :3, :3].astype(np.float32), dtype=wp.mat33, device=self._device)
        shifted = (path[:, :3, 3] - origin).astype(np.float32)
        positions = wp.array(shifted, dtype=wp.vec3, device=self._device)
        in_air = budget.rain.mean > 0.0 or budget.snow.mean > 0.0 or budget.fog_power > 0.0
        rings = _RINGS_CPU if self._device == "cpu" else _RINGS_CUDA
        received = [
            rings, n, budget, rays.directions, wp.mat33(rays.rotation), scanner.clamped, h.range_m, h.part, h.face,
            h.uv, t.parts, turns, t.materials, t.faces, t.corners, int(self._glazed), scanner.gain, scanner.echoes,
            scanner.counts,
        ]  # fmt: skip

        aimed = [
            _STEPS, scanner.directions, scanner.times, rotations, positions, scanner.world_directions,
            scanner.world_origins,
        ]  # fmt: skip

        def work(first: int, stop: int) -> None:
            if moving:
                launch(firing.aim_shots, first * n, stop * n, aimed, self._device)
            self._tracer.closest(rays, h, first, stop)
            if self._glazed:
                self._look_through(scanner, rays, turns, budget, first, stop)
            wp.launch(firing.receive, dim=stop - first, inputs=[first, *received], device=self._device)
            if in_air:
                heard = [first, n, budget, h.range_m, h.part, scanner.echoes, scanner.counts]
                wp.launch(firing.weather, dim=stop - first, inputs=heard, device=self._device)

        self._slices.run(spec.columns, self._tracer.row_step, work)

    def _look_through(self, scanner: _Scanner, rays: Rays, turns: Any, budget: Any, first: int, stop: int) -> None:
        """Where shots of some columns meet panes: turn to what lies behind, if it sends back more."""
        t, begin, end = self._tables, first * scanner.spec.channels, stop * scanner.spec.channels
        h, b = scanner.hits, scanner.behind
        seen = [h.part, h.face, t.parts, t.materials, t.faces, scanner.active, scanner.gain]
        launch(firing.glance, begin, end, seen, self._device)
        self._tracer.closest(replace(rays, active=scanner.active, shares=scanner.share), b, first, stop)
        inputs = [
            budget, rays.directions, wp.mat33(rays.rotation), t.parts, turns, t.materials, t.faces, scanner.active,
            scanner.share, _target(b), _target(h), scanner.gain,
        ]  # fmt: skip
        launch(firing.stronger, begin, end, inputs, self._device)

    def _collect(self, scanner: _Scanner, start_from_path: F64Array, moving: bool) -> dict[str, Array]:
        """Gather what was heard into dense arrays, in the order of firing columns and rings."""
        spec = scanner.spec
        counts = scanner.counts.numpy()
        begins = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        total = int(begins[-1])
        out = firing.Points()
        arrays = {name: room(max(1, total), d, self._device) for name, d in _DTYPES.items()}
        for name, (array, _) in arrays.items():
            setattr(out, name, array)
        rotations = wp.array(start_from_path[:, :3, :3].astype(np.float32), dtype=wp.mat33, device=self._device)
        positions = wp.array(start_from_path[:, :3, 3].astype(np.float32), dtype=wp.vec3, device=self._device)
        inputs = [
            spec.channels, int(moving), _STEPS, wp.array(begins, dtype=int, device=self._device), scanner.echoes,
            scanner.directions, scanner.times, scanner.offsets_ns, rotations, positions, scanner.hits.part,
            self._tables.parts, out,
        ]  # fmt: skip

        def work(first: int, stop: int) -> None:
            wp.launch(firing.collect, dim=stop - first, inputs=[first, *inputs], device=self._device)

        self._slices.run(spec.columns, 1, work)
        pairs = {name: arrays[name] for name in POINT_FIELDS}
        if self._on_device:
            return {name: array[:total] for name, (array, _) in pairs.items()}
        return {name: (array.numpy() if host is None else host)[:total] for name, (array, host) in pairs.items()}


def _target(hits: Hits) -> Any:
    out = Found()
    out.range_m, out.part, out.face, out.uv = hits.range_m, hits.part, hits.face, hits.uv
    return out
