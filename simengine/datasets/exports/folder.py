"""The folder of an export: whole or absent, never over anything but an earlier export, every file with its checksum.

Files are made in a hidden folder beside the final one, which takes its place by one rename at the end.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from simengine.datasets import layout
from simengine.datasets.plain_json import Json, dumps, read_json
from simengine.datasets.storage import Buffer, RunLock, disk_errors, read_limited, remove_tree, sync, write_new
from simengine.errors import DatasetError

__all__ = ["ABOUT", "ExportFile", "ExportFolder"]

ABOUT = "export.json"
"""What made the export; its presence says that the folder is one."""

_FORMAT = "simengine export"
_LIMIT_BYTES = 2**30


class ExportFile:
    """A new file that is hashed while it is written."""

    def __init__(self, folder: ExportFolder, name: str, path: Path) -> None:
        self.size = 0
        self._folder, self._name, self._path = folder, name, path
        self._sum = hashlib.sha256()
        with disk_errors("write", path):
            self._file = path.open("xb")

    def write(self, data: Buffer) -> None:
        """Append bytes."""
        self._sum.update(data)
        with disk_errors("write", self._path):
            self._file.write(data)
        self.size += len(data)

    def close(self) -> None:
        """Finish the file."""
        with disk_errors("write", self._path):
            self._file.close()
        self._folder.sums[self._name] = self._sum.hexdigest()


class ExportFolder:
    """A context manager; left without an error after :meth:`finish` the export is there, else no trace of it.

    Args:
        out: the folder to make; an empty one may be there.
        overwrite: replace an earlier export.
        source: the dataset's folder, which must not contain ``out`` nor lie in it.

    Raises:
        DatasetError: something is there that must not be touched.
    """

    def __init__(self, out: Path, source: Path, *, overwrite: bool = False) -> None:
        self.out = out.resolve()
        self.sums: dict[str, str] = {}
        self.bytes = 0
        self._overwrite = overwrite
        self._hidden = self.out.with_name(f".{self.out.name}.partial")
        self._new, self._old = self._hidden / "new", self._hidden / "old"
        self._lock = RunLock(self._hidden / layout.LOCK)
        inside = source.resolve()
        if self.out.is_relative_to(inside) or inside.is_relative_to(self.out):
            raise DatasetError(f"'{out}' and the dataset '{source}' lie in one another; choose a folder beside it")
        self._check()

    def _check(self) -> None:
        """Raise if something is at ``out`` that may not be replaced."""
        if not self.out.exists():
            return
        with disk_errors("read", self.out):
            if not self.out.is_dir():
                raise DatasetError(f"'{self.out}' is a file; give a folder for the export")
            names = sorted(p.name for p in self.out.iterdir())
        if not names:
            return
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        if ABOUT not in names or read_json(self.out / ABOUT).get("format") != _FORMAT:
            raise DatasetError(
                f"'{self.out}' already holds {len(names)} entries ({shown}) and is no export; choose a new or empty "
                "folder"
            )
        if not self._overwrite:
            raise DatasetError(f"'{self.out}' already holds an export; --overwrite replaces it, or choose another")
        foreign = sorted(_present(self.out) - _listed(self.out))
        if foreign:
            raise DatasetError(
                f"'{self.out}' holds files that no export wrote ({', '.join(foreign[:5])}); --overwrite deletes "
                "nothing then: move them away, or choose another folder"
            )

    def __enter__(self) -> ExportFolder:
        with disk_errors("create", self._hidden):
            self._hidden.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            remove_tree(self._new)  # of a killed export
            remove_tree(self._old)
            with disk_errors("create", self._new):
                self._new.mkdir()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        with contextlib.suppress(DatasetError):
            remove_tree(self._new)
            remove_tree(self._old)
        with contextlib.suppress(OSError):
            self._lock.path.unlink(missing_ok=True)
            self._hidden.rmdir()
        self._lock.release()

    # ---- files -------------------------------------------------------------------------------------------------

    def open(self, name: str) -> ExportFile:
        """A new file by its relative path; folders are made."""
        return ExportFile(self, name, self._place(name))

    def write(self, name: str, parts: Sequence[Buffer]) -> None:
        """A new file of the given parts."""
        digest = hashlib.sha256()
        for part in parts:
            digest.update(part)
        write_new(self._place(name), parts)
        self.sums[name] = digest.hexdigest()

    def _place(self, name: str) -> Path:
        path = self._new / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise DatasetError(f"'{name}' leads out of the export; it is not written")
        with disk_errors("create", path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    # ---- the end -----------------------------------------------------------------------------------------------

    def finish(self, about: Mapping[str, Json]) -> str:
        """Write ``export.json`` and ``checksums.sha256``, put the folder in its place; returns the digest of all."""
        self.write(ABOUT, [dumps({"format": _FORMAT, "format_version": 1, **about})])
        sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(self.sums.items())).encode()
        write_new(self._new / layout.CHECKSUMS, [sums])
        paths = sorted(self._new.rglob("*"))
        self.bytes = sum(p.stat().st_size for p in paths if p.is_file())
        with disk_errors("flush", self._new), ThreadPoolExecutor(8) as pool:
            list(pool.map(sync, [*paths, self._new]))  # side by side: the disk writes many at once
        self._check()  # once more: somebody may have used the folder in the meantime
        with disk_errors("complete", self.out):
            if self.out.exists() and any(self.out.iterdir()):
                self.out.rename(self._old)
            self._new.rename(self.out)  # POSIX: an empty folder is replaced
            sync(self.out.parent)
        return hashlib.sha256(sums).hexdigest()


def _listed(root: Path) -> set[str]:
    path = root / layout.CHECKSUMS
    lines = read_limited(path, _LIMIT_BYTES).decode("utf-8", "replace").splitlines() if path.is_file() else []
    return {layout.CHECKSUMS, *(line[66:] for line in lines)}


def _present(root: Path) -> set[str]:
    """All files and links, and folders that hold nothing."""
    out: set[str] = set()
    for folder, folders, names in os.walk(root):
        links = [n for n in folders if (Path(folder) / n).is_symlink()]
        found = [*names, *links] if names or folders else ["."]
        out |= {(Path(folder) / n).relative_to(root).as_posix() for n in found}
    return out - {"."}
