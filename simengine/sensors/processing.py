"""What a camera's processor makes of exposed light: display values by a tone curve, sharpened, and compressed."""

from __future__ import annotations

import cv2
import numpy as np

from simengine.arrays import F32Array, U8Array
from simengine.sensors.exposure import developed
from simengine.sensors.imaging import Processing

__all__ = ["compressed", "pictured", "sharpened"]


def pictured(processing: Processing, exposed: F32Array) -> U8Array:
    """The picture (H, W, 3) of exposed light."""
    rgb = developed(exposed, processing.tone)
    if processing.sharpen > 0.0:
        rgb = sharpened(rgb, processing.sharpen, processing.radius_px)
    return compressed(rgb, processing.jpeg) if processing.jpeg else rgb


def sharpened(rgb: U8Array, amount: float, radius_px: float) -> U8Array:
    """Unsharp masking: display values v become v + amount (v - g), g being v under a Gaussian of that deviation."""
    values = rgb.astype(np.float32)
    blurred = cv2.GaussianBlur(values, (0, 0), radius_px, borderType=cv2.BORDER_REPLICATE)
    values += np.float32(amount) * (values - blurred)
    return np.clip(np.rint(values), 0.0, 255.0).astype(np.uint8)


def compressed(rgb: U8Array, quality: int) -> U8Array:
    """The picture after baseline JPEG of a quality 1..100 (the scale of the Independent JPEG Group), colours 4:2:0."""
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(rgb[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = cv2.imdecode(data, cv2.IMREAD_COLOR) if done else None
    assert back is not None
    return np.ascontiguousarray(back[..., ::-1]).astype(np.uint8, copy=False)
