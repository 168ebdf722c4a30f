"""PNG, NPZ and PLY bytes back to arrays. The bytes may come from anywhere: sizes are checked before memory is taken.

Never unpickles. Every malformed input ends in one ``DatasetError``.
"""

from __future__ import annotations

import io
import struct
import tokenize
import zipfile
import zlib
from typing import Any

import cv2
import numpy as np

from simengine.arrays import Array
from simengine.datasets.encode import PLY_TYPES
from simengine.errors import DatasetError

__all__ = ["FILE_LIMIT_BYTES", "decode_npz", "decode_ply", "decode_png"]

FILE_LIMIT_BYTES = 2 * 1024**3
"""Largest file that the reader opens."""

_SIDE_LIMIT_PX = 8192
_HEADER_LIMIT = 8192
_DTYPES = {ply: name for name, ply in PLY_TYPES.items()}
_ALIASES = {"float32": "float32", "float64": "float64", **{n: n for n in PLY_TYPES}}


def decode_png(data: bytes, where: str, size_px: tuple[int, int] | None = None) -> Array:
    """A grey (H, W) or RGB (H, W, 3) image of uint8 or uint16 from PNG bytes of at most 8192 px each way.

    Where ``size_px`` (width, height) is given, its header must say the same before anything is decoded.
    """
    if len(data) < 33 or data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR":
        raise DatasetError(f"'{where}' is not a PNG file; it is damaged or not one of ours")
    width, height = struct.unpack(">II", data[16:24])
    if not (0 < width <= _SIDE_LIMIT_PX and 0 < height <= _SIDE_LIMIT_PX):
        raise DatasetError(f"'{where}': image of {width} x {height} px; at most {_SIDE_LIMIT_PX} px each way are read")
    if size_px is not None and (width, height) != size_px:
        raise DatasetError(f"'{where}': image of {width} x {height} px; expected {size_px[0]} x {size_px[1]}")
    image: Any = None
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        image = None
    if image is None or image.shape[:2] != (height, width) or (image.ndim == 3 and image.shape[2] != 3):
        raise DatasetError(f"'{where}' is a damaged PNG file, or one of a kind that we never write")
    if image.ndim == 3:
        cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
    return image


def _npy(member: Any, size: int, where: str) -> Array:
    """One array whose header must account for every byte of its member."""
    version = np.lib.format.read_magic(member)
    read_header: Any = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read_header(member, max_header_size=_HEADER_LIMIT)
    count = 1
    for side in shape:
        count *= int(side)
    if dtype.hasobject or count < 0 or count * dtype.itemsize + int(member.tell()) != size:
        raise DatasetError(f"'{where}': array header ({dtype}, {shape}) does not match the {size} bytes of its data")
    array: Array = np.frombuffer(member.read(count * dtype.itemsize), dtype)
    return array.reshape(shape, order="F" if fortran else "C")


def decode_npz(data: bytes, where: str, limit_bytes: int = FILE_LIMIT_BYTES) -> dict[str, Array]:
    """All arrays of a NumPy archive; their sizes together are at most ``limit_bytes``. Never unpickles."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if any(i.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for i in infos):
                raise DatasetError(f"'{where}': archive is packed in a way that we never write")
            if len(infos) > 64 or sum(i.file_size for i in infos) > limit_bytes:
                raise DatasetError(
                    f"'{where}': archive of {len(infos)} arrays is over the limit of {limit_bytes} bytes"
                )
            out: dict[str, Array] = {}
            for info in infos:
                with archive.open(info) as member:
                    out[info.filename.removesuffix(".npy")] = _npy(member, info.file_size, where)
            return out
    except DatasetError:
        raise
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, zlib.error, NotImplementedError, RuntimeError, KeyError,
            SyntaxError, struct.error, OverflowError, TypeError, tokenize.TokenError,
            MemoryError) as error:  # fmt: skip
        raise DatasetError(f"'{where}' is no NumPy archive of ours; it is damaged") from error


def _ply_header(data: bytes, where: str) -> tuple[int, list[tuple[str, str]], int]:
    """Number of points, properties (name, NumPy dtype) and the offset of the data."""
    end = data.find(b"end_header\n", 0, _HEADER_LIMIT)
    if not data.startswith(b"ply\n") or end < 0:
        raise DatasetError(f"'{where}' is not a PLY file, or its header is over {_HEADER_LIMIT} bytes")
    count, fields, binary = -1, list[tuple[str, str]](), False
    for line in data[:end].decode("ascii", "replace").split("\n")[1:]:
        words = line.split()
        match words:
            case [] | ["comment", *_]:
                pass
            case ["format", "binary_little_endian", "1.0"]:
                binary = True
            case ["element", "vertex", number] if count < 0 and number.isdigit() and len(number) < 12:
                count = int(number)
            case ["property", kind, name] if count >= 0 and (kind in _DTYPES or kind in _ALIASES):
                fields.append((name, np.dtype(_DTYPES.get(kind) or _ALIASES[kind]).newbyteorder("<").str))
            case _:
                raise DatasetError(f"'{where}': PLY header line '{line[:60]}' is not understood")
    if not binary or count < 0 or not fields or len({name for name, _ in fields}) != len(fields):
        raise DatasetError(f"'{where}': expected a binary little-endian PLY with one element 'vertex' of scalars")
    return count, fields, end + len(b"end_header\n")


def decode_ply(data: bytes, where: str) -> dict[str, Array]:
    """The columns of a binary little-endian PLY point cloud, each (N,), in the order of the file."""
    count, fields, offset = _ply_header(data, where)
    dtype = np.dtype(fields)
    if len(data) - offset != count * dtype.itemsize:
        raise DatasetError(
            f"'{where}': header promises {count} points of {dtype.itemsize} bytes, the file holds {len(data) - offset} "
            "bytes; it is damaged"
        )
    table = np.frombuffer(data, dtype, count, offset)
    return {name: np.ascontiguousarray(table[name]) for name, _ in fields}
