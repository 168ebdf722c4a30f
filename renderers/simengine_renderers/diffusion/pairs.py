"""Pairs to learn from: what the renderer makes with one sample a pixel, and what it makes with many."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from simengine.arrays import Array
from simengine.errors import DatasetError
from simengine.render.looks import Look
from simengine_renderers.diffusion.gbuffer import COARSE, FINE_GRAINED, Conditions, finer

__all__ = ["Shards", "Taken", "take"]

Taken = dict[str, Array]
"""Arrays of one look: fields of ``Conditions`` and "target", the picture with many samples, uint8 (H, W, 3)."""
LookInto = Callable[[int], Iterator[Look]]
_NAMES = (*(f.name for f in fields(Conditions)), "target")


def take(look: Look, samples: int) -> Taken:
    """Render one look twice: with one sample and its G-buffer, and with many samples."""
    coarse = look.take(COARSE)
    fine = look.renderer.camera(finer(look.spec), look.instants, FINE_GRAINED, look.noise)
    target = look.take(("rgb",), samples).channels["rgb"]
    return {**Conditions.of(coarse, fine).arrays(), "target": target}


class Shards:
    """Pairs on disk, one file a scene, so that an interrupted training goes on where it was.

    Args:
        folder: made where it is not there.
        into: looks into a scene by its number.
        samples: of the targets.
    """

    def __init__(self, folder: Path, into: LookInto, samples: int) -> None:
        self.folder, self._into, self._samples = folder, into, samples
        folder.mkdir(parents=True, exist_ok=True)

    def make(self, scene: int) -> int:
        """Take the looks of a scene if they are not there yet; returns how many pairs it has."""
        path = self._path(scene)
        if not path.exists():
            looks = self._into(scene)
            taken = [take(look, self._samples) for look in looks]
            partial = path.with_suffix(".partial")
            with partial.open("wb") as file:
                np.savez(file, **{name: np.stack([t[name] for t in taken]) for name in _NAMES})  # type: ignore[arg-type]
            partial.replace(path)
        return len(self._read(path)["target"])

    def load(self, scenes: Sequence[int]) -> Taken:
        """All pairs of some scenes, stacked along the first axis.

        Raises:
            DatasetError: a file is damaged.
        """
        parts: dict[str, list[Array]] = {name: [] for name in _NAMES}
        for scene in scenes:
            for name, array in self._read(self._path(scene)).items():
                parts[name].append(array)
        return {name: np.concatenate(arrays) for name, arrays in parts.items()}

    def _read(self, path: Path) -> Taken:
        try:
            with np.load(path, allow_pickle=False) as found:
                return {name: found[name] for name in _NAMES}
        except (ValueError, OSError, EOFError, KeyError, zlib.error, BadZipFile) as error:
            raise DatasetError(f"'{path}' is damaged ({error}); delete it and run again") from None

    def _path(self, scene: int) -> Path:
        return self.folder / f"scene_{scene:05d}.npz"
