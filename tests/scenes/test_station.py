"""The picking station: its goods and totes are true to size and closed, its arm to its chain, its light to the lux."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import trimesh

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.sensors.exposure import gain_of, tone_curve
from simengine.sensors.mounting import world_from_sensor
from simengine.sensors.specs import CameraSpec
from simengine.world.bodies import RigidBody
from simengine.world.builder import SceneBuilder
from simengine.world.lint import lint
from simengine.world.materials import Material
from simengine.world.scene import Asset, Mesh, Scene
from simengine.world.state import WorldState
from simengine.world.weather import Interior
from simengine_scenes.goods import GOODS_SIZE_M
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import finish, stand
from simengine_scenes.shapes.solids import box
from simengine_scenes.station.arm import arm_asset, arm_chain_of
from simengine_scenes.station.chain import arm_chain, arm_scale
from simengine_scenes.station.goods_assets import MAKERS, goods_asset
from simengine_scenes.station.goods_bodies import goods_body
from simengine_scenes.station.hall import build_station
from simengine_scenes.station.light import station_environment
from simengine_scenes.station.plan import BENCH, PEDESTAL, station_body
from simengine_scenes.station.tote import tote_asset
from simengine_scenes.station.tote_plan import INNER_M, TOTE_M, tote_body
from simengine_scenes.warehouse import LIBRARY

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def station(values: dict[str, Any], seed: int = 1, white_card: bool = False) -> Scene:
    """The station alone; with a white card in the middle of the bench where asked for."""
    builder = SceneBuilder(station_environment(values))
    lanes = build_station(builder, values, seed)
    if white_card:
        white = Material("white", (1.0, 1.0, 1.0), 1.0, specular=0.0)
        card = Draft().add(box((0.0, 0.0, float(values["bench_height"]) + 0.001), (0.2, 0.2, 0.002)), white)
        stand(builder, "card", "card", "goods", [(finish("card", card), None)])
    return builder.build(lanes)


def corners(asset: Asset) -> F64Array:
    """Vertices of all parts of an asset with one link, in its entity frame."""
    return np.concatenate([asset.meshes[p.mesh].vertices_m.astype(np.float64) for p in asset.parts])


def hull_of(body: RigidBody) -> tuple[F64Array, F64Array]:
    """Lowest and highest corner of all solids, from the extents of their turned boxes."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for s in body.solids:
        turn = tf.matrix_from_pose(np.array(s.center_m), np.array(s.quaternion))
        half = 0.5 * np.array(s.size_m)
        reach = (np.abs(turn[:3, :3]) * half).sum(1)
        if s.shape in ("sphere", "ellipsoid", "capsule", "cylinder"):
            across = np.array([1.0, 1.0, 0.0 if s.shape == "cylinder" else 1.0]) * half
            axis = np.abs(turn[:3, :3] * np.array([0.0, 0.0, half[2] if s.shape == "cylinder" else 0.0])).sum(1)
            reach = np.sqrt(((turn[:3, :3] * across) ** 2).sum(1)) + axis
            if s.shape == "capsule":  # a rod with balls at its ends
                reach = half[0] + np.abs(turn[:3, 2]) * (half[2] - half[0])
        low, high = np.minimum(low, turn[:3, 3] - reach), np.maximum(high, turn[:3, 3] + reach)
    return low, high


@pytest.mark.parametrize("asset", sorted(MAKERS))
def test_goods_are_as_large_as_they_say(asset: str) -> None:
    """``size`` is the longest side: the mesh's bounding box has it, and the proportions of the table (to 0.1 mm)."""
    made = goods_asset(asset, {"size": 0.12, "tint": "red", "roughness": 0.3}, 3)
    low, high = corners(made).min(0), corners(made).max(0)
    length, width, height = made.entity.size_m
    assert max(made.entity.size_m) == pytest.approx(0.12)
    assert low == pytest.approx([-0.5 * length, -0.5 * width, 0.0], abs=1e-4)
    assert high == pytest.approx([0.5 * length, 0.5 * width, height], abs=1e-4)


def open_edges(mesh: Mesh) -> int:
    """Edges that are not used as often one way as the other, with vertices at equal places (0.1 um) as one."""
    places = np.round(mesh.vertices_m.astype(np.float64) * 1e7).astype(np.int64)
    points, same = np.unique(places, axis=0, return_inverse=True)
    faces = same.reshape(-1)[mesh.faces]
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = edges[edges[:, 0] != edges[:, 1]]
    there, back = (Counter((edges[:, a] * len(points) + edges[:, 1 - a]).tolist()) for a in (0, 1))
    return sum(abs(n - back[key]) for key, n in there.items())


@pytest.mark.parametrize("asset", sorted(MAKERS))
@pytest.mark.parametrize("size_m", [0.02, 0.15])
def test_goods_are_closed_and_right_side_out(asset: str, size_m: float) -> None:
    """Surfaces without holes that enclose a positive volume, whatever the variety and however small.

    Of a closed surface every edge is used once each way. The volume of each piece is trimesh's.
    """
    for variety in (0, 5):
        mesh = goods_asset(asset, {"size": size_m}, variety).meshes[0]
        assert open_edges(mesh) == 0
        whole = trimesh.Trimesh(mesh.vertices_m * 100.0, mesh.faces, process=False)
        whole.merge_vertices(merge_norm=True, merge_tex=True, digits_vertex=6)
        assert all(piece.volume > -1e-6 for piece in whole.split(only_watertight=False))
        assert whole.volume > 0.0


@pytest.mark.parametrize("asset", sorted(n for n in MAKERS if n))
def test_solids_of_goods_fill_their_boxes(asset: str) -> None:
    """What physics feels reaches as far as what is seen: within 12 % of the longest side, and never below the foot."""
    length, width, height = GOODS_SIZE_M[asset]
    low, high = hull_of(goods_body(asset, {"mass": 0.2}))
    slack = 0.12 * max(length, width, height)
    assert np.abs(low - (-0.5 * length, -0.5 * width, 0.0)).max() < slack
    assert np.abs(high - (0.5 * length, 0.5 * width, height)).max() < slack
    assert low[2] > -0.002


def test_goods_slide_when_wet_and_hold_when_rough() -> None:
    """Friction rises with roughness and falls with wetness; mass and size come from the properties."""
    dry, wet = goods_body("can", {"roughness": 0.5, "mass": 0.4}), goods_body("can", {"roughness": 0.5, "wet": 1.0})
    rough = goods_body("can", {"roughness": 1.0})
    assert wet.friction < dry.friction < rough.friction
    assert dry.mass_kg == 0.4
    small, large = goods_body("carton", {"size": 0.1}), goods_body("carton", {"size": 0.2})
    assert large.solids[0].volume_m3 == pytest.approx(8.0 * small.solids[0].volume_m3)


def test_a_tote_is_open_and_of_its_size() -> None:
    """Its mesh has the outer size; a ray down its middle meets the floor, not a lid; walls keep the opening clear."""
    asset = tote_asset("", {"tint": "blue", "wear": 0.4}, 0)
    low, high = corners(asset).min(0), corners(asset).max(0)
    assert high - low == pytest.approx(TOTE_M, abs=0.004)
    mesh = trimesh.Trimesh(asset.meshes[0].vertices_m, asset.meshes[0].faces, process=False)
    assert open_edges(asset.meshes[0]) == 0
    hits = mesh.ray.intersects_location([[0.05, 0.03, 1.0]], [[0.0, 0.0, -1.0]])[0]
    assert hits[:, 2].max() < 0.02
    for s in tote_body("", {}).solids[1:]:
        clear = [abs(c) - 0.5 * e for c, e in zip(s.center_m[:2], s.size_m[:2], strict=True)]
        assert clear[0] >= 0.5 * INNER_M[0] - 1e-9 or clear[1] >= 0.5 * INNER_M[1] - 1e-9


def at_home(scene: Scene, x_m: float, y_m: float, z_m: float) -> WorldState:
    """The arm, actor 0, at rest at its base, heading over the bench."""
    state = WorldState.at_rest(1, len(scene.links))
    state.position_m[0], state.orientation[0] = (x_m, y_m, z_m), tf.quaternion_from_yaw(PEDESTAL.yaw_rad)
    home = next(e.chain.home_rad for e in scene.entities if e.chain is not None)
    for k, link in enumerate(scene.links):
        if link.name.startswith("joint_"):
            state.joint_rad[k] = home[int(link.name[-1]) - 1]
    return state


@pytest.mark.parametrize("reach", [0.65, 1.0, 1.6])
def test_the_arm_reaches_what_it_says(reach: float) -> None:
    """With the elbow stretched to its share and the tool down, the cup meets the foot's level at the reach.

    The pose is found here from two sides of a triangle, the chain's own transforms say where the cup then is.
    """
    chain, k = arm_chain(reach), arm_scale(reach)
    upper, fore = 0.44 * k, k * math.hypot(0.42, 0.04)
    wrist = np.array([reach, k * 0.09 + 0.165])  # above the cup: flange and tool
    way = wrist - k * np.array([0.05, 0.34])
    far = float(np.hypot(*way))
    assert far == pytest.approx(0.98 * (upper + fore), rel=1e-6)
    at_shoulder = math.acos((upper**2 + far**2 - fore**2) / (2.0 * upper * far))
    at_elbow = math.acos((upper**2 + fore**2 - far**2) / (2.0 * upper * fore))
    j2 = math.atan2(way[0], way[1]) - at_shoulder
    j3 = math.pi - at_elbow - (0.5 * math.pi - math.atan2(0.04, 0.42))
    pose = np.eye(4)
    for joint, angle in zip(chain.joints, (0.0, j2, j3, 0.0, 0.5 * math.pi - j2 - j3, 0.0), strict=True):
        assert joint.low_rad <= angle <= joint.high_rad
        turn = tf.matrix_from_pose(np.zeros(3), tf.quaternion_about(joint.axis, angle))
        pose = tf.compose(tf.compose(pose, joint.parent_from_joint), turn)
    tool = tf.compose(pose, chain.link_from_tool)
    assert tool[:3, 3] == pytest.approx([reach, 0.0, 0.0], abs=1e-6)
    assert tool[:3, 2] == pytest.approx([0.0, 0.0, -1.0], abs=1e-9)


def test_the_arm_at_rest_stands_clear_of_the_bench() -> None:
    """No vertex of the arm is inside of bench or pedestal, and all but its foot keep 20 cm above the bench."""
    scene = station({"bench_height": 0.85})
    builder = SceneBuilder(scene.environment)
    builder.place(arm_asset("", {}, 0), "picker")
    alone = builder.build(scene.lanes)
    state = at_home(alone, PEDESTAL.x_m, PEDESTAL.y_m, 0.85)
    poses = alone.part_transforms(state)
    for part, pose in zip(alone.parts, poses, strict=True):
        points = tf.apply(pose, alone.meshes[part.mesh].vertices_m.astype(np.float64))
        assert points[:, 2].min() > 0.85 - 1e-3
        over = (np.abs(points[:, 1]) < 0.5 * BENCH.length_m) & (np.abs(points[:, 0]) < 0.5 * BENCH.width_m)
        assert not over.any() or points[over, 2].min() > 0.85 + 0.2


def test_the_arm_is_closed_and_its_parts_ride_on_its_chain() -> None:
    """Links carry the names and transforms of the chain, and every mesh encloses a positive volume."""
    asset = arm_asset("", {"reach": 0.8}, 1)
    chain = arm_chain_of("", {"reach": 0.8})
    assert [link.name for link in asset.links[1:]] == [j.name for j in chain.joints]
    for link, joint in zip(asset.links[1:], chain.joints, strict=True):
        assert np.array_equal(link.parent_from_link, joint.parent_from_joint)
        assert link.axis == joint.axis
    for mesh in asset.meshes:
        assert open_edges(mesh) == 0
        whole = trimesh.Trimesh(mesh.vertices_m * 100.0, mesh.faces, process=False)
        whole.merge_vertices(merge_norm=True, merge_tex=True, digits_vertex=6)
        assert all(piece.volume > -1e-6 for piece in whole.split(only_watertight=False))


def test_a_camera_on_the_tool_follows_the_wrist() -> None:
    """A camera on joint 6 moves with it: its pose is that of the link times the mount, and it looks down at rest."""
    builder = SceneBuilder(station_environment({}))
    builder.place(arm_asset("", {}, 0), "picker")
    scene = builder.build(build_station(builder, {}, 1))
    entity = next(k for k, e in enumerate(scene.entities) if e.chain is not None)
    chain = scene.entities[entity].chain
    assert chain is not None
    spec = CameraSpec.from_fov("wrist", entity, (0.0, 0.0, 0.0), (64, 48), 1.0)
    spec = replace(spec, entity_from_camera=tf.compose(chain.link_from_mount, spec.entity_from_camera), link="joint_6")
    state = at_home(scene, 0.0, 0.5, 0.85)
    first = world_from_sensor(spec, scene, state)
    assert first[:3, 2] == pytest.approx([0.0, 0.0, -1.0], abs=1e-9)
    row = next(k for k, link in enumerate(scene.links) if link.name == "joint_1")
    turned = replace(state, joint_rad=state.joint_rad + 0.3 * (np.arange(len(scene.links)) == row))
    about = tf.matrix_from_pose(np.array([0.0, 0.5, 0.0]), tf.quaternion_from_yaw(0.3))
    about[:3, 3] -= tf.rotate(about, np.array([0.0, 0.5, 0.0]))
    assert world_from_sensor(spec, scene, turned) == pytest.approx(tf.compose(about, first), abs=1e-9)


@pytest.mark.parametrize("kind", ["led", "sodium", "daylight"])
@pytest.mark.parametrize("level", [150.0, 1500.0])
def test_the_light_on_the_bench_is_as_bright_as_set(kind: str, level: float) -> None:
    """A white diffuse card on the bench has the radiance E / pi: read back from the picture it is ``light.level``.

    Fixed exposure, the tone curve inverted; 3 % for eight bits, by ``preview``, where nothing hides what comes from all
    over the hall. In ``standard`` arm, fences and walls do: less, and no more than a sixth.
    """
    values = {"light.kind": kind, "light.level": level, "bench_height": 0.8}
    scene = station(values, white_card=True)
    ev = math.log2(level / math.pi * 8.0) + 1.0
    spec = CameraSpec.from_fov("meter", -1, (0.0, 0.0, 0.0), (32, 32), math.radians(8.0), exposure_auto=False)
    down = np.array([[0.0, -1.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0], [0.0, 0.0, -1.0, 1.3], [0.0, 0.0, 0.0, 1.0]])
    spec = replace(spec, entity_from_camera=down, exposure_ev=ev)
    state = WorldState.at_rest(0, 0)
    curve = tone_curve()
    slots = [np.flatnonzero(curve == v) for v in range(256)]
    exposed = np.array([float((s.mean() * 4.0 / (len(curve) - 1)) ** 2) if s.size else math.nan for s in slots])

    def measured(preset: str) -> float:
        reading = open_renderer("raytrace", scene, RenderOptions(extra={"preset": preset})).camera(
            spec, Instants(state, state), ("rgb",), NoiseKey(1, 0, 0)
        )
        colour = exposed[np.asarray(reading.channels["rgb"])[8:24, 8:24]].mean((0, 1)) / gain_of(ev)
        return float(colour @ LUMINANCE) * 1e5

    assert measured("preview") == pytest.approx(level, rel=0.03)
    assert 5.0 / 6.0 * level < measured("standard") < 1.01 * level


def test_lamps_flicker_in_time_and_daylight_does_not() -> None:
    """A sine about 1 with the period of the flicker; half a period apart it is as far below as above the mean."""
    lamp = Interior("led", flicker_hz=8.0)
    assert lamp.brightness(0) == pytest.approx(1.0 + lamp.flicker_depth)
    assert lamp.brightness(62_500_000) == pytest.approx(1.0 - lamp.flicker_depth)
    assert lamp.brightness(125_000_000) == pytest.approx(lamp.brightness(0))
    mean = float(np.mean([lamp.brightness(k * 1_000_000) for k in range(125)]))
    assert mean == pytest.approx(1.0, abs=1e-9)
    assert Interior("daylight", flicker_hz=8.0).brightness(30_000_000) == 1.0
    assert station_environment({"light.flicker": 50.0}).brightness(10_000_000) < 1.0


@pytest.mark.parametrize("height", [0.4, 0.85, 1.4])
def test_the_station_is_sound(height: float) -> None:
    """Nothing floats, overlaps or is inside out, and physics' bench is where the seen one is."""
    scene = station({"bench_height": height})
    assert [str(f) for f in lint(scene)] == []
    top = max(s.center_m[2] + 0.5 * s.size_m[2] for s in station_body({"bench_height": height}).solids)
    assert top == pytest.approx(height)
    bench = next(p for p in scene.parts if scene.entities[p.entity].name == "bench")
    assert scene.meshes[bench.mesh].vertices_m[:, 2].max() == pytest.approx(height, abs=1e-4)


def test_all_of_the_library_is_built() -> None:
    """No kind or world is left that only checks, and every named asset has a maker."""
    assert all(k.build is not None for k in LIBRARY.entities.values())
    assert all(w.build is not None for w in LIBRARY.worlds.values())
    assert set(MAKERS) == {"", *GOODS_SIZE_M}
