"""What is in a glTF 2.0 file: its JSON piece by piece, its buffers and accessors. Nothing in it is trusted.

Every piece knows its place, so that a message can say which one is wrong. Sizes are compared with what is really there
before memory is taken. Nothing outside the file's own folder is opened, and nothing is fetched.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import os
import stat
import struct
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import numpy as np

from simengine.arrays import Array
from simengine.errors import LimitError, SceneError

__all__ = ["FRACTION_SLACK", "GltfFile", "Piece"]

MAX_BYTES = 512 * 1024 * 1024
MAX_JSON_VALUES = 4_000_000
FRACTION_SLACK = 1e-5
"""What numbers from 0 to 1 may be over it: programs that compute in single precision write 1.0000001."""
_MAX_CHUNKS = 64
_COMPONENTS: dict[int, type] = {
    5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32
}  # fmt: skip
_INDICES = (5121, 5123, 5125)
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_JSON, _BIN = 0x4E4F534A, 0x004E4942
_SHOWN = 40


class Piece:
    """One JSON object of a file. Each getter returns a value of the right kind or raises one ``SceneError``."""

    def __init__(self, file: str, where: str, data: object) -> None:
        self.file, self.where = file, where
        if not isinstance(data, dict):
            raise SceneError(f"'{file}' is no valid glTF file: {where} should be an object, found {_shown(data)}")
        self._data = cast("dict[str, object]", data)

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def wrong(self, key: str, expected: str, shown: str | None = None) -> SceneError:
        """An error that says where the value is, what it should be and what it is (or what is ``shown`` of it)."""
        found = shown or _shown(self._data[key]) if key in self._data else "nothing"
        return SceneError(
            f"'{self.file}' is no valid glTF file: '{key}' of {self.where} should be {expected}, found {found}; "
            "export it again"
        )

    def _list(self, key: str) -> list[object]:
        value = self._data.get(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, "a list")
        return cast("list[object]", value)

    def whole(self, key: str, default: int | None = None, least: int = 0) -> int:
        """A whole number >= ``least``."""
        value = self._data.get(key, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # some programs write 3.0
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.wrong(key, f"a whole number >= {least}")
        return value

    def index(self, key: str, count: int, what: str, default: int | None = None) -> int:
        """A position in a list of ``count`` things called ``what``."""
        value = self._data.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < count:
            raise self.wrong(key, f"the index of one of the file's {count} {what}")
        return value

    def indices(self, key: str, count: int, what: str) -> list[int]:
        """Positions in a list of ``count`` things called ``what``."""
        out: list[int] = []
        for value in self._list(key):
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < count:
                raise self.wrong(key, f"indices of the file's {count} {what}")
            out.append(value)
        return out

    def numbers(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """Finite numbers, as many as the default has."""
        if key not in self._data:
            return default
        out = tuple(_number(v) for v in self._list(key))
        if len(out) != len(default) or not all(math.isfinite(v) for v in out):
            raise self.wrong(key, f"{len(default)} finite numbers")
        return out

    def fractions(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """Numbers from 0 to 1, as many as the default has; a single one stands without a list."""
        if key not in self._data:
            return default
        found = self._list(key) if len(default) > 1 else [self._data[key]]
        out = tuple(_number(v) for v in found)
        if len(out) != len(default) or not all(-FRACTION_SLACK <= v <= 1.0 + FRACTION_SLACK for v in out):
            shown = f"[{', '.join(_shown(v) for v in found[:4])}]" if len(default) > 1 else None
            raise self.wrong(key, f"{len(default)} numbers from 0 to 1" if shown else "a number from 0 to 1", shown)
        return tuple(min(1.0, max(0.0, v)) for v in out)

    def text(self, key: str, default: str) -> str:
        """A text, on one line and not endless."""
        value = self._data.get(key)
        return _printable(value)[:200] if isinstance(value, str) and value else default

    def uri(self) -> str | None:
        """The ``uri`` as it stands."""
        value = self._data.get("uri")
        if value is not None and not isinstance(value, str):
            raise self.wrong("uri", "a text")
        return value

    def flag(self, key: str) -> bool:
        """True only where it says so."""
        return self._data.get(key) is True

    def texts(self, key: str) -> list[str]:
        """A list of short texts."""
        return [_printable(str(v))[:200] for v in self._list(key)]

    def piece(self, key: str) -> Piece:
        """An object inside; an empty one if it is not there."""
        return Piece(self.file, f"'{key}' of {self.where}", self._data.get(key, {}))

    def pieces(self, key: str, what: str) -> list[Piece]:
        """A list of objects, each called ``what`` and its number."""
        return [Piece(self.file, f"{what} {i}", v) for i, v in enumerate(self._list(key))]


class GltfFile:
    """An opened file: its document, its lists, and the values of its accessors."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._folder = path.resolve().parent
        raw = _read(path, MAX_BYTES)
        text, self._binary = _chunks(self.name, raw) if raw[:4] == b"glTF" else (raw, memoryview(b""))
        self.document = Piece(self.name, "the document", _parsed(self.name, text))
        self._accessors = self.document.pieces("accessors", "accessor")
        self._views = self.document.pieces("bufferViews", "bufferView")
        self._sources = self.document.pieces("buffers", "buffer")
        self._buffers: dict[int, bytes | memoryview] = {}
        self._left = MAX_BYTES

    def count(self, owner: Piece, key: str) -> int:
        """What the header of an accessor says of its length; nothing is read."""
        return self._accessors[owner.index(key, len(self._accessors), "accessors")].whole("count")

    def width(self, owner: Piece, key: str) -> int:
        """How many numbers an item of an accessor has, 3 or 4."""
        accessor = self._accessors[owner.index(key, len(self._accessors), "accessors")]
        if accessor.text("type", "") not in ("VEC3", "VEC4"):
            raise accessor.wrong("type", "VEC3 or VEC4 here")
        return _WIDTHS[accessor.text("type", "")]

    def values(self, owner: Piece, key: str, width: int) -> Array:
        """The values of an accessor, (count, width); with a width of 1: indices."""
        accessor = self._accessors[owner.index(key, len(self._accessors), "accessors")]
        where = f"'{self.name}': {accessor.where}"
        if "sparse" in accessor or "bufferView" not in accessor:
            raise SceneError(f"{where} is sparse or has no data of its own, which is not supported; export plain data")
        if _WIDTHS.get(accessor.text("type", "")) != width:
            raise accessor.wrong("type", f"{'SCALAR' if width == 1 else f'VEC{width}'} here")
        kind = accessor.whole("componentType")
        if kind not in (_INDICES if width == 1 else _COMPONENTS):
            raise accessor.wrong("componentType", "an unsigned type here" if width == 1 else "one of 5120 to 5126")
        dtype = np.dtype(_COMPONENTS[kind]).newbyteorder("<")
        count, item = accessor.whole("count"), dtype.itemsize * width
        view = self._views[accessor.index("bufferView", len(self._views), "bufferViews")]
        data = self._buffer(view.index("buffer", len(self._sources), "buffers"))
        stride, first = view.whole("byteStride", item), view.whole("byteOffset", 0)
        begin, last = accessor.whole("byteOffset", 0), view.whole("byteLength", max(0, len(data) - first))
        if count and (stride < item or begin + stride * (count - 1) + item > last or first + last > len(data)):
            raise SceneError(f"{where} reads past the end of its buffer; the file is cut or damaged: export it again")
        if count == 0:
            return np.zeros((0, width), dtype)
        values = np.ndarray((count, width), dtype, data, first + begin, (stride, dtype.itemsize))
        if not accessor.flag("normalized") or dtype.kind == "f":
            return values
        return np.maximum(values.astype(np.float64) / float(2 ** (8 * dtype.itemsize - (dtype.kind == "i")) - 1), -1.0)

    def picture(self, owner: Piece, key: str) -> bytes | None:
        """The bytes of the picture that a texture slot (``baseColorTexture``) names; None: it names none."""
        if key not in owner:
            return None
        textures, images = self.document.pieces("textures", "texture"), self.document.pieces("images", "image")
        texture = textures[owner.piece(key).index("index", len(textures), "textures")]
        webp = texture.piece("extensions").piece("EXT_texture_webp")
        image = images[(webp if "source" in webp else texture).index("source", len(images), "images")]
        if "bufferView" not in image:
            return bytes(self._load(image))
        view = self._views[image.index("bufferView", len(self._views), "bufferViews")]
        data = self._buffer(view.index("buffer", len(self._sources), "buffers"))
        first = view.whole("byteOffset", 0)
        return bytes(data[first : first + view.whole("byteLength")])

    def _buffer(self, index: int) -> bytes | memoryview:
        if index not in self._buffers:
            self._buffers[index] = self._load(self._sources[index])
        return self._buffers[index]

    def _load(self, buffer: Piece) -> bytes | memoryview:
        uri = buffer.uri()
        if uri is None:
            return self._binary
        where = f"'{self.name}': {buffer.where}"
        if uri.startswith("data:"):
            try:
                data = base64.b64decode(uri.partition(",")[2], validate=True)
            except (binascii.Error, ValueError) as error:
                raise SceneError(f"{where} is no valid base64 text; export the file again") from error
        else:
            name = unquote(uri)
            target = (self._folder / name).resolve() if name.isprintable() else Path("/")
            if "://" in uri or not target.is_relative_to(self._folder):
                raise SceneError(
                    f"{where} lies outside the file's own folder and was not opened ('{_printable(uri)[:200]}')"
                )
            data = _read(target, self._left)
        self._left -= len(data)
        if self._left < 0:
            raise LimitError(f"{where}: the buffers together have over {MAX_BYTES / 1e6:.0f} MB; split the file")
        return data


def _number(value: object) -> float:
    """A number, or NaN for whatever else."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:1000])


def _shown(value: object) -> str:
    """A value for a message: what it is, in a few letters."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(cast('list[object]', value))}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**_SHOWN:
        return "a number of over 40 digits"
    text = "null" if value is None else _printable(str(value))
    return f"'{text[:_SHOWN]}'" if isinstance(value, str) else text[:_SHOWN]


def _read(path: Path, limit_bytes: int) -> bytes:
    """A whole regular file, refused before reading where it is something else or too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # else a pipe would be waited for
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise SceneError(f"cannot read '{path}': expected a file, found a folder, pipe or device")
            if status.st_size > limit_bytes:
                raise LimitError(
                    f"'{path.name}' has {status.st_size / 1e6:.0f} MB; a glTF file with all its buffers may have "
                    f"{MAX_BYTES / 1e6:.0f} MB: split it"
                )
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(status.st_size)  # (the limit would be allocated at once)
        finally:
            os.close(descriptor)
    except (SceneError, LimitError):
        raise
    except OSError as error:
        raise SceneError(f"cannot read '{path}': {(error.strerror or 'unknown error').lower()}") from error
    except ValueError as error:
        raise SceneError(f"cannot read '{_printable(str(path))}': no valid file name") from error


def _chunks(name: str, raw: bytes) -> tuple[bytes, memoryview]:
    """JSON and binary chunk of a GLB container."""
    if len(raw) < 20:
        raise SceneError(f"'{name}' is no valid glTF file: it ends inside its header")
    _, version, total = struct.unpack_from("<III", raw)
    if version != 2:
        raise SceneError(f"'{name}' is glTF version {version}; only version 2 is read")
    if total > len(raw):
        raise SceneError(f"'{name}' is cut short: its header says {total} bytes, the file has {len(raw)}")
    found: dict[int, memoryview] = {}
    at, data = 12, memoryview(raw)
    for _ in range(_MAX_CHUNKS):
        if at + 8 > total:
            break
        length, kind = struct.unpack_from("<II", raw, at)
        if at + 8 + length > total:
            raise SceneError(f"'{name}' is no valid glTF file: a chunk reaches past its end")
        found.setdefault(kind, data[at + 8 : at + 8 + length])
        at += 8 + length + (-length % 4)
    if _JSON not in found:
        raise SceneError(f"'{name}' is no valid glTF file: it has no JSON chunk")
    return bytes(found[_JSON]), found.get(_BIN, memoryview(b""))


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")


def _parsed(name: str, text: bytes) -> Any:
    """The JSON value. A value costs up to a hundred times its text in memory, so values are counted first."""
    values = text.count(b",") + text.count(b"[") + text.count(b"{")
    if values > MAX_JSON_VALUES:
        raise LimitError(f"'{name}' has {values} JSON values; at most {MAX_JSON_VALUES} are read: split it")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        why = f"{error.msg}, line {error.lineno}, column {error.colno}"
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not UTF-8"
    except RecursionError:
        why = "it nests too deep"
    except ValueError:
        why = "a number that is none (NaN, Infinity, or thousands of digits)"
    raise SceneError(f"'{name}' is no valid glTF file: its JSON does not parse ({why})")
