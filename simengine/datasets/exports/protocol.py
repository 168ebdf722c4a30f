"""What an export format is: something that takes frames one by one and writes files into a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from simengine.datasets.exports.folder import ExportFolder
from simengine.datasets.exports.selection import LabelledFrame
from simengine.datasets.plain_json import Json
from simengine.datasets.reader import Dataset

__all__ = ["Exporter", "ExporterFactory", "Job"]


@dataclass(frozen=True)
class Job:
    """One export.

    Attributes:
        dataset: what is exported.
        folder: where files go.
        cameras, lidars: sensors that were asked for by name; empty: the format decides.
        parts: names of the parts of a split, in order; empty without one.
        names: whose categories things have, where a format leaves that open: "own" or "coco".
    """

    dataset: Dataset
    folder: ExportFolder
    cameras: Sequence[str] = ()
    lidars: Sequence[str] = ()
    parts: Sequence[str] = ()
    names: str = "own"


class Exporter(Protocol):
    """Writes one format."""

    def add(self, part: str, found: LabelledFrame) -> bool:
        """Take the next frame, for a part of the split ("" without one); False if it lacks what the format needs."""
        ...

    def finish(self) -> Mapping[str, Json]:
        """Write what is left; returns what ``export.json`` says of sensors and counts."""
        ...


ExporterFactory = Callable[[Job], Exporter]
"""Makes the exporter of a job. Raises ``UsageError`` where the dataset lacks what the format needs."""
