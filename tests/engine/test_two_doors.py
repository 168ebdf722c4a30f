"""One interface for frames: user code that runs on a live episode runs on the dataset read back, with equal arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.errors import ReadingError
from tests.datasets.fakes import same_tables

TEXT = """use driving
scenario doors "Two sensors at two rates, a child runs":
    world street(lanes = 2, parking = right, length = 80 m)
    car ego on lane(1) at s(20 m):
        speed ~ 20..40 km/h
    car parked[2] along curb(right) by ~ 0.8..2 m
    pedestrian kid between parked[1] and parked[2]
    do:
        kid.run(across = road)
    when time > 0.1 s:
        front.fault(freeze)
    stop after 0.25 s
    expect always distance(ego, kid) > 0.3 m
    sensor front on ego = camera(size = (96, 64), fov = 70 deg)
    sensor wide on ego = camera(size = (64, 48), fov = 80 deg):
        distortion.k1 = -0.1
    sensor roof on ego = lidar(channels = 8, columns = 64, range = 60 m)
    record front: rgb, depth, range, normals, semantic, instance, flow, box2d, box3d at 20 hz
    record wide: box2d at 10 hz
    record roof: points at 10 hz
"""


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], simengine.Dataset]:
    """What ``read`` and ``repr`` make of live episodes, and the dataset of the same variants."""
    root = tmp_path_factory.mktemp("doors")
    (root / "doors.scn").write_text(TEXT)
    program = simengine.load(root / "doors.scn")
    live = [(look(e), repr(e), [repr(f) for f in e.frames]) for e in simengine.episodes(program, variants=2, seed=3)]
    simengine.run(simengine.RunOptions(str(root / "doors.scn"), root / "out", variants=2, seed=3))
    return live, simengine.Dataset.open(root / "out")


def look(episode: simengine.Episode) -> dict[str, Any]:
    """What a person reads of an episode: rgb, depth, masks, boxes, points, poses, intrinsics, tracks; and the rest."""
    out: dict[str, Any] = {
        "variant": episode.variant, "row": episode.row, "entities": tuple(episode.entities), "count": len(episode),
        "times": episode.times_ns(), "scenario": episode.scenario_json(), "sensors": list(episode.sensors),
        "channels": {name: episode.channels(name) for name in episode.sensors},
    }  # fmt: skip
    track: list[np.ndarray] = []
    for frame in episode:
        k = frame.index
        out[f"{k} head"] = (frame.variant, frame.time_ns, list(frame))
        out |= {f"{k} body {name}": pose for name, pose in frame.bodies.items()}
        out[f"{k} things"] = frame.boxes3d
        track.append(frame.boxes3d.center_m[frame.boxes3d.find("kid")])
        for name, view in frame.items():
            out |= {f"{k} {name} {channel}": array for channel, array in view.items()}
            out[f"{k} {name} fault"] = view.fault
            out |= {f"{k} {name} pose": view.pose, f"{k} {name} time": view.time_ns, f"{k} {name} near": view.boxes3d}
            if view.kind == "camera":
                out |= {f"{k} {name} K": view.intrinsics, f"{k} {name} ev": view.exposure_ev}
                out[f"{k} {name} boxes"] = view.boxes2d
    out["track"] = np.array(track)
    return out


def test_the_same_code_gives_the_same_arrays(doors: tuple[list[Any], simengine.Dataset]) -> None:
    """Every channel, label table, pose and time of every frame, bit for bit and type for type. What is not recorded
    (the masks that the wide camera's boxes are made from) is on neither side."""
    live, dataset = doors
    assert len(dataset.episodes) == len(live) == 2
    for (seen, text, frames), episode in zip(live, dataset.episodes, strict=True):
        read = look(episode)
        assert list(seen) == list(read)
        for key, value in seen.items():
            other = read[key]
            if isinstance(value, np.ndarray):
                assert value.dtype == other.dtype and value.shape == other.shape, key
                assert value.tobytes() == other.tobytes(), key
            elif hasattr(value, "columns"):
                same_tables(value, other)
            else:
                assert value == other, key
        assert text == repr(episode) and frames == [repr(f) for f in episode.frames]
    assert {"0 front normal", "0 front flow", "0 roof xyz", "0 wide boxes", "1 front rgb"} <= set(live[0][0])
    assert not {"0 wide instance", "1 roof xyz", "1 wide boxes"} & set(live[0][0])


def test_a_frame_can_be_taken_out_of_the_middle(doors: tuple[list[Any], simengine.Dataset]) -> None:
    """``frames[3]`` renders the third frame alone: the same bits as in the row, noise included."""
    live, dataset = doors
    program = simengine.load(dataset.root.parent / "doors.scn")
    episode = next(iter(simengine.episodes(program, variants=1, seed=3)))
    for position in (3, -2):
        frame = episode.frames[position]
        assert np.array_equal(frame["front"]["rgb"], live[0][0][f"{frame.index} front rgb"])
        assert frame.index == position % len(episode) == dataset.episodes[0].frames[position].index
    with pytest.raises(IndexError, match="no frame at position 99"):
        episode.frames[99]


def test_reprs_say_what_is_there(doors: tuple[list[Any], simengine.Dataset]) -> None:
    """What a notebook shows: sensors, sizes, channels, numbers of points and things, verdicts."""
    _, dataset = doors
    frame = dataset.episodes[0].frames[0]
    for thing, words in (
        (dataset, ("complete", "2 episodes", "scenario doors", "seed 3", "raytrace")),
        (dataset.episodes[0], ("variant 0", "6 frames", "front (rgb, depth", "roof (points)", "expect: 1 of 1 hold")),
        (frame, ("Frame 0", "0.000 s", "front: camera 96 x 64, rgb, depth", "wide: camera 64 x 48, boxes2d",
                 "roof: LiDAR 8 x 64,", "points, xyz", "boxes3d")),
        (frame["front"], ("front: camera 96 x 64", "at 0.000 s")),
        (frame.boxes3d, ("3D boxes in 'world'", "things (ego", "center_m", "velocity_mps")),
        (frame["front"].boxes2d, ("2D boxes of 'front'", "visible_box_px")),
    ):  # fmt: skip
        text = repr(thing)
        assert all(word in text for word in words) and len(text) < 1500, text


@pytest.mark.parametrize("door", ["live", "disk"])
def test_wrong_names_are_answered_alike(doors: tuple[list[Any], simengine.Dataset], door: str) -> None:
    """The nearest name, or what there is; a channel or box that was not recorded says so. Always a KeyError, too."""
    _, dataset = doors
    program = simengine.load(dataset.root.parent / "doors.scn")
    episode = dataset.episodes[0] if door == "disk" else next(iter(simengine.episodes(program, 1, seed=3)))
    first, second = episode.frames[0], episode.frames[1]
    questions: list[tuple[Callable[[], object], str]] = [
        (lambda: first["frnt"], "did you mean 'front'"), (lambda: second["roof"], "'roof' has a reading in frame 1"),
        (lambda: first["front"]["dept"], "did you mean 'depth'"),
        (lambda: first["wide"]["instance"], "'wide' has no channel 'instance'"),
        (lambda: first["roof"]["intensty"], "did you mean 'intensity'"), (lambda: first["roof"].intrinsics, "LiDAR"),
        (lambda: first.bodies["eg"], "did you mean 'ego'"), (lambda: episode.sensors["rof"], "did you mean 'roof'"),
        (lambda: first.boxes3d.find("kidd"), "did you mean 'kid'"), (lambda: episode.channels("x"), "there is front"),
    ]  # fmt: skip
    for ask, answer in questions:
        with pytest.raises(ReadingError, match=answer):
            ask()
