"""Brake lamps: light that comes and goes with the state; sheeting that sends lamp light back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.render.opening import open_renderer
from simengine.render.protocol import CameraReading, Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import CameraSpec
from simengine.world.builder import SceneBuilder
from simengine.world.lamps import Lamp
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import Entity, Light, Scene
from simengine.world.state import WorldState
from simengine.world.weather import Environment
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box
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
    state = replace(rest, lamps=rest.lamps | (Lamp.BRAKE if braking else 0))
    renderer = open_renderer("raytrace", scene, RenderOptions(device="cpu", extra={"edges": "plain"}))
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
    assert np.mean(after[seen][:, 0] > after[seen][:, 1] + 60) > 0.9  # the sky shines on the top of some lamps


def test_sheeting_sends_lamp_light_back_to_the_camera_beside_the_lamp() -> None:
    """A vest's band 12 m away, lit by a lamp: with the lamp 6 cm from the camera (0.3 degrees) it is far brighter than
    the same band with gain 0, and with the lamp 3 m aside (14 degrees) the gain of 300 adds a fifth."""

    def level(retro: float, aside_m: float) -> float:
        band = Draft().add(
            box((12.0, 0.0, 1.4), (0.1, 2.0, 2.0)), Material("band", (0.05, 0.05, 0.05), 0.9, retro=retro)
        )
        builder = SceneBuilder(Environment(sun_elevation_rad=-0.5, lamps_lit=True))
        builder.add_static(Entity("b", "b", "", 1, (1.0, 1.0, 1.0)), [(band.mesh("b"), band.table(), None)])
        builder.add_light(Light((0.0, aside_m, 1.4), (1.0, 0.0, 0.0), (0.002,) * 3, 0.6))
        scene = builder.build(LaneGraph())
        at = np.array(BEHIND)
        at[:3, 3] = (0.0, 0.0, 1.4)
        spec = CameraSpec("c", -1, at, 32, 32, 60.0, 60.0, 16.0, 16.0, exposure_auto=False, exposure_ev=1.0)
        state = WorldState.at_rest(0, 0)
        renderer = open_renderer("raytrace", scene, RenderOptions(device="cpu"))
        try:
            read = renderer.camera(spec, Instants(state, state, state), ["rgb"], NoiseKey(0, 0, 0))
            return float(read.channels["rgb"][14:18, 14:18].astype(float).mean())
        finally:
            renderer.close()

    assert level(300.0, 0.06) > 5.0 * level(0.0, 0.06)
    assert level(300.0, 3.0) < 1.3 * level(0.0, 3.0)
