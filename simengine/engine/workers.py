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

from simengine.datasets import DatasetWriter
from simengine.engine.episode import Job, Outcome
from simengine.engine.events import Event, Report, silent
from simengine.engine.options import RunOptions
from simengine.engine.production import in_turn, write_episode
from simengine.errors import DatasetError
from simengine.language import Program

__all__ = ["produce"]


def produce(
    jobs: Iterator[Job], program: Program, options: RunOptions, writer: DatasetWriter, report: Report,
    ready: Callable[[], object],
) -> Generator[Outcome, None, None]:  # fmt: skip
    """Render and write every job.

    With one worker in this process; else in spawned ones, at most two jobs a worker in flight. ``ready`` is called
    before the first job is rendered: it waits until kernels are compiled, so that no two processes compile them.
    Close the generator where it is not exhausted: that ends the processes and removes what they had begun. After an
    error of one job, those that are being made are completed.
    """
    if options.workers == 1:
        yield from in_turn(jobs, program, options, writer, report, ready)
        return
    ready()
    report(Event("stage", f"starting {options.workers} workers"))
    threads = max(1, (os.cpu_count() or 1) // options.workers)
    context = multiprocessing.get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        options.workers, context, _start_worker, (program, options, writer.root, threads, theirs)
    )  # fmt: skip
    waiting: deque[Future[Outcome]] = deque()
    try:
        for job in jobs:
            with _unstoppable():
                waiting.append(pool.submit(_work, job))
            while len(waiting) >= 2 * options.workers or (waiting and waiting[0].done()):
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    except BaseException as error:
        if not isinstance(error, Exception):
            ours.close()  # told to stop: the workers end at once, whatever they are doing
        pool.shutdown(wait=True, cancel_futures=True)
        with contextlib.suppress(DatasetError):  # the first error counts
            writer.remove_unfinished()
        raise
    finally:
        pool.shutdown(wait=True)
        ours.close()
        theirs.close()


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


def _result(future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        raise DatasetError(
            "a worker process was killed (out of memory?); complete episodes are kept: run again with --resume, and "
            "fewer --workers if memory is short"
        ) from None


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
