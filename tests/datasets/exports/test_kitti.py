"""KITTI object: a strict reader of the format, and the geometry of what is in it."""

from __future__ import annotations

import csv
import math
import shutil
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simengine.datasets import Dataset
from simengine.datasets.exports import export
from simengine.datasets.exports.kitti_labels import label_lines
from simengine.errors import DatasetError, UsageError
from simengine.geometry import transforms as tf
from simengine.sensors.specs import BODY_FROM_OPTICAL, CameraSpec
from tests.datasets.exports.kitti_reader import Sample, read
from tests.datasets.fakes import table_rows


@pytest.fixture(scope="module")
def kitti(mix: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("kitti") / "Kitti" / "raw"
    export(mix, "kitti", out, cameras=["front"], lidars=["roof"])
    return out


@pytest.fixture(scope="module")
def samples(kitti: Path, mix: Dataset) -> list[tuple[Sample, Dataset, dict]]:
    with (kitti / "index.csv").open() as file:
        index = {row["id"]: row for row in csv.DictReader(file)}
    read_back = read(kitti)
    assert list(read_back) == list(index)
    frames = [mix.episode(int(r["variant"])).frames[int(r["frame"])] for r in index.values()]
    return list(zip(read_back.values(), frames, strict=True))


def labelled(sample: Sample, frame) -> list:
    """Labels with their 2D rows; lines are in the order of instances, DontCare last."""
    rows = table_rows(frame["front"].boxes2d)
    rows = [r for r in rows if r["visible_pixels"] >= 16 and r["clipped_y1_px"] - r["clipped_y0_px"] >= 10]
    kept = [label for label in sample.labels if label.kind != "DontCare"]
    assert len(rows) == len(kept)
    return list(zip(kept, rows, strict=True))


def test_points_of_a_thing_lie_in_its_box(samples):
    """Every return that the LiDAR had from a thing, moving or not, is inside its 3D box: range noise (sigma of mm to
    cm at these ranges) is all that can push it out, 0.15 m is far beyond. Other things' points are outside: the boxes
    are tight to the mesh, and things do not overlap."""
    counted = moving = 0
    for sample, frame in samples:
        ids = frame["roof"]["instance"]
        cloud = sample.points_camera()
        assert len(cloud) == len(ids)
        for label, row in labelled(sample, frame):
            outside = label.inside(cloud).max(-1)
            mine = ids == row["instance"]
            assert (outside[mine] < 0.15).all()
            things = np.isin(ids, frame.boxes3d.instance)
            assert (outside[things & ~mine] > -0.15).all()
            counted += int(mine.sum())
            if row["name"] == "other" and mine.sum() >= 10:
                # hit from behind, so its points are on the face that looks at us: the end of the box, where they would
                # not be if 50 ms of driving (0.8 m) were still in them
                assert np.median(label.inside(cloud[mine])[:, 0]) == pytest.approx(0.0, abs=0.25)
                moving += 1
    assert counted > 1000 and moving >= 4


def test_projected_boxes_contain_the_2d_boxes(samples):
    """The mesh lies in the 3D box, so its image lies in the image of the box's corners; and not far inside of it."""
    for sample, frame in samples:
        height, width = sample.image.shape[:2]
        for label, _ in labelled(sample, frame):
            corners = label.corners()
            assert corners[:, 2].min() > 0.1
            px = np.clip(sample.project(corners), 0, [width - 1, height - 1])
            low, high = px.min(0), px.max(0)
            assert (low <= label.box[:2] + 0.011).all() and (high >= label.box[2:] - 0.011).all()
            assert (label.box[2:] - label.box[:2] > 0.5 * (high - low) - 2).all()


def test_points_land_on_the_pixels_of_their_thing(samples):
    """Camera and LiDAR see the same instant: a point on a thing projects onto a pixel of that thing, but at its edges
    and where the other sensor's place lets it see past something."""
    for sample, frame in samples:
        ids = frame["roof"]["instance"]
        image = frame["front"]["instance"]
        cloud = sample.points_camera()
        for label, row in labelled(sample, frame):
            mine = (ids == row["instance"]) & (cloud[:, 2] > 1)
            if label.occluded or mine.sum() < 20:
                continue
            px = np.rint(sample.project(cloud[mine])).astype(int)
            px = px[(px >= 0).all(-1) & (px < image.T.shape).all(-1)]
            assert (image[px[:, 1], px[:, 0]] == row["instance"]).mean() > 0.9


def test_2d_box_bounds_the_pixels_and_angles_agree(samples):
    """Of a thing that nothing hides, the box holds the visible pixels' centres and no more than a pixel around them.
    alpha = rotation_y - atan2(x, z) (devkit); cars that drive along our road have rotation_y = -90 deg."""
    seen = 0
    for sample, frame in samples:
        image = frame["front"]["instance"]
        for label, row in labelled(sample, frame):
            expected = label.rotation_y - math.atan2(label.location[0], label.location[2])
            assert (label.alpha - expected + math.pi) % (2 * math.pi) - math.pi == pytest.approx(0.0, abs=2e-4)
            if row["class"] == "car":
                assert label.rotation_y == pytest.approx(-math.pi / 2, abs=0.02)
            if row["occlusion"] == 0:
                v, u = np.nonzero(image == row["instance"])
                tight = np.array([u.min(), v.min(), u.max(), v.max()])
                assert (np.abs(label.box - tight) <= 1.01).all()
                assert label.truncated == pytest.approx(row["truncation"], abs=0.0051)
                seen += 1
    assert seen > 4


def test_image_and_calibration_are_the_datasets(samples, mix):
    """The image is unchanged; the LiDAR's pose by the two files equals mount by mount; the imu is the carrier."""
    front, roof = mix.episodes[0].sensors["front"], mix.episodes[0].sensors["roof"]
    for sample, frame in samples:
        assert (sample.image[..., ::-1] == frame["front"]["rgb"]).all()
        camera_from_lidar = np.linalg.inv(front.entity_from_camera) @ roof.entity_from_lidar
        assert np.allclose(sample.calib["Tr_velo_to_cam"], camera_from_lidar[:3], atol=1e-9)
        assert np.allclose(sample.calib["Tr_imu_to_velo"], np.linalg.inv(roof.entity_from_lidar)[:3], atol=1e-12)
        assert sample.calib["P2"][0, 2] == front.cx_px - 0.5 and sample.points is not None
        assert (sample.points[:, 3] >= 0).all() and (sample.points[:, 3] <= 1).all()


def test_torchvision_reads_it(kitti, samples, monkeypatch):
    """The reader that most people use, where it is installed (it brings PyTorch).

    PyPI's torchvision is compiled for CUDA's torch: next to a CPU build its operators do not load, and its import fails
    where it describes them to torch's compiler. Reading needs none of that: the description is left out.
    """
    if find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    monkeypatch.setitem(sys.modules, "torchvision._meta_registrations", ModuleType("torchvision._meta_registrations"))
    datasets = import_module("torchvision.datasets")
    found = datasets.Kitti(str(kitti.parents[1]))
    assert len(found) == len(samples)
    for path, (image, target) in zip(found.images, found, strict=True):
        sample = samples[int(Path(path).stem)][0]
        assert image.size == sample.image.shape[1::-1]
        assert [t["type"] for t in target] == [label.kind for label in sample.labels]
        assert all((t["bbox"] == label.box).all() for t, label in zip(target, sample.labels, strict=True))


def camera(**options) -> CameraSpec:
    return CameraSpec.from_fov("front", 0, (0.0, 0.0, 1.5), (1000, 500), math.pi / 2, **options)


def line(spec: CameraSpec, yaw=0.0, tilt=0.0, box=(500.0, 240.0, 560.0, 290.0), **changes) -> list[str]:
    """Label lines of a car of 4 x 2 x 1.5 m, 20 m ahead and 2 m to the left of a camera 1.5 m above the ground."""
    q = tf.multiply(tf.quaternion_from_yaw(yaw), tf.quaternion_about([0.0, 1.0, 0.0], tilt))
    in3d = {"instance": 1, "lidar_points": 5, "extent_length_m": 4.0, "extent_width_m": 2.0, "extent_height_m": 1.5}
    in3d |= {f"orientation_{a}": float(q[k]) for k, a in enumerate("wxyz")}
    in3d |= {f"extent_center_{a}_m": v for a, v in zip("xyz", (20.0, 2.0, 0.75), strict=True)}
    in2d = {"instance": 1, "visible_pixels": 500, "truncation": 0.256, "occlusion_level": 1}
    in2d |= {f"clipped_{e}_px": v for e, v in zip(("x0", "y0", "x1", "y1"), box, strict=True)}
    for row in (in2d, in3d):
        row |= {k: v for k, v in changes.items() if k in row}
    own = changes.get("kind", "car")
    kind = SimpleNamespace(class_name=own, kind={"bicycle": "cyclist"}.get(own, own), model="")
    found = SimpleNamespace(boxes3d=[in3d], episode=SimpleNamespace(entities=[None, kind], variant=0))
    pose = tf.compose(tf.translation([0.0, 0.0, 1.5]), BODY_FROM_OPTICAL)
    return label_lines(found, spec, tf.inverse(pose), [in2d])  # type: ignore[arg-type]


def test_a_label_by_hand():
    """20 m ahead is z = 20, 2 m left is x = -2, the ground is 1.5 m below: y = 1.5 (bottom centre). It looks ahead, and
    KITTI's rotation_y is 0 along +x (right) and turns about y (down), so ahead (+z) is -90 deg. Its bearing is
    atan2(-2, 20) = -0.0997. Box edges lose the half pixel between pixel edges and centres."""
    expected = "Car 0.26 1 -1.4711 499.50 239.50 559.50 289.50 1.5000 2.0000 4.0000 -2.0000 1.5000 20.0000 -1.5708"
    assert line(camera()) == [expected]
    assert line(camera(), yaw=-math.pi / 2)[0].split()[-1] == "0.0000"  # to the right
    assert line(camera(), yaw=math.pi / 2)[0].split()[-1] == "3.1416"  # to the left
    assert line(camera(), yaw=math.pi)[0].split()[-1] == "1.5708"  # towards us
    assert line(camera(), occlusion_level=3)[0].split()[2] == "3"
    assert line(camera(), box=(0.0, 0.0, 1000.0, 500.0))[0].split()[4:8] == ["0.00", "0.00", "999.00", "499.00"]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("van", "Van"), ("truck", "Truck"), ("child", "Pedestrian"), ("adult", "Pedestrian"), ("bus", "Misc"),
     ("cone", "Misc"), ("bicycle", "Cyclist"), ("tram", "Tram"), ("wheelchair", "Person_sitting")],
)  # fmt: skip
def test_types(kind, wanted):
    """KITTI's eight types; what it has no type for is Misc, which its evaluation leaves out. A bicycle with its rider
    is its Cyclist."""
    assert line(camera(), kind=kind)[0].split()[0] == wanted


def test_what_cannot_be_labelled_is_dont_care():
    """Too low (under 10 px), hardly seen, or leaning over 10 deg: DontCare with the box and the devkit's fixed values.
    Of what neither sensor has seen anything there is no line."""
    ignored = ["DontCare -1 -1 -10 499.50 239.50 559.50 289.50 -1 -1 -1 -1000 -1000 -1000 -10"]
    assert line(camera(), visible_pixels=15) == ignored
    assert line(camera(), tilt=math.radians(11)) == ignored
    assert line(camera(), tilt=math.radians(9)) != ignored
    assert line(camera(), box=(500.0, 240.0, 560.0, 249.0))[0].startswith("DontCare")
    assert line(camera(), visible_pixels=0, lidar_points=3) == ignored
    assert line(camera(), visible_pixels=0, lidar_points=0) == []


@pytest.mark.parametrize(
    ("cameras", "lidars", "wanted"),
    [
        ([], ["roof"], "3: front, wide, down; choose one with --camera front"),
        (["front"], [], "2: roof, nose; choose one with --lidar roof"),
        (["front", "down"], ["roof"], "holds one camera"),
        (["frnt"], ["roof"], "did you mean 'front'"),
        (["roof"], ["roof"], "no camera 'roof'"),
        (["front"], ["rof"], "did you mean 'roof'"),
        (["down"], ["roof"], "20.0 deg off level"),
        (["wide"], ["roof"], "add 'box2d'"),
    ],
)
def test_what_cannot_be_exported_is_refused(mix, tmp_path, cameras, lidars, wanted):
    """One message that says what to choose, and nothing on disk."""
    with pytest.raises(UsageError) as error:
        export(mix, "kitti", tmp_path / "out", cameras=cameras, lidars=lidars)
    assert wanted in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_distortion_is_refused(fake, tmp_path):
    """P2 has no place for it; the labels would be off by pixels without anybody noticing."""
    for path in fake.glob("episodes/*/calibration.json"):
        path.write_text(path.read_text().replace('"distortion": [\n      0.0', '"distortion": [\n      -0.1', 1))
    with pytest.raises(UsageError, match="lens distortion"):
        export(fake, "kitti", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_points_that_leave_all_numbers_are_refused(mix, tmp_path):
    """A velocity of 1e308 m/s times the time since the scan's begin is still a number, in float32 it is none."""
    root = tmp_path / "changed"
    shutil.copytree(mix.root, root)
    for path in root.glob("episodes/*/labels.parquet"):
        table = pq.read_table(path)
        rows = [None if v is None else 1e308 for v in table["velocity_x_mps"].to_pylist()]
        at = table.column_names.index("velocity_x_mps")
        pq.write_table(table.set_column(at, "velocity_x_mps", pa.array(rows, pa.float64())), path)
    with pytest.raises(DatasetError, match=r"points of 'nose' in frame .* are not finite"):
        export(root, "kitti", tmp_path / "out", cameras=["front"], lidars=["nose"])
    assert not (tmp_path / "out").exists()


def test_slower_lidar_leaves_frames_out(mix, tmp_path):
    """The camera fires at 10 Hz, this LiDAR at 5: KITTI has a scan for every image, so every other frame is skipped."""
    done = export(mix, "kitti", tmp_path / "out", cameras=["front"], lidars=["nose"])
    assert (done.frames, done.skipped) == (4, 4)
    assert len(read(tmp_path / "out")) == 4


def test_parts(mix, tmp_path):
    """The part "test" has a folder of its own, all others share one; lists name each id once; variants stay whole."""
    done = export(mix, "kitti", tmp_path / "out", cameras=["front"], lidars=["roof"], split="train=1,test=1")
    assert done.parts == {"train": 4, "test": 4}
    lists = {p.stem: p.read_text().split() for p in (tmp_path / "out" / "ImageSets").iterdir()}
    assert list(read(tmp_path / "out", "training")) == lists["train"]
    assert list(read(tmp_path / "out", "testing")) == lists["test"]
    with (tmp_path / "out" / "index.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len({(r["variant"], r["part"]) for r in rows}) == 2


def test_without_a_lidar(mix, tmp_path):
    """A dataset of one camera: no velodyne folder, and the velo frame is the camera turned to x ahead, z up."""
    source = tmp_path / "data"
    shutil.copytree(mix.root, source)
    for path in source.glob("episodes/*/episode.json"):
        path.write_text(path.read_text().replace('"points": ".ply"', ""))
    export(source, "kitti", tmp_path / "out", cameras=["front"])
    sample = next(iter(read(tmp_path / "out").values()))
    assert sample.points is None
    ahead = sample.calib["Tr_velo_to_cam"] @ [1.0, 0.0, 0.0, 1.0]
    assert np.allclose(ahead, [0, 0, 1])
    mount = mix.episodes[0].sensors["front"].entity_from_camera[:3, 3]
    assert np.allclose(sample.calib["Tr_imu_to_velo"] @ [*mount, 1.0], 0.0, atol=1e-12)
