"""People: proportions, joints, and limbs that stay together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import trimesh

from simengine.world.scene import Asset, Scene
from simengine.world.taxonomy import CLASSES
from simengine_scenes.people.hair import STYLES, hair_styles
from simengine_scenes.people.measures import MEASURES
from simengine_scenes.people.outfit import CUTS, Outfit, outfit
from simengine_scenes.people.person import person_asset
from tests.scenes.scenery import PEOPLE, asset_of, first_hits, part_vertices, posed, scene_of

STATURE_M = {"adult": 1.76, "adult_f": 1.63, "child_9y": 1.33, "child_6y": 1.16, "elderly": 1.72, "elderly_f": 1.57}


@pytest.mark.parametrize("model", PEOPLE)
def test_stature_and_class(model: str) -> None:
    """Statures are those of the tables (50th percentiles); children are children to a detector."""
    asset = asset_of(model)
    assert asset.entity.size_m[2] == STATURE_M[model]
    assert CLASSES[asset.entity.semantic].name == ("child" if model.startswith("child") else "adult")
    assert asset.entity.leg_m == MEASURES[model].hip_m


def test_children_have_larger_heads_and_shorter_legs() -> None:
    """Heads per stature: adult about 7.5, nine years 6.3, six years 5.6; legs grow from 49 % to 53 % of the stature."""
    heads = {m: MEASURES[m].stature_m / MEASURES[m].head_m[0] for m in PEOPLE}
    assert heads["adult"] == pytest.approx(7.5, abs=0.1)
    assert heads["child_6y"] < heads["child_9y"] < heads["adult_f"] < heads["adult"]
    legs = {m: MEASURES[m].hip_m / MEASURES[m].stature_m for m in PEOPLE}
    assert legs["child_6y"] < legs["child_9y"] < legs["adult"]


@pytest.mark.parametrize("model", PEOPLE)
def test_positive_rotation_swings_a_hanging_limb_back(model: str) -> None:
    """About +y, what hangs below (-z) moves towards -x. Bending a knee by +1 rad lifts the foot behind the body,
    and only the parts below the knee move."""
    scene = scene_of(asset_of(model))
    rest, bent = part_vertices(scene), part_vertices(scene, posed(scene, {"knee_l": 1.0}))
    names = [p.name for p in scene.parts]
    for k, name in enumerate(names):
        moved = np.abs(bent[k] - rest[k]).max()
        assert (moved > 1e-9) == (name in ("shin_l", "foot_l")), name
    foot = names.index("foot_l")
    assert bent[foot][:, 0].mean() < rest[foot][:, 0].mean() - 0.1
    assert bent[foot][:, 2].mean() > rest[foot][:, 2].mean() + 0.02


@pytest.mark.parametrize("model", PEOPLE)
def test_left_and_right_mirror_each_other(model: str) -> None:
    """The right limbs are the left ones reflected at y = 0."""
    scene = scene_of(asset_of(model))
    boxes = {p.name: (v.min(0), v.max(0)) for p, v in zip(scene.parts, part_vertices(scene), strict=True)}
    for name, (low, high) in boxes.items():
        if name.endswith("_l"):
            other_low, other_high = boxes[name[:-1] + "r"]
            assert np.allclose([low[0], -high[1], low[2]], other_low, atol=1e-6)
            assert np.allclose([high[0], -low[1], high[2]], other_high, atol=1e-6)


def _inside(scene: Scene, part: int, point: np.ndarray, state: object) -> bool:
    points = part_vertices(scene, state)[part]  # type: ignore[arg-type]
    hull = trimesh.convex.convex_hull(points)
    return bool(hull.contains(point[None])[0])


@pytest.mark.parametrize("model", PEOPLE)
def test_limbs_overlap_at_their_joints(model: str) -> None:
    """A joint's centre lies inside both parts that meet there, so no bend can open a gap. A shoulder's centre lies in
    the middle of the arm; there the point three quarters of the arm's radius towards the chest must lie in both."""
    scene = scene_of(asset_of(model))
    index = {p.name: k for k, p in enumerate(scene.parts)}
    state = posed(scene)
    frames = scene.link_transforms(state)
    meets = {
        "knee": ("thigh", "shin"), "elbow": ("upper_arm", "forearm"), "hip": ("torso", "thigh"),
        "shoulder": ("torso", "upper_arm"), "ankle": ("shin", "foot"),
    }  # fmt: skip
    for i, link in enumerate(scene.links):
        joint, _, side = link.name.partition("_")
        if joint not in meets:
            continue
        upper, lower = (index.get(f"{n}_{side}", index.get(n, -1)) for n in meets[joint])
        centre = frames[i][:3, 3].copy()
        if joint == "shoulder":
            centre -= [0.0, np.sign(centre[1]) * 0.75 * MEASURES[model].arm_m[0], 0.02]
        assert _inside(scene, upper, centre, state), link.name
        assert _inside(scene, lower, centre, state), link.name


def test_outfits_vary_and_repeat() -> None:
    """An outfit depends on the model and the variety seed alone, and varies between seeds."""
    assert outfit("adult", 5) == outfit("adult", 5)
    assert len({outfit("adult", k) for k in range(40)}) > 25


def _materials(asset: Asset, part: str) -> set[str]:
    mesh = next(asset.meshes[p.mesh] for p in asset.parts if p.name == part)
    return {asset.materials[k].name.partition("_")[0] for k in np.unique(mesh.face_material)}


@pytest.mark.parametrize("cut", CUTS)
def test_clothes_cover_what_they_are_named_for(cut: str) -> None:
    """A T-shirt leaves forearms bare, every other garment leaves the hand alone; shorts leave the shin bare but for a
    sock, long trousers do not."""
    for shorts in (False, True):
        asset = person_asset("adult", Outfit("red", "denim", 0, 1, 1, cut, "grey", shorts))
        assert _materials(asset, "forearm_l") == ({"skin"} if cut == "tee" else {"skin", "cloth"})
        assert _materials(asset, "upper_arm_r") == ({"skin", "cloth"} if cut == "tee" else {"cloth"})
        assert _materials(asset, "shin_l") == ({"skin", "sole"} if shorts else {"cloth"})


@pytest.mark.parametrize("model", PEOPLE)
def test_hands_have_five_digits(model: str) -> None:
    """Palm, thumb and four fingers are closed surfaces of their own: 6 of skin at the end of a sleeve. They end a tenth
    of the stature below the wrist (DIN 33402-2: hands of 0.105 statures; a bent finger is shorter)."""
    asset = person_asset(model, Outfit("red", "denim", 0, 1, 1))
    mesh = next(asset.meshes[p.mesh] for p in asset.parts if p.name == "forearm_l")
    skin = [k for k, m in enumerate(asset.materials) if m.name.startswith("skin")]
    soup = trimesh.Trimesh(mesh.vertices_m, mesh.faces[np.isin(mesh.face_material, skin)], process=True)
    assert len(trimesh.graph.connected_components(soup.face_adjacency, nodes=np.arange(len(soup.faces)))) == 6
    b = MEASURES[model]
    reach = -(b.elbow_m - b.wrist_m) - float(soup.vertices[soup.faces.reshape(-1), 2].min())
    assert reach == pytest.approx(0.1 * b.stature_m, abs=0.012 * b.stature_m)


@pytest.mark.parametrize("model", PEOPLE)
def test_eyes_are_where_the_landmarks_say(model: str) -> None:
    """The middle of each eyeball lies within 12 mm of the landmark that keypoints are made of."""
    asset = person_asset(model, Outfit("red", "denim", 0, 1, 1))
    head = next(asset.meshes[p.mesh] for p in asset.parts if p.name == "head")
    white = [k for k, m in enumerate(asset.materials) if m.name == "eye_white"]
    balls = head.vertices_m[np.unique(head.faces[np.isin(head.face_material, white)])]
    marks = {m.name: np.array(m.position_m) for m in asset.landmarks}
    for word, sign in (("left", 1.0), ("right", -1.0)):
        ball = balls[sign * balls[:, 1] > 0.0]
        assert np.linalg.norm(0.5 * (ball.min(0) + ball.max(0)) - marks[f"{word}_eye"]) < 0.012


@pytest.mark.parametrize("style", STYLES)
def test_hair_ends_at_the_stature_and_leaves_the_eyes_free(style: str) -> None:
    """In every style the top is at the stature (a fringe of hair without a crown: up to 8 mm below), and a ray from
    ahead to an eye meets no hair."""
    for model in ("adult", "elderly_f", "child_6y"):
        asset = person_asset(model, Outfit("red", "denim", 0, 1, 1, style=style))
        scene = scene_of(asset)
        part = next(k for k, p in enumerate(scene.parts) if p.name == "head")
        points = part_vertices(scene)[part]
        assert -0.008 < points[:, 2].max() - MEASURES[model].stature_m < 0.001
        mesh = scene.meshes[scene.parts[part].mesh]
        eyes = [k for k, m in enumerate(scene.materials) if m.name == "eye_white"]
        soup = trimesh.Trimesh(mesh.vertices_m, mesh.faces, process=False)
        eye = mesh.vertices_m[mesh.faces[np.isin(mesh.face_material, eyes)].reshape(-1)]
        left = eye[eye[:, 1] > 0.0].mean(0)
        face, _ = first_hits(soup, np.array([[left[0] + 1.0, left[1], left[2]]]), np.array([[-1.0, 0.0, 0.0]]))
        assert not scene.materials[mesh.face_material[face[0]]].name.startswith("hair")


def test_who_wears_what() -> None:
    """Of 400 draws each: skirts are women's who go on foot, coats those of people on foot and
    every haircut of a model occurs."""
    for model in MEASURES:
        worn = [outfit(model, v, afoot=True) for v in range(400)]
        assert any(o.skirt for o in worn) is MEASURES[model].woman
        assert 0.12 < sum(o.cut == "coat" for o in worn) / 400 < 0.28  # 0.2, +- 4 sigma
        assert not any(o.skirt or o.cut == "coat" for o in (outfit(model, v) for v in range(100)))
        assert {o.style for o in worn} == set(hair_styles(MEASURES[model]))


@pytest.mark.parametrize("model", ["adult_f", "child_6y"])
def test_a_shape_in_other_colours_is_the_same_as_one_drafted_in_them(model: str):
    """Two outfits that differ in colours alone share vertices, faces and normals; where trousers are of the colour of
    the top the two materials are one, as they would be in a draft of their own, so each face has the material that it
    has in the other, by name."""
    one = Outfit("red", "khaki", 0, 1, 1, "striped", "white")
    for two in (
        replace(one, top="green", trousers="grey", skin=3, hair=2),
        replace(one, top="black", trousers="black"),
    ):
        a, b = person_asset(model, one), person_asset(model, two)
        turned = {"cloth_red": f"cloth_{two.top}", "cloth_khaki": f"cloth_{two.trousers}"}
        turned |= {"skin_1": f"skin_{two.skin}", "hair_1": f"hair_{two.hair}"}
        assert len({m.name for m in b.materials}) == len(b.materials)
        for x, y in zip(a.meshes, b.meshes, strict=True):
            assert x.vertices_m is y.vertices_m and x.faces is y.faces and x.vertex_normals is y.vertex_normals
            assert (x.name != y.name) and x.name.split(".")[-1] == y.name.split(".")[-1]
            names = [turned.get(a.materials[k].name, a.materials[k].name) for k in x.face_material]
            assert names == [b.materials[k].name for k in y.face_material]
