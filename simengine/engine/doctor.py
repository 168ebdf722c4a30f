"""What works on this machine: the parts of the main job, and the optional extras."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simengine import plugins
from simengine.errors import SimEngineError
from simengine.render.opening import describe

__all__ = ["OPTIONAL", "doctor"]

OPTIONAL = (
    ("torch", "torch", "torch"),
    ("open3d", "open3d", "open3d"),
    ("pyrender", "pyrender", "raster"),
    ("ray", "ray", "cluster"),
    ("diffusers", "diffusers", "diffusion"),
    ("pycocotools", "pycocotools", "exports"),
    ("webdataset", "webdataset", "exports"),
    ("pygls", "pygls", "lsp"),
)
"""Packages of extras: distribution, module, extra."""

Row = dict[str, str]


def _row(name: str, state: str, detail: str) -> Row:
    return {"name": name, "state": state, "detail": detail}


def _guarded(name: str, examine: Callable[[], str]) -> Row:
    try:
        return _row(name, "ok", examine())
    except Exception as error:  # a doctor reports every failure instead of dying of it
        return _row(name, "broken", f"{type(error).__name__}: {error}")


def _extra(package: str, module: str, extra: str) -> Row:
    try:
        version = importlib.metadata.version(package)
        importlib.import_module(module)
    except importlib.metadata.PackageNotFoundError:
        return _row(package, "missing", f"optional; pip install 'simengine-synth[{extra}]'")
    except Exception as error:
        line = f"installed, does not import ({error}); pip install 'simengine-synth[{extra}]'"
        return _row(package, "missing", " ".join(line.split()))
    return _row(package, "ok", version)


def _embree() -> str:
    importlib.import_module("embreex.rtcore_scene")
    return f"embreex {importlib.metadata.version('embreex')}"


def _writable() -> str:
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    return f"temporary folder {tempfile.gettempdir()}"


def _scenario() -> str:
    from simengine.engine.inspect import check

    report = check("child_dart_out")
    if not report.ok:
        raise RuntimeError("child_dart_out does not check")
    return "child_dart_out checks"


def _renderer(name: str) -> Row:
    label = f"renderer {name}"
    try:
        return _row(label, "ok", describe(name))
    except SimEngineError as error:
        return _row(label, "broken" if name == "raytrace" else "missing", str(error))


def doctor() -> dict[str, Any]:
    """Examine this machine.

    Returns:
        ``{"ok": the main job can run, "checks": [{"name", "state", "detail"}, ...], "machine": {...}}`` with state
        "ok", "missing" (an option) or "broken" (the main job needs it).
    """
    rows = [
        _row("python", "ok", f"{sys.version.split()[0]} on {platform.platform()}, {os.cpu_count()} processors"),
        _guarded("embree", _embree),
        _guarded("scenarios", _scenario),
        _guarded("files", _writable),
        *(_renderer(name) for name in plugins.installed("renderers")),
    ]
    told = {r["name"].removeprefix("renderer ") for r in rows if r["state"] == "missing"}  # with the command already
    optional = [_extra(*names) for names in OPTIONAL if names[2] not in told]
    return {
        "ok": all(r["state"] != "broken" for r in rows),
        "checks": rows + optional,
        "machine": {"cpus": os.cpu_count() or 1, "folder": str(Path.cwd())},
    }
