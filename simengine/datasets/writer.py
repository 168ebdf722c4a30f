"""A dataset folder being written: created, resumed or replaced safely, and finished into one table and one digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import numpy as np

from simengine.datasets import layout
from simengine.datasets.channels import FORMATS
from simengine.datasets.episode import EpisodeContent, EpisodeWriter
from simengine.datasets.fields import Fields
from simengine.datasets.plain_json import Json, digestible, dumps, loads, plain, read_json, shown
from simengine.datasets.storage import RunLock, disk_errors, inside, read_limited, remove_tree, sync, write_atomic
from simengine.datasets.variants import VariantRow, write_variants
from simengine.errors import DatasetError
from simengine.world.categories import categories
from simengine.world.taxonomy import CLASSES

__all__ = ["DatasetWriter", "read_manifest", "stored_rows", "stored_variants"]

_ROW_LIMIT_BYTES = 4 * 1024 * 1024


class DatasetWriter:
    """Writes one dataset. One process creates it; workers attach to it. A context manager.

    Identity is what decides the bytes: source digest, seed, plan, renderer, options, versions. It is everything in the
    manifest but ``"about"``, which holds what may change between a run and its continuation (title, number of
    variants, workers).
    """

    def __init__(self, root: Path, *, threads: int = 2, small: bool = False) -> None:
        self.root = root
        self._small = small
        self._pool = ThreadPoolExecutor(threads, "dataset") if threads > 0 else None
        self._lock: RunLock | None = None

    @classmethod
    def create(
        cls, root: Path | str, manifest: Mapping[str, object], *, resume: bool = False, overwrite: bool = False,
        threads: int = 2, small: bool = False,
    ) -> DatasetWriter:  # fmt: skip
        """Open a folder for a run and hold it until :meth:`close`.

        Args:
            root: the folder; made if it is not there.
            manifest: what made the dataset, plain data.
            resume: go on with an interrupted run of the same identity; unfinished and failed variants are redone.
            overwrite: delete an earlier dataset of ours first.
            threads: writer threads; 0: files are written before ``write_frame`` returns.
            small: squeeze images harder: a third less of a usual dataset, for 10 to 100 ms a channel and frame.

        Raises:
            DatasetError: the folder holds something else, or another run, or another identity; nothing was changed.
        """
        folder = Path(root)
        data = cast("dict[str, Json]", plain(manifest))
        with disk_errors("create", folder):
            if folder.exists() and not folder.is_dir():
                raise DatasetError(f"'{folder}' is a file; give a folder for the dataset")
            _check_entries(folder, resume=resume, overwrite=overwrite)
            folder.mkdir(parents=True, exist_ok=True)
        writer = cls(folder, threads=threads, small=small)
        writer._lock = RunLock(folder / layout.LOCK)
        writer._lock.acquire()
        try:
            writer._prepare(data, resume=resume, overwrite=overwrite)
        except BaseException:
            writer.close()
            raise
        return writer

    @classmethod
    def attach(cls, root: Path | str, *, threads: int = 1, small: bool = False) -> DatasetWriter:
        """The same folder in a worker process: writes episodes and rows, leaves the rest to the creator."""
        read_manifest(Path(root))
        return cls(Path(root), threads=threads, small=small)

    def _prepare(self, manifest: dict[str, Json], *, resume: bool, overwrite: bool) -> None:
        found = _check_entries(self.root, resume=resume, overwrite=overwrite)
        identity = {k: v for k, v in manifest.items() if k != "about"}
        if found and resume:
            _same_identity(read_manifest(self.root)["identity"], identity, self.root)
        elif found:
            _delete_contents(self.root)
        with disk_errors("write into", self.root):
            self._write_manifest(identity, manifest.get("about", {}), {"state": "running"})
            _remove_leftovers(self.root)
            (self.root / layout.EPISODES).mkdir(exist_ok=True)
            sync(self.root)

    def _write_manifest(self, identity: Json, about: Json, state: Mapping[str, Json]) -> None:
        content = {
            "format": layout.FORMAT, "format_version": layout.FORMAT_VERSION, **state, "about": about,
            "identity": identity, "identity_sha256": hashlib.sha256(digestible(identity)).hexdigest(),
            "channels": {name: f.text for name, f in FORMATS.items()},
            "classes": [
                {"id": i, "name": c.name, "colour": list(c.colour), "categories": categories(c.name)}
                for i, c in enumerate(CLASSES)
            ],
        }  # fmt: skip
        write_atomic(self.root / layout.DATASET, dumps(content))

    # ---- variants ----------------------------------------------------------------------------------------------

    def has(self, variant: int) -> bool:
        """The variant is complete: its episode is there, or it was discarded for good."""
        name = layout.number(variant)
        return (self.root / layout.EPISODES / name).is_dir() or (
            self.root / layout.DISCARDED / f"{name}.json"
        ).is_file()

    def status(self, variant: int) -> str | None:
        """ "kept", "discarded" or "failed"; None where the variant has not been done."""
        name = layout.number(variant)
        if (self.root / layout.EPISODES / name).is_dir():
            return "kept"
        for folder in (layout.DISCARDED, layout.FAILED):
            if (self.root / folder / f"{name}.json").is_file():
                return folder
        return None

    def row(self, variant: int) -> VariantRow:
        """The stored row of a variant: of its complete episode, or why there is none.

        Raises:
            DatasetError: there is none.
        """
        name, status = layout.number(variant), self.status(variant)
        place = Path(layout.EPISODES) / name / layout.VARIANT
        if status in (layout.DISCARDED, layout.FAILED):
            place = Path(status) / f"{name}.json"
        file = inside(self.root, place)
        return VariantRow.from_json(loads(read_limited(file, _ROW_LIMIT_BYTES), str(file)), str(file))

    def frames(self, variant: int) -> int | None:
        """How many frames the complete episode of a variant has; None where there is none."""
        return self.row(variant).frames if self.status(variant) == "kept" else None

    def episode(self, content: EpisodeContent) -> EpisodeWriter:
        """A writer for one kept variant, to be used in a ``with`` block."""
        if content.row.status != "kept":
            raise DatasetError(f"only a variant that is kept has an episode; this one is {content.row.status}")
        return EpisodeWriter(self.root / layout.EPISODES, content, self._pool, small=self._small)

    def record(self, row: VariantRow) -> None:
        """Store the row of a variant that was discarded or that failed."""
        if row.status == "kept" or (self.root / layout.EPISODES / layout.number(row.variant)).exists():
            raise DatasetError(
                f"variant {row.variant} has an episode; only discarded and failed ones are recorded alone"
            )
        folder = self.root / (layout.DISCARDED if row.status == "discarded" else layout.FAILED)
        with disk_errors("create", folder):
            folder.mkdir(exist_ok=True)
        write_atomic(folder / f"{layout.number(row.variant)}.json", dumps(row.to_json()))

    def forget_failures(self) -> None:
        """Take back the rows of variants that failed."""
        remove_tree(self.root / layout.FAILED)

    # ---- the end -----------------------------------------------------------------------------------------------

    def finish(self, about: Mapping[str, Json] | None = None) -> dict[str, Any]:
        """Write ``variants.parquet`` and the final ``dataset.json``.

        Args:
            about: what is known only now, added to ``"about"`` of the manifest.

        Returns:
            The totals: kept, discarded, failed, frames, and the digest of all content.
        """
        temporary = self.root / f".{layout.VARIANTS}.tmp-{os.getpid()}"
        totals: dict[str, int] = {"kept": 0, "discarded": 0, "failed": 0, "frames": 0}
        digest = hashlib.sha256()

        def counted() -> Iterator[tuple[VariantRow, str]]:
            for row, files in stored_rows(self.root):
                totals[row.status] += 1
                totals["frames"] += row.frames
                digest.update(f"{row.variant} {row.status} {files}\n".encode())
                yield row, files

        with disk_errors("write", self.root / layout.VARIANTS):
            temporary.unlink(missing_ok=True)
            try:
                write_variants(temporary, stored_rows(self.root), counted())
                sync(temporary)
                temporary.replace(self.root / layout.VARIANTS)
                sync(self.root)
            finally:
                temporary.unlink(missing_ok=True)
        result = {"variants": totals, "digest": digest.hexdigest()}
        manifest = read_manifest(self.root)
        told = {**manifest.get("about", {}), **(about or {})}
        self._write_manifest(manifest["identity"], told, {"state": "complete", **result})
        return {**totals, "digest": digest.hexdigest()}

    def there(self) -> bool:
        """The folder is still where it was, and still this dataset."""
        return (self.root / layout.DATASET).is_file()

    def withdraw(self) -> None:
        """Take back the folder's files where no variant was finished: a run that fails at once leaves nothing."""
        if next(iter(stored_rows(self.root)), None) is None:
            _delete_contents(self.root)
            with disk_errors("delete", self.root):
                (self.root / layout.DATASET).unlink(missing_ok=True)

    def remove_unfinished(self) -> None:
        """Delete the episodes that other processes began and did not finish. Only when none of them writes any more."""
        with disk_errors("clean up", self.root):
            _remove_partial(self.root / layout.EPISODES)

    def close(self) -> None:
        """Stop the threads and let the folder go. Does not finish the dataset."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> DatasetWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


# ---- the folder ------------------------------------------------------------------------------------------------


def read_manifest(root: Path) -> dict[str, Json]:
    """``dataset.json`` of a dataset of ours."""
    path = root / layout.DATASET
    if not path.is_file():
        raise DatasetError(f"'{root}' is no dataset: there is no {layout.DATASET} in it")
    data = read_json(inside(root, Path(layout.DATASET)))
    fields = Fields(data, f"'{path}'")
    if data.get("format") != layout.FORMAT or not isinstance(data.get("identity"), dict):
        raise DatasetError(f"'{path}' is not a {layout.FORMAT}; it was made by something else")
    if data.get("format_version") != layout.FORMAT_VERSION:
        raise DatasetError(
            f"'{path}' has format version {shown(data.get('format_version'))}; this program reads "
            f"{layout.FORMAT_VERSION}"
        )
    if fields.text("state") not in ("running", "complete"):
        raise fields.wrong("state", "'running' or 'complete'")
    if data["state"] == "complete":
        fields.digest("digest")
    fields.fields("about")
    return data


def _check_entries(root: Path, *, resume: bool, overwrite: bool) -> bool:
    """Whether a dataset of ours is in the folder; raises where it may not be touched."""
    if not root.exists():
        return False
    names = sorted(p.name for p in root.iterdir())
    names = [n for n in names if n != layout.LOCK and not layout.TEMPORARY.fullmatch(n)]
    if not names:
        return False
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    if layout.DATASET not in names:
        raise DatasetError(
            f"'{root}' already holds {len(names)} entries ({shown}) and is no dataset; choose a new or empty folder"
        )
    manifest = read_manifest(root)
    if not (resume or overwrite):
        what = "a complete dataset" if manifest.get("state") == "complete" else "an unfinished dataset"
        raise DatasetError(
            f"'{root}' already holds {what}; --resume goes on with it, --overwrite replaces it; or choose another"
        )
    if overwrite:
        _check_deletable(root)
    return True


def _check_deletable(root: Path) -> None:
    """Only what a run wrote is ever deleted: one foreign entry and nothing is."""
    foreign = [
        p.name for p in root.iterdir() if p.name not in layout.OUR_NAMES and not layout.TEMPORARY.fullmatch(p.name)
    ]
    for name in (layout.EPISODES, layout.DISCARDED, layout.FAILED):
        folder = root / name
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            foreign.append(name)
        elif folder.is_dir():
            foreign += [f"{name}/{p.name}" for p in folder.iterdir() if not _is_ours(p.name)]
    if foreign:
        raise DatasetError(
            f"'{root}' holds files that no run wrote ({', '.join(sorted(foreign)[:5])}); --overwrite deletes nothing "
            "then: move them away, or choose another folder"
        )


def _is_ours(name: str) -> bool:
    known = layout.is_number(name.removesuffix(".json")) or name.startswith(layout.PARTIAL)
    return known or layout.TEMPORARY.fullmatch(name) is not None


def _delete_contents(root: Path) -> None:
    """Everything but ``dataset.json``, which is replaced last: a kill in between leaves a folder that is still ours."""
    for name in (layout.INDEX, layout.VARIANTS):
        with disk_errors("delete", root / name):
            (root / name).unlink(missing_ok=True)
    for name in (layout.EPISODES, layout.DISCARDED, layout.FAILED):
        remove_tree(root / name)


def _remove_partial(episodes: Path) -> None:
    if episodes.is_dir():
        for path in sorted(episodes.iterdir()):
            if path.name.startswith(layout.PARTIAL):
                remove_tree(path)


def _remove_leftovers(root: Path) -> None:
    """What killed runs left: unfinished episodes, temporary files, rows of variants that failed."""
    _remove_partial(root / layout.EPISODES)
    remove_tree(root / layout.FAILED)
    for folder in (root, root / layout.DISCARDED):
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if layout.TEMPORARY.fullmatch(path.name):
                    path.unlink(missing_ok=True)


def _differences(old: Json, new: Json, where: str) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        a, b = cast("dict[str, Json]", old), cast("dict[str, Json]", new)
        out: list[str] = []
        for key in sorted({*a, *b}):
            out += _differences(a.get(key), b.get(key), f"{where}.{key}" if where else key)
        return out
    texts = [digestible(v).decode() for v in cast("tuple[object, object]", (old, new))]
    return [f"{where}: {texts[0][:60]} there, {texts[1][:60]} now"] if texts[0] != texts[1] else []


def _same_identity(old: Json, new: Json, root: Path) -> None:
    differences = _differences(old, new, "")
    if differences:
        raise DatasetError(
            f"cannot resume '{root}': it was made with other settings ({'; '.join(differences[:5])}); run with "
            "the same settings, or use --overwrite or another folder"
        )


def stored_variants(folder: Path, suffix: str) -> list[int]:
    """Variants that have an entry (a number and ``suffix``) in a folder, ascending."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        names = (e.name.removesuffix(suffix) for e in entries if e.name.endswith(suffix))
        return np.sort(np.fromiter((int(n) for n in names if layout.is_number(n)), np.int64)).tolist()


def stored_rows(root: Path) -> Iterator[tuple[VariantRow, str]]:
    """Every variant's row with the digest of its files, in the order of variants.

    The digest is the SHA-256 of an episode's ``checksums.sha256``, or of the row itself where there is no episode.
    """
    where: dict[int, Path] = {}
    for name in (layout.FAILED, layout.DISCARDED):
        folder = inside(root, Path(name))
        where |= {n: Path(name) / f"{layout.number(n)}.json" for n in stored_variants(folder, ".json")}
    episodes = inside(root, Path(layout.EPISODES))
    where |= {n: Path(layout.EPISODES) / layout.number(n) for n in stored_variants(episodes, "")}
    for variant in sorted(where):
        path = where[variant]
        alone = path.suffix == ".json"
        file = inside(root, path if alone else path / layout.VARIANT)
        data = read_limited(file, _ROW_LIMIT_BYTES)
        signed = data if alone else read_limited(inside(root, path / layout.CHECKSUMS), 2**30)
        row = VariantRow.from_json(loads(data, str(file)), str(file))
        if row.variant != variant:
            raise DatasetError(f"'{file}' is the row of variant {row.variant}; expected {variant}")
        yield row, hashlib.sha256(signed).hexdigest()
