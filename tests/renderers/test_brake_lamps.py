"""Brake lamps: light that comes and goes with the state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.render.opening import open_renderer
from simengine.render.protocol import CameraReading, Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import CameraSpec
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.weather import Environment
from simengine_scenes.vehicles.build import vehicle_asset

LABELS = ("depth", "normal", "albedo", "semantic", "instance", "part", "material", "position")
BEHIND = tf.compose(tf.translation([-9.0, 0.5, 1.4]), np.array(
    [[0.0, 0.0, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
))  # fmt: skip
"""Behind the car, looking along +x."""


def built(model: str, lit: bool) -> Scene:
    builder = SceneBuilder(Environment(sun_elevation_rad=0.6, lamps_lit=lit))
    builder.place(vehicle_asset(model, "white", 0), "lead")
    return builder.build(LaneGraph())


def picture(scene: Scene, braking: bool) -> CameraReading:
    spec = CameraSpec(
        name="c", entity=-1, entity_from_camera=BEHIND, width_px=160, height_px=96, fx_px=200.0, fy_px=200.0,
        cx_px=80.0, cy_px=48.0, samples=1, exposure_auto=False, exposure_ev=15.0,
    )  # fmt: skip
    rest = WorldState.at_rest(scene.actors, len(scene.links))
    state = replace(rest, braking=np.full(scene.actors, braking))
    renderer = open_renderer("raytrace", scene, RenderOptions(device="cpu"))
    try:
        return renderer.camera(spec, Instants(state, state, state), ["rgb", *LABELS], NoiseKey(0, 0, 0))
    finally:
        renderer.close()


@pytest.mark.parametrize(("model", "lit"), [("sedan", False), ("sedan", True), ("motorbike", True), ("truck", False)])
def test_braking_lights_the_lamps_and_nothing_else(model: str, lit: bool) -> None:
    """A lamp that shines sends light to the eye: its pixels grow redder. It lights up nothing around it (it is no light
    source), so every other pixel, and every label, stays as it is."""
    scene = built(model, lit)
    off, on = picture(scene, False), picture(scene, True)
    for name in LABELS:
        assert np.array_equal(off.channels[name], on.channels[name])
    lamps = [k for k, p in enumerate(scene.parts) if p.name in ("lamp_tail", "lamp_brake")]
    seen = np.isin(off.channels["part"], lamps)
    assert seen.sum() >= 4
    before, after = (r.channels["rgb"].astype(int) for r in (off, on))
    assert (after[~seen] == before[~seen]).all()
    assert (after[seen][:, 0] > before[seen][:, 0]).all()
    assert (after[seen][:, 0] > after[seen][:, 1] + 60).all()
