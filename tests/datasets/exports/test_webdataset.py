"""WebDataset shards, read by webdataset."""

from __future__ import annotations

import io
import json
import tarfile

import cv2
import numpy as np
import pytest

from simengine.datasets import Dataset
from simengine.datasets.exports import export
from simengine.errors import UsageError

wds = pytest.importorskip("webdataset", reason="webdataset is not installed (extra 'test')")


def read(folder, pattern="samples-*.tar"):
    """Samples as webdataset hands them out; JSON and NPZ decoded by its own handlers."""
    urls = sorted(str(p) for p in folder.glob(pattern))
    return list(wds.WebDataset(urls, shardshuffle=False).decode())


def test_samples_are_the_frames(mix: Dataset, tmp_path):
    """Each frame is one sample, in order, with every channel of every sensor that fired, exactly as our own reader has
    it (semantic as uint8)."""
    done = export(mix, "webdataset", tmp_path / "out")
    frames = [f for e in mix.episodes for f in e.frames]
    samples = read(tmp_path / "out")
    assert done.frames == len(samples) == len(frames)
    for sample, frame in zip(samples, frames, strict=True):
        assert sample["__key__"] == f"{frame.variant:06d}-{frame.index:06d}"
        boxes, calibration = sample["boxes.json"], sample["calibration.json"]
        assert boxes["time_ns"] == frame.time_ns and set(boxes["world_from"]) == set(frame)
        members = {"__key__", "__url__", "__local_path__", "boxes.json", "calibration.json"}
        for name, view in frame.items():
            assert np.array_equal(boxes["world_from"][name], view.pose)
            if name in ("roof", "nose"):
                members.add(f"{name}.points.npz")
                found = sample[f"{name}.points.npz"]
                assert all(np.array_equal(found[k], v) and found[k].dtype == v.dtype for k, v in view.items())
                continue
            assert calibration[name]["matrix"] == view.spec.matrix().tolist()
            for channel, array in view.items():
                if channel == "rgb":
                    members.add(f"{name}.rgb.png")
                    image = cv2.imdecode(np.frombuffer(sample[f"{name}.rgb.png"], np.uint8), cv2.IMREAD_UNCHANGED)
                    assert (image[..., ::-1] == array).all()
                else:
                    members.add(f"{name}.{channel}.npz")
                    assert np.array_equal(sample[f"{name}.{channel}.npz"][channel], array)
            seen = view.boxes2d.instance.tolist() if view.has_boxes2d else []
            assert [b["instance"] for b in boxes["boxes2d"][name]] == seen
        # each table holds the cameras that record it, and no others
        assert {word: set(boxes[word]) for word in ("amodal", "pose6d") if word in boxes} == {
            "amodal": {"front"}, "pose6d": {"down"}
        }  # fmt: skip
        assert [r["counts"] for r in boxes["amodal"]["front"]] == list(frame["front"].amodal.counts)
        poses = frame["down"].poses6d
        assert [r["instance"] for r in boxes["pose6d"]["down"]] == poses.instance.tolist()
        assert [b["center_x_m"] for b in boxes["boxes3d"]] == frame.boxes3d.center_m[:, 0].tolist()
        told, measures = boxes["measures"], frame.measures
        assert told["ego"] == measures.ego and [r["name"] for r in told["rows"]] == list(measures.name)
        assert [r.get("distance_m", np.inf) for r in told["rows"]] == np.nan_to_num(
            measures.distance_m, nan=np.inf
        ).tolist()
        assert set(sample) == members


def test_shards_are_cut_and_parts_kept_apart(mix, tmp_path, monkeypatch):
    """Three samples a shard: four frames a part make two shards; parts have their own names and their own variants."""
    monkeypatch.setattr("simengine.datasets.exports.webdataset.SHARD_SAMPLES", 3)
    done = export(mix, "webdataset", tmp_path / "out", cameras=["front"], split="train=1,val=1")
    assert done.counts["shards"] == {"train": 2, "val": 2}
    variants = [{s["boxes.json"]["variant"] for s in read(tmp_path / "out", f"{p}-*.tar")} for p in ("train", "val")]
    assert sorted(map(len, variants)) == [1, 1] and variants[0] != variants[1]
    assert [len(read(tmp_path / "out", f"train-00000{k}.tar")) for k in (0, 1)] == [3, 1]
    assert "roof.points.npz" not in read(tmp_path / "out", "train-*.tar")[0]


def test_shards_are_cut_by_size(fake, tmp_path, monkeypatch):
    """A shard that has reached its size takes no more samples; with a size of one byte each sample has its own."""
    monkeypatch.setattr("simengine.datasets.exports.webdataset.SHARD_BYTES", 1)
    assert export(fake, "webdataset", tmp_path / "out").counts["shards"] == {"samples": 9}


def test_tar_headers_say_nothing_of_the_machine(fake, tmp_path):
    """No time, owner or right that another machine would write otherwise; names as webdataset wants them: the key, a
    dot, the rest; the members of a sample side by side. POSIX: blocks of 512 bytes, two empty ones at the end."""
    export(fake, "webdataset", tmp_path / "out", lidars=["roof"])
    with tarfile.open(tmp_path / "out" / "samples-000000.tar") as archive:
        entries = archive.getmembers()
    data = (tmp_path / "out" / "samples-000000.tar").read_bytes()
    assert len(data) % 512 == 0 and data.endswith(bytes(1024))
    assert {(e.mtime, e.uid, e.gid, e.uname, e.gname, e.mode) for e in entries} == {(0, 0, 0, "", "", 0o644)}
    assert [e.name for e in entries] == sorted(e.name for e in entries)
    assert {e.name.split(".", 1)[1] for e in entries} == {"boxes.json", "calibration.json", "roof.points.npz"}


def test_what_is_not_known_is_left_out(fake, tmp_path):
    """JSON has no NaN; a strict parser must take the boxes, and a missing value must not look like a number."""
    export(fake, "webdataset", tmp_path / "out")
    with tarfile.open(tmp_path / "out" / "samples-000000.tar") as archive:
        data = archive.extractfile("000000-000000.boxes.json")
        assert data is not None

        def refuse(text):
            raise AssertionError(text)

        boxes = json.load(io.TextIOWrapper(data), parse_constant=refuse)
    assert boxes["boxes2d"]["front"][0]["name"] == "parked[0]" and "center_x_m" not in boxes["boxes2d"]["front"][0]


def test_sensors_by_name(mix, tmp_path):
    """An unknown name is refused with the names that are there."""
    with pytest.raises(UsageError, match="there is: roof, nose"):
        export(mix, "webdataset", tmp_path / "out", lidars=["front"])
