"""Checks that a dataset is whole: every file there, none changed, counts and digest as the run left them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from simengine.datasets import layout
from simengine.datasets.parquet import stream_parquet
from simengine.datasets.reader import Dataset, StoredEpisode
from simengine.datasets.storage import inside, open_regular, read_limited
from simengine.datasets.variants import CORE_COLUMNS
from simengine.datasets.writer import stored_rows
from simengine.errors import DatasetError

__all__ = ["verify"]

_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_CHECKSUMS_LIMIT_BYTES = 2**30


def _listed(episode: StoredEpisode) -> dict[str, str]:
    """Digests by file, as ``checksums.sha256`` has them."""
    path = episode.inside(Path(layout.CHECKSUMS))
    out: dict[str, str] = {}
    for line in read_limited(path, _CHECKSUMS_LIMIT_BYTES).decode("utf-8", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise DatasetError(f"'{path}': line '{line[:60]}' is no checksum; the file is damaged")
        out[match[2]] = match[1]
    return out


def _present(root: Path) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        for name in names:
            yield (Path(folder) / name).relative_to(root).as_posix()


def _episode_problems(episode: StoredEpisode, contents: bool) -> Iterator[str]:
    where = f"episode {episode.variant}"
    listed, present = _listed(episode), set(_present(episode.root)) - {layout.CHECKSUMS}
    yield from (f"{where}: '{name}' is missing" for name in sorted(set(listed) - present))
    yield from (f"{where}: '{name}' does not belong to it" for name in sorted(present - set(listed)))
    for name in sorted(set(listed) & present) if contents else ():
        path = episode.inside(Path(name))
        with open_regular(path) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != listed[name]:
                yield f"{where}: '{name}' was changed after it was written"
    if len(episode.frames) != episode.info.get("frames") or episode.row.frames != len(episode.frames):
        yield f"{where}: {len(episode.frames)} frames, {episode.info.get('frames')} expected"
    if contents:
        episode.read_tables()


def verify(dataset: Dataset | Path | str, *, contents: bool = True) -> list[str]:
    """Everything that is wrong with a dataset, in one list; empty if it is whole.

    Args:
        dataset: an opened dataset, or its folder.
        contents: read every file and compare its checksum; else only look whether it is there.

    Raises:
        DatasetError: the folder holds no dataset of ours.
    """
    if not isinstance(dataset, Dataset):
        dataset = Dataset(dataset)
    problems = [] if dataset.complete else ["the run has not finished; finish it with --resume"]
    for episode in dataset.episodes:
        try:
            problems += _episode_problems(episode, contents)
        except DatasetError as error:
            problems.append(f"episode {episode.variant}: {error}")
    if dataset.complete:
        problems += _total_problems(dataset)
    return [_printable(p) for p in problems]


def _printable(text: str) -> str:
    """File names may hold anything, half letters and control characters too."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _total_problems(dataset: Dataset) -> list[str]:
    digest, variants = hashlib.sha256(), 0
    try:
        for row, files in stored_rows(dataset.root):
            digest.update(f"{row.variant} {row.status} {files}\n".encode())
            variants += 1
        table = sum(
            1 for _ in stream_parquet(inside(dataset.root, Path(layout.VARIANTS)), ["variant"], schema=CORE_COLUMNS)
        )
    except DatasetError as error:
        return [str(error)]
    problems: list[str] = []
    if digest.hexdigest() != dataset.digest():
        problems.append(f"the episodes and rows are not those that the run left: digest {digest.hexdigest()[:16]}...")
    if table != variants:
        problems.append(f"{layout.VARIANTS} has {table} rows for {variants} variants")
    return problems
