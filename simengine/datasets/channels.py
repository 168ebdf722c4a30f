"""Which file each camera channel and LiDAR scan becomes, and back. What is on disk is documented in ``FORMATS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array
from simengine.datasets.decode import decode_npz, decode_ply, decode_png
from simengine.datasets.encode import encode_npz, encode_ply, encode_png
from simengine.datasets.storage import Buffer
from simengine.errors import DatasetError
from simengine.render.protocol import DETECTION_FIELDS, POINT_FIELDS

__all__ = [
    "DETECTIONS_FOLDER",
    "FORMATS",
    "POINTS_FOLDER",
    "SCAN_FIELDS",
    "Encoder",
    "Format",
    "as_stored",
    "decode_channel",
    "decode_scan",
    "encode_channel",
    "encode_scan",
]

POINTS_FOLDER, DETECTIONS_FOLDER = "points", "detections"
SCAN_FIELDS: Mapping[str, Mapping[str, str]] = {POINTS_FOLDER: POINT_FIELDS, DETECTIONS_FOLDER: DETECTION_FIELDS}
"""Fields of the scans that become PLY files, by the word of ``record`` and the folder."""
_HEADERS_BYTES = 16_384
_ROWS = 32  # what is converted at a time stays in the cache


@dataclass(frozen=True)
class Format:
    """How one channel is stored.

    Attributes:
        suffix: file name ending.
        dtype, components: of the array in memory; components 0 means (H, W).
        text: what a person needs to read the file without this library.
    """

    suffix: str
    dtype: str
    components: int
    text: str


def _exact(name: str, components: int = 0) -> Format:
    return Format(".npz", "float32", components, f"NumPy archive, member '{name}', float32, exact")


_SEGMENT = (
    "8-bit RGB PNG: R + 256 G + 65536 B is the id, as of COCO; R is the class, the rest the instance + 1 of things"
)
_SEEN = "8-bit grey PNG: 0 nothing or gone, 128 hidden or outside of the other frame, 255 seen in it"
_ID = "16-bit grey PNG: value - 1 is the index, 0 is nothing"
_SNORM = "NumPy archive, member 'normal', int16: component = value / 32767, error below 1.6e-5"
FORMATS: Mapping[str, Format] = {
    "rgb": Format(".png", "uint8", 3, "8-bit RGB PNG, sRGB"),
    "depth": _exact("depth"),
    "range": _exact("range"),
    "normal": Format(".npz", "float32", 3, _SNORM + ", x right, y down, z forward; (0, 0, 0) where nothing was hit"),
    "albedo": Format(".png", "float32", 3, "16-bit RGB PNG: linear component = value / 65535, error below 7.7e-6"),
    "semantic": Format(".png", "int32", 0, "8-bit grey PNG: value is the class id"),
    "instance": Format(".png", "int32", 0, _ID),
    "part": Format(".png", "int32", 0, _ID),
    "material": Format(".png", "int32", 0, _ID),
    "position": _exact("position", 3),
    "flow": _exact("flow", 2),
    "radiance": _exact("radiance", 3),
    "lens_occlusion": _exact("lens_occlusion"),
    "rgb_right": Format(".png", "uint8", 3, "8-bit RGB PNG, sRGB"),
    "disparity": _exact("disparity"),
    "disparity_mask": Format(".png", "uint8", 0, "8-bit grey PNG: 0 nothing, 128 by the left one only, 255 by both"),
    "panoptic": Format(".png", "int32", 0, _SEGMENT),
    "scene_flow": _exact("scene_flow", 3),
    "time_to_collision": _exact("time_to_collision"),
    "temperature": _exact("temperature"),
    "flow_mask": Format(".png", "uint8", 0, _SEEN),
    "flow_back": _exact("flow_back", 2),
    "flow_back_mask": Format(".png", "uint8", 0, _SEEN),
    "raw": Format(
        ".png", "uint16", 0, "16-bit grey PNG: numbers of the pixels, behind their colour filters where they have any"
    ),
    "matte": _exact("matte", 4),
}
"""Storage of every channel of images, in the order of the sets of ``simengine.render.protocol``."""

_PLAIN = ("rgb", "rgb_right", "raw", "disparity_mask", "flow_mask", "flow_back_mask")
"""Channels whose image is the array."""

_VECTORS = {
    "xyz": ("x", "y", "z"),
    "xyz_deskewed": ("x_deskewed", "y_deskewed", "z_deskewed"),
}
"""Point fields with three components, and the PLY properties that they become."""


def _ids_to_png(
    name: str, ids: Array, low: int, high: int, dtype: type[np.unsignedinteger], shift: int, small: bool
) -> list[Buffer]:
    least, most = (int(ids.min()), int(ids.max())) if ids.size else (low, low)
    if least < low or most > high:
        raise DatasetError(f"channel '{name}' holds ids {least}..{most}; its PNG can hold {low}..{high}")
    return encode_png((ids + shift).astype(dtype), small=small)


def _quantised(name: str, values: Array, scale: float, low: float, dtype: type[np.integer]) -> Array:
    """Values of low..1 in steps of 1 / ``scale``, a few rows at a time."""
    out = np.empty(values.shape, dtype)
    for start in range(0, len(values), _ROWS):
        scaled = values[start : start + _ROWS] * np.float32(scale)
        np.rint(scaled, out=scaled)
        least, most = (float(scaled.min()), float(scaled.max())) if scaled.size else (0.0, 0.0)
        if not (low * scale <= least and most <= scale):  # also catches NaN
            raise DatasetError(
                f"channel '{name}' must lie in its unit range to be stored; found values outside, or NaN"
            )
        out[start : start + _ROWS] = scaled
    return out


def _check(name: str, array: Array, size_px: tuple[int, int]) -> Format:
    found = FORMATS.get(name)
    if found is None:
        raise DatasetError(f"'{name}' is no camera channel; the channels are {', '.join(FORMATS)}")
    expected = (size_px[1], size_px[0], *((found.components,) if found.components else ()))
    if array.dtype != np.dtype(found.dtype) or array.shape != expected:
        raise DatasetError(
            f"channel '{name}' must be {found.dtype} {expected}; the renderer gave {array.dtype} {array.shape}"
        )
    return found


def encode_channel(name: str, array: Array, size_px: tuple[int, int], *, small: bool = False) -> list[Buffer]:
    """The file of one camera channel, in parts; they may share the array's memory.

    Args:
        name: name of the channel.
        array: dtype and shape of ``CAMERA_CHANNELS``.
        size_px: (width, height) of the camera.
        small: squeeze NPZ members, and PNGs harder: less space, more time.
    """
    found = _check(name, array, size_px)
    if name in _PLAIN:
        return encode_png(array, small=small)
    if name == "semantic":
        return _ids_to_png(name, array, 0, 255, np.uint8, 0, small)
    if name == "panoptic":
        return encode_png(
            np.stack([array & 255, array >> 8 & 255, array >> 16 & 255], -1).astype(np.uint8), small=small
        )
    if name in ("instance", "part", "material"):
        return _ids_to_png(name, array, -1, 65533, np.uint16, 1, small)
    if name == "normal":
        return encode_npz({name: _quantised(name, array, 32767.0, -1.0, np.int16)}, deflate=small)
    if name == "albedo":
        return encode_png(_quantised(name, array, 65535.0, 0.0, np.uint16), small=small)
    assert found.suffix == ".npz"
    return encode_npz({name: array}, deflate=small)


def as_stored(name: str, array: Array) -> Array:
    """A channel as it comes back from its file: normal and albedo are rounded there, all others are as they were."""
    if name == "normal":
        return _quantised(name, array, 32767.0, -1.0, np.int16).astype(np.float32) / np.float32(32767.0)
    if name == "albedo":
        return _quantised(name, array, 65535.0, 0.0, np.uint16).astype(np.float32) / np.float32(65535.0)
    return array


def _from_png(name: str, image: Array) -> Array:
    if name in _PLAIN:
        return image
    match name:
        case "semantic":
            return image.astype(np.int32)
        case "panoptic":
            whole = image.astype(np.int32)
            return whole[..., 0] | whole[..., 1] << 8 | whole[..., 2] << 16
        case "albedo":
            return image.astype(np.float32) / np.float32(65535.0)
        case _:
            return image.astype(np.int32) - np.int32(1)


_PNG_DTYPE: Mapping[str, type[np.unsignedinteger]] = {
    **dict.fromkeys(("semantic", "panoptic", *_PLAIN), np.uint8), "raw": np.uint16,
}  # fmt: skip


def decode_channel(name: str, data: bytes, size_px: tuple[int, int], where: str) -> Array:
    """The array of one camera channel, as :func:`encode_channel` was given it (normal and albedo: rounded)."""
    found = FORMATS[name]
    if found.suffix == ".png":
        image = decode_png(data, where, size_px)
        if image.dtype != _PNG_DTYPE.get(name, np.uint16):
            raise DatasetError(f"'{where}': channel '{name}' has {image.dtype} samples; the file is not one of ours")
        array = _from_png(name, image)
    else:
        members = decode_npz(data, where, _HEADERS_BYTES + 8 * max(1, found.components) * size_px[0] * size_px[1])
        if name not in members:
            raise DatasetError(f"'{where}': expected a member '{name}', found {', '.join(members) or 'none'}")
        array = members[name]
        if name == "normal" and array.dtype == np.int16:
            array = array.astype(np.float32) / np.float32(32767.0)
    try:
        _check(name, array, size_px)
    except DatasetError as error:
        raise DatasetError(f"'{where}': {error}") from error
    return array


def _columns(points: Mapping[str, Array], fields: Mapping[str, str]) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    for field in fields:
        array = points[field]
        if field in _VECTORS:
            columns |= {name: array[:, i] for i, name in enumerate(_VECTORS[field])}
        else:
            columns[field] = array
    return columns


def encode_scan(word: str, points: Mapping[str, Array]) -> list[Buffer]:
    """The PLY file of a scan, in parts: all of ``SCAN_FIELDS[word]`` with their dtypes, ``x y z`` first, raw."""
    fields = SCAN_FIELDS[word]
    missing, unknown = set(fields) - set(points), set(points) - set(fields)
    if missing or unknown:
        raise DatasetError(
            f"a scan needs exactly the fields {', '.join(fields)}; missing: {', '.join(sorted(missing)) or '-'}, "
            f"unknown: {', '.join(sorted(unknown)) or '-'}"
        )
    for field, text in fields.items():
        dtype, array = text.split()[0], points[field]
        if array.dtype != np.dtype(dtype) or array.ndim != (2 if field in _VECTORS else 1):
            raise DatasetError(f"field '{field}' must be {text}; the renderer gave {array.dtype} {array.shape}")
    return encode_ply(_columns(points, fields), ("x y z in metres: x forward, y left, z up",))


def decode_scan(word: str, data: bytes, where: str) -> dict[str, Array]:
    """The fields of a scan, as :func:`encode_scan` was given them."""
    columns = decode_ply(data, where)
    out: dict[str, Array] = {}
    for field, text in SCAN_FIELDS[word].items():
        names = _VECTORS.get(field, (field,))
        if any(n not in columns or columns[n].dtype != np.dtype(text.split()[0]) for n in names):
            raise DatasetError(f"'{where}': no property '{field}' of type {text.split()[0]}; it is not one of ours")
        out[field] = np.stack([columns[n] for n in names], -1) if field in _VECTORS else columns[field]
    return out


Encoder = Callable[[], Sequence[Buffer]]
"""Work for a writer thread."""
