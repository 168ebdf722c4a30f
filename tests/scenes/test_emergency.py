"""Emergency vehicles: schemes that lie on the body, and lamps that flash by the clock alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.world.lamps import Flash
from simengine.world.scene import Asset
from simengine.world.state import WorldState
from simengine.world.weather import Environment
from simengine_renderers.raytrace.lamps import Lamps
from simengine_scenes import palette
from simengine_scenes.shapes.probe import first_hit
from simengine_scenes.vehicles.car import car_body
from simengine_scenes.vehicles.decals import add_decal
from simengine_scenes.vehicles.emergency import emergency_asset
from simengine_scenes.vehicles.face import Look
from simengine_scenes.vehicles.shape import BODIES
from tests.scenes.scenery import EMERGENCY, asset_of, part_vertices, scene_of


def _flashes(asset: Asset) -> list[Flash]:
    return [g.flash for glows in asset.glows.values() for g in glows if g.flash is not None and not g.lamps]


def test_a_flash_is_on_in_its_windows() -> None:
    """Half open windows of the period, shifted by the offset; the same at any whole number of periods later."""
    flash = Flash(100, 30, ((0, 10), (50, 60)))
    on = [t for t in range(100) if flash.on(t)]
    assert on == [*range(20, 30), *range(70, 80)]
    assert all(flash.on(t) == flash.on(t + 700) for t in range(100))


@pytest.mark.parametrize("model", EMERGENCY)
def test_lamps_flash_in_turn_and_light_up_the_night(model: str) -> None:
    """Two flashes of 80 ms each in 500 ms and side: over a period sampled every 5 ms each lamp is on for 32 % of the
    time, and never both at once (they are half a period apart). At night as many light sources are on as lamps."""
    scene = scene_of(asset_of(model), Environment(sun_elevation_rad=-0.3, lamps_lit=True))
    lamps = Lamps(scene)
    rest = WorldState.at_rest(scene.actors, len(scene.links))
    on = []
    for k in range(100):
        state = replace(rest, time_ns=5_000_000 * k)
        rows, shine = scene.shining(state)
        names = [scene.parts[i].name for i in rows if scene.parts[i].name.startswith("beacon")]
        assert sum(scene.materials[m].name == "beacon_lit" for m in shine) == len(names)
        _, count = lamps.table(state, np.array([-20.0, 0.0, 1.5]), 1e-4, "cpu")
        assert count == 2 + len(names)
        on.append((("beacon_l" in names), ("beacon_r" in names)))
    share = np.array(on).mean(0)
    assert share == pytest.approx([0.32, 0.32], abs=0.02) and not np.array(on).all(1).any()


def test_beacons_can_be_off_and_vehicles_flash_out_of_step() -> None:
    """Without beacons nothing flashes; the phase is drawn by the variety seed."""
    assert not _flashes(emergency_asset("police", False, 3))
    phases = {f.offset_ns for v in range(12) for f in _flashes(emergency_asset("police", True, v))}
    assert len(phases) > 12


def test_an_ambulance_has_windows_to_head_height_and_two_doors_behind() -> None:
    """Its panes end below 2.15 m, though its roof is at 2.6 m; its rear has a pane on each side of the middle and none
    at it. Its front doors open as those of a van do, and are no higher than the panes."""
    asset = emergency_asset("ambulance", True, 3, hinged=True)
    scene = scene_of(asset)
    points = part_vertices(scene)
    panes = np.concatenate([
        at[scene.meshes[p.mesh].faces[[scene.materials[k].name.startswith(("glass_windscreen", "glass_privacy"))
                                       for k in scene.meshes[p.mesh].face_material]]]
        for p, at in zip(scene.parts, points, strict=True)
    ])  # fmt: skip
    assert 1.9 < panes[:, :, 2].max() < 2.15 < 2.5 < max(at[:, 2].max() for at in points)
    behind = panes[panes[:, :, 0].max(1) < -2.5]
    assert len(behind) and (np.abs(behind[:, :, 1]) > 0.05).all() and (behind[..., 1] > 0).any(1).mean() == 0.5
    assert [d.z_m[1] for d in asset.entity.doors] == pytest.approx([panes[:, :, 2].max()] * 2, abs=0.06)
    assert {"door_l", "door_r"} <= {link.name for link in scene.links}


def test_chevrons_have_straight_edges() -> None:
    """Edges between the two colours of a tail lie at 45 degrees: all points where both meet are on lines of constant
    height plus distance from the middle, 16 cm apart (or on the border of the lattice)."""
    asset = emergency_asset("ambulance", False, 3)
    body = asset.meshes[asset.parts[0].mesh]
    faces = {}
    for name in ("retro_red", "retro_yellow"):
        chosen = np.array([m.name == name for m in asset.materials])[body.face_material]
        corners = body.vertices_m[body.faces[chosen]].astype(float)
        corners = corners[corners[:, :, 0].max(1) < -2.8]
        faces[name] = {tuple(p) for p in np.round(corners[:, :, 1:].reshape(-1, 2), 3).tolist()}
    both = np.array(sorted(faces["retro_red"] & faces["retro_yellow"]))
    assert len(both) > 20
    rise = (both[:, 1] + np.abs(both[:, 0])) / 0.16
    assert np.abs(rise - np.round(rise)).max() < 0.02


def test_a_decal_lies_on_what_one_sees_from_its_side() -> None:
    """Each corner of a lattice on a flank is 3.5 mm outside of what a ray from the left meets first, as found by
    another function (``first_hit``)."""
    body = car_body(BODIES["sedan"], palette.PAINTS["white"], Look())
    bare = body.triangles()
    add_decal(
        body, (-1.9, 1.9, 0.52, 0.86), 0.085, [palette.RETRO_BLUE], lambda u, z: np.zeros(u.shape, np.int64), "side"
    )
    laid = body.triangles((palette.RETRO_BLUE.name,)).reshape(-1, 3)
    left = laid[laid[:, 1] > 0.0]
    assert len(left) > 500 and len(left) == len(laid) - len(left)
    for x, y, z in left[:: len(left) // 40]:
        assert y - first_hit(bare, 1, 1.0, (float(x), float(z)))[1] == pytest.approx(0.0035, abs=1e-7)


@pytest.mark.parametrize("model", EMERGENCY)
def test_schemes_are_retroreflective_and_lie_on_the_body(model: str) -> None:
    """At least 0.8 m2 of sheeting with a gain of 60 or more, none of it farther out than the box of the vehicle."""
    for variety in range(6):
        asset = asset_of(model, variety)
        body = asset.meshes[asset.parts[0].mesh]
        retro = np.array([m.retro >= 60.0 and m.name.startswith("retro") for m in asset.materials])[body.face_material]
        a, b, c = (body.vertices_m[body.faces[retro]][:, k].astype(float) for k in range(3))
        assert 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() > 0.8
        assert np.abs(a[:, 1]).max() < 0.5 * asset.entity.size_m[1] + 0.01
