"""All export formats by name, and the one function that runs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simengine.datasets.exports.coco import CocoExporter
from simengine.datasets.exports.folder import ExportFolder
from simengine.datasets.exports.kitti import KittiExporter
from simengine.datasets.exports.protocol import ExporterFactory, Job
from simengine.datasets.exports.selection import labelled_frames
from simengine.datasets.exports.split import assign, parse_split
from simengine.datasets.exports.webdataset import WebDatasetExporter
from simengine.datasets.reader import Dataset
from simengine.errors import UsageError, did_you_mean

__all__ = ["EXPORTERS", "ExportSummary", "Told", "export"]

EXPORTERS: Mapping[str, ExporterFactory] = {
    "kitti": KittiExporter,
    "coco": CocoExporter,
    "webdataset": WebDatasetExporter,
}
"""Formats by name."""

Told = Callable[[int, int, int], None]
"""Called after each frame with the variant, the frames done and the frames in all."""


@dataclass(frozen=True)
class ExportSummary:
    """What an export made.

    Attributes:
        format: its name.
        out: the folder.
        frames: frames exported.
        skipped: frames that lack what the format needs (a sensor did not fire).
        parts: frames by part of the split.
        counts: what the format counts.
        bytes: of all files.
        digest: of all content; equal digests mean equal files.
    """

    format: str
    out: str
    frames: int
    skipped: int
    parts: Mapping[str, int]
    counts: Mapping[str, Any]
    bytes: int
    digest: str

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def export(
    dataset: Dataset | Path | str, to: str, out: Path | str, *, cameras: Sequence[str] = (),
    lidars: Sequence[str] = (), split: str | None = None, names: str = "own", overwrite: bool = False,
    report: Told | None = None,
) -> ExportSummary:  # fmt: skip
    """Write a dataset in a format that others read. The folder appears when it is complete, or not at all.

    Args:
        dataset: a finished dataset or its folder.
        to: "kitti", "coco" or "webdataset".
        out: the folder to make.
        cameras, lidars: sensors by name; without names all that the format can hold.
        split: parts by share of variants, "train=0.8,val=0.2"; no variant is in two parts.
        names: of "coco": "own" for the classes of this library, "coco" for COCO's own categories and ids, without
            the things that COCO has no name for.
        overwrite: replace an earlier export.
        report: told of the progress.

    Raises:
        UsageError: the dataset cannot be written so: the message says what is missing or to be chosen.
        DatasetError: the dataset is unfinished or damaged, or the folder cannot be written.
    """
    if to not in EXPORTERS:
        near = did_you_mean(to, list(EXPORTERS))
        hint = f"did you mean '{near}'?" if near else f"there is: {', '.join(EXPORTERS)}"
        raise UsageError(f"no export format '{to}'; {hint}")
    if names not in (("own", "coco") if to == "coco" else ("own",)):
        hint = "choose --names own or coco" if to == "coco" else f"{to} has one set of names: leave --names out"
        raise UsageError(f"no categories '{names}' for an export to {to}; {hint}")
    source = dataset if isinstance(dataset, Dataset) else Dataset.open(dataset)
    digest = source.digest()
    if not len(source.episodes):
        raise UsageError(f"'{source.root}' has no episodes, so there is nothing to export")
    shares = parse_split(split) if split is not None else {}
    parts = assign(source.episodes, shares) if shares else {}
    with ExportFolder(Path(out), source.root, overwrite=overwrite) as folder:
        exporter = EXPORTERS[to](Job(source, folder, cameras, lidars, tuple(shares), names))
        done = dict.fromkeys(shares, 0) if shares else {"": 0}
        skipped, total = 0, sum(int(e.info["frames"]) for e in source.episodes)
        for episode in source.episodes:
            part = parts.get(episode.variant, "")
            for found in labelled_frames(episode):
                if exporter.add(part, found):
                    done[part] += 1
                else:
                    skipped += 1
                if report is not None:
                    report(episode.variant, sum(done.values()) + skipped, total)
        if not any(done.values()):
            raise UsageError(f"none of the {skipped} frames has a reading of every sensor that {to} needs")
        counts = dict(exporter.finish())
        about = {
            "to": to, "simengine": version("simengine-synth"), "dataset_digest": digest, "split": shares,
            "variants": {name: sorted(v for v, p in parts.items() if p == name) for name in shares},
            "frames": sum(done.values()), "skipped": skipped, **counts,
        }  # fmt: skip
        identity = folder.finish(about)
    by_part = done if shares else {}
    return ExportSummary(to, str(out), sum(done.values()), skipped, by_part, counts, folder.bytes, identity)
