"""JSON from a file as values of the right kind: each getter returns one or says which field should be what."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TypeGuard, cast

from simengine.datasets.plain_json import Json, shown
from simengine.errors import DatasetError

__all__ = ["Fields"]

_LARGEST, _LARGEST_FLOAT = 2**63 - 1, 10**300
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Fields:
    """One JSON object; ``where`` says whose it is."""

    def __init__(self, data: Json, where: str) -> None:
        if not isinstance(data, dict):
            raise DatasetError(f"{where} should be a JSON object, found {shown(data)}; the file is damaged")
        self.data, self.where = cast("dict[str, Json]", data), where

    def wrong(self, key: str, expected: str) -> DatasetError:
        """An error that says what a field should be and what it is."""
        found = shown(self.data[key]) if key in self.data else "nothing"
        return DatasetError(f"{self.where}: '{key}' should be {expected}, found {found}; the file is damaged")

    def whole(self, key: str, low: int = -_LARGEST, high: int = _LARGEST) -> int:
        """A whole number of a range."""
        value = self.data.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(key, f"a whole number {low} to {high}" if low > -_LARGEST else "a whole number")
        return value

    def number(self, key: str, *, finite: bool = True) -> float:
        """A number; else also inf and nan."""
        value = self.data.get(key)
        if not _is_number(value) or (finite and not math.isfinite(value)):
            raise self.wrong(key, "a finite number" if finite else "a number")
        return value

    def optional(self, key: str) -> float | None:
        """A number (inf and nan, too) or null."""
        return None if key in self.data and self.data[key] is None else self.number(key, finite=False)

    def numbers(self, key: str, count: int | None = None) -> list[float]:
        """Finite numbers."""
        values = self.list(key)
        if not all(_is_number(v) and math.isfinite(v) for v in values) or len(values) != (count or len(values)):
            raise self.wrong(key, f"{count or 'a list of'} finite numbers")
        return values

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.data.get(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def text(self, key: str) -> str:
        """A text."""
        value = self.data.get(key)
        if not _is_text(value):
            raise self.wrong(key, "a text")
        return value

    def digest(self, key: str) -> str:
        """A SHA-256 in hexadecimal digits."""
        value = self.data.get(key)
        if not isinstance(value, str) or not _DIGEST.fullmatch(value):
            raise self.wrong(key, "64 hexadecimal digits")
        return value

    def list(self, key: str) -> list[Json]:
        """A list of anything."""
        value = self.data.get(key)
        if not isinstance(value, list):
            raise self.wrong(key, "a list")
        return cast("list[Json]", value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.list(key)
        if not all(_is_text(v) for v in values):
            raise self.wrong(key, "a list of texts")
        return tuple(values)

    def fields(self, key: str) -> Fields:
        """An object inside."""
        if not isinstance(self.data.get(key), dict):
            raise self.wrong(key, "an object")
        return Fields(self.data[key], f"{self.where}, '{key}'")

    def each(self, key: str) -> list[Fields]:
        """A list of objects."""
        return [Fields(v, f"{self.where}, '{key}' {i}") for i, v in enumerate(self.list(key))]

    def scalars(self, key: str) -> Mapping[str, float | int | bool | str | None]:
        """An object of numbers, texts, booleans and nulls."""
        inside = self.fields(key)
        for name, value in inside.data.items():
            if not (value is None or isinstance(value, bool) or _is_number(value) or _is_text(value)):
                raise inside.wrong(name, "a number, text, true, false or null")
            if not _is_text(name):
                raise DatasetError(f"{inside.where}: a name is no valid text; the file is damaged")
        return inside.data


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, float) or abs(value) <= _LARGEST_FLOAT


def _is_text(value: object) -> TypeGuard[str]:
    """Text that can be written again (JSON can spell halves of letters that cannot)."""
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)
