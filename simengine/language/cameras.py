"""What is known of a camera before a draw: that its lens, where nothing of it is drawn, gives every pixel a ray."""

from __future__ import annotations

import math

from simengine.errors import SensorError
from simengine.language.scope import Context, SensorInfo
from simengine.language.supports import constant
from simengine.language.terms import Vector
from simengine.sensors.projection import refuse_fold
from simengine.sensors.specs import DISTORTION, CameraSpec
from simengine.sensors.vocabulary import default

__all__ = ["check_camera"]


def check_camera(ctx: Context, sensor: SensorInfo) -> None:
    """Report a lens that folds inside the image. Values that are drawn are judged variant by variant."""
    spans = [d.span for k in DISTORTION if (d := ctx.definitions.get(f"{sensor.name}.distortion.{k}")) is not None]
    coefficients = [_fixed(ctx, f"{sensor.name}.distortion.{k}", 0.0) for k in DISTORTION]
    fov, size = _fixed(ctx, f"{sensor.name}.fov", default("camera", "fov")), _size(ctx, f"{sensor.name}.size")
    known = [c for c in coefficients if c is not None]
    if len(known) < len(coefficients) or not any(known) or fov is None or size is None:
        return
    try:
        camera = CameraSpec.from_fov(sensor.name, -1, (0.0, 0.0, 0.0), size, fov, distortion=tuple(known))
        refuse_fold(camera)
    except SensorError as error:
        ctx.sink.error("E0208", max(spans, key=lambda s: (s.line, s.column)), str(error))


def _fixed(ctx: Context, path: str, default: float) -> float | None:
    """The value of a property, or None where it is drawn or depends on what is."""
    if path not in ctx.definitions:
        return default
    low, high = ctx.supports.get(path, (-math.inf, math.inf))
    return low if low == high and math.isfinite(low) else None


def _size(ctx: Context, path: str) -> tuple[int, int] | None:
    definition = ctx.definitions.get(path)
    if definition is None:
        width, height = default("camera", "size")
        return int(width), int(height)
    if not isinstance(definition.binding, Vector) or len(definition.binding.items) != 2:
        return None
    width, height = (constant(item) for item in definition.binding.items)
    if width is None or height is None or min(width, height) < 1:
        return None
    return int(width), int(height)
