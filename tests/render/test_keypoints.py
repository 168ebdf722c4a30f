"""Keypoints and poses: places by OpenCV, hiding by rays of trimesh, and the way to disk and back."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import trimesh

import simengine
from simengine.arrays import Array
from simengine.datasets import Dataset
from simengine.datasets.exports import export
from simengine.datasets.plain_json import dumps, loads
from simengine.errors import DatasetError, ReadingError, UsageError
from simengine.geometry import transforms as tf
from simengine.render.labels import Keypoints, keypoint_labels, pose_labels
from simengine.render.protocol import CameraReading
from simengine.sensors.projection import rays
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.skeletons import MOST_JOINTS, SKELETONS
from simengine.world.state import WorldState
from tests.renderers.simple_scenes import block, look, scene_of, state_of
from tests.scenes.scenery import PEOPLE, asset_of, first_hits, soup

JOINTS, SKELETON = SKELETONS["person"].joints, SKELETONS["person"].bones

TEXT = """use driving

scenario crowd "People before and behind a car":
    world street(lanes = 2, parking = right, length = 60 m)
    car ego on lane(1) at s(10 m)
    car parked along curb(right) at s(24 m)
    pedestrian a at (20 m, 1 m) facing ego
    pedestrian b beyond parked by 0.3 m:
        model = child_6y
    do:
        a.walk(to = (20 m, -3 m), speed = 1.5 m/s)
    stop after 0.3 s
    label parked as pose6d
    sensor front on ego = camera(size = (240, 160), fov = 70 deg):
        distortion.k1 = -0.1
    record front: rgb, keypoints, pose6d at 10 hz
    record front: instance, depth, box3d at 5 hz
"""


def watched(model: str, yaw: float, angles: dict[str, float]) -> tuple[Scene, CameraSpec, WorldState]:
    """Somebody 2.5 m before a camera, behind whom stands a wall and beside whom a block hides some."""
    fixed = [
        (block("wall", (0.2, 9.0, 5.0), "building"), tf.translation([6.0, 0.0, 0.0])),
        (block("post", (0.05, 0.3, 0.6), "pole"), tf.translation([2.0, 0.0, 0.0])),
    ]
    scene = scene_of([asset_of(model)], fixed)
    state = state_of(scene, [(2.5, 0.05, 0.0)], [yaw])
    for k, link in enumerate(scene.links):
        state.joint_rad[k] = angles.get(link.name, 0.0)
    spec = CameraSpec.from_fov("front", -1, (0.0, 0.0, 1.0), (160, 200), np.radians(60.0))
    return scene, spec, state


@pytest.mark.parametrize("model", PEOPLE)
def test_joints_are_where_the_limbs_turn(model: str) -> None:
    """A knee is the origin of the shin's frame, an elbow that of the forearm's, whatever the angles; OpenCV projects
    them to the same pixels (its pixel centres are whole numbers, ours lie at +0.5)."""
    scene, spec, state = watched(model, 2.8, {"hip_l": -0.6, "knee_l": 1.1, "shoulder_r": -0.9, "elbow_r": -0.7})
    found = keypoint_labels(scene, spec, state, look(scene, spec, state, ["instance", "depth"]))
    assert (
        found.name == (model,) and found.px.shape == (1, MOST_JOINTS, 2) and found.of("person").px.shape == (1, 17, 2)
    )
    links = dict(zip([k.name for k in scene.links], scene.link_transforms(state), strict=True))
    for joint, link in (("knee", "knee"), ("ankle", "ankle"), ("elbow", "elbow"), ("shoulder", "shoulder")):
        for side in ("left", "right"):
            k = JOINTS.index(f"{side}_{joint}")
            world = links[f"{link}_{side[0]}"][:3, 3]
            camera = tf.apply(tf.inverse(spec.entity_from_camera), world)
            assert np.allclose(found.camera_m[0, k], camera, atol=1e-12)
            px, _ = cv2.projectPoints(camera[None], np.zeros(3), np.zeros(3), spec.matrix(), None)
            assert np.allclose(found.px[0, k], px[0, 0], atol=1e-9)
    nose, ears = found.camera_m[0, 0], found.camera_m[0, 3:5]
    assert nose[2] < ears[:, 2].min()  # they look at the camera


def whole(scene: Scene, state: WorldState) -> tuple[trimesh.Trimesh, Array]:
    """All parts as one mesh, and whose each face is."""
    owner = [np.full(len(scene.meshes[p.mesh].faces), p.entity) for p in scene.parts]
    return soup(scene, state=state), np.concatenate(owner)


def image_of(scene: Scene, spec: CameraSpec, state: WorldState) -> CameraReading:
    """Instance and depth of every pixel's centre, by rays of trimesh (Embree)."""
    mesh, owner = whole(scene, state)
    pose = spec.entity_from_camera
    way = rays(spec).reshape(-1, 3)
    face, far = first_hits(mesh, np.broadcast_to(pose[:3, 3], way.shape), tf.rotate(pose, way))
    instance = np.where(face >= 0, owner[face], -1).reshape(spec.height_px, spec.width_px)
    channels = {"instance": instance, "depth": (far * way[:, 2]).reshape(instance.shape)}
    return CameraReading(spec, 0, pose, channels)


def first_met(scene: Scene, spec: CameraSpec, state: WorldState, row: Keypoints) -> list[int]:
    """Flags of the only row by a ray to each joint: it is visible where the first thing met is the thing itself, at
    most the joint's cover before it, or nothing up to the joint."""
    mesh, owner = whole(scene, state)
    cover = {m.name: m.cover_m for m in scene.landmarks if m.skeleton == row.skeleton[0]}
    out: list[int] = []
    for k, joint in enumerate(SKELETONS[row.skeleton[0]].joints):
        at = row.camera_m[0, k]
        reach = float(np.linalg.norm(at))
        way = tf.rotate(spec.entity_from_camera, at / reach)
        face, far = first_hits(mesh, spec.entity_from_camera[None, :3, 3], way[None])
        own = owner[int(face[0])] == int(row.instance[0])
        gap = (reach - float(far[0])) * at[2] / reach
        seen = gap <= (cover[joint] if own else 0.0)
        out.append(0 if not row.visibility[0, k] else 2 if seen else 1)
    return out


@pytest.mark.parametrize("yaw", [0.0, 1.2, 1.6, 3.1, -1.5])
def test_what_hides_a_joint_is_what_a_ray_meets_first(yaw: float) -> None:
    """Ours looks at a pixel, not along a ray, so that a joint at an outline may differ: two of 17 at most."""
    angles = {"hip_l": -0.5, "knee_l": 0.9, "shoulder_l": -1.2, "elbow_l": -1.0, "shoulder_r": 0.4}
    scene, spec, state = watched("adult", yaw, angles)
    found = keypoint_labels(scene, spec, state, look(scene, spec, state, ["instance", "depth"]))
    expected = first_met(scene, spec, state, found.of("person"))
    seen = found.of("person").visibility[0]
    assert (seen != expected).sum() <= 2, list(zip(JOINTS, seen, expected, strict=True))
    assert {1, 2} <= set(seen.tolist())


@pytest.mark.parametrize("yaw", [0.3, 1.4, 2.7])
@pytest.mark.parametrize("model", ["sedan", "truck", "city_bike"])
def test_a_vehicle_hides_its_far_side(model: str, yaw: float) -> None:
    """Its own body and the post before it hide points exactly as rays say; where an outline is, a pixel may show what
    is beside it: three points of a set at most. Of a car seen askew some points are seen and some are not."""
    fixed = [(block("post", (0.05, 0.4, 1.2), "pole"), tf.translation([3.0, 0.4, 0.0]))]
    scene = scene_of([asset_of(model)], fixed)
    state = state_of(scene, [(9.0, 0.3, 0.0)], [yaw])
    spec = CameraSpec.from_fov("front", -1, (0.0, 0.0, 1.6), (1200, 600), np.radians(70.0))
    found = keypoint_labels(scene, spec, state, image_of(scene, spec, state))
    assert found.skeleton == (("person", "two_wheeler") if model == "city_bike" else ("vehicle",))
    for word in found.skeleton:
        row = found.of(word)
        expected = first_met(scene, spec, state, row)
        joints = SKELETONS[word].joints
        assert (row.visibility[0] != expected).sum() <= 3, list(zip(joints, row.visibility[0], expected, strict=True))
    if model != "city_bike":
        assert {1, 2} <= set(found.visibility[0].tolist())


def test_glass_hides_what_is_behind_it() -> None:
    """Panes are surfaces to labels (ADR 0027): of a car from ahead all of its rear is hidden, though light goes through
    the windscreen and the rear window, and what is ahead is seen."""
    scene = scene_of([asset_of("sedan")])
    state = state_of(scene, [(8.0, 0.0, 0.0)], [np.pi])
    spec = CameraSpec.from_fov("front", -1, (0.0, 0.0, 1.25), (800, 400), np.radians(60.0))
    found = keypoint_labels(scene, spec, state, image_of(scene, spec, state)).of("vehicle")
    seen = dict(zip(SKELETONS["vehicle"].joints, found.visibility[0].tolist(), strict=True))
    both = ("left", "right")
    assert {seen[f"rear_{what}_{side}"] for what in ("up", "light", "low", "wheel") for side in both} == {1}
    assert {seen[f"front_{what}_{side}"] for what in ("up", "light", "low") for side in both} == {2}


def test_a_head_from_behind_has_no_face_and_a_side_hides_the_other() -> None:
    """Plain truth: from behind nose and eyes are hidden; of somebody who turns the left side, the right ear is."""
    scene, spec, state = watched("adult", 0.0, {})
    back = keypoint_labels(scene, spec, state, look(scene, spec, state, ["instance", "depth"]))
    seen = dict(zip(JOINTS, back.of("person").visibility[0].tolist(), strict=True))
    assert [seen[j] for j in ("nose", "left_eye", "right_eye", "left_shoulder", "right_shoulder")] == [1, 1, 1, 2, 2]
    scene, spec, state = watched("adult", -np.pi / 2, {})  # heading -y: the right side is turned to the camera
    side = keypoint_labels(scene, spec, state, look(scene, spec, state, ["instance", "depth"]))
    seen = dict(zip(JOINTS, side.of("person").visibility[0].tolist(), strict=True))
    assert (seen["right_ear"], seen["left_ear"], seen["right_elbow"], seen["left_elbow"]) == (2, 1, 2, 1)


def test_outside_of_the_image_is_0_and_nobody_in_view_is_nobody() -> None:
    """A camera that looks down sees feet: joints above the image are 0, and keep their pixels beyond it."""
    scene, _, state = watched("adult", np.pi, {})
    low = CameraSpec.from_fov("low", -1, (0.0, 0.0, 0.15), (100, 40), np.radians(60.0))
    found = keypoint_labels(scene, low, state, look(scene, low, state, ["instance", "depth"]))
    seen = dict(zip(JOINTS, found.of("person").visibility[0].tolist(), strict=True))
    assert seen["nose"] == 0 and seen["left_ankle"] > 0 and found.px[0, 0, 1] < 0.0
    away = CameraSpec.from_fov("away", -1, (5.0, 0.0, 1.0), (100, 40), np.radians(60.0))
    none = keypoint_labels(scene, away, state, look(scene, away, state, ["instance", "depth"]))
    assert len(none) == 0 and none.px.shape == (0, MOST_JOINTS, 2)
    with pytest.raises(UsageError, match="'instance' and 'depth'"):
        keypoint_labels(scene, away, state, look(scene, away, state, ["instance"]))


def test_bones_join_neighbours() -> None:
    """COCO's skeleton has 19 bones over 17 joints, none of them from one side's limb to the other's."""
    assert len(SKELETON) == 19 and {j for bone in SKELETON for j in bone} == set(range(17))
    for a, b in SKELETON:
        one, two = JOINTS[a].split("_"), JOINTS[b].split("_")
        assert one[-1] == two[-1] or one[0] == two[0] or "nose" in (one[0], two[0])


def test_poses_are_what_pnp_finds() -> None:
    """The corners of the 3D box project to pixels from which OpenCV's perspective-n-point finds the pose again; a
    thing behind the camera and the carrier itself have none."""
    scene = scene_of([block("a", (1.0, 2.0, 1.5)), block("ego", (0.5, 0.5, 0.5)), block("b", (1.0, 1.0, 1.0))])
    state = state_of(scene, [(8.0, 1.0, 0.0), (0.0, 0.0, 0.0), (-5.0, 0.0, 0.0)], [0.7, 0.1, 0.0])
    spec = CameraSpec.from_fov("front", 1, (0.0, 0.0, 1.0), (160, 120), np.pi / 2)
    reading = look(scene, spec, state, ["instance"])
    found = pose_labels(scene, spec, state, reading)
    assert found.name == ("a",) and found.visible_px[0] == (reading.channels["instance"] == 0).sum() > 100
    px = cv2.projectPoints(found.corners_m()[0], np.zeros(3), np.zeros(3), spec.matrix(), None)[0]
    model = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-1.0, 1.0) for z in (0.0, 1.5)])
    done, turn, shift = cv2.solvePnP(model, px, spec.matrix(), None)
    assert done and np.allclose(shift[:, 0], found.translation_m[0], atol=1e-4)
    assert np.allclose(cv2.Rodrigues(turn)[0], found.matrices()[0, :3, :3], atol=1e-4)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[simengine.Frame], Dataset]:
    root = tmp_path_factory.mktemp("crowd")
    (root / "crowd.scn").write_text(TEXT)
    simengine.run(simengine.RunOptions(str(root / "crowd.scn"), root / "data", variants=1))
    live = list(next(iter(simengine.episodes(simengine.load(str(root / "crowd.scn")), 1))))
    return live, Dataset.open(root / "data")


def test_live_and_read_back_are_equal(crowd: tuple[list[simengine.Frame], Dataset]) -> None:
    """All tables bit for bit, with what each frame has (masks and 3D boxes come at half the rate)."""
    live, dataset = crowd
    stored = list(dataset.episodes[0])
    assert len(live) == len(stored) == 4
    for a, b in zip(live, stored, strict=True):
        assert a["front"].tables == b["front"].tables == ("keypoints", "pose6d")
        for one, two in ((a["front"].keypoints, b["front"].keypoints), (a["front"].poses6d, b["front"].poses6d)):
            left, right = one.columns(), two.columns()
            assert list(left) == list(right) and len(one) == len(two) > 0
            assert all(np.array_equal(x, y) for x, y in zip(left.values(), right.values(), strict=True))
        assert list(b["front"]) == (["rgb", "depth", "instance"] if b.index % 2 == 0 else ["rgb"])
    frame = stored[0]
    poses, boxes = frame["front"].poses6d, frame["front"].boxes3d
    for name in poses.name:
        box = boxes.corners_m()[boxes.find(name)]
        assert np.allclose(poses.corners_m()[poses.find(name)], box, atol=1e-9), name
    rows = dataset.episodes[0].table("keypoints", frame=0, joint="nose").to_pylist()
    assert [r["name"] for r in rows] == list(frame["front"].keypoints.of("person").name) == ["a", "b"]
    assert set(frame["front"].keypoints.skeleton) == {"person", "vehicle"}
    with pytest.raises(ReadingError, match="did you mean 'pose6d'"):
        dataset.episodes[0].table("pose6")
    with pytest.raises(ReadingError, match="did you mean 'front'"):
        dataset.episodes[0].table("keypoints", sensor="frnt")
    assert frame["front"].keypoints.find("a") == 1 and "keypoints" in repr(frame["front"])


def test_the_hidden_child_is_hidden(crowd: tuple[list[simengine.Frame], Dataset]) -> None:
    """Behind the parked car, at most the head shows over it, while the adult on the road shows shoulders."""
    people: Keypoints = crowd[1].episodes[0].frames[0]["front"].keypoints.of("person")
    child, adult = people.visibility[people.find("b")], people.visibility[people.find("a")]
    assert (child[11:17] == 1).all()
    assert (adult[[5, 6]] == 2).all()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_coco_scores_the_export_as_perfect(crowd: tuple[list[simengine.Frame], Dataset], tmp_path: Path) -> None:
    """COCO's own evaluation of the keypoint file against itself gives an average precision of 1, and the numbers are
    those of the dataset in pixel centres from 0. Frames without masks are left out; who is not seen at all, too."""
    coco = pytest.importorskip("pycocotools.coco", reason="pycocotools is not installed (extra 'test')")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    summary = export(crowd[1], "coco", tmp_path / "coco")
    assert (summary.frames, summary.skipped) == (2, 2)
    with contextlib.redirect_stdout(io.StringIO()):
        people = coco.COCO(str(tmp_path / "coco" / "annotations" / "person_keypoints.json"))
        single = [a for a in people.anns.values() if not a["iscrowd"]]
        guess = [{**{k: a[k] for k in ("image_id", "category_id", "keypoints")}, "score": 1.0} for a in single]
        scores = evaluation.COCOeval(people, people.loadRes(guess), "keypoints")
        scores.evaluate()
        scores.accumulate()
        scores.summarize()
    assert scores.stats[0] == 1.0 and {a["name"] for a in single} >= {"a"}
    assert people.cats[1]["name"] == "person" and people.cats[1]["keypoints"] == list(JOINTS)
    for found in single:
        truth = crowd[1].episodes[0].frames[people.imgs[found["image_id"]]["frame"]]["front"].keypoints.of("person")
        row, got = truth.find(found["instance"]), np.array(found["keypoints"]).reshape(17, 3)
        flags = truth.visibility[row]
        assert (got[:, 2] == flags).all() and found["num_keypoints"] == (flags > 0).sum()
        assert np.allclose(got[flags > 0, :2], truth.px[row][flags > 0] - 0.5, atol=6e-4)
        assert (got[flags == 0] == 0).all()


def test_damaged_tables_are_refused(crowd: tuple[list[simengine.Frame], Dataset]) -> None:
    """A person without all joints, in their order, is damage; so is a list of cameras that is no list."""
    columns = dict(crowd[0][0]["front"].keypoints.columns())
    short = {k: np.asarray(v)[:-1] for k, v in columns.items()}
    with pytest.raises(DatasetError, match="all joints of 'person'"):
        Keypoints.of_columns("front", 0, short)
    path = crowd[1].episodes[0].root / "episode.json"
    before = path.read_bytes()
    try:
        info = loads(before, "episode.json")
        info["keypoints"] = "front"
        path.write_bytes(dumps(info))
        with pytest.raises(DatasetError, match="should be a list"):
            _ = crowd[1].episodes[0].frames[0]["front"]
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("name", ["keypoints", "pose6d"])
def test_labels_of_a_camera_that_is_none_are_refused(crowd: tuple[list[simengine.Frame], Dataset], name: str) -> None:
    """Else the rows of another word would be labels that nobody finds."""
    path = crowd[1].episodes[0].root / f"{name}.parquet"
    before, table = path.read_bytes(), pq.read_table(path)
    column = table.schema.get_field_index("sensor")
    try:
        pq.write_table(table.set_column(column, "sensor", pa.array(["elsewhere"] * table.num_rows)), path)
        view = Dataset.open(crowd[1].root).episodes[0].frames[0]["front"]
        with pytest.raises(DatasetError, match=rf"{name}.parquet': 'sensor' should be .*, found .elsewhere"):
            _ = view.keypoints if name == "keypoints" else view.poses6d
    finally:
        path.write_bytes(before)
