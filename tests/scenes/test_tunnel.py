"""World tunnel: sound, closed to the sky, free above its lanes, as light as asked for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import trimesh

from simengine.engine.gallery import world_scene
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.world.enclosure import taken
from simengine.world.lint import lint
from simengine.world.scene import Scene
from simengine.world.weather import Environment
from simengine_scenes.driving import LIBRARY
from simengine_scenes.tunnel.light import daylight_lux, level_lux
from simengine_scenes.tunnel.plan import NICHE_M, tunnel_lanes, tunnel_plan
from tests.scenes.scenery import part_vertices

BY_DAY = {"sun.elevation": math.radians(40.0), "cloud": 0.0}


def drawn(seed: int) -> dict[str, Any]:
    """Properties all over their ranges, by turns."""
    return {
        "lanes": 1 + seed % 4, "shape": ("arch", "box")[seed % 2], "traffic": ("one_way", "two_way")[seed // 2 % 2],
        "portal": 40.0 + 13.0 * seed, "tunnel_length": 120.0 + 36.0 * seed, "lane_width": 3.0 + 0.07 * seed,
        "walkway_width": 0.7 + 0.06 * seed, "radius": (0.0, 450.0, -700.0)[seed % 3], "closed": seed % 3,
        "lighting": seed % 5 > 0,
    }  # fmt: skip


def tunnel(values: dict[str, Any], seed: int = 1) -> Scene:
    return world_scene(LIBRARY.worlds["tunnel"], values, seed)


def test_tunnels_are_sound() -> None:
    """Nothing floats, sinks, stands in another thing or is inside out; lanes are whole."""
    for seed in (1, 2):
        assert [str(f) for f in lint(tunnel(drawn(seed), seed))] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 21))
def test_tunnels_are_sound_for_more_seeds(seed: int) -> None:
    """As above."""
    assert [str(f) for f in lint(tunnel(drawn(seed), seed))] == []


def whole(scene: Scene) -> Any:
    """All triangles that stand still, to shoot rays at."""
    parts = part_vertices(scene)
    faces = [scene.meshes[p.mesh].faces for p in scene.parts]
    start = np.cumsum([0, *(len(v) for v in parts[:-1])])
    mesh = trimesh.Trimesh(
        np.concatenate(parts), np.concatenate([f + k for f, k in zip(faces, start, strict=True)]), process=False
    )
    return trimesh.ray.ray_pyembree.RayMeshIntersector(mesh, scale_to_box=False)


@pytest.mark.parametrize("shape", ["arch", "box"])
def test_no_ray_leaves_a_bore_but_through_its_portals(shape: str) -> None:
    """From places inside, in 2,000 directions each: whatever goes up meets the bore within its length, and what meets
    nothing goes so level that it leaves through a portal: at distance d of it, below height / d."""
    values = {"shape": shape, "portal": 60.0, "tunnel_length": 160.0, "length": 240.0}
    plan, rays = tunnel_plan(values), whole(tunnel(values))
    draw = stream(0, "test", "rays").normal(size=(2000, 3))
    way = draw / np.linalg.norm(draw, axis=1, keepdims=True)
    for x, y in ((75.0, 0.0), (140.0, 3.0), (200.0, -3.0)):
        origin = np.array([x, y, 1.5])
        hit = rays.intersects_any(np.broadcast_to(origin, way.shape), way)
        to_portal = np.where(way[:, 0] < 0.0, x - plan.portal_m[0], plan.portal_m[1] - x) + 1.0
        out = origin + way * (to_portal / np.abs(way[:, 0]))[:, None]
        through = (np.abs(out[:, 1]) < plan.half_m + 0.1) & (out[:, 2] < plan.crown_m + 0.1) & (out[:, 2] > -0.1)
        assert through[~hit].all()
        assert hit.mean() > 0.9


def test_lanes_are_free_up_to_four_and_a_half_metres() -> None:
    """The clearance of RABT 2006, over the whole width of each lane, fans and signals included."""
    for seed in (0, 3):
        values = drawn(seed) | {"radius": 0.0}
        plan = tunnel_plan(values)
        x, y, z = np.concatenate(part_vertices(tunnel(values))).T
        over = (np.abs(y) < plan.road.edge_left_m) & (x > plan.portal_m[0]) & (x < plan.portal_m[1]) & (z > 0.05)
        assert z[over].min() > 4.5


def test_niches_and_exits_are_as_near_as_the_directive_asks() -> None:
    """Stations at most 150 m apart, exits at most 500 m (2004/54/EC, annex I, 2.10 and 2.3)."""
    plan = tunnel_plan({"tunnel_length": 1500.0, "portal": 100.0, "length": 1700.0})
    for stations, most in ((plan.niches_m, 150.0), (plan.exits_m, 500.0)):
        assert np.diff([plan.portal_m[0], *stations, plan.portal_m[1]]).max() < most
    near = [abs(a - b) for a in plan.niches_m for b in plan.stations(25.0)]
    assert max(NICHE_M) < 3.0 and min(near) >= 0.0


def measured_lux(scene: Scene, x_m: np.ndarray) -> np.ndarray:
    """Illuminance on the axis of a straight road: of each lamp I cos(theta) / d^2 within its cone (docs/conventions),
    and what the enclosure's walls throw back."""
    points = np.column_stack([x_m, np.zeros_like(x_m), np.zeros_like(x_m)])
    total = np.zeros(len(x_m))
    for light in scene.lights:
        away = np.array(light.position_m) - points
        d2 = (away * away).sum(-1)
        cosine, end = away[:, 2] / np.sqrt(d2), math.cos(light.cone_rad)
        t = np.clip((cosine - end) / (1.0 - end), 0.0, 1.0)
        total += light.intensity[0] * t * t * (3.0 - 2.0 * t) * cosine / d2
    (bore,) = scene.enclosures
    return 1e5 * (total + np.interp(x_m, bore.axis_m[:, 0], bore.light[:, 0]))


def test_the_road_is_as_light_as_asked_for() -> None:
    """Deep inside the mean over several lamps is the level within a twentieth (the formula is for endless rows); by
    night it is a quarter of it; at the entrance by day the share of the daylight."""
    values = {"portal": 60.0, "tunnel_length": 600.0, "length": 700.0, "light.level": 150.0}
    deep, first = np.linspace(520.0, 600.0, 161), np.linspace(80.0, 95.0, 31)
    day = tunnel(values | BY_DAY)
    assert measured_lux(day, deep).mean() == pytest.approx(150.0, rel=0.05)
    asked = 0.03 * daylight_lux(day.environment)
    assert measured_lux(day, first).mean() == pytest.approx(asked, rel=0.15)
    night = tunnel(values | {"sun.elevation": -0.5})
    assert measured_lux(night, deep).mean() == pytest.approx(0.25 * 150.0, rel=0.05)
    assert not tunnel(values | {"lighting": False}).lights


def test_light_behind_the_entrance_falls_as_recommended() -> None:
    """CIE 88:2004: even over half of the stopping distance, 0.4 of it at the whole one, then (1.9 + t)^-1.4: after 4 s
    8.5 %; two directions have it at both ends."""
    plan = tunnel_plan({"portal": 100.0, "tunnel_length": 1000.0, "length": 1200.0})
    v = plan.road.speed_limit_mps
    stop = v + v * v / 9.0
    s = plan.portal_m[0] + np.array([0.0, 0.5 * stop, stop, stop + 4.0 * v, 990.0])
    got = level_lux(plan, s, 1.0, 3000.0)
    np.testing.assert_allclose(got[:2], 3000.0)
    np.testing.assert_allclose(got[2:4], 3000.0 * np.array([1.9, 5.9]) ** -1.4, rtol=0.02)
    assert got[4] < 60.0
    both = level_lux(tunnel_plan({"portal": 100.0, "tunnel_length": 1000.0, "traffic": "two_way"}), s, 1.0, 3000.0)
    assert both[4] == 3000.0


def test_daylight_follows_the_handbooks() -> None:
    """Clear days: some 10 klx at 8 degrees, 60 klx at 40, 100 klx at most; none at night."""
    for degrees, lux in ((8.0, 10_000.0), (40.0, 60_000.0), (90.0, 100_000.0)):
        assert daylight_lux(Environment(math.radians(degrees), cloud=0.0)) == pytest.approx(lux, rel=0.08)
    assert daylight_lux(Environment(-0.2)) == 0.0


def test_the_sky_is_taken_inside_and_not_outside() -> None:
    """Everywhere on the road 30 m from a portal inside more than nine tenths, 40 m before it less than a hundredth."""
    for seed in range(3):
        values = drawn(seed) | {"lanes": 2, "tunnel_length": 120.0}
        plan, scene = tunnel_plan(values), tunnel(values)
        y = np.linspace(-plan.half_m, plan.half_m, 7)
        for s, low, high in ((plan.portal_m[0] + 30.0, 0.9, 1.0), (plan.portal_m[0] - 40.0, -1e-9, 0.01)):
            got = taken(scene.enclosures, plan.lay.points(s, y, 0.1), (0.0, 0.0, 1.0))
            assert ((got > low) & (got < high)).all()


def test_traffic_and_the_region() -> None:
    """In a tunnel of two directions the left half of the lanes comes; the region "tunnel" is the road between the
    portals."""
    values = {"lanes": 4, "traffic": "two_way", "portal": 100.0, "tunnel_length": 200.0, "lane_width": 3.5}
    graph = tunnel_lanes(values)
    assert [lane.forward for lane in graph.lanes] == [True, True, False, False]
    assert all(lane.forward for lane in tunnel_lanes({"lanes": 3}).lanes)
    area = graph.area("tunnel")
    assert area is not None
    assert area.area_m2 == pytest.approx(200.0 * (4 * 3.5 + 2 * 0.5))
    assert area.triangles_m[..., 0].min() == 100.0 and area.triangles_m[..., 0].max() == 300.0


def test_red_crosses_hang_over_the_closed_lane() -> None:
    """As many red signals as hang over one lane, half of them in a tunnel of two lanes."""
    scene = tunnel({"closed": 1})
    (row,) = (k for k, e in enumerate(scene.entities) if e.name == "lane_signals")
    parts = [p for p in scene.parts if p.entity == row]
    red = [p for p in parts if scene.meshes[p.mesh].name == "tunnel.signal.0"]
    assert 2 * len(red) == len(parts) > 2
    lane = tunnel_lanes({"closed": 1}).lanes[0].centre.points_m[0, 1]
    assert all(tf.apply(p.frame_from_mesh, np.zeros(3))[1] == pytest.approx(lane) for p in red)
