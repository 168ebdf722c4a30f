"""Columns of the tables of an episode. Units are in the names; a column that a row's kind does not have is null."""

from __future__ import annotations

from collections.abc import Mapping

from simengine.datasets.measures import COLUMNS

__all__ = [
    "BOX2D_COLUMNS", "BOX3D_COLUMNS", "FRAME_COLUMNS", "IMAGE_TABLES", "KEY_COLUMNS", "LABEL_COLUMNS",
    "MEASURE_COLUMNS", "THING_COLUMNS",
]  # fmt: skip


def _each(dtype: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, dtype)


def _xyz(name: str, unit: str) -> dict[str, str]:
    return _each("float64", *(f"{name}_{axis}_{unit}" for axis in "xyz"))


def _box(name: str) -> dict[str, str]:
    return _each("float64", *(f"{name}_{edge}_px" for edge in ("x0", "y0", "x1", "y1")))


KEY_COLUMNS: Mapping[str, str] = {
    "frame": "int32", "time_ns": "int64", "kind": "string", "sensor": "string",
}  # fmt: skip
"""What every label row has. ``kind`` is "box3d" (``sensor`` null: in the world) or "box2d" (in one camera)."""

THING_COLUMNS: Mapping[str, str] = {
    "instance": "int32", "name": "string", "semantic": "int32", "class": "string",
}  # fmt: skip
"""Which thing. The instance id is also the track id; both are the index into ``entities.json``."""

BOX3D_COLUMNS: Mapping[str, str] = {
    **_xyz("center", "m"),
    **_each("float64", "orientation_w", "orientation_x", "orientation_y", "orientation_z"),
    **_xyz("velocity", "mps"),
    **_xyz("angular_velocity", "radps"),
    **_xyz("extent_center", "m"),
    **_each("float64", "length_m", "width_m", "height_m", "extent_length_m", "extent_width_m", "extent_height_m"),
    **_each("float64", "yaw_rad"),
    **_each("int32", "lidar_points"),
    **_each("int64", "age_ns"),
    **_each("int32", "lamps"),
}
"""Of "box3d" rows, as in ``simengine.render.labels.Objects3D``."""

BOX2D_COLUMNS: Mapping[str, str] = {
    **_box("visible"),
    **_box("amodal"),
    **_box("clipped"),
    **_each("int32", "visible_pixels", "amodal_pixels"),
    **_each("float64", "occlusion", "truncation"),
    **_each("int32", "occlusion_level", "occluded_by"),
    **_each("float64", "depth_min_m", "depth_max_m"),
}
"""Of "box2d" rows, as in ``simengine.render.labels.Boxes2D``."""

LABEL_COLUMNS: Mapping[str, str] = {**KEY_COLUMNS, **THING_COLUMNS, **BOX3D_COLUMNS, **BOX2D_COLUMNS}
"""All columns of ``labels.parquet``."""

_IMAGE_KEY: Mapping[str, str] = {"frame": "int32", "time_ns": "int64", "sensor": "string", **THING_COLUMNS}

IMAGE_TABLES: Mapping[str, Mapping[str, str]] = {
    "keypoints": {
        **_IMAGE_KEY, "skeleton": "string", "joint": "string", **_each("float64", "u_px", "v_px"),
        "visibility": "int32", **_each("float64", "x_m", "y_m", "z_m"),
    },
    "amodal": {
        **_IMAGE_KEY, **_each("int32", "width_px", "height_px", "pixels"), "counts": "string",
    },
    "pose6d": {
        **_IMAGE_KEY, **_each("float64", "qw", "qx", "qy", "qz", "x_m", "y_m", "z_m"),
        **_each("float64", "length_m", "width_m", "height_m"), "visible_pixels": "int32",
    },
}  # fmt: skip
"""Columns of the tables of labels in images that have a file of their own, ``<word>.parquet``."""

MEASURE_COLUMNS: Mapping[str, str] = {"frame": "int32", "time_ns": "int64", **COLUMNS}
"""All columns of ``measures.parquet``: one row a frame and entity, as in ``simengine.datasets.measures.Measures``."""

FRAME_COLUMNS: Mapping[str, str] = {
    "frame": "int32", "time_ns": "int64", "kind": "string", "sensor": "string", "sensor_time_ns": "int64",
    **_each("float64", "x_m", "y_m", "z_m", "qw", "qx", "qy", "qz"),
    "exposure_ev": "float64", "points": "int64",
    "shown_time_ns": "int64", "fault": "string", "fault_settings": "string", "fault_since_ns": "int64",
    "channels": "string",
}  # fmt: skip
"""All columns of ``frames.parquet``: one row a frame and camera, LiDAR, radar (world_from_sensor) or "body" (carrier).

``points`` counts those of a LiDAR and the detections of a radar.
"""
