"""Finding what is installed: renderers, scene libraries and scenario packages register through entry points."""

from __future__ import annotations

import importlib.metadata
from typing import Any

from simengine.errors import PluginError, did_you_mean

__all__ = ["installed", "load"]


def installed(kind: str) -> dict[str, importlib.metadata.EntryPoint]:
    """Entry points of one kind ("renderers", "scenes", "scenarios") by name, in alphabetical order."""
    points = importlib.metadata.entry_points(group=f"simengine.{kind}")
    return {p.name: p for p in sorted(points, key=lambda p: p.name)}


def load(kind: str, name: str) -> Any:
    """Import what an entry point names.

    Raises:
        PluginError: the name is not installed (with the nearest one), or its import fails.
    """
    found = installed(kind)
    if name not in found:
        near = did_you_mean(name, list(found))
        hint = f"did you mean '{near}'?" if near else f"installed: {', '.join(found) or 'none'}"
        raise PluginError(f"no {kind[:-1]} named '{name}' is installed; {hint}")
    try:
        return found[name].load()
    except ImportError as error:
        raise PluginError(f"{kind[:-1]} '{name}' {_remedy(found[name], error)}") from error


def _remedy(point: importlib.metadata.EntryPoint, error: ImportError) -> str:
    """What is wrong and what to do: an extra of the same name, where its distribution has one, brings the rest."""
    maker = point.dist
    if maker is None:
        return f"does not load: {error}; install again what brings {point.value}"
    if point.name in (maker.metadata.get_all("Provides-Extra") or ()):
        return f"needs an optional package ({error}): pip install '{maker.name}[{point.name}]'"
    return f"does not load: {error}; install {maker.name} again"
