"""Versions of what decides the bytes of a dataset: packages, and what makes the pixels."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from zlib import ZLIB_RUNTIME_VERSION

from simengine.render.opening import renderer_versions
from simengine.render.protocol import RenderOptions

__all__ = ["versions"]

_PACKAGES = ("simengine-synth", "numpy", "pyarrow", "isal")


def versions(renderer: str, device: str, small: bool, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Version by name.

    Args:
        renderer, device: whose packages and drivers count, too.
        small: images are written by zlib.
        settings: of the renderer.
    """
    packages = {p: version(p) for p in _PACKAGES} | ({"zlib": ZLIB_RUNTIME_VERSION} if small else {})
    return packages | renderer_versions(renderer, RenderOptions(device=device, extra=dict(settings or {})))
