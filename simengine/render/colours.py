"""Channels as pictures: numbers and ids to colours that people with any colour vision can tell apart.

Scalars use viridis and cividis (lightness grows with the value). Ids and directions use hues of equal chroma in the
OKLCH space (Bjoern Ottosson, "A perceptual color space for image processing", 2020), ids with two steps of lightness.
"""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from simengine.arrays import Array, F64Array, U8Array
from simengine.world.taxonomy import CLASSES

__all__ = [
    "BACKGROUND", "class_colours", "classes_to_colour", "depth_to_colour", "disparity_to_colour",
    "flow_to_colour", "id_colours",
    "ids_to_colour", "normals_to_colour", "scalars_to_colour",
]  # fmt: skip

BACKGROUND: tuple[int, int, int] = (22, 24, 29)
"""Colour of "nothing here" in all pictures."""
Scale = Literal["viridis", "cividis"]
_MAPS = {"viridis": cv2.COLORMAP_VIRIDIS, "cividis": cv2.COLORMAP_CIVIDIS}
# Okabe and Ito's palette, lightened for dark images
_ORANGE, _SKY, _GREEN, _YELLOW, _PURPLE = (
    (255, 148, 64),
    (86, 190, 255),
    (60, 205, 155),
    (245, 228, 80),
    (225, 140, 200),
)
_FAMILIES = {
    _SKY: ("car", "van", "truck", "bus", "trailer", "tram"),
    _ORANGE: ("adult", "child"),
    _YELLOW: ("motorcycle", "bicycle", "rider", "e_scooter", "wheelchair"),
    _PURPLE: ("animal", "bird", "robot", "drone"),
}


def scalars_to_colour(values: Array, low: float, high: float, scale: Scale = "viridis") -> U8Array:
    """Numbers (...) to sRGB (..., 3), dark for ``low`` and bright for ``high``; NaN and inf: background."""
    v = np.asarray(values, np.float64)
    finite = np.isfinite(v)
    share = np.clip((np.where(finite, v, low) - low) / max(high - low, 1e-12), 0.0, 1.0)
    return np.where(finite[..., None], _table(scale)[np.round(share * 255.0).astype(np.intp)], _background())


def disparity_to_colour(disparity_px: Array) -> U8Array:
    """Disparity (H, W) to sRGB (H, W, 3): large (near) is bright; 0 (nothing hit): background."""
    known = np.where(disparity_px > 0, disparity_px, np.nan).astype(np.float64)
    some = bool((disparity_px > 0).any())
    return scalars_to_colour(known, 0.0, float(np.nanpercentile(known, 99)) if some else 1.0)


def depth_to_colour(depth_m: Array, near_m: float | None = None, far_m: float | None = None) -> U8Array:
    """Depth or range (H, W) to sRGB (H, W, 3): near is bright, on a logarithmic scale.

    Args:
        depth_m: metres, +inf where nothing was hit (shown as background).
        near_m, far_m: ends of the scale; None: the 1st and 99th percentile of the image. Give both for a film, so that
            its colours keep their meaning.
    """
    z = np.asarray(depth_m, np.float64)
    known = z[np.isfinite(z) & (z > 0)]
    if not known.size:
        return np.broadcast_to(_background(), (*z.shape, 3)).copy()
    near = float(np.percentile(known, 1)) if near_m is None else near_m
    far = float(np.percentile(known, 99)) if far_m is None else far_m
    log = np.log(np.maximum(z, 1e-3))
    low, high = np.log(max(near, 1e-3)), np.log(max(far, near * 1.01, 2e-3))
    return scalars_to_colour(-log, -high, -low, "viridis")


def ids_to_colour(ids: Array, outlines: bool = True) -> U8Array:
    """Instance, part or material ids (H, W) to sRGB (H, W, 3); -1 is background. Equal ids keep their colour.

    With ``outlines`` borders between ids are drawn darker, so that neighbours of like colour stay apart.
    """
    known = np.maximum(np.asarray(ids, np.intp), -1) + 1
    last = int(known.max(initial=0))
    if last > 65_536:  # a table of them would cost more than the pixels
        out = np.where((known > 0)[..., None], id_colours(np.maximum(known - 1, 0)), _background())
    else:
        out = np.concatenate([_background()[None], id_colours(np.arange(last))]).take(known, axis=0)
    return _outlined(out, ids) if outlines else out


def id_colours(ids: Array) -> U8Array:
    """Colours (..., 3) of ids >= 0: hues a golden angle apart, two lightnesses in turn."""
    i = np.asarray(ids, np.float64)
    lightness = np.where(np.asarray(ids) % 2 == 0, 0.78, 0.58)
    return _from_oklch(lightness, np.full_like(lightness, 0.13), i * 2.399963229728653 + 0.6)


def classes_to_colour(semantic: Array, outlines: bool = False) -> U8Array:
    """Semantic ids (H, W) to the taxonomy's colours (Cityscapes' where it has the class)."""
    table = np.array([BACKGROUND, *(c.colour for c in CLASSES)], np.uint8)
    out = table.take(np.maximum(semantic, -1) + 1, axis=0)
    return _outlined(out, semantic) if outlines else out


def class_colours(semantic: Array) -> U8Array:
    """Colours (N, 3) for boxes of things by class: vehicles blue, people orange, two-wheelers yellow, others green."""
    family = {name: colour for colour, names in _FAMILIES.items() for name in names}
    table = np.array([family.get(c.name, _GREEN) for c in CLASSES], np.uint8)
    return table[np.asarray(semantic, np.intp)]


def flow_to_colour(flow_px: Array, largest_px: float | None = None, arrows: bool = True) -> U8Array:
    """Optical flow (H, W, 2) to sRGB (H, W, 3): hue is the direction, strength of colour and light the length.

    Args:
        flow_px: u to the right, v down, in pixels; NaN where there is none.
        largest_px: length of full colour; None: the 99th percentile.
        arrows: draw sparse arrows of the true direction too, so that the picture does not live by hue alone.
    """
    u, v = np.asarray(flow_px[..., 0], np.float64), np.asarray(flow_px[..., 1], np.float64)
    known = np.isfinite(u) & np.isfinite(v)
    u, v = np.where(known, u, 0.0), np.where(known, v, 0.0)
    length = np.hypot(u, v)
    top = float(np.percentile(length[known], 99)) if largest_px is None and known.any() else (largest_px or 1.0)
    share = np.clip(length / max(top, 1e-6), 0.0, 1.0)
    colour = _from_oklch(0.22 + 0.56 * share**0.7, 0.15 * share**0.7, np.arctan2(v, u))
    out = np.where(known[..., None], colour, _background())
    return _with_arrows(out, u, v, known, max(top, 1e-6)) if arrows else out


def normals_to_colour(normal: Array) -> U8Array:
    """Normals (H, W, 3) in optical axes to sRGB: x right in red, y up in green, towards the camera in blue."""
    n = np.asarray(normal, np.float64) * [1.0, -1.0, -1.0]
    hit = (n * n).sum(-1, keepdims=True) > 0
    return np.where(hit, np.round((n * 0.5 + 0.5) * 255.0).astype(np.uint8), _background())


def _background() -> U8Array:
    return np.array(BACKGROUND, np.uint8)


def _table(scale: Scale) -> U8Array:
    ramp = np.arange(256, dtype=np.uint8)[None]
    return np.asarray(cv2.applyColorMap(ramp, _MAPS[scale]), np.uint8)[0, :, ::-1]


def _outlined(image: U8Array, ids: Array) -> U8Array:
    edge = np.zeros(ids.shape, np.bool_)
    edge[:, 1:] |= ids[:, 1:] != ids[:, :-1]
    edge[1:] |= ids[1:] != ids[:-1]
    out = image.copy()
    out[edge] = (image[edge] * 0.45).astype(np.uint8)
    return out


def _with_arrows(image: U8Array, u: F64Array, v: F64Array, known: Array, top: float) -> U8Array:
    height, width = u.shape
    step = max(12, width // 22)
    out = np.ascontiguousarray(image)
    reach = 0.8 * step / top
    for y in range(step // 2, height, step):
        for x in range(step // 2, width, step):
            long = float(np.hypot(u[y, x], v[y, x]))
            if not known[y, x] or long < 0.04 * top:
                continue
            scale = reach * min(1.0, top / long)
            tip = (round(x + u[y, x] * scale), round(y + v[y, x] * scale))
            cv2.arrowedLine(out, (x, y), tip, (250, 250, 250), 1, cv2.LINE_AA, tipLength=0.35)
    return out


def _from_oklch(lightness: F64Array, chroma: F64Array, hue_rad: F64Array) -> U8Array:
    """sRGB uint8 (..., 3) of OKLCH colours, clipped to the gamut."""
    a, b = chroma * np.cos(hue_rad), chroma * np.sin(hue_rad)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.stack(
        [
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        ],
        -1,
    ).clip(0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1.0 / 2.4) - 0.055)
    return np.round(encoded * 255.0).astype(np.uint8)
