"""A strict reader of KITTI object folders, written from the development kit's readme and from nothing of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

TYPES = {"Car", "Van", "Truck", "Pedestrian", "Person_sitting", "Cyclist", "Tram", "Misc", "DontCare"}
SHAPES = {"P0": (3, 4), "P1": (3, 4), "P2": (3, 4), "P3": (3, 4), "R0_rect": (3, 3), "Tr_velo_to_cam": (3, 4),
          "Tr_imu_to_velo": (3, 4)}  # fmt: skip


@dataclass
class Label:
    """One line."""

    kind: str
    truncated: float
    occluded: int
    alpha: float
    box: np.ndarray
    size_hwl: np.ndarray
    location: np.ndarray
    rotation_y: float

    def inside(self, points_camera: np.ndarray) -> np.ndarray:
        """How far points (N, 3) of the camera's frame lie outside the 3D box, per axis l, h, w; negative inside."""
        h, w, length = self.size_hwl
        d = points_camera - self.location
        c, s = np.cos(self.rotation_y), np.sin(self.rotation_y)
        along, across = c * d[:, 0] - s * d[:, 2], s * d[:, 0] + c * d[:, 2]
        return np.abs(np.stack([along, d[:, 1] + h / 2, across], -1)) - [length / 2, h / 2, w / 2]

    def corners(self) -> np.ndarray:
        """(8, 3) in the camera's frame."""
        h, w, length = self.size_hwl
        x, y, z = np.meshgrid([length / 2, -length / 2], [0, -h], [w / 2, -w / 2], indexing="ij")
        c, s = np.cos(self.rotation_y), np.sin(self.rotation_y)
        turned = np.stack([c * x + s * z, y, -s * x + c * z], -1).reshape(8, 3)
        return turned + self.location


def read_label(path: Path) -> list[Label]:
    out = []
    for line in path.read_text().splitlines():
        words = line.split(" ")
        assert len(words) == 15 and words[0] in TYPES, line
        v = [float(w) for w in words[1:]]
        assert re.fullmatch(r"-?\d+", words[2])
        label = Label(
            words[0], v[0], int(words[2]), v[2], np.array(v[3:7]), np.array(v[7:10]), np.array(v[10:13]), v[13]
        )
        assert label.box[0] < label.box[2] and label.box[1] < label.box[3], line
        if label.kind == "DontCare":
            assert v[:3] == [-1, -1, -10] and v[7:] == [-1, -1, -1, -1000, -1000, -1000, -10], line
        else:
            assert 0 <= label.truncated <= 1 and label.occluded in (0, 1, 2, 3), line
            assert abs(label.alpha) <= 3.1416 and abs(label.rotation_y) <= 3.1416 and (label.size_hwl > 0).all(), line
        out.append(label)
    return out


def read_calib(path: Path) -> dict[str, np.ndarray]:
    lines = [line for line in path.read_text().splitlines() if line]
    assert [line.split(": ")[0] for line in lines] == list(SHAPES)  # some readers count lines
    return {k: np.array(v.split(), float).reshape(SHAPES[k]) for k, v in (line.split(": ") for line in lines)}


@dataclass
class Sample:
    """One frame."""

    image: np.ndarray
    points: np.ndarray | None
    calib: dict[str, np.ndarray]
    labels: list[Label]

    def points_camera(self) -> np.ndarray:
        """Point cloud (N, 3) in the rectified camera's frame."""
        assert self.points is not None
        t = self.calib["Tr_velo_to_cam"]
        return (self.points[:, :3] @ t[:, :3].T + t[:, 3]) @ self.calib["R0_rect"].T

    def project(self, points_camera: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of points (N, 3), pixel centres at whole numbers."""
        p = self.calib["P2"]
        q = points_camera @ p[:, :3].T + p[:, 3]
        return q[:, :2] / q[:, 2:]


def read(root: Path, part: str = "training") -> dict[str, Sample]:
    folder = root / part
    names = {d: sorted(p.stem for p in (folder / d).iterdir()) for d in ("image_2", "label_2", "calib")}
    velodyne = folder / "velodyne"
    if velodyne.is_dir():
        names["velodyne"] = sorted(p.stem for p in velodyne.iterdir())
    ids = names["image_2"]
    assert ids and all(found == ids for found in names.values()) and all(re.fullmatch(r"\d{6}", i) for i in ids)
    out = {}
    for i in ids:
        image = cv2.imread(str(folder / f"image_2/{i}.png"))
        assert image is not None
        points = np.fromfile(velodyne / f"{i}.bin", "<f4").reshape(-1, 4) if velodyne.is_dir() else None
        out[i] = Sample(image, points, read_calib(folder / f"calib/{i}.txt"), read_label(folder / f"label_2/{i}.txt"))
    return out
