"""Readings made from formulas, so that the dataset can be tested without a renderer."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from simengine.arrays import Array
from simengine.datasets import DatasetWriter, EpisodeContent, VariantRow, Verdict
from simengine.datasets.measures import Measures, empty
from simengine.geometry.transforms import translation
from simengine.render.labels import Boxes2D, Objects3D
from simengine.render.protocol import CameraReading, LidarReading
from simengine.sensors.specs import CameraSpec, LidarSpec
from simengine.world.scene import Entity
from simengine.world.taxonomy import CLASS_ID

MANIFEST = {
    "source_sha256": "ab" * 32, "seed": 7, "plan": "random", "renderer": "fake", "options": {"samples": 1},
    "versions": {"simengine": "0.1.0"}, "about": {"title": "A child runs out", "scenario": "child_dart_out"},
}  # fmt: skip
ENTITIES = (
    Entity("ground", "road", "", CLASS_ID["road"], (100.0, 10.0, 0.1)),
    Entity("ego", "car", "sedan", CLASS_ID["car"], (4.6, 1.8, 1.5), actor=0),
    Entity("parked[0]", "car", "suv", CLASS_ID["car"], (4.7, 1.9, 1.7)),
    Entity("kid", "pedestrian", "child_6y", CLASS_ID["child"], (0.4, 0.4, 1.15), actor=1),
)


def camera(size_px: tuple[int, int] = (96, 64), name: str = "front") -> CameraSpec:
    return CameraSpec.from_fov(name, 1, (1.2, 0.0, 1.3), size_px, 1.4)


def lidar(channels: int = 8, columns: int = 90) -> LidarSpec:
    mount = translation((0.0, 0.0, 1.8))
    beams = np.linspace(-0.4, 0.04, channels)
    return LidarSpec("roof", 1, mount, "uniform", beams, np.zeros(channels), np.zeros(channels, np.int64), columns)


def scene_arrays(size_px: tuple[int, int], frame: int, variant: int) -> dict[str, Array]:
    """A ground plane, a wall-like car and a child that moves a few pixels each frame."""
    w, h = size_px
    v, u = np.mgrid[0:h, 0:w].astype(np.float64) + 0.5
    f = w / 1.6
    ray = np.stack([(u - w / 2) / f, (v - h / 2) / f, np.ones_like(u)], -1)
    with np.errstate(divide="ignore"):
        z = np.where(ray[..., 1] > 0.02, 1.5 / ray[..., 1], np.inf)
    instance = np.where(np.isfinite(z), 0, -1)
    normal = np.zeros((h, w, 3))
    normal[np.isfinite(z)] = (0, -1, 0)
    car = (u > 0.62 * w) & (u < 0.95 * w) & (v > 0.38 * h) & (v < 0.75 * h)
    x = (0.55 - 0.02 * frame - 0.01 * (variant % 5)) * w
    kid = (abs(u - x) < 0.03 * w) & (v > 0.42 * h) & (v < 0.72 * h)
    for mask, i, depth in ((car, 2, 8.0), (kid, 3, 10.0)):
        z[mask], instance[mask], normal[mask] = depth, i, (0, 0, -1)
    semantic = np.array([c.semantic for c in ENTITIES])[instance]
    semantic[instance < 0] = CLASS_ID["sky"]
    colour = np.array([[90, 92, 95], [200, 30, 30], [40, 70, 140], [240, 190, 60]], np.float64)[instance]
    colour[instance < 0] = (150, 185, 230)
    shade = 1.0 - 0.3 * (v / h)[..., None]
    flow = np.zeros((h, w, 2))
    flow[kid, 0] = -0.02 * w
    return {
        "rgb": np.clip(colour * shade, 0, 255).astype(np.uint8),
        "depth": z.astype(np.float32),
        "range": (z * np.sqrt((ray**2).sum(-1))).astype(np.float32),
        "normal": normal.astype(np.float32),
        "semantic": semantic.astype(np.int32),
        "instance": instance.astype(np.int32),
        "flow": flow.astype(np.float32),
    }


def camera_reading(spec: CameraSpec, frame: int, variant: int = 0) -> CameraReading:
    size = (spec.width_px, spec.height_px)
    pose = translation((1.2 + 0.8 * frame, 0.0, 1.3)) @ np.array(spec.entity_from_camera)
    return CameraReading(spec, frame * 100_000_000, pose, scene_arrays(size, frame, variant), 0.25)


def lidar_reading(spec: LidarSpec, frame: int, variant: int = 0) -> LidarReading:
    ring, column = np.divmod(np.arange(spec.channels * spec.columns), spec.columns)
    azimuth, elevation = column / spec.columns * 2 * np.pi - np.pi, spec.elevation_rad[ring]
    distance = np.minimum(1.8 / np.maximum(-np.sin(elevation), 1e-3), 30.0 + variant)
    xyz = np.stack([np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)], -1)
    xyz = (xyz * distance[:, None]).astype(np.float32)
    points: dict[str, Array] = {
        "xyz": xyz, "xyz_deskewed": xyz + np.float32(0.01 * frame), "range": distance.astype(np.float32),
        "intensity": (20 + 10 * np.sin(azimuth)).astype(np.float32), "ring": ring.astype(np.int32),
        "column": column.astype(np.int32), "time_offset_ns": (column * 1000).astype(np.int32),
        "instance": np.where(elevation < -0.02, 0, -1).astype(np.int32),
        "semantic": np.where(elevation < -0.02, CLASS_ID["road"], -1).astype(np.int32),
    }  # fmt: skip
    return LidarReading(spec, frame * 100_000_000, translation((0.8 * frame, 0.0, 1.8)), points)


def boxes2d(reading: CameraReading) -> Boxes2D:
    instance = reading.channels["instance"]
    found = [np.nonzero(instance == i) for i in (2, 3)]
    box = np.array([[u.min(), v.min(), u.max() + 1, v.max() + 1] for v, u in found], np.float64)
    count = np.array([len(u) for _, u in found], np.int32)
    ids, zero = np.array([2, 3], np.int32), np.zeros(2)
    semantic = np.array([ENTITIES[i].semantic for i in ids], np.int32)
    return Boxes2D(
        reading.spec.name, reading.time_ns, ids, tuple(ENTITIES[i].name for i in ids), semantic, box, box, box, count,
        count, zero, zero, zero.astype(np.int32), np.full(2, -1, np.int32), zero + 8.0, zero + 10.0,
    )  # fmt: skip


def objects3d(frame: int) -> Objects3D:
    """The ego at (0.8 frame, 0) and the child in front of it."""
    ids = np.array([1, 3], np.int32)
    size = np.array([ENTITIES[i].size_m for i in ids])
    centre = np.array([[0.8 * frame, 0.0, 0.75], [12.0 + 0.8 * frame, 0.7 - 0.2 * frame, 0.57]])
    q = np.array([[1.0, 0, 0, 0]] * 2)
    zero = np.zeros((2, 3))
    return Objects3D(
        "world", frame * 100_000_000, ids, ("ego", "kid"), np.array([ENTITIES[i].semantic for i in ids], np.int32),
        centre, size, q, np.zeros(2), zero, zero, centre, size, np.array([0, 12], np.int32),
        np.full(2, frame * 100_000_000), np.array([3, 0], np.int32),
    )  # fmt: skip


def measures(frame: int) -> Measures:
    """Of ego and the child, which comes nearer."""
    columns = {**empty(2), "instance": np.array([1, 3], np.int32), "name": np.array(["ego", "kid"], object)}
    columns["distance_m"][1], columns["ttc_s"][1] = 9.0 - frame, np.inf
    return Measures.of_columns(frame * 100_000_000, "ego", columns)


def row(variant: int, status: str = "kept") -> VariantRow:
    """One row with every kind of cell."""
    margin = 0.4 - 0.2 * (variant % 4)
    verdicts = (
        Verdict("ensure", "eventually visible(kid, front) > 0.1", True, 0.5, "the child was seen"),
        Verdict("expect", "always distance(ego, kid) > 0.2 m", margin >= 0, margin, "no contact", None, "m"),
    )
    values = {"ego.speed [km/h]": 8.0 + 0.1 * variant, "gap [m]": 12.5, "parked.count": 3 + variant % 2, "rain": "none"}
    return VariantRow(
        variant, status, f"{variant:064x}", values, verdicts, ("aeb", "vru"), {"first_seen": f"bin {variant % 3}"},  # type: ignore[arg-type]
        {"duration [s]": 3.5, "collision": variant % 4 == 3}, variant % 2, "" if status == "kept" else "never seen",
    )  # fmt: skip


def write_variant(writer: DatasetWriter, variant: int, frames: int = 3, size_px: tuple[int, int] = (96, 64)) -> None:
    front, roof = camera(size_px), lidar()
    scenario = json.dumps({"variant": variant}).encode()
    with writer.episode(EpisodeContent(row(variant), scenario, (front, roof), ENTITIES)) as episode:
        for k in range(frames):
            seen = camera_reading(front, k, variant)
            episode.write_frame(
                k, k * 100_000_000, {"front": seen, "roof": lidar_reading(roof, k, variant)}, objects=objects3d(k),
                boxes={"front": boxes2d(seen)}, bodies={"ego": translation((0.8 * k, 0.0, 0.0))},
                measures=measures(k),
            )  # fmt: skip


def write_dataset(root: object, variants: tuple[int, ...] = (0, 1, 2), discarded: tuple[int, ...] = (3,)) -> str:
    with DatasetWriter.create(str(root), MANIFEST) as writer:
        for variant in variants:
            write_variant(writer, variant)
        for variant in discarded:
            writer.record(row(variant, "discarded"))
        return writer.finish()["digest"]


def same_tables(a: Boxes2D | Objects3D | Measures, b: Boxes2D | Objects3D | Measures) -> None:
    """Equal in every column, bit for bit and type for type."""
    assert type(a) is type(b)
    for field in fields(a):
        x, y = getattr(a, field.name), getattr(b, field.name)
        if isinstance(x, np.ndarray):
            assert x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes(), field.name
        else:
            assert x == y, field.name


def table_rows(table: Boxes2D | Objects3D) -> list[dict[str, Any]]:
    """The rows of a label table as dictionaries of plain values."""
    columns = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in table.columns().items()}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder but the lock, by path."""
    files = (p for p in root.rglob("*") if p.is_file() and p.name != ".lock")
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in files}
