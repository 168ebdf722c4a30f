"""Radars of the renderers: cross-sections, Doppler of parts, weather, and one answer of two tracers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from simengine.geometry import transforms as tf
from simengine.render.protocol import DETECTION_FIELDS, Instants, NoiseKey, RadarReading, RenderOptions
from simengine.render.scattering import SURFACES
from simengine.sensors.attenuation import air_db_per_m, rain_db_per_m
from simengine.sensors.radar import RadarSpec
from simengine.world.materials import Material
from simengine.world.scene import Asset, Entity, Link, Mesh, Part, Scene
from simengine.world.substances import Substance, substance_of
from simengine.world.taxonomy import CLASS_ID
from simengine.world.weather import Environment
from simengine_renderers import raytrace, reference
from tests.renderers.simple_scenes import block, moved, scene_of, state_of

STEEL = Material("steel", (0.5, 0.5, 0.5), metalness=1.0)
AHEAD = RadarSpec(
    "front", -1, np.eye(4), fov_rad=math.radians(20), elevation_fov_rad=math.radians(10), fluctuates=False,
    false_alarm=1e-12, azimuth_resolution_rad=math.radians(1),
)  # fmt: skip
NOISE = NoiseKey(3, 0, 0)


def ball(radius_m: float) -> Asset:
    shape = trimesh.creation.icosphere(4, radius_m)
    normals = (shape.vertices / np.linalg.norm(shape.vertices, axis=1, keepdims=True)).astype(np.float32)
    faces = shape.faces.astype(np.int32)
    mesh = Mesh(f"ball {radius_m}", shape.vertices.astype(np.float32), faces, np.zeros(len(faces), np.int32), normals)
    entity = Entity("ball", "ball", "", CLASS_ID["car"], (2 * radius_m,) * 3)
    part = Part(0, 0, 0, np.eye(4), CLASS_ID["car"], "body")
    return Asset(entity, (mesh,), (STEEL,), (Link(0, -1, np.eye(4), name="body"),), (part,))


def scan(scene: Scene, states, spec: RadarSpec = AHEAD, tracer=raytrace, noise: NoiseKey = NOISE) -> RadarReading:
    options = RenderOptions(device="cpu", threads=2) if tracer is raytrace else RenderOptions()
    renderer = tracer.open_renderer(scene, options)
    try:
        return renderer.radar(spec, Instants(*states), noise)
    finally:
        renderer.close()


def seen(reading: RadarReading) -> dict[str, np.ndarray]:
    d = reading.detections
    return {n: v[d["instance"] >= 0] for n, v in d.items()}


def test_a_metal_sphere_has_its_cross_section_and_fades_with_the_fourth_power():
    """pi r^2 = -1.05 dBsm for 0.5 m from the glint, and slope^2 + rest = 0.31 of it, 1.2 dB, from the whole ball, some
    of it in other cells. Twice as far is 12.1 dB less and 0.05 dB of air; noise at 35 dB is 0.15 dB, and 22 rays across
    or 11 sum up a glint to 0.1 dB."""
    scene = scene_of([ball(0.5)])
    found = {}
    for far in (60.0, 120.0):
        state = state_of(scene, [(far, 0.0, 0.0)])
        found[far] = seen(scan(scene, (state, moved(state, [(0.0, 0.0, 0.0)], 1e-3))))
        assert len(found[far]["range"]) == 1
        steel, area = SURFACES[Substance.METAL], math.pi * 0.25
        assert 10 * math.log10(area) - 0.3 < found[far]["rcs"][0]
        assert found[far]["rcs"][0] < 10 * math.log10(area * (1.0 + steel.slope**2 + steel.rest)) + 0.5
        assert found[far]["range"][0] == pytest.approx(far - 0.5, abs=0.1)  # the glint is its front
    fall = found[60.0]["snr"][0] - found[120.0]["snr"][0]
    assert fall == pytest.approx(40 * math.log10(119.5 / 59.5) + 0.0004 * 2 * 60, abs=0.8)


def test_a_plate_that_faces_the_radar_has_that_of_the_stated_model():
    """A / (2 slope^2) + rest A. At 60 m rays are 0.105 m apart, the middle ones 0.05 m from the axis: four across and
    four up meet 0.5 m, and stand for 0.175 m2. Its corner is 0.3 degrees off, which lowers nothing (exp(-0.001))."""
    scene = scene_of([block("sheet", (0.1, 0.5, 0.5), material=STEEL)])
    state = state_of(scene, [(60.0, 0.0, -0.25)])
    steel = SURFACES[Substance.METAL]
    found = seen(scan(scene, (state, moved(state, [(0.0, 0.0, 0.0)], 1e-3))))
    expected = (4 * 60 * math.radians(0.1)) ** 2 * (steel.reflectivity / (2 * steel.slope**2) + steel.rest)
    assert found["rcs"][0] == pytest.approx(10 * math.log10(expected), abs=0.3)


def test_radial_speed_is_the_projected_relative_velocity():
    """Radar and target move: (v_t - v_r) . direction, exact up to noise (0.1 m/s / (1.6 sqrt(2 SNR)): under 1 mm/s at
    50 dB) and the sphere's glint, which lies on the line of sight."""
    car = block("carrier", (1.0, 1.0, 1.0))
    scene = scene_of([car, ball(0.5)])
    state = state_of(scene, [(0.0, 0.0, 0.0), (40.0, 4.0, 1.0)])
    later = moved(state, [(0.010, 0.002, 0.0), (-0.005, 0.003, 0.0)], 1e-3)  # 10, 2 and -5, 3 m/s
    spec = replace(AHEAD, entity=0, entity_from_radar=tf.translation([1.0, 0.0, 1.0]))
    found = seen(scan(scene, (state, later), spec))
    ball_rows = found["instance"] == 1
    toward = np.array([39.0, 4.0, 0.0]) / math.hypot(39.0, 4.0)
    assert found["radial_speed"][ball_rows][0] == pytest.approx(np.array([-15.0, 1.0, 0.0]) @ toward, abs=0.02)
    assert found["radial_speed_ground"][ball_rows][0] == pytest.approx(np.array([-5.0, 3.0, 0.0]) @ toward, abs=0.02)


def test_rain_takes_its_share_of_the_echo():
    """SNR falls by twice the path times the specific attenuation of 20 mm/h, 9.5 dB/km."""
    snr = []
    for rain in (0.0, 20.0):
        scene = scene_of([ball(0.5)], environment=Environment(rain_mmph=rain))
        state = state_of(scene, [(80.5, 0.0, 0.0)])
        snr.append(float(seen(scan(scene, (state, moved(state, [(0.0,) * 3], 1e-3))))["snr"][0]))
    assert snr[0] - snr[1] == pytest.approx(2 * 80.0 * rain_db_per_m(20.0, AHEAD.frequency_hz), abs=0.15)
    assert air_db_per_m(0.0, 0.0, math.inf, 77e9) == pytest.approx(0.0004)


def test_two_tracers_give_the_same_detections():
    """Embree in float32 and brute force in float64 meet the same faces: fields agree to float32, noise is keyed by
    cell and thing, so that it is the same; boxes and a ball, all moving."""
    scene = scene_of([ball(0.5), block("a", (4.0, 2.0, 1.5), material=STEEL), block("b", (1.0, 1.0, 2.0))])
    state = state_of(scene, [(25.3, -1.2, 0.1), (41.7, 2.3, -1.0), (33.1, 3.1, -1.0)], [0.0, 0.3, 0.8])
    later = moved(state, [(0.01, 0.0, 0.0), (-0.02, 0.003, 0.0), (0.0, 0.001, 0.0)], 1e-3)
    spec = replace(AHEAD, fluctuates=True, false_alarm=1e-7)
    ours, oracle = (scan(scene, (state, later), spec, tracer).detections for tracer in (raytrace, reference))
    assert len(ours["range"]) == len(oracle["range"]) >= 4
    for name in DETECTION_FIELDS:
        np.testing.assert_allclose(ours[name], oracle[name], atol=5e-3, err_msg=name)


def test_wheels_turn_in_the_doppler():
    """A wheel of radius 0.4 that rolls at 10 m/s, seen from behind at its own height: nothing of it is slower than 0
    or faster than 20 m/s over the ground, and more than one Doppler cell is filled."""
    asset = block("wheel", (0.05, 0.3, 0.8), material=STEEL)
    hub = replace(asset.parts[0], frame_from_mesh=np.eye(4))
    scene = scene_of([replace(asset, parts=(hub,))])
    state = state_of(scene, [(12.0, 0.0, 0.0)])
    turn = tf.quaternion_about((0.0, 1.0, 0.0), 0.025)  # 25 rad/s for 1 ms
    later = replace(moved(state, [(0.010, 0.0, 0.0)], 1e-3), orientation=turn[None])
    found = seen(scan(scene, (state, later), replace(AHEAD, azimuth_resolution_rad=math.radians(2))))
    speeds = found["radial_speed_ground"]
    assert len(speeds) > 3 and speeds.min() < 6.0 and speeds.max() > 14.0
    assert speeds.min() > -0.3 and speeds.max() < 20.3


def test_a_scan_does_not_depend_on_threads_or_on_what_was_scanned_before():
    """Same key, same bytes; another frame, other noise."""
    scene = scene_of([ball(0.5), block("a", (4.0, 2.0, 1.5), material=STEEL)])
    state = state_of(scene, [(25.0, -1.0, 0.0), (40.0, 2.0, -1.0)])
    states = (state, moved(state, [(0.0,) * 3] * 2, 1e-3))
    spec = replace(AHEAD, fluctuates=True, false_alarm=1e-6)
    first = scan(scene, states, spec).detections
    renderer = raytrace.open_renderer(scene, RenderOptions(device="cpu", threads=1))
    other = renderer.radar(spec, Instants(*states), replace(NOISE, frame=7)).detections
    again = renderer.radar(spec, Instants(*states), NOISE).detections
    renderer.close()
    assert all(np.array_equal(first[n], again[n]) for n in DETECTION_FIELDS)
    assert not np.array_equal(first["snr"], other["snr"])


def test_names_say_what_things_are_made_of():
    """A field says it outright, else words of the name, metalness, pattern; plastic is what nothing tells."""
    assert substance_of(Material("x", (0.1,) * 3, substance="wood")) is Substance.WOOD
    assert substance_of(Material("paint_red", (0.1,) * 3)) is Substance.METAL
    assert substance_of(Material("cloth_navy", (0.1,) * 3)) is Substance.TISSUE
    assert substance_of(Material("whatever", (0.1,) * 3, metalness=1.0)) is Substance.METAL
    assert substance_of(Material("whatever", (0.1,) * 3)) is Substance.PLASTIC
