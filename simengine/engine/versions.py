"""Versions of what decides the bytes of a dataset: packages, and what makes the pixels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from zlib import ZLIB_RUNTIME_VERSION

from simengine.engine.catalogue import folder_libraries
from simengine.render.opening import renderer_versions
from simengine.render.protocol import RenderOptions

__all__ = ["versions"]

_PACKAGES = ("simengine-synth", "numpy", "pyarrow", "isal")


def versions(
    renderer: str, device: str, small: bool, settings: Mapping[str, str] | None = None, uses: Iterable[str] = ()
) -> dict[str, str]:
    """Version by name.

    Args:
        renderer, device: whose packages and drivers count, too.
        small: images are written by zlib.
        settings: of the renderer.
        uses: libraries; of those of users' folders a digest of their files counts.
    """
    own = folder_libraries()
    folders = {f"library {name}": own[name].digest()[:16] for name in uses if name in own}
    packages = {p: version(p) for p in _PACKAGES} | ({"zlib": ZLIB_RUNTIME_VERSION} if small else {})
    return packages | folders | renderer_versions(renderer, RenderOptions(device=device, extra=dict(settings or {})))
