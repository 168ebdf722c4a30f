"""Timing of the renderers on a scene file: one camera frame, one LiDAR scan. Nothing is printed."""

from __future__ import annotations

import math
import os
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import trimesh

from simengine.engine.options import within
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.render.opening import open_renderer
from simengine.render.protocol import CAMERA_CHANNELS, Instants, NoiseKey, Renderer, RenderOptions
from simengine.rng import stream
from simengine.sensors.beams import uniform_beams
from simengine.sensors.specs import BODY_FROM_OPTICAL, CameraSpec, LidarSpec
from simengine.world.builder import SceneBuilder
from simengine.world.gltf import load_gltf
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import Entity, Link, Mesh, Scene
from simengine.world.state import WorldState

__all__ = ["bench_camera", "bench_channels", "bench_lidar", "boxes_and_spheres", "moved", "moving_scene", "size_of"]

CHANNELS = ("rgb", "depth", "normal", "instance", "semantic", "flow")
_PERIOD_NS = 100_000_000
_WARM_UP_RUNS = 3


def bench_camera(
    scene_path: str | Path | None = None, *, runs: int = 21, device: str = "auto", renderer: str = "raytrace",
    options: RenderOptions | None = None, size_px: tuple[int, int] = (640, 480),
) -> dict[str, Any]:  # fmt: skip
    """Time a labelled image: rgb under a hard sun shadow, depth, normals, instance, semantic and flow.

    The camera stands at (0, 0, 1.6) m, looks along +x with a focal length of 500 px at a height of 480 (in proportion
    at others), and moves 0.1 m to the next frame, so flow is not trivial. One sample a pixel. How light is found beyond
    the sun is up to the renderer's settings in ``options``; the command line asks for the preset ``preview``, which is
    what peers draw.

    Args:
        scene_path: a glTF file, z up; None: a built-in scene of boxes and spheres of the same size as the standard one.
        runs: timed frames, after a warm-up; at least 15 for a steady median.
        renderer: entry point of ``simengine.renderers``.
        device: "auto", "cpu" or "cuda".
        options: overrides ``device``; threads and tracer.
        size_px: width and height of the image, 16 to 8192 each.

    Returns:
        ``median_ms``, ``p10_ms``, ``p90_ms``, ``frames_per_s`` and what was measured where.
    """
    scene, spec, instants = _view(scene_path, size_px)
    opened, options = _open(renderer, scene, options or RenderOptions(device=device))
    try:
        times = _timed(lambda i: opened.camera(spec, instants, CHANNELS, NoiseKey(0, 0, i)), runs)
    finally:
        opened.close()
    out = _summary(times, options, scene, renderer)
    out["frames_per_s"] = round(1e3 / out["median_ms"], 2)
    return {**out, "width_px": size_px[0], "height_px": size_px[1], "samples": 1, "channels": list(CHANNELS)}


def bench_channels(
    scene_path: str | Path | None = None, *, runs: int = 21, device: str = "auto", renderer: str = "raytrace",
    options: RenderOptions | None = None, size_px: tuple[int, int] = (640, 480),
) -> dict[str, Any]:  # fmt: skip
    """What each channel adds to an image of rgb alone, the camera as in ``bench_camera``.

    Every run times rgb alone and rgb with a channel, one straight after the other, for each channel: a machine that
    slows down does so for both.

    Args:
        scene_path, runs, renderer, device, options, size_px: as of ``bench_camera``.

    Returns:
        The median of rgb alone as ``median_ms``; ``added_percent`` of it by channel, the median of the differences.
    """
    _checked(runs)
    scene, spec, instants = _view(scene_path, size_px)
    opened, options = _open(renderer, scene, options or RenderOptions(device=device))
    others = [name for name in CAMERA_CHANNELS if name != "rgb"]
    alone: list[float] = []
    more: dict[str, list[float]] = {name: [] for name in others}

    def timed(channels: tuple[str, ...], run: int) -> float:
        start = time.perf_counter_ns()
        opened.camera(spec, instants, channels, NoiseKey(0, 0, run))
        return (time.perf_counter_ns() - start) / 1e6

    try:
        for run in range(-_WARM_UP_RUNS, runs):  # what is compiled is compiled before any run that counts
            for name in others:
                before, after = timed(("rgb",), max(run, 0)), timed(("rgb", name), max(run, 0))
                if run >= 0:
                    alone.append(before)
                    more[name].append(after - before)
    finally:
        opened.close()
    out = {**_summary(alone, options, scene, renderer), "runs": runs}
    added = {n: 100.0 * _quantile(sorted(more[n]), 0.5) / out["median_ms"] for n in others}
    out |= {"width_px": size_px[0], "height_px": size_px[1]}
    return {**out, "added_percent": {n: round(v, 1) for n, v in added.items()}}


def bench_lidar(
    scene_path: str | Path | None = None, *, runs: int = 21, device: str = "auto", renderer: str = "raytrace",
    options: RenderOptions | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Time a LiDAR revolution of 64 beams x 2048 columns with points, intensity and labels out.

    Every node of the scene is an actor here: before each scan all of them move, and they keep moving while the scan
    sweeps over them, every ray at its own time. The sensor stands at (0, 0, 1.8) m, beams +2 to -24.8 deg.

    Args:
        scene_path: a glTF file, z up; None: a built-in scene of boxes and spheres of the same size as the standard one.
        runs: timed scans, after a warm-up; at least 15 for a steady median.
        renderer: entry point of ``simengine.renderers``.
        device: "auto", "cpu" or "cuda".
        options: overrides ``device``; threads and tracer.

    Returns:
        ``median_ms``, ``p10_ms``, ``p90_ms``, ``rays_per_s``, ``points`` of the last scan, and what was measured where.
    """
    scene, rest = moving_scene(_scene(scene_path))
    beams = uniform_beams(64)
    spec = LidarSpec(
        "roof", -1, tf.translation([0.0, 0.0, 1.8]), beams.name, beams.elevation_rad, beams.azimuth_offset_rad,
        beams.firing_offset_ns, 2048, _PERIOD_NS, range_max_m=200.0,
    )  # fmt: skip
    states = [moved(rest, 0.01 * i, i * _PERIOD_NS) for i in range(_WARM_UP_RUNS + runs + 1)]
    opened, options = _open(renderer, scene, options or RenderOptions(device=device))
    points = 0

    def scan(i: int) -> None:
        nonlocal points
        reading = opened.lidar(spec, Instants(states[i], states[i + 1]), NoiseKey(0, 0, i))
        points = len(reading.points["range"])

    try:
        times = _timed(scan, runs)
    finally:
        opened.close()
    out = _summary(times, options, scene, renderer)
    rays = 64 * 2048
    out["rays_per_s"] = round(rays / out["median_ms"] * 1e3)
    return {**out, "rays": rays, "points": points, "channels": 64, "columns": 2048}


def size_of(text: str) -> tuple[int, int]:
    """Width and height of an image from text such as ``1920x1080``.

    Raises:
        UsageError: the text is no such size.
    """
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise UsageError(f"--size must be a width and a height in pixels, as 1920x1080; got '{text[:40]}'")
    return int(width), int(height)


def _view(path: str | Path | None, size_px: tuple[int, int] = (640, 480)) -> tuple[Scene, CameraSpec, Instants]:
    """The scene, the camera in its middle, and an instant at which nothing moves."""
    width, height = size_px
    for name, value in (("width", width), ("height", height)):
        within(f"the {name} of --size", value, 16, 8192)
    focal = 500.0 * height / 480.0
    pose = np.array(BODY_FROM_OPTICAL)
    pose[:3, 3] = (0.0, 0.0, 1.6)
    spec = CameraSpec("front", -1, pose, width, height, focal, focal, 0.5 * width, 0.5 * height, period_ns=_PERIOD_NS)
    state = WorldState.at_rest(0, 0)
    return _scene(path), spec, Instants(state, state, state)


def moving_scene(scene: Scene) -> tuple[Scene, WorldState]:
    """The same scene with every entity an actor of its own, and the state that puts all of them where they were."""
    entities = tuple(replace(e, actor=i, world_from_entity=None) for i, e in enumerate(scene.entities))
    links = tuple(Link(i, -1, np.eye(4)) for i in range(len(entities)))
    poses = np.array([scene.entity_pose(_nothing(), i) for i in range(len(entities))]).reshape(-1, 4, 4)
    parts = tuple(
        replace(p, link=p.entity, frame_from_mesh=tf.compose(tf.inverse(poses[p.entity]), p.frame_from_mesh))
        for p in scene.parts
    )
    rest = WorldState.at_rest(len(entities), len(links))
    position, orientation = tf.pose_from_matrix(poses)
    return replace(scene, entities=entities, links=links, parts=parts), replace(
        rest, position_m=position, orientation=orientation
    )


def moved(state: WorldState, step_m: float, time_ns: int) -> WorldState:
    """All actors shifted along x by a step of their own sign."""
    sign = np.where(np.arange(len(state.position_m)) % 2 == 0, 1.0, -1.0)
    shift = np.stack([sign * step_m, np.zeros_like(sign), np.zeros_like(sign)], -1)
    return replace(state, position_m=state.position_m + shift, time_ns=time_ns)


def _nothing() -> WorldState:
    return WorldState.at_rest(0, 0)


def _open(renderer: str, scene: Scene, options: RenderOptions) -> tuple[Renderer, RenderOptions]:
    return open_renderer(renderer, scene, options), options


def _scene(path: str | Path | None) -> Scene:
    return load_gltf(path) if path is not None else boxes_and_spheres()


def boxes_and_spheres(boxes: int = 200, spheres: int = 60) -> Scene:
    """A flat ground with boxes and spheres around an empty middle, about 310,000 triangles, no two meshes shared."""
    rng = stream(0, "bench", "scene")
    creation: Any = trimesh.creation  # (its signatures are only half typed)
    builder = SceneBuilder()

    def add(shape: Any, name: str, position_m: tuple[float, float, float]) -> None:
        faces = np.asarray(shape.faces, np.int32)
        mesh = Mesh(name, np.asarray(shape.vertices, np.float32), faces, np.zeros(len(faces), np.int32))
        red, green, blue = (float(c) for c in rng.uniform(0.1, 0.8, 3))
        pose = tf.translation(position_m)
        size = tuple(float(s) for s in np.ptp(mesh.vertices_m, 0))
        entity = Entity(name, "object", name, 0, (size[0], size[1], size[2]), world_from_entity=pose)
        builder.add_static(entity, [(mesh, (Material(name, (red, green, blue)),), pose)])

    add(creation.box(extents=(120.0, 120.0, 0.1)), "ground", (0.0, 0.0, -0.05))
    for i in range(boxes):
        size, (x, y) = rng.uniform(1.0, 8.0, 3), _around(rng, 12.0, 55.0)
        add(creation.box(extents=size), f"box[{i}]", (x, y, float(size[2]) / 2.0))
    for i in range(spheres):
        radius, (x, y) = float(rng.uniform(0.4, 1.5)), _around(rng, 6.0, 40.0)
        add(creation.icosphere(subdivisions=4, radius=radius), f"sphere[{i}]", (x, y, 1.0))
    return builder.build(LaneGraph())


def _around(rng: np.random.Generator, near_m: float, far_m: float) -> tuple[float, float]:
    """A point in a square of half side ``far_m``, moved out to ``near_m`` where it is nearer."""
    x, y = (float(v) for v in rng.uniform(-far_m, far_m, 2))
    r = math.hypot(x, y)
    return (x, y) if r >= near_m else (x / r * near_m, y / r * near_m)


def _timed(work: Callable[[int], object], runs: int) -> list[float]:
    """Milliseconds of ``runs`` calls after a warm-up; each call gets its own number."""
    _checked(runs)
    times: list[float] = []
    for i in range(_WARM_UP_RUNS + runs):
        start = time.perf_counter_ns()
        work(i)
        times.append((time.perf_counter_ns() - start) / 1e6)
    return times[_WARM_UP_RUNS:]


def _checked(runs: int) -> None:
    if runs < 1:
        raise UsageError(f"runs must be at least 1, got {runs}")


def _summary(times: list[float], options: RenderOptions, scene: Scene, renderer: str) -> dict[str, Any]:
    ordered = sorted(times)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "median_ms": round(_quantile(ordered, 0.5), 3),
        "p10_ms": round(_quantile(ordered, 0.1), 3),
        "p90_ms": round(_quantile(ordered, 0.9), 3),
        "runs": len(times),
        "renderer": renderer,
        "device": options.device,
        "threads": options.threads if options.threads is not None else cores,
        "machine": platform.machine(),
        "triangles": sum(len(scene.meshes[p.mesh].faces) for p in scene.parts),
        "instances": len(scene.parts),
    }


def _quantile(ordered: list[float], share: float) -> float:
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
