"""Frozen sensor specifications. Mounts are ``entity_from_sensor``; a camera frame is x right, y down, z forward."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from simengine.arrays import F64Array, I64Array
from simengine.errors import SensorError

__all__ = ["BODY_FROM_OPTICAL", "DISTORTION", "CameraSpec", "LidarSpec", "SensorSpec"]

BODY_FROM_OPTICAL: F64Array = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
"""Rotation that takes optical axes (x right, y down, z forward) to body axes (x forward, y left, z up)."""
BODY_FROM_OPTICAL.setflags(write=False)
DISTORTION = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
"""Names of the distortion coefficients, in OpenCV's order."""


@dataclass(frozen=True, eq=False)
class CameraSpec:
    """A pinhole camera with OpenCV's rational distortion.

    Attributes:
        name: sensor name in the program.
        entity: instance id of the carrier, or -1: mounted in the world.
        entity_from_camera: (4, 4), optical frame to carrier (or world).
        width_px, height_px: image size.
        fx_px, fy_px, cx_px, cy_px: intrinsics; pixel centres lie at +0.5.
        distortion: k1, k2, p1, p2, k3, k4, k5, k6 (Brown-Conrady, OpenCV order).
        period_ns: time between frames.
        exposure_auto: meter every frame; else ``exposure_ev`` is fixed.
        exposure_ev: compensation in stops (auto), or the fixed exposure.
        droplets: share of the lens covered by rain drops, 0..1.
        samples: rays a pixel for rgb (labels always come from the centre ray).
        sees_carrier: the carrier's own parts are in the picture; else primary rays pass them (shadow rays do not).
    """

    name: str
    entity: int
    entity_from_camera: F64Array
    width_px: int
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    distortion: tuple[float, ...] = (0.0,) * 8
    period_ns: int = 100_000_000
    exposure_auto: bool = True
    exposure_ev: float = 0.0
    droplets: float = 0.0
    samples: int = 1
    sees_carrier: bool = False

    @property
    def unseen(self) -> int:
        """Entity whose parts primary rays pass, or -1."""
        return -1 if self.sees_carrier else self.entity

    def __post_init__(self) -> None:
        if not (1 <= self.width_px <= 8192 and 1 <= self.height_px <= 8192):
            raise SensorError(
                f"camera '{self.name}': size must be 1..8192 px each way, got {self.width_px} x {self.height_px}"
            )
        if not (self.fx_px > 0 and self.fy_px > 0):
            raise SensorError(f"camera '{self.name}': focal lengths must be positive, got {self.fx_px}, {self.fy_px}")
        if len(self.distortion) != 8:
            raise SensorError(
                f"camera '{self.name}': distortion takes 8 coefficients (k1 k2 p1 p2 k3 k4 k5 k6), got "
                f"{len(self.distortion)}"
            )

        if not all(math.isfinite(v) for v in (self.fx_px, self.fy_px, self.cx_px, self.cy_px, *self.distortion)):
            raise SensorError(f"camera '{self.name}': intrinsics and distortion must be finite numbers")

    @classmethod
    def from_fov(
        cls, name: str, entity: int, mount_m: tuple[float, float, float], size_px: tuple[int, int], fov_rad: float,
        **options: object,
    ) -> CameraSpec:  # fmt: skip
        """A camera that looks along the carrier's +x with a horizontal field of view and square pixels."""
        if not 0 < fov_rad < math.pi:
            raise SensorError(f"camera '{name}': fov must be in (0, 180) deg, got {math.degrees(fov_rad):g} deg")
        f = size_px[0] / (2.0 * math.tan(fov_rad / 2.0))
        pose = np.array(BODY_FROM_OPTICAL)
        pose[:3, 3] = mount_m
        return cls(name, entity, pose, *size_px, f, f, size_px[0] / 2.0, size_px[1] / 2.0, **options)  # type: ignore[arg-type]

    def matrix(self) -> F64Array:
        """The 3x3 intrinsic matrix."""
        return np.array([[self.fx_px, 0, self.cx_px], [0, self.fy_px, self.cy_px], [0, 0, 1.0]])


@dataclass(frozen=True, eq=False)
class LidarSpec:
    """A spinning LiDAR described by its beam table.

    Attributes:
        name, entity, entity_from_lidar: as for cameras; the LiDAR frame is x forward, y left, z up.
        model: name of the beam table ("uniform-64", "OS1-128").
        elevation_rad: (C,), per channel, top ring first is not required; ``ring`` is the index here.
        azimuth_offset_rad: (C,).
        firing_offset_ns: (C,), time of each channel within a column.
        columns: firings a revolution.
        period_ns: one revolution; a scan covers [t, t + period) and turns counter-clockwise from straight back
            (azimuth -pi) through straight ahead at half the period.
        range_min_m, range_max_m: reported ranges.
        divergence_rad: full beam divergence.
        range_noise_m: sigma at 10 % reflectance and half of the maximum range is derived from the link budget:
            sigma = range_noise_m / sqrt(SNR).
        reference_reflectance, reference_range_m: data-sheet point that fixes the link budget: a target of this
            reflectance is just detected at this range in clear air.
        sees_carrier: as for :class:`CameraSpec`.
    """

    name: str
    entity: int
    entity_from_lidar: F64Array
    model: str
    elevation_rad: F64Array
    azimuth_offset_rad: F64Array
    firing_offset_ns: I64Array
    columns: int
    period_ns: int = 100_000_000
    range_min_m: float = 0.5
    range_max_m: float = 120.0
    divergence_rad: float = 0.003
    range_noise_m: float = 0.3
    reference_reflectance: float = 0.1
    reference_range_m: float = 60.0
    options: dict[str, float] = field(default_factory=dict[str, float])
    sees_carrier: bool = False

    @property
    def unseen(self) -> int:
        """Entity whose parts rays pass, or -1."""
        return -1 if self.sees_carrier else self.entity

    @property
    def channels(self) -> int:
        """Number of beams."""
        return len(self.elevation_rad)


SensorSpec = CameraSpec | LidarSpec
