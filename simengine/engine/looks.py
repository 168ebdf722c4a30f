"""Looks into scenes of the library: where a network that improves pictures gets its pairs from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simengine.arrays import F64Array
from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.loading import load, require_runnable
from simengine.engine.sensing import sensor_specs
from simengine.engine.variation import Variation
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.render.looks import Look
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.rng import stream
from simengine.sensors.lenses import WHOLE_RAD
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.weather import Environment

__all__ = ["LookOptions", "looks"]

_LONGEST_S = 20.0


@dataclass(frozen=True)
class LookOptions:
    """Which looks are taken.

    Attributes:
        scenarios: names or paths; scene k is of ``scenarios[k % len(scenarios)]``.
        size_px: width and height of the pictures.
        each: looks into one scene.
        seed: draws of the scenes and of where one looks from. Different seeds have no draw in common.
        roam: look from random places, in random directions, with random focal lengths, under random skies; else
            with the scenario's own first camera as it is, scaled to the size.
        renderer, device: what renders.
    """

    scenarios: Sequence[str]
    size_px: int
    each: int
    seed: int
    roam: bool
    renderer: str = "raytrace"
    device: str = "auto"


def looks(options: LookOptions, scene: int) -> Iterator[Look]:
    """Looks into one scene, by its number; the renderer closes when the iterator ends or is closed.

    Raises:
        UsageError: the scenario has no camera.
    """
    name = options.scenarios[scene % len(options.scenarios)]
    program = load(name)
    require_runnable(program)
    variant = scene // len(options.scenarios)
    simulated = Variation(program, options.seed, "random").simulate([variant])[0]
    rng = stream(options.seed, "looks", name, variant)
    built = build_scene(program, simulated.scenario, libraries(), simulated.scenario.seed, simulated.trace.moving)
    specs = sensor_specs(program, simulated.scenario, built)
    cameras = [s for s in specs if isinstance(s, CameraSpec) and not s.parallel]
    if not cameras:
        raise UsageError(f"scenario '{name}' has no camera with a lens to look through; choose others")
    if options.roam and not built.environment.lamps_lit:
        built = replace(built, environment=_sky(built.environment, rng))
    renderer = open_renderer(options.renderer, built, RenderOptions(device=options.device, extra={"edges": "plain"}))
    states = simulated.trace.on(built)
    longest_ns = min(simulated.trace.duration_ns, round(_LONGEST_S * 1e9))
    try:
        for k in range(options.each):
            spec = _scaled(cameras[0], options.size_px)
            time_ns = round(longest_ns * (k + float(rng.uniform())) / options.each)
            if options.roam:
                spec = _roaming(spec, built, rng)
            later = states.state_at(time_ns + spec.period_ns)
            instants = Instants(states.state_at(time_ns), later, later)
            title = f"{name}, variant {variant}, {time_ns / 1e9:.1f} s"
            yield Look(renderer, spec, instants, NoiseKey(options.seed, variant, k), title)
    finally:
        renderer.close()


def _scaled(spec: CameraSpec, size_px: int) -> CameraSpec:
    """The same horizontal view on a square picture, without distortion and drops."""
    share = size_px / spec.width_px
    return replace(
        spec, width_px=size_px, height_px=size_px, fx_px=spec.fx_px * share, fy_px=spec.fy_px * share,
        cx_px=spec.cx_px * share, cy_px=size_px / 2.0 + (spec.cy_px - spec.height_px / 2.0) * share,
        lens="pinhole", distortion=(0.0,) * 8, circle_rad=WHOLE_RAD, samples=1,
    )  # fmt: skip


def _roaming(spec: CameraSpec, scene: Scene, rng: np.random.Generator) -> CameraSpec:
    """Another direction, height and focal length; half of the looks keep the scenario's direction."""
    longer = float(np.exp(rng.uniform(math.log(0.6), math.log(4.0))))
    size = np.array([spec.width_px, spec.height_px])
    # a longer lens sees a window of what the camera sees, anywhere in it
    shift = rng.uniform(-0.5, 0.5, 2) * size * max(longer - 1.0, 0.0) * np.array([1.0, 0.5])
    yaw = float(rng.uniform(-math.pi, math.pi)) if rng.uniform() < 0.5 else 0.0
    lift = float(rng.uniform(-0.6, 1.5))
    axis = np.array([0.0, 0.0, 1.0])
    turn: F64Array = tf.matrix_from_pose(np.zeros(3), tf.quaternion_about(axis, yaw))
    pose = tf.compose(turn, spec.entity_from_camera)
    pose[:3, 3] = spec.entity_from_camera[:3, 3] + np.array([0.0, 0.0, lift])
    return replace(
        spec, entity_from_camera=pose, fx_px=spec.fx_px * longer, fy_px=spec.fy_px * longer,
        cx_px=spec.cx_px + float(shift[0]), cy_px=spec.cy_px + float(shift[1]),
    )  # fmt: skip


def _sky(environment: Environment, rng: np.random.Generator) -> Environment:
    """Another sun: as high as day and evening have it, from anywhere, through more or fewer clouds."""
    return replace(
        environment, sun_elevation_rad=math.radians(float(rng.uniform(4.0, 70.0))),
        sun_azimuth_rad=float(rng.uniform(0.0, 2.0 * math.pi)), cloud=float(rng.uniform(0.0, 1.0) ** 2),
    )  # fmt: skip
