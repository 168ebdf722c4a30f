"""Strict JSON with one spelling: sorted keys where asked, exact floats, and non-finite floats as tagged objects.

Python's ``json`` writes ``Infinity`` and ``NaN``, which are no JSON. Here they are ``{"float": "inf"}``: any reader
can open the files, and what was written comes back exactly.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np

from simengine.datasets.storage import read_limited
from simengine.errors import DatasetError, an

__all__ = ["JSON_LIMIT_BYTES", "Json", "digestible", "dumps", "loads", "plain", "read_json", "shown"]

Json: TypeAlias = Any
"""None, bool, int, float, str, list of Json or dict from str to Json."""

JSON_LIMIT_BYTES = 64 * 1024 * 1024
_DEPTH = 64


def plain(value: object, depth: int = 0) -> Json:
    """A value as plain JSON data: mappings, sequences, NumPy arrays and scalars become dicts, lists and numbers.

    Raises:
        DatasetError: for a value that has no JSON form, or nesting over 64.
    """
    if depth > _DEPTH:
        raise DatasetError(f"data nests deeper than {_DEPTH} levels; flatten it before storing")
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, np.generic | np.ndarray):
        return plain(cast("object", value.tolist()), depth + 1)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v, depth + 1) for k, v in cast("Mapping[object, object]", value).items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(v, depth + 1) for v in cast("Sequence[object]", value)]
    raise DatasetError(
        f"cannot store {an(type(value).__name__)} as JSON; convert it to numbers, text, lists or mappings"
    )


def dumps(value: object, *, sort_keys: bool = False) -> bytes:
    """UTF-8 JSON text of a value, indented by two, with a final newline. The same value gives the same bytes."""
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, indent=2, sort_keys=sort_keys)
    return (text + "\n").encode("utf-8", "surrogatepass")


def digestible(value: object) -> bytes:
    """Compact JSON with sorted keys: what identities are compared and hashed by."""
    text = json.dumps(plain(value), ensure_ascii=True, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def _untag(item: dict[str, Any]) -> Any:
    if len(item) == 1 and item.get("float") in ("inf", "-inf", "nan"):
        return float(item["float"])
    return item


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")


def loads(data: bytes, where: str) -> Json:
    """The value of JSON text written by :func:`dumps`; ``where`` names the source in errors."""
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"), object_hook=_untag, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        at = f" (line {error.lineno}: {error.msg.lower()})" if isinstance(error, json.JSONDecodeError) else ""
        raise DatasetError(f"'{where}' is not valid JSON{at}; the file is damaged or not one of ours") from error


def read_json(path: Path, limit_bytes: int = JSON_LIMIT_BYTES) -> dict[str, Json]:
    """A JSON object from a file of limited size."""
    value = loads(read_limited(path, limit_bytes), str(path))
    if not isinstance(value, dict):
        raise DatasetError(f"'{path}' should hold a JSON object, found {shown(value)}; the file is damaged")
    return cast("dict[str, Json]", value)


def shown(value: object) -> str:
    """A value in a few letters, for a message."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(cast('list[object]', value))}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**30:
        return "a number of over 30 digits"
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    text = "".join(c if c.isprintable() else "?" for c in text[:60])
    return f"'{text}'" if isinstance(value, str) else text
