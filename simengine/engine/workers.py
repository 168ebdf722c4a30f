"""Spreads jobs over processes, or does them here; outcomes come back in the order of the jobs."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from simengine.datasets import DatasetWriter
from simengine.engine.episode import Job, Outcome, write_episode
from simengine.engine.events import Event, Report, silent
from simengine.engine.options import RunOptions
from simengine.errors import DatasetError
from simengine.language import Program

__all__ = ["produce"]


def produce(
    jobs: Iterator[Job], program: Program, options: RunOptions, writer: DatasetWriter, report: Report,
    ready: Callable[[], object],
) -> Iterator[Outcome]:  # fmt: skip
    """Render and write every job.

    With one worker in this process; else in spawned ones, at most two jobs a worker in flight. ``ready`` is called
    before the first job is rendered: it waits until kernels are compiled, so that no two processes compile them.
    """
    if options.workers == 1:
        for job in jobs:
            ready()
            yield write_episode(job, program, options, writer, report)
        return
    ready()
    report(Event("stage", f"starting {options.workers} workers"))
    threads = max(1, (os.cpu_count() or 1) // options.workers)
    pool = ProcessPoolExecutor(
        options.workers,
        multiprocessing.get_context("spawn"),
        _start_worker,
        (program, options, writer.root, threads, os.getpid()),
    )
    waiting: deque[Future[Outcome]] = deque()
    try:
        for job in jobs:
            waiting.append(pool.submit(_work, job))
            while len(waiting) >= 2 * options.workers or (waiting and waiting[0].done()):
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _result(future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        raise DatasetError(
            "a worker process was killed (out of memory?); complete episodes are kept: run again with --resume, and "
            "fewer --workers if memory is short"
        ) from None


_context: tuple[Program, RunOptions, DatasetWriter] | None = None


def _start_worker(program: Program, options: RunOptions, root: Path, threads: int, parent: int) -> None:
    global _context  # a process pool hands its initialiser's result over in no other way
    os.environ["SIMENGINE_THREADS"] = str(threads)
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    _context = (program, options, DatasetWriter.attach(root))


def _die_with(parent: int) -> None:
    """End with the parent, however it ended: an orphan must not go on writing into the folder."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _work(job: Job) -> Outcome:
    assert _context is not None
    program, options, writer = _context
    return write_episode(job, program, options, writer, silent)
