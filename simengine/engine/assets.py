"""What a user's folder of assets holds, thing by thing: is it sound, how large is it, which way does it stand?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simengine.arrays import U8Array
from simengine.datasets.encode import encode_png
from simengine.datasets.report import contact_sheet
from simengine.datasets.storage import write_atomic
from simengine.engine.episode import render_options
from simengine.engine.events import Event, Report
from simengine.engine.portraits import portrait
from simengine.errors import DatasetError, SimEngineError, UsageError
from simengine.render.opening import check_options, warm_up
from simengine.world.folder_library import FolderAsset, FolderLibrary, read_folder
from simengine.world.taxonomy import CLASSES

__all__ = ["AssetReport", "FolderReport", "inspect_folder", "portraits"]

_CELL_PX = 360


@dataclass(frozen=True)
class AssetReport:
    """One thing of a folder.

    Attributes:
        name, category, semantic: word, category, class.
        size_m: length, width, height; None where the mesh cannot be read.
        triangles, colours: of the surface.
        notes: what a user should look at.
        problem: why it cannot be used, or nothing.
    """

    name: str
    category: str
    semantic: str
    size_m: tuple[float, float, float] | None = None
    triangles: int = 0
    colours: int = 0
    notes: tuple[str, ...] = ()
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name, "category": self.category, "class": self.semantic,
            "size_m": None if self.size_m is None else [round(v, 6) for v in self.size_m],
            "triangles": self.triangles, "colours": self.colours, "notes": list(self.notes), "problem": self.problem,
        }  # fmt: skip


@dataclass(frozen=True)
class FolderReport:
    """A folder: its library and each of its things."""

    library: FolderLibrary
    assets: tuple[AssetReport, ...]

    @property
    def broken(self) -> int:
        """How many cannot be used."""
        return sum(bool(a.problem) for a in self.assets)

    def as_dict(self) -> Mapping[str, Any]:
        """For JSON."""
        return {
            "library": self.library.name, "folder": str(self.library.folder), "broken": self.broken,
            "kinds": list(self.library.library().entities), "assets": [a.as_dict() for a in self.assets],
        }  # fmt: skip


def inspect_folder(folder: str | Path) -> FolderReport:
    """Read a folder with all its meshes; what is wrong with one of them is told and hinders no other.

    Raises:
        SceneError, LimitError: the folder has no manifest, or the manifest is wrong.
    """
    library = read_folder(Path(folder))
    return FolderReport(library, tuple(_report(a) for a in library.assets.values()))


def _report(asset: FolderAsset) -> AssetReport:
    semantic = CLASSES[asset.semantic].name
    try:
        surface, size = asset.surface, asset.size_m
    except SimEngineError as error:
        return AssetReport(asset.name, asset.category, semantic, problem=str(error))
    notes = [f"names '{name}', which is not in its folder: it has no colours" for name in surface.missing]
    if surface.flipped:
        notes.append("was inside out: turned")
    elif not surface.closed:
        notes.append("is not closed: seen from inside it has holes")
    if max(size) < 0.02 or max(size) > 20.0:
        notes.append(f"longest side {max(size):.3g} m: is 'scale' right?")
    if asset.category == "vehicle" and size[1] > size[0]:
        notes.append("is wider than long: is 'forward' right?")
    return AssetReport(
        asset.name, asset.category, semantic, size, len(surface.faces), len(surface.albedo), tuple(notes)
    )


def portraits(report: FolderReport, path: Path, renderer: str, device: str, overwrite: bool, tell: Report) -> Path:
    """Write a contact sheet of all things that can be used, each on ground with joints of one metre.

    Raises:
        UsageError: the name does not end in .png, or there is nothing to show.
        DatasetError: the file is there already, or cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise UsageError(f"--picture must end in .png, got '{path}'")
    if path.exists() and not overwrite:
        raise DatasetError(f"'{path}' is already there; --overwrite replaces it")
    shown = [a for a in report.assets if not a.problem]
    if not shown:
        raise UsageError(f"nothing in {report.library.folder} can be shown")
    options = render_options(device, None)
    check_options(renderer, options)
    warm_up(renderer, options, lambda text: tell(Event("stage", text)))
    pictures: list[U8Array] = []
    for k, one in enumerate(shown):
        tell(Event("stage", one.name, k, k + 1, len(shown)))
        made = report.library.assets[one.name].build(report.library.name)
        pictures.append(np.ascontiguousarray(portrait(made, _CELL_PX, renderer, options)))
    captions = [
        f"{a.name}\n{a.size_m[0]:.3g} x {a.size_m[1]:.3g} x {a.size_m[2]:.3g} m, {a.semantic}" if a.size_m else a.name
        for a in shown
    ]
    title = f"{report.library.name}: {len(shown)} things, seen from ahead and the left"
    sheet = contact_sheet(pictures, captions, 4, title=title, cell_px=_CELL_PX)
    write_atomic(path, b"".join(encode_png(sheet, small=True)))
    return path
