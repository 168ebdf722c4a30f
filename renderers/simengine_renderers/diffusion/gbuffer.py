"""What the own network is told about a frame: arrays from readings of the base renderer."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from simengine.arrays import Array, F32Array
from simengine.errors import UsageError
from simengine.render.protocol import CameraReading
from simengine.sensors.specs import CameraSpec
from simengine_renderers.diffusion.model import FINE
from simengine_renderers.diffusion.resolve import linear_of, resolve

__all__ = ["COARSE", "FINE_GRAINED", "Conditions", "finer"]

COARSE = ("rgb", "albedo", "semantic", "part", "depth", "normal")
"""Channels that are needed of the picture itself."""
FINE_GRAINED = ("albedo", "normal", "depth", "part", "position")
"""Channels that are needed at ``FINE`` times its width and height."""
_LARGEST_PX = 8192 // FINE
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_DARK = np.float32(0.004)


def finer(spec: CameraSpec) -> CameraSpec:
    """The same camera with ``FINE`` times as many pixels each way.

    Raises:
        UsageError: that is more than a camera can have, or it has a lens of which networks know nothing.
    """
    if spec.lens != "pinhole":
        raise UsageError(
            f"camera '{spec.name}' has the lens '{spec.lens}', and renderer 'diffusion' paints pictures of pinhole "
            "cameras only; use another renderer"
        )
    if max(spec.width_px, spec.height_px) > _LARGEST_PX:
        raise UsageError(
            f"camera '{spec.name}': renderer 'diffusion' makes images up to {_LARGEST_PX} px each way, got "
            f"{spec.width_px} x {spec.height_px}; use a smaller size or another renderer"
        )
    scaled = {n: getattr(spec, n) * FINE for n in ("width_px", "height_px", "fx_px", "fy_px", "cx_px", "cy_px")}
    return replace(spec, **scaled, droplets=0.0, samples=1)


@dataclass(frozen=True, eq=False)
class Conditions:
    """Condition arrays of one image, rows first.

    Attributes:
        rgb: uint8 (H, W, 3), sRGB.
        resolved: uint8 (H, W, 3), sRGB, the guess of ``resolve``.
        light: uint8 (H, W), log2 of luminance over that of the albedo, -8..4 as 0..255: what of the picture is light
            and shadow and not paint.
        semantic: uint8 (H, W), class ids.
        albedo: uint8 (2 H, 2 W, 3), square root of the albedo.
        normal: int8 (2 H, 2 W, 3), times 127.
        depth: float16 (2 H, 2 W), log(1 + z in m), 12 where nothing was hit.
        border: uint8 (2 H, 2 W), 1 where the part differs from the right or lower neighbour's.
    """

    rgb: Array
    resolved: Array
    light: Array
    semantic: Array
    albedo: Array
    normal: Array
    depth: Array
    border: Array

    @classmethod
    def of(cls, coarse: CameraReading, fine: CameraReading) -> Conditions:
        """From readings with the channels ``COARSE`` and ``FINE_GRAINED``."""
        picture, near = coarse.channels, fine.channels
        return cls(
            picture["rgb"], resolve(picture, near), _light(picture["rgb"], picture["albedo"]),
            picture["semantic"].astype(np.uint8),
            np.rint(np.sqrt(np.clip(near["albedo"], 0.0, 1.0)) * 255.0).astype(np.uint8),
            np.rint(np.clip(near["normal"], -1.0, 1.0) * 127.0).astype(np.int8),
            _log_depth(near["depth"]), _borders(near["part"]),
        )  # fmt: skip

    def arrays(self) -> dict[str, Array]:
        """By name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def padded(self, multiple: int) -> Conditions:
        """Rows and columns repeated at the right and lower edge up to a multiple."""
        height, width = self.light.shape
        down, right = -height % multiple, -width % multiple
        if not down and not right:
            return self

        def pad(a: Array) -> Array:
            k = a.shape[0] // height
            return np.pad(a, [(0, down * k), (0, right * k)] + [(0, 0)] * (a.ndim - 2), "edge")

        return Conditions(**{name: pad(a) for name, a in self.arrays().items()})

    def tensors(self) -> dict[str, Array]:
        """Inputs of the network by argument, without the leading axis: float32, channels first; classes int64."""
        fine = np.concatenate(
            [
                self.albedo.astype(np.float32) / 127.5 - 1.0,
                self.normal.astype(np.float32) / 127.0,
                self.depth.astype(np.float32)[..., None] * 0.3 - 1.0,
                self.border.astype(np.float32)[..., None],
            ],
            -1,
        )
        return {
            "rgb": first_channels(self.rgb.astype(np.float32) / 127.5 - 1.0),
            "resolved": first_channels(self.resolved.astype(np.float32) / 127.5 - 1.0),
            "light": self.light[None].astype(np.float32) / 127.5 - 1.0,
            "semantic": self.semantic.astype(np.int64),
            "fine": first_channels(fine),
        }


def first_channels(image: F32Array) -> F32Array:
    """(H, W, C) to (C, H, W)."""
    return np.ascontiguousarray(np.moveaxis(image, -1, 0))


def _light(rgb: Array, albedo: Array) -> Array:
    seen, paint = ((v * _LUMINANCE).sum(-1) + _DARK for v in (linear_of(rgb), albedo))
    return np.rint((np.clip(np.log2(seen / paint), -8.0, 4.0) + 8.0) * (255.0 / 12.0)).astype(np.uint8)


def _log_depth(depth_m: Array) -> Array:
    z = np.where(np.isfinite(depth_m), depth_m, np.float32(np.exp(12.0)))
    return np.log1p(np.maximum(z, 0.0)).astype(np.float16)


def _borders(part: Array) -> Array:
    out = np.zeros(part.shape, np.uint8)
    out[:, :-1] |= part[:, 1:] != part[:, :-1]
    out[:-1] |= part[1:] != part[:-1]
    return out
