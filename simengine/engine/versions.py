"""Versions of the packages that decide the bytes of a dataset."""

from __future__ import annotations

from importlib.metadata import version
from zlib import ZLIB_RUNTIME_VERSION

__all__ = ["versions"]

_PACKAGES = ("simengine-synth", "warp-lang", "embreex", "numpy", "isal")


def versions(small: bool) -> dict[str, str]:
    """Version by package; ``small``: images are written by zlib."""
    return {p: version(p) for p in _PACKAGES} | ({"zlib": ZLIB_RUNTIME_VERSION} if small else {})
