"""Named points of every family: which there are, that they lie on the meshes, and what they move with.

Gaps are those of trimesh (``closest_point``), which knows nothing of how points were found.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import trimesh

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.world.library import HINGED, EntityKind
from simengine.world.scene import Asset, Scene
from simengine.world.skeletons import SKELETONS
from simengine.world.taxonomy import CLASS_ID, CLASSES
from simengine_scenes import palette
from simengine_scenes.driving import LIBRARY as DRIVING
from simengine_scenes.warehouse import LIBRARY as WAREHOUSE
from tests.scenes.scenery import posed, scene_of, soup

KINDS: dict[str, EntityKind] = {k.name: k for library in (DRIVING, WAREHOUSE) for k in library.entities.values()}
THINGS = sorted(k.name for k in KINDS.values() if k.category in ("vehicle", "person", "drone") or k.name == "arm")
LACKING = {
    "trailer": {"front_light", "front_wheel", "central_up", "mirror_edge"},
    "lorry": {"rear_plate"},  # its trailer has it
    "tram": {"rear_plate"},
    "e_scooter": {"saddle", "left_pedal", "right_pedal"},
    "quadrotor": {"rotor_4", "rotor_5"},
}
INSIDE = ("person", "animal", "arm")
"""Their joints are axes of limbs, within the flesh or a housing."""


@cache
def built(name: str, model: str, hinged: bool = False) -> Asset:
    kind = KINDS[name]
    assert kind.build is not None
    values = {p.name: p.default for p in kind.properties} | ({HINGED: True} if hinged else {})
    return kind.build(model, values, 5)


def models(name: str) -> list[str]:
    return list(KINDS[name].models) or [""]


def places(scene: Scene, joints: dict[str, float] | None = None) -> dict[tuple[str, str], F64Array]:
    """World position of each point, with joints turned."""
    links = scene.link_transforms(posed(scene, joints))
    return {(m.skeleton, m.name): tf.apply(links[m.link], np.array(m.position_m)) for m in scene.landmarks}


def gaps(scene: Scene, found: dict[tuple[str, str], F64Array], joints: dict[str, float] | None = None) -> F64Array:
    """How far each point is from the nearest surface; inf where that is farther than 3 cm."""
    triangles = soup(scene, state=posed(scene, joints)).triangles
    low, high = triangles.min(1) - 0.03, triangles.max(1) + 0.03
    out: list[float] = []
    for at in found.values():
        near = triangles[((low <= at) & (at <= high)).all(-1)]
        way = (
            trimesh.triangles.closest_point(near, np.tile(at, (len(near), 1))) - at
            if len(near)
            else np.full((1, 3), np.inf)
        )
        out.append(float(np.sqrt((way * way).sum(-1)).min()))
    return np.array(out)


@pytest.mark.parametrize("name", THINGS)
def test_every_model_has_all_points_of_its_sets(name: str):
    """The set of its class, and "person" where somebody rides or sits on it; what is left out is in the list above
    with its reason: trailers have no front axle, trams no plates, scooters no saddle."""
    for model in models(name):
        asset = built(name, model)
        sets = {mark.skeleton for mark in asset.landmarks}
        own = CLASSES[asset.entity.semantic].name
        assert any(own in SKELETONS[word].classes for word in sets), (model, sets)
        ridden = own in ("bicycle", "motorcycle", "e_scooter", "wheelchair", "forklift")
        assert len(sets) == 1 + ridden and ("person" in sets) == (ridden or own in ("adult", "child"))
        for word in sets:
            lacking = LACKING.get(model, set()) | LACKING.get(name, set()) if word != "person" else set()
            wanted = {
                j for j in SKELETONS[word].joints if j.removesuffix("_left").removesuffix("_right") not in lacking
            }
            assert sorted(m.name for m in asset.landmarks if m.skeleton == word) == sorted(wanted), (model, word)


@pytest.mark.parametrize("name", THINGS)
def test_points_lie_on_the_surface_and_mirror_each_other(name: str):
    """Within 2 cm (hubs of bicycles lie on the axle, inside of it: 2.5 cm); joints of bodies and arms are inside, so
    they are left to other tests. A point of the right is its left one, mirrored: but for pedals, one up, one down, and
    the legs that they lift."""
    for model in models(name):
        scene = scene_of(built(name, model))
        found = {key: at for key, at in places(scene).items() if key[0] not in INSIDE}
        if found:
            gap = gaps(scene, found)
            assert gap.max() < 0.025, (model, dict(zip(found, gap.round(3), strict=True)))
        for (word, joint), at in found.items():
            other = joint.replace("left", "right")
            if "left" in joint and "pedal" not in joint:
                assert np.allclose(at * [1.0, -1.0, 1.0], found[word, other], atol=1e-6), (model, joint)


@pytest.mark.parametrize("model", KINDS["car"].models)
def test_lamps_and_plates_are_where_their_materials_are(model: str):
    """The nearest face to a lamp's point is a lamp's, to a plate's a plate's, to the top of a pane glass or its frame;
    hubs lie at the height of the axles, and front is ahead of rear."""
    if model == "motorbike":
        return
    asset = built("car", model)
    scene = scene_of(asset)
    found = places(scene)
    triangles = soup(scene).triangles
    material = np.concatenate([
        [scene.materials[k].name for k in scene.meshes[p.mesh].face_material] for p in scene.parts
    ])  # fmt: skip
    head = {palette.HEADLAMP.name, palette.HEADLAMP_LENS.name}
    tail = {palette.TAILLAMP.name, palette.BRAKELAMP.name, palette.INDICATORS[0].name}
    panes = {palette.GLASS.name, palette.WINDSCREEN.name, palette.PRIVACY_GLASS.name}
    for joint, wanted in (("front_light", head), ("rear_light", tail), ("rear_plate", {palette.PLATE.name}),
                          ("front_up", panes)):  # fmt: skip
        at = found["vehicle", f"{joint}_left"]
        close = np.flatnonzero((np.abs(triangles - at).min(1) < 1.0).all(-1))
        gap = trimesh.triangles.closest_point(triangles[close], np.tile(at, (len(close), 1))) - at
        here = set(material[close[np.sqrt((gap * gap).sum(-1)) < 2e-4]].tolist())
        assert wanted & here, (model, joint, here)
    radius = asset.entity.dynamics.wheel_radius_m if asset.entity.dynamics else 0.0
    hub = {end: found["vehicle", f"{end}_wheel_left"] for end in ("front", "rear")}
    assert hub["front"][2] == hub["rear"][2] == pytest.approx(radius)
    assert asset.entity.dynamics is not None
    assert hub["front"][0] - hub["rear"][0] == pytest.approx(asset.entity.dynamics.wheelbase_m, abs=0.01)
    length, width, height = asset.entity.size_m
    for (_, joint), at in found.items():
        assert (at[0] > 0.0) == (joint.split("_")[0] in ("front", "mirror")) or "central" in joint, joint
        assert abs(at[0]) <= 0.5 * length + 0.005 and 0.0 < at[2] <= height + 1e-4
        assert abs(at[1]) <= 0.5 * width or "mirror" in joint


def test_wheels_steer_and_do_not_spin():
    """Turning a wheel about its axle moves no point; steering moves the hub about the upright axis through the wheel's
    middle, whose distance the hub keeps, and nothing else."""
    scene = scene_of(built("car", "sedan"))
    rest = places(scene)
    spun = places(scene, {f"wheel_{k}": 1.0 for k in ("fl", "fr", "rl", "rr")})
    assert all(np.array_equal(spun[key], rest[key]) for key in rest)
    turned = places(scene, {"steer_fl": 0.5, "steer_fr": 0.5})
    moved = {joint for (word, joint) in rest if not np.allclose(turned[word, joint], rest[word, joint], atol=1e-9)}
    assert moved == {"front_wheel_left", "front_wheel_right"}
    key = ("vehicle", "front_wheel_left")
    out = 0.5 * 0.225 - 0.024  # half the tyre's width less the cap's depth
    expected = rest[key] + out * np.array([-np.sin(0.5), np.cos(0.5) - 1.0, 0.0])
    assert np.allclose(turned[key], expected, atol=1e-9)
    assert gaps(scene, {key: turned[key]}, {"steer_fl": 0.5, "steer_fr": 0.5})[0] < 1e-3


def test_mirrors_swing_with_the_doors():
    """Of a car whose doors open, the mirrors' points stay on the mirrors, and all others stay where they are."""
    scene = scene_of(built("car", "hatchback", True))
    rest, angles = places(scene), {"door_l": 0.9}
    swung = places(scene, angles)
    moved = {joint for (word, joint) in rest if not np.allclose(swung[word, joint], rest[word, joint], atol=1e-9)}
    assert moved == {"mirror_edge_left"}
    assert gaps(scene, swung, angles).max() < 0.02


def test_sets_are_well_formed():
    """Names are unique, bones join different joints of one side or the two of a pair, classes exist and belong to one
    set alone; COCO's 19 bones and 17 joints, AP-10K's 17 and the 24 of vehicles are as many as published."""
    owners = [name for s in SKELETONS.values() for name in s.classes]
    assert len(owners) == len(set(owners)) and set(owners) <= set(CLASS_ID)
    counts = {word: len(s.joints) for word, s in SKELETONS.items()}
    assert (counts["person"], counts["animal"], counts["vehicle"]) == (17, 17, 24)
    assert len(SKELETONS["person"].bones) == 19
    for word, s in SKELETONS.items():
        assert len(set(s.joints)) == len(s.joints) and {j for bone in s.bones for j in bone} == set(
            range(len(s.joints))
        )
        for a, b in s.bones:
            sides = [{"left", "right"} & set(s.joints[k].split("_")) for k in (a, b)]
            pair = s.joints[a].replace("left", "right") == s.joints[b].replace("left", "right")
            assert a != b and (sides[0] == sides[1] or not sides[0] or not sides[1] or pair), (word, a, b)


def test_the_page_has_every_set():
    """Names in their order, and the classes, as the table of docs/keypoints.md has them."""
    page = (Path(__file__).parents[2] / "docs/keypoints.md").read_text()
    for s in SKELETONS.values():
        classes, joints = ", ".join(f"`{c}`" for c in s.classes), " ".join(f"`{j}`" for j in s.joints)
        assert f"| `{s.name}` | {classes} | {joints} |" in page
