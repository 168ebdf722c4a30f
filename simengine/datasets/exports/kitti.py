"""KITTI's object detection format: image_2, velodyne, calib and label_2.

Layout and meaning of the columns: KITTI object development kit, readme.txt (Geiger, Lenz and Urtasun, "Are we ready
for autonomous driving?", CVPR 2012). Pixels: KITTI counts pixel centres, the first is 0; ours lie at +0.5, so that
0.5 is taken off the principal point and off all box edges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simengine.arrays import Array, F32Array, F64Array
from simengine.datasets import layout
from simengine.datasets.encode import encode_png
from simengine.datasets.exports.align import at_frame_time
from simengine.datasets.exports.kitti_labels import MAX_TILT_RAD, label_lines, tilt_rad
from simengine.datasets.exports.protocol import Job
from simengine.datasets.exports.selection import LabelledFrame, complete, one_of, pose, rgb_file
from simengine.datasets.plain_json import Json
from simengine.datasets.reader import Dataset
from simengine.errors import DatasetError, UsageError
from simengine.geometry import transforms as tf
from simengine.sensors.specs import BODY_FROM_OPTICAL, CameraSpec, LidarSpec

__all__ = ["KittiExporter"]

_TEST = "test"
_BOTH = 255  # of ``disparity_mask``


class KittiExporter:
    """One camera, and one LiDAR if there is any. The part "test" goes to ``testing``, all others to ``training``."""

    def __init__(self, job: Job) -> None:
        camera = one_of(job.dataset, "camera", job.cameras, ("rgb",), "KITTI")
        if camera is None:
            raise UsageError("KITTI needs a camera recorded with rgb; the dataset has none")
        self._camera = camera
        self._lidar = one_of(job.dataset, "lidar", job.lidars, ("points",), "KITTI")
        self._folder = job.folder
        self._ids: dict[str, list[str]] = {part: [] for part in job.parts or ("trainval",)}
        self._index = ["id,part,variant,frame,time_ns"]
        self._labels: dict[str, int] = {}
        _check_labels(job.dataset, camera)

    def add(self, part: str, found: LabelledFrame) -> bool:
        """Write the files of one frame."""
        if not complete(found, self._camera, ("rgb",)) or (
            self._lidar is not None and not complete(found, self._lidar)
        ):
            return False
        spec = found.episode.sensors[self._camera]
        assert isinstance(spec, CameraSpec)
        _check_camera(spec)
        boxes2d = found.boxes2d.get(self._camera, [])
        name = layout.number(len(self._index) - 1)
        folder = "testing" if part == _TEST else "training"
        camera_from_world = tf.inverse(pose(found, self._camera))
        lines = label_lines(found, spec, camera_from_world, boxes2d)
        self._folder.write(f"{folder}/image_2/{name}.png", [rgb_file(found, self._camera)])
        self._pair(found, spec, f"{folder}", name)
        self._folder.write(f"{folder}/calib/{name}.txt", [self._calibration(found, spec, camera_from_world).encode()])
        self._folder.write(f"{folder}/label_2/{name}.txt", ["".join(line + "\n" for line in lines).encode()])
        if self._lidar is not None:
            self._folder.write(f"{folder}/velodyne/{name}.bin", [_velodyne(found, self._lidar).tobytes()])
        for line in lines:
            kind = line.split(" ", 1)[0]
            self._labels[kind] = self._labels.get(kind, 0) + 1
        self._ids[part or "trainval"].append(name)
        self._index.append(f"{name},{part},{found.variant},{found.frame.index},{found.frame.time_ns}")
        return True

    def finish(self) -> Mapping[str, Json]:
        """Write the lists of ids."""
        for part, ids in self._ids.items():
            self._folder.write(f"ImageSets/{part}.txt", ["".join(f"{i}\n" for i in ids).encode()])
        self._folder.write("index.csv", ["".join(f"{line}\n" for line in self._index).encode()])
        return {"camera": self._camera, "lidar": self._lidar, "labels": dict(sorted(self._labels.items()))}

    def _pair(self, found: LabelledFrame, spec: CameraSpec, folder: str, name: str) -> None:
        """What a stereo pair adds: the right image, and disparity as KITTI's stereo benchmark has it."""
        view = found.frame[self._camera]
        if "rgb_right" in view:
            self._folder.write(f"{folder}/image_3/{name}.png", [rgb_file(found, self._camera, "rgb_right")])
        if "disparity" in view:
            coded = np.minimum(np.rint(view["disparity"].astype(np.float64) * 256.0), 65535.0).astype(np.uint16)
            self._folder.write(f"{folder}/disp_occ_0/{name}.png", encode_png(coded))
            if "disparity_mask" in view:
                coded[view["disparity_mask"] != _BOTH] = 0
                self._folder.write(f"{folder}/disp_noc_0/{name}.png", encode_png(coded))

    def _calibration(self, found: LabelledFrame, spec: CameraSpec, camera_from_world: F64Array) -> str:
        """The calibration file. All four projections are those of the one camera, but for the right one of a pair.

        The vehicle's frame (x forward, y left, z up) is KITTI's "imu"; without a LiDAR the "velo" frame is the
        camera's, turned to x forward, y left, z up.
        """
        if self._lidar is None:
            camera_from_velo = tf.inverse(BODY_FROM_OPTICAL)
            carrier_from_velo = tf.compose(spec.entity_from_camera, camera_from_velo)
        else:
            camera_from_velo = tf.compose(camera_from_world, pose(found, self._lidar))
            lidar = found.episode.sensors[self._lidar]
            assert isinstance(lidar, LidarSpec)
            carrier_from_velo = lidar.entity_from_lidar
        projection = np.zeros((3, 4))
        projection[:, :3] = spec.matrix()
        projection[:2, 2] -= 0.5
        right = projection.copy()
        right[0, 3] = -spec.fx_px * spec.baseline_m
        rows: list[tuple[str, Array]] = [(f"P{k}", right if k in (1, 3) else projection) for k in range(4)]
        rows += [
            ("R0_rect", np.eye(3)),
            ("Tr_velo_to_cam", camera_from_velo[:3]),
            ("Tr_imu_to_velo", tf.inverse(carrier_from_velo)[:3]),
        ]
        return "".join(f"{key}: {_numbers(matrix)}\n" for key, matrix in rows)


def _numbers(matrix: Array) -> str:
    values: Sequence[float] = (matrix + 0.0).reshape(-1).tolist()  # no minus zeros
    return " ".join(f"{v:.12e}" for v in values)


def _check_labels(dataset: Dataset, camera: str) -> None:
    """Raise if no frame has 2D boxes of the camera, or none has 3D boxes: they were not recorded."""
    for word, equal in (("box2d", {"kind": "box2d", "sensor": camera}), ("box3d", {"kind": "box3d"})):
        recorded = [e for e in dataset.episodes if word == "box3d" or camera in e.info.get("box2d", ())]
        if not any(episode.labels(**equal).num_rows for episode in recorded):
            raise UsageError(
                f"KITTI's labels need 2D and 3D boxes, and no frame has any of kind {word}: add '{word}' to "
                f"'record {camera}: ...' and run again (or is nothing ever in view?)"
            )


def _check_camera(spec: CameraSpec) -> None:
    """Raise if KITTI's projection and boxes cannot describe what the camera sees."""
    if not spec.straight:
        what = "lens distortion" if spec.lens == "pinhole" else f"the lens '{spec.lens}'"
        raise UsageError(
            f"camera '{spec.name}' has {what}, of which KITTI's projection knows nothing, and its labels are "
            "exact only in its own image; choose another --camera, or record one without distortion"
        )
    tilt = tilt_rad(tf.inverse(spec.entity_from_camera))
    if tilt > MAX_TILT_RAD:
        raise UsageError(
            f"camera '{spec.name}' is mounted {np.degrees(tilt):.1f} deg off level; KITTI's boxes stand upright in "
            f"the camera's frame, too far off beyond {np.degrees(MAX_TILT_RAD):.0f} deg: choose another --camera"
        )


def _velodyne(found: LabelledFrame, lidar: str) -> F32Array:
    """x y z reflectance, (N, 4), at the frame's time; reflectance 1 is 100 % diffuse, retroreflectors saturate."""
    points = found.frame[lidar]
    out = np.empty((len(points["range"]), 4), "<f4")
    with np.errstate(all="ignore"):  # numbers that are too large are told below
        out[:, :3] = at_frame_time(points, found.boxes3d, pose(found, lidar))
        out[:, 3] = np.clip(points["intensity"] / np.float32(100.0), 0.0, 1.0)
    if not bool(np.isfinite(out).all()):
        raise DatasetError(
            f"episode {found.variant}: points of '{lidar}' in frame {found.frame.index}, or poses and velocities that "
            "move them to the frame's time, are not finite numbers; 'simengine verify' tells whether a file was changed"
        )
    return out
