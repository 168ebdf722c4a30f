"""Spreads jobs over processes, or does them here; outcomes come back in the order of the jobs."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

from simengine.datasets import DatasetWriter
from simengine.engine.episode import Job, Outcome
from simengine.engine.events import Event, Report, silent
from simengine.engine.options import RunOptions
from simengine.engine.production import in_turn, write_episode
from simengine.errors import DatasetError
from simengine.language import Program

__all__ = ["Crew", "Processes", "produce"]


class Crew(Protocol):
    """Processes that make episodes."""

    size: int
    """How many of them work at the same time."""

    def submit(self, job: Job) -> Future[Outcome]:
        """Have an episode made by one of them, when it is free."""
        ...

    def result(self, future: Future[Outcome]) -> Outcome:
        """Wait for an episode.

        Raises:
            SimEngineError: the job's error, or that its process is gone for good.
        """
        ...

    def stop(self, at_once: bool) -> None:
        """Give up what has not begun, and (at once) what has. Returns when none of them writes any more."""
        ...

    def close(self) -> None:
        """End them, when they have nothing to do. Nothing happens the second time."""
        ...


def produce(
    jobs: Iterator[Job], program: Program, options: RunOptions, writer: DatasetWriter, report: Report,
    ready: Callable[[], object],
) -> Generator[Outcome, None, None]:  # fmt: skip
    """Render and write every job.

    With one worker in this process; else in others, of this machine or of a cluster, at most two jobs a worker in
    flight. ``ready`` is called before the first job is rendered: it waits until kernels are compiled, so that no two
    processes compile them. Close the generator where it is not exhausted: that ends the processes and removes what
    they had begun.
    """
    if options.cluster is None and options.workers in (None, 1):
        yield from in_turn(jobs, program, options, writer, report, ready)
        return
    ready()
    crew = _crew(program, options, writer, report)
    waiting: deque[Future[Outcome]] = deque()
    try:
        for job in jobs:
            waiting.append(crew.submit(job))
            while len(waiting) >= 2 * crew.size or (waiting and waiting[0].done()):
                yield crew.result(waiting.popleft())
        while waiting:
            yield crew.result(waiting.popleft())
        crew.close()
        writer.remove_unfinished()  # of workers that were killed and whose jobs others did again
    except BaseException as error:
        crew.stop(at_once=not isinstance(error, Exception))
        with contextlib.suppress(DatasetError):  # the first error counts
            writer.remove_unfinished()
        raise
    finally:
        crew.close()


def _crew(program: Program, options: RunOptions, writer: DatasetWriter, report: Report) -> Crew:
    if options.cluster is None:
        return Processes(program, options, writer.root, report)
    from simengine.engine.cluster import Cluster  # an extra

    return Cluster(program, options, writer, report)


class Processes:
    """Spawned processes of this machine. After an error of one job, those that are being made are completed."""

    def __init__(self, program: Program, options: RunOptions, root: Path, report: Report) -> None:
        self.size = options.workers or 1
        report(Event("stage", f"starting {self.size} workers"))
        threads = max(1, (os.cpu_count() or 1) // self.size)
        context = multiprocessing.get_context("spawn")
        self._theirs, self._ours = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            self.size, context, _start_worker, (program, options, root, threads, self._theirs)
        )  # fmt: skip

    def submit(self, job: Job) -> Future[Outcome]:
        """Have an episode made; processes start as they are needed."""
        with _unstoppable():
            return self._pool.submit(_work, job)

    def result(self, future: Future[Outcome]) -> Outcome:
        """Wait for an episode."""
        try:
            return future.result()
        except BrokenProcessPool:
            raise DatasetError(
                "a worker process ended (out of memory? or a script that runs this outside of "
                "if __name__ == '__main__':, so that its workers start it again); complete episodes are kept: run "
                "again with --resume, and fewer --workers if memory is short"
            ) from None

    def stop(self, at_once: bool) -> None:
        """Give up what has not begun, and (at once) what has."""
        if at_once:
            self._ours.close()  # told to stop: the workers end, whatever they are doing
        self._pool.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(wait=True)
        self._ours.close()
        self._theirs.close()


_STOPS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def _unstoppable() -> Generator[None, None, None]:
    """Signals that end a run wait until the block is left; a process started in it inherits that and never sees them.

    A terminal sends its interrupt to all processes: workers would die of it in the middle of their imports, each with
    a traceback. Only the parent heeds it, and ends them. Nothing is lost: what arrived meanwhile comes after the block.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_context: tuple[Program, RunOptions, Path] | None = None
_writer: DatasetWriter | None = None


def _start_worker(program: Program, options: RunOptions, root: Path, threads: int, parent: Connection) -> None:
    global _context  # a process pool hands its initialiser's result over in no other way
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)  # a broken pool ends the workers that are left with SIGTERM
    os.environ["SIMENGINE_THREADS"] = str(threads)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _context = (program, options, root)  # what can fail is left to the first job, which hands its error over


def _end_with(parent: Connection) -> None:
    """End when the parent closes its end of the pipe or ends, however: an orphan must not go on writing."""
    with contextlib.suppress(EOFError, OSError):
        parent.recv_bytes()
    os._exit(1)


def _work(job: Job) -> Outcome:
    global _writer
    assert _context is not None
    program, options, root = _context
    if _writer is None:
        _writer = DatasetWriter.attach(root, small=options.compress == "small")
    return write_episode(job, program, options, _writer, silent)
