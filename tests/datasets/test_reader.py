"""Reading back: what was written, nothing outside the folder, and every damage found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from simengine.datasets import Dataset, DatasetWriter, EpisodeContent, layout, verify
from simengine.datasets.schema import BOX2D_COLUMNS, BOX3D_COLUMNS, THING_COLUMNS
from simengine.errors import DatasetError, ReadingError
from simengine.geometry.transforms import translation
from tests.datasets.fakes import (
    ENTITIES,
    MANIFEST,
    boxes2d,
    camera,
    camera_reading,
    lidar,
    lidar_reading,
    measures,
    objects3d,
    row,
    same_tables,
    write_dataset,
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("dataset")
    write_dataset(root, (0, 2), (1,))
    return root


@pytest.fixture
def copy(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path / "d")
    return tmp_path / "d"


def test_arrays_come_back(written: Path) -> None:
    """The issue's one-liner, compared with what the renderer had given (normals to their documented precision)."""
    frame = Dataset.open(written).episodes[1].frames[2]
    given = camera_reading(camera(), 2, 2).channels
    seen = frame["front"]
    assert list(seen) == list(given)
    for name, array in given.items():
        assert np.allclose(seen[name], array, atol=2e-5) if name == "normal" else np.array_equal(seen[name], array), (
            name
        )
    points = lidar_reading(lidar(), 2, 2).points
    assert all(np.array_equal(frame["roof"][k], v) for k, v in points.items())


def test_times_and_poses_come_back(written: Path) -> None:
    """Poses go through a quaternion, so they agree to rounding (1e-12), times exactly."""
    frame = Dataset.open(written).episodes[0].frames[2]
    assert frame.time_ns == 200_000_000 and list(frame) == ["front", "roof"]
    assert np.allclose(frame["front"].pose, camera_reading(camera(), 2).world_from_camera, atol=1e-12)
    assert np.allclose(frame["roof"].pose, lidar_reading(lidar(), 2).world_from_lidar, atol=1e-12)
    assert np.allclose(frame.bodies["ego"], translation((1.6, 0, 0)), atol=1e-12)
    assert frame["front"].exposure_ev == 0.25


def test_sensors_come_back(written: Path) -> None:
    """Specifications are needed to use depth and points at all: JSON keeps float64 exactly."""
    sensors = Dataset.open(written).episodes[0].sensors
    front, roof = sensors["front"], sensors["roof"]
    for name, value in vars(camera()).items():
        assert np.array_equal(getattr(front, name), value), name
    for name, value in vars(lidar()).items():
        assert np.array_equal(getattr(roof, name), value), name


def test_labels_come_back(written: Path) -> None:
    """Values of the label tables, and their columns: those of the label layer, no more and no fewer."""
    frame = Dataset.open(written).episodes[0].frames[1]
    expected = boxes2d(camera_reading(camera(), 1, 0))
    same_tables(frame["front"].boxes2d, expected)
    same_tables(frame.boxes3d, objects3d(1))
    assert set(expected.columns()) == {*THING_COLUMNS, *BOX2D_COLUMNS}
    assert set(objects3d(0).columns()) == {*THING_COLUMNS, *BOX3D_COLUMNS}


def test_measures_come_back(written: Path) -> None:
    """Values of the table of measures, and whom they are about; an episode that has none says so."""
    episode = Dataset.open(written).episodes[0]
    same_tables(episode.frames[2].measures, measures(2))
    assert episode.table("measures", name="kid")["distance_m"].to_pylist() == [9.0, 8.0, 7.0]
    assert verify(written) == []


def test_frames_of_different_rates(tmp_path: Path) -> None:
    """A LiDAR at half the camera's rate is absent from every other frame."""
    content = EpisodeContent(row(0), b"{}", (camera(), lidar()), ENTITIES)
    with DatasetWriter.create(tmp_path, MANIFEST) as writer, writer.episode(content) as episode:
        for k in range(4):
            scan = {"roof": lidar_reading(lidar(), k)} if k % 2 == 0 else {}
            episode.write_frame(k, k * 50_000_000, {"front": camera_reading(camera(), k), **scan})
    frames = Dataset.open(tmp_path).episodes[0].frames
    assert [list(f) for f in frames] == [["front", "roof"], ["front"], ["front", "roof"], ["front"]]
    with pytest.raises(ReadingError, match="no sensor 'roof' has a reading in frame 1"):
        frames[1]["roof"]


def test_a_labelled_instant_without_sensors_is_a_frame(tmp_path: Path) -> None:
    """``bodies`` alone make a frame: 3D labels need no sensor."""
    with DatasetWriter.create(tmp_path, MANIFEST) as writer, writer.episode(EpisodeContent(row(0), b"{}")) as episode:
        episode.write_frame(0, 0, {}, objects=objects3d(0), bodies={"ego": np.eye(4)})
    frame = Dataset.open(tmp_path).episodes[0].frames[0]
    assert frame.boxes3d.name == ("ego", "kid") and len(frame) == 0
    with pytest.raises(ReadingError, match="no measures"):
        _ = frame.measures


def test_misspelt_names_are_answered_with_the_right_one(written: Path) -> None:
    """And a mapping's ``get`` and ``in`` work as everywhere."""
    episode = Dataset.open(written).episodes[0]
    frame = episode.frames[0]
    questions: list[tuple[Callable[[], object], str]] = [
        (lambda: frame["frnot"], "did you mean 'front'"), (lambda: frame["front"]["dpeth"], "did you mean 'depth'"),
        (lambda: frame["roof"]["xzy"], "did you mean 'xyz'"), (lambda: frame.bodies["ogo"], "did you mean 'ego'"),
        (lambda: frame.boxes3d.find("kdi"), "did you mean 'kid'"), (lambda: frame["roof"].boxes2d, "is a LiDAR"),
        (lambda: episode.sensors["rof"], "did you mean 'roof'"), (lambda: episode.channels("rof"), "'roof'"),
        (lambda: episode.labels(kind="box2d", sensor="frnt"), "did you mean 'front'"),
        (lambda: episode.labels(kind="box3"), "did you mean 'box"), (lambda: episode.labels(sensor="roof"), "of front"),
        (lambda: episode.labels(kind="box3d", sensor="front"), "have no sensor"),
        (lambda: episode.poses(sensor="frnt"), "did you mean 'front'"),
        (lambda: episode.poses(sensor="eog"), "did you mean 'ego'"),
        (lambda: episode.poses(kind="lidra"), "did you mean 'lidar'"),
    ]  # fmt: skip
    for ask, answer in questions:
        with pytest.raises(ReadingError, match=answer) as caught:
            ask()
        assert isinstance(caught.value, KeyError) and "\\" not in str(caught.value)
    assert frame["front"].get("dpeth") is None and "rgb" in frame["front"] and "frnot" not in frame
    assert episode.labels(kind="box2d", sensor="front").num_rows > 0 and episode.labels(kind="box3d").num_rows > 0
    assert all(episode.poses(sensor=name).num_rows > 0 for name in ("front", "roof", "ego"))
    assert episode.poses(sensor="front", frame=10_000).num_rows == 0  # a right name without rows is no mistake
    with pytest.raises(DatasetError, match="has no column"):
        episode.labels(knid="box2d")


def test_an_unfinished_dataset_is_readable(copy: Path) -> None:
    """While a run goes on people look at its episodes; only the digest and the table are not there yet."""
    data = json.loads((copy / "dataset.json").read_text())
    (copy / "dataset.json").write_text(json.dumps({**data, "state": "running"}))
    dataset = Dataset.open(copy)
    assert len(dataset.episodes) == 2
    with pytest.raises(DatasetError, match="unfinished"):
        dataset.digest()
    with pytest.raises(DatasetError, match=r"unfinished.*--resume"):
        dataset.variants()
    assert [e.row.variant for e in dataset.episodes] == [0, 2]


# ---- damage ----------------------------------------------------------------------------------------------------

EP = "episodes/000000"


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda d: _flip(d / EP / "front/rgb/000001.png"), "'front/rgb/000001.png' was changed"),
        (lambda d: (d / EP / "roof/points/000002.ply").unlink(), "'roof/points/000002.ply' is missing"),
        (lambda d: (d / EP / "front/rgb/000009.png").write_bytes(b""), "'front/rgb/000009.png' does not belong"),
        (lambda d: (d / EP / "checksums.sha256").write_text("hello"), "is no checksum"),
        (lambda d: (d / EP / "checksums.sha256").unlink(), "missing"),
        (lambda d: _flip(d / EP / "labels.parquet"), "'labels.parquet' was changed"),
        (lambda d: shutil.rmtree(d / EP), "not those that the run left"),
        (lambda d: shutil.copytree(d / EP, d / "episodes/000007"), "is the row of variant 0; expected 7"),
        (lambda d: (d / "discarded/000001.json").unlink(), "not those that the run left"),
        (lambda d: (d / "variants.parquet").write_bytes(b"PAR1"), "not a Parquet file"),
    ],
)
def test_verify_finds_every_kind_of_damage(copy: Path, damage: object, word: str) -> None:
    """One damage each; verify must report, never raise."""
    damage(copy)  # type: ignore[operator]
    problems = verify(Dataset.open(copy))
    assert any(word in p for p in problems), problems


def test_verify_of_a_whole_dataset_finds_nothing(written: Path) -> None:
    """Otherwise the test above would prove little."""
    assert verify(Dataset.open(written)) == []
    assert verify(Dataset.open(written), contents=False) == []


# ---- folders that mean harm ------------------------------------------------------------------------------------


def test_links_out_of_the_folder_are_not_followed(copy: Path, tmp_path: Path) -> None:
    """A downloaded dataset could link to /etc/shadow and have a report or upload carry it off."""
    secret = tmp_path / "secret.json"
    secret.write_text('{"password": 1}')
    for name in (layout.SCENARIO, "front/rgb/000000.png", layout.CALIBRATION, layout.CHECKSUMS):
        (copy / EP / name).unlink()
        (copy / EP / name).symlink_to(secret)
    episode = Dataset.open(copy).episodes[0]
    with pytest.raises(DatasetError, match="leads out of"):
        episode.scenario_json()
    with pytest.raises(DatasetError, match="leads out of"):
        _ = episode.sensors
    assert any("leads out of" in p for p in verify(Dataset.open(copy)))


def test_names_in_json_cannot_climb(copy: Path) -> None:
    """Sensor names become folders; a calibration that says "../../.." is refused before any path is made."""
    path = copy / EP / layout.CALIBRATION
    data = json.loads(path.read_text())
    data["../../../secret"] = data.pop("front")
    path.write_text(json.dumps(data))
    with pytest.raises(DatasetError, match="identifier"):
        _ = Dataset.open(copy).episodes[0].sensors


def test_checksum_lines_cannot_climb(copy: Path) -> None:
    """``verify`` opens what the list names; "../x" must not be opened."""
    path = copy / EP / layout.CHECKSUMS
    path.write_text(path.read_text() + "0" * 64 + "  ../../dataset.json\n")
    assert any("../../dataset.json' is missing" in p for p in verify(Dataset.open(copy)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (layout.CALIBRATION, "[]"),
        (layout.CALIBRATION, '{"front": 3}'),
        (layout.CALIBRATION, '{"front": {"type": "camera", "entity_from_camera": [[1]]}}'),
        (layout.EPISODE, '{"variant": 5, "sensors": {}}'),
        (layout.EPISODE, "{"),
        (layout.EPISODE, '{"a": NaN}'),
        (layout.EPISODE, "[" * 100_000),
        (layout.VARIANT, '{"variant": "x"}'),
        (layout.ENTITIES, '{"a": 1}'),
        (layout.FRAMES, "PAR1PAR1"),
        (layout.LABELS, ""),
    ],
)
def test_wrong_content_is_one_clear_error(copy: Path, name: str, text: str) -> None:
    """Each file replaced by something else: DatasetError that names the file, never another exception."""
    (copy / EP / name).write_text(text)
    episode = Dataset.open(copy).episodes[0]
    with pytest.raises(DatasetError, match=r"000000|front"):
        _ = (episode.sensors, episode.info, episode.row, episode.entities, episode.frames, episode.labels())


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "simengine dataset", "identity": {}, "format_version": 9}']
)
def test_a_folder_that_is_no_dataset_is_refused(tmp_path: Path, text: str) -> None:
    """With the reason: no file, not ours, or a later version."""
    if text:
        (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(DatasetError, match=r"no dataset|made by something else|format version 9|JSON object"):
        Dataset.open(tmp_path)
