"""Columns of the tables of an episode. Units are in the names; a column that a row's kind does not have is null."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["BOX2D_COLUMNS", "BOX3D_COLUMNS", "FRAME_COLUMNS", "KEY_COLUMNS", "LABEL_COLUMNS", "POSE_COLUMNS"]

POSE_COLUMNS: Mapping[str, str] = {
    "x_m": "float64", "y_m": "float64", "z_m": "float64",
    "qw": "float64", "qx": "float64", "qy": "float64", "qz": "float64",
}  # fmt: skip
"""Position and unit quaternion in the world."""

KEY_COLUMNS: Mapping[str, str] = {
    "frame": "int32", "time_ns": "int64", "kind": "string", "sensor": "string", "instance": "int32",
    "name": "string", "class": "string",
}  # fmt: skip
"""What every label row has. ``kind`` is "box3d" (``sensor`` null, in the world) or "box2d" (in one camera)."""

BOX3D_COLUMNS: Mapping[str, str] = {
    **POSE_COLUMNS,
    "yaw_rad": "float64", "length_m": "float64", "width_m": "float64", "height_m": "float64",
    "vx_mps": "float64", "vy_mps": "float64", "vz_mps": "float64",
    "track": "int32", "age": "int32", "num_lidar_points": "int32",
}  # fmt: skip
"""Of "box3d" rows: pose of the box centre, full size, velocity in the world, track and its age in frames."""

BOX2D_COLUMNS: Mapping[str, str] = {
    "x0_px": "float64", "y0_px": "float64", "x1_px": "float64", "y1_px": "float64",
    "amodal_x0_px": "float64", "amodal_y0_px": "float64", "amodal_x1_px": "float64", "amodal_y1_px": "float64",
    "clipped_x0_px": "float64", "clipped_y0_px": "float64", "clipped_x1_px": "float64", "clipped_y1_px": "float64",
    "visible_px": "int64", "silhouette_px": "int64", "occlusion": "float64", "truncation": "float64",
    "occlusion_level": "int32", "occluded_by": "int32", "depth_min_m": "float64", "depth_max_m": "float64",
}  # fmt: skip
"""Of "box2d" rows: visible box (pixel edges), amodal box unclipped and clipped to the image, pixel counts, shares."""

LABEL_COLUMNS: Mapping[str, str] = {**KEY_COLUMNS, **BOX3D_COLUMNS, **BOX2D_COLUMNS}
"""All columns of ``labels.parquet``."""

FRAME_COLUMNS: Mapping[str, str] = {
    "frame": "int32", "time_ns": "int64", "kind": "string", "sensor": "string", "sensor_time_ns": "int64",
    **POSE_COLUMNS,
    "exposure_ev": "float64", "points": "int64",
}  # fmt: skip
"""All columns of ``frames.parquet``: one row a frame and camera, LiDAR (world_from_sensor) or "body" (carrier)."""
