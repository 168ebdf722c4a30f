"""What the mesh reader passes over in silence, looked through before: numbers, indices and pictures of a user's file.

trimesh clips colours, takes the vertex 0 of OBJ for the first one, and goes on without a picture that it cannot open.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np

from simengine.arrays import Array
from simengine.errors import LimitError, SceneError
from simengine.world.gltf_file import FRACTION_SLACK, GltfFile

__all__ = ["MAX_PIXELS", "refuse_gltf_pictures", "refuse_mtl", "refuse_obj", "refuse_picture", "refuse_ply"]

MAX_PIXELS = 4096 * 4096
"""Of one picture that a file uses as a texture."""
_PICTURES = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "TIFF", "GIF")
_ZERO = re.compile(rb"(?m)^f[^\n#]*[ \t/][-+]?0+(?![0-9])")
_COLOURED = re.compile(rb"(?m)^v[ \t]+\S+[ \t]+\S+[ \t]+\S+[ \t]+(\S+)[ \t]+(\S+)[ \t]+(\S+)")


def refuse_picture(file: str, name: str, raw: bytes) -> None:
    """Decode a picture that a mesh uses as its texture.

    Raises:
        SceneError: it is no picture of a format that is read, or broken.
        LimitError: it has over 4096 x 4096 pixels; nothing of it is decoded.
    """
    pil: Any = import_module("PIL.Image")
    large = LimitError(f"'{file}' has a texture of over 4096 x 4096 pixels ({name}): make it smaller")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # (a warning of many pixels)
            with pil.open(io.BytesIO(raw), formats=_PICTURES) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise large
                image.load()
    except LimitError:
        raise
    except pil.DecompressionBombError:
        raise large from None
    except Exception as error:  # whatever a decoder of a third party meets in a broken file
        raise SceneError(
            f"'{file}' has a texture that cannot be read ({name}): expected a whole picture as {', '.join(_PICTURES)}; "
            "export it again"
        ) from error


def refuse_gltf_pictures(path: Path) -> None:
    """Decode each picture that gives a base colour; other textures are not read.

    Raises:
        SceneError, LimitError: as :func:`refuse_picture`.
    """
    file = GltfFile(path)
    seen: set[bytes] = set()
    for i, material in enumerate(file.document.pieces("materials", "material")):
        raw = file.picture(material.piece("pbrMetallicRoughness"), "baseColorTexture")
        if raw is not None and raw not in seen:
            name = material.text("name", f"material_{i}")[:40]
            refuse_picture(file.name, f"base colour of material {i} ('{name}')", raw)
            seen.add(raw)


def refuse_obj(file: str, raw: bytes) -> None:
    """Faces count vertices from 1; colours beside vertices lie in 0..1.

    Raises:
        SceneError: an index is 0, or a colour is no number from 0 to 1.
    """
    raw = raw.replace(b"\r\n", b"\n").replace(b"\\\n", b"")
    if found := _ZERO.search(raw):
        raise SceneError(
            f"'{file}': line {_line(raw, found)} names the vertex 0; OBJ counts from 1 (or from the end, -1): "
            "export it again"
        )
    for found in _COLOURED.finditer(raw):
        values = [_number(v) for v in found.groups()]
        if not _fractions(values):
            raise SceneError(
                f"'{file}': the vertex in line {_line(raw, found)} has the colour {_shown(values)}; expected three "
                "numbers from 0 to 1: export it again"
            )


def refuse_ply(file: str, elements: Mapping[str, Any]) -> None:
    """Colours of PLY given as floats lie in 0..1.

    Args:
        file: its name.
        elements: "vertex" and "face": their lists by name, under "data".

    Raises:
        SceneError: one does not.
    """
    for what, element in elements.items():
        data: Any = element.get("data", {})  # by column, or an array with named fields
        columns: tuple[str, ...] = getattr(getattr(data, "dtype", None), "names", None) or ()
        if isinstance(cast("object", data), Mapping):
            columns = tuple(data)
        for name in (n for n in ("red", "green", "blue") if n in columns):
            values: Array = np.asarray(data[name])
            if values.dtype.kind == "f" and (wrong := ~_inside(values)).any():
                raise SceneError(
                    f"'{file}': '{name}' of {what} {int(np.argmax(wrong))} should be a number from 0 to 1, found "
                    f"{float(values[wrong][0]):g}; export it again"
                )


def refuse_mtl(file: str, raw: bytes) -> None:
    """Colours of materials (``Kd``) lie in 0..1.

    Raises:
        SceneError: one does not; it names the material.
    """
    for name, words in _colours(raw):
        values = [_number(w) for w in words]
        if len(values) not in (1, 3) or not _fractions(values):
            shown = " ".join(w.decode("utf-8", "replace") for w in words)[:40]
            raise SceneError(
                f"'{file}': 'Kd' of material '{name}' should be three numbers from 0 to 1, found '{shown}'; "
                "export it again"
            )


def _colours(raw: bytes) -> Iterator[tuple[str, list[bytes]]]:
    name = ""
    for line in raw.splitlines():
        words = line.partition(b"#")[0].split()
        if words[:1] == [b"newmtl"]:
            name = b" ".join(words[1:]).decode("utf-8", "replace")[:40]
        elif words and words[0].lower() == b"kd":
            yield name, words[1:]


def _line(raw: bytes, found: re.Match[bytes]) -> int:
    return raw.count(b"\n", 0, found.start()) + 1


def _number(word: bytes) -> float:
    try:
        return float(word)
    except ValueError:
        return math.nan


def _inside(values: Array) -> Array:
    return (values >= -FRACTION_SLACK) & (values <= 1.0 + FRACTION_SLACK)


def _fractions(values: list[float]) -> bool:
    return bool(_inside(np.array(values)).all())


def _shown(values: list[float]) -> str:
    return " ".join(f"{v:g}" for v in values)
