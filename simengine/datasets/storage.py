"""Bytes on disk: atomic files, durable folders, one clear message where the system refuses, and a run's lock.

Nothing here knows what a dataset is. A name appears in a folder only when its content is complete: content goes to a
temporary name first, is flushed to the disk and renamed (POSIX: rename replaces atomically within a file system).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import os
import shutil
import stat
from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType

from simengine.errors import DatasetError, an

__all__ = [
    "Buffer", "RunLock", "checked_folder", "disk_errors", "inside", "open_regular", "publish_folder", "read_limited",
    "remove_tree", "sync", "write_atomic", "write_new",
]  # fmt: skip

Buffer = bytes | bytearray | memoryview

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space (or choose another folder) and continue with --resume",
    errno.EDQUOT: "your disk quota is used up; free some space and continue with --resume",
    errno.EACCES: "permission denied; choose a folder that you may write to",
    errno.EPERM: "not permitted; choose a folder that you may write to",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.EFBIG: "the file system or the process limit refuses files of this size",
    errno.EMFILE: "too many open files; raise the limit (ulimit -n)",
    errno.ENAMETOOLONG: "the path is too long; choose a shorter folder name",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another folder",
    errno.ENOENT: "it is missing; was the file or folder deleted or moved?",
    errno.ENOTEMPTY: "something of that name is already there",
    errno.EEXIST: "something of that name is already there",
}


@contextlib.contextmanager
def disk_errors(action: str, path: Path) -> Generator[None, None, None]:
    """Turn an ``OSError`` of the block into a ``DatasetError`` that says what was tried, where, and what to do.

    The new error keeps the ``errno`` of the old one.
    """
    try:
        yield
    except DatasetError:
        raise
    except OSError as error:
        number = error.errno or (errno.ENOENT if isinstance(error, FileNotFoundError) else 0)  # pyarrow gives none
        why = _ADVICE.get(number) or (error.strerror or str(error)).lower()
        if number == errno.ENOENT and action == "create":
            there = path.parent.is_dir()  # as /proc, which says of a new file that it is not there
            why = "its folder takes no new files" if there else f"'{path.parent}' is not there and cannot be made"
            why += "; choose another folder"
        raised = DatasetError(f"cannot {action} '{path}': {why}")
        raised.errno = number
        raise raised from error


def sync(path: Path) -> None:
    """Flush one file or folder to the disk (``fsync``)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_new(path: Path, buffers: Sequence[Buffer]) -> None:
    """Write a file that must not exist yet, its parts one after the other; not flushed (see :func:`sync`)."""
    with disk_errors("write", path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            for buffer in buffers:
                view = memoryview(buffer).cast("B")
                while len(view):  # a nearly full disk may take a part only: the next call then says ENOSPC
                    view = view[os.write(descriptor, view) :]
        finally:
            os.close(descriptor)


def write_atomic(path: Path, data: Buffer) -> None:
    """Write or replace a file so that every reader sees the old or the new content, whole, even after a power cut."""
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    with disk_errors("write", path):
        try:
            temporary.unlink(missing_ok=True)
            write_new(temporary, [data])
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def publish_folder(partial: Path, final: Path) -> None:
    """Rename a finished folder to its final name, durably. A folder already there is an error, never replaced."""
    with disk_errors("complete", final):
        partial.rename(final)  # POSIX: fails where ``final`` is a folder that holds something
        sync(final.parent)


def remove_tree(path: Path) -> None:
    """Delete a folder and all in it without following links; a folder that is not there is fine."""
    with disk_errors("delete", path):
        if path.is_symlink():
            raise DatasetError(f"'{path}' is a symbolic link; it is not deleted: remove it yourself")
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(path)


@contextlib.contextmanager
def open_regular(path: Path) -> Generator[io.BufferedReader, None, None]:
    """A regular file for reading; pipes and devices, which could be waited for without end, are a ``DatasetError``."""
    with disk_errors("read", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise DatasetError(f"cannot read '{path}': expected a file, found a folder, pipe or device")
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                yield file
        finally:
            os.close(descriptor)


def read_limited(path: Path, limit_bytes: int) -> bytes:
    """The content of a regular file of at most ``limit_bytes``; anything else is a ``DatasetError``."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit_bytes:
            raise DatasetError(f"cannot read '{path}': {size} bytes is over the limit of {limit_bytes} bytes")
        return file.read(size)  # (not the limit: that would be allocated at once)


def checked_folder(path: object) -> Path:
    """The path of a folder that is there.

    Raises:
        DatasetError: it is of another type, or no folder.
    """
    if not isinstance(path, str | Path):
        raise DatasetError(f"expected the folder of a dataset (a str or Path), found {an(type(path).__name__)}")
    root = Path(path)
    try:
        there = root.is_dir()
    except (OSError, ValueError):  # a name that cannot be
        there = False
    if not there:
        raise DatasetError(f"'{root}' is no folder; give the folder of a dataset")
    return root


def inside(root: Path, path: Path) -> Path:
    """``root / path``, if it lies in ``root`` when links are followed.

    Raises:
        DatasetError: it does not.
    """
    full = root / path
    try:
        within = not path.is_absolute() and full.resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):  # links in a circle, a name that cannot be
        within = False
    if not within:
        raise DatasetError(f"'{full}' leads out of '{root}'; it is not followed")
    return full


class RunLock:
    """Held by the one run that writes into a dataset; the system drops it when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1

    def acquire(self) -> None:
        """Take the lock or raise ``DatasetError``. File systems without locks are let pass."""
        with disk_errors("lock", self.path):
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                self.release()
                raise DatasetError(
                    f"another run is writing into '{self.path.parent}'; wait until it ends or choose another folder"
                ) from error
            except OSError:
                pass  # some network file systems know no locks: then nobody guards but the user

    def release(self) -> None:
        """Drop the lock; the file stays (removing it would let two runs hold two different files)."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> RunLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
