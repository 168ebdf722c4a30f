"""Comparing two renderers' readings of one camera."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, BoolArray
from simengine.render.protocol import CameraReading, Instants, NoiseKey, Renderer, RenderOptions
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine_renderers import raster, raytrace

LABELS = ("depth", "range", "normal", "semantic", "instance", "part", "material", "position", "albedo", "flow")
NOISE = NoiseKey(0, 0, 0)


@dataclass(frozen=True, eq=False)
class Pair:
    """What both renderers say; ``clear``: pixels whose eight neighbours belong to the same part and material."""

    ours: Mapping[str, Array]
    truth: Mapping[str, Array]
    clear: BoolArray

    def share_of_equal(self, name: str) -> float:
        """Share of clear pixels with equal ids."""
        return float((self.ours[name] == self.truth[name])[self.clear].mean())

    def relative_error(self, name: str = "depth") -> Array:
        """Relative differences where both see the same part, clear of edges."""
        same = self.clear & (self.ours["part"] == self.truth["part"]) & (self.truth["part"] >= 0)
        return np.abs(self.ours[name][same] / self.truth[name][same] - 1.0)


def near_edges(*images: Array) -> BoolArray:
    """Pixels with another value among their eight neighbours in any of the images."""
    out = np.zeros(images[0].shape, np.bool_)
    for image in images:
        wide = np.pad(image, 1, mode="edge")
        h, w = image.shape
        for dy in range(3):
            for dx in range(3):
                out |= wide[dy : dy + h, dx : dx + w] != image
    return out


def both(
    scene: Scene, spec: CameraSpec, instants: Instants, channels: Sequence[str] = LABELS, preset: str = "preview"
) -> tuple[CameraReading, CameraReading]:
    """Readings of ``raster`` and of ``raytrace`` by the same preset."""
    readings: list[CameraReading] = []
    for package in (raster, raytrace):
        renderer: Renderer = package.open_renderer(scene, RenderOptions(extra={"preset": preset}))
        try:
            readings.append(renderer.camera(spec, instants, channels, NOISE))
        finally:
            renderer.close()
    return readings[0], readings[1]


def pair_of(ours: CameraReading, truth: CameraReading) -> Pair:
    """Both readings of ``LABELS``; dtypes and shapes must be the same."""
    a, b = ours.channels, truth.channels
    np.testing.assert_array_equal(ours.world_from_camera, truth.world_from_camera)
    assert ours.time_ns == truth.time_ns
    for name in b:
        assert (a[name].dtype, a[name].shape) == (b[name].dtype, b[name].shape), name
        assert a[name].flags.c_contiguous, name
    return Pair(a, b, ~near_edges(a["part"], b["part"], a["material"], b["material"]))


def folds(pair: Pair) -> BoolArray:
    """Pixels at a crease or at a contour of a part against itself: a neighbour's normal or depth jumps."""
    turned = np.round(pair.truth["normal"] @ np.array([1.0, 10.0, 100.0], np.float32), 1)
    depth = pair.truth["depth"]
    step = np.round(np.log(np.where(np.isfinite(depth), depth, 1e6)) * 20.0)
    return near_edges(turned, step)


def luminance(rgb: Array) -> Array:
    """Rec. 709 luma of sRGB."""
    return rgb.astype(np.float64) @ np.array([0.2126, 0.7152, 0.0722])


def correlation(a: Array, b: Array, chosen: Array | None = None) -> float:
    """Of the luminance of two pictures, or of the ``chosen`` pixels (H, W)."""
    kept = np.ones(a.shape[:2], np.bool_) if chosen is None else chosen
    return float(np.corrcoef(luminance(a)[kept], luminance(b)[kept])[0, 1])
