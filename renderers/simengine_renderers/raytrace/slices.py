"""A launch on the CPU runs on one thread and frees the interpreter: cut the work into slices for a few threads."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import warp as wp

__all__ = ["Slices", "launch", "room", "thread_count"]


def thread_count(asked: int | None) -> int:
    """Threads to use: what was asked for, else one for each processor that this process may run on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, asked if asked is not None else cores)


class Slices:
    """Runs a function over consecutive ranges. What a range computes must not depend on where the cuts are."""

    def __init__(self, threads: int | None) -> None:
        self.threads = thread_count(threads)
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    def run(self, end: int, step: int, work: Callable[[int, int], None], begin: int = 0) -> None:
        """Call ``work(start, stop)`` for ranges that cover begin..end; cuts are whole steps from ``begin``."""
        if self._pool is None:
            work(begin, end)
            return
        blocks = -(-(end - begin) // step)
        pieces = min(blocks, 4 * self.threads)
        cuts = [min(end, begin + step * (blocks * i // pieces)) for i in range(pieces + 1)] if pieces else [0, 0]
        futures = [self._pool.submit(work, a, b) for a, b in itertools.pairwise(cuts) if b > a]
        for future in futures:
            future.result()

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def launch(kernel: Any, first: int, stop: int, inputs: list[Any], device: str, run: int = 256) -> None:
    """Launch a kernel over elements [first, stop): its first arguments are ``first, stop, run``.

    On the CPU a thread of Warp copies all arguments, which costs more than a pixel's work: it takes a run of elements.
    On CUDA it takes one.
    """
    run = run if device == "cpu" else 1
    count = -(-(stop - first) // run)
    wp.launch(kernel, dim=count, inputs=[first, stop, run, *inputs], device=device)


def room(shape: int, dtype: Any, device: str) -> tuple[Any, Any]:
    """An uninitialised device array and, on the CPU, the NumPy array that shares its memory (else None).

    Warp maps fresh pages for every large array, and touching them first costs more than filling them; NumPy's
    allocator reuses them.
    """
    if device != "cpu":
        return wp.empty(shape, dtype=dtype, device=device), None
    scalar, width = _LAYOUT[dtype]
    host = np.empty((shape, width) if width > 1 else shape, scalar)
    return wp.array(host, dtype=dtype, device="cpu", copy=False), host


_LAYOUT: dict[Any, tuple[type, int]] = {
    float: (np.float32, 1), int: (np.int32, 1), wp.uint8: (np.uint8, 1), wp.vec2: (np.float32, 2),
    wp.vec3: (np.float32, 3),
}  # fmt: skip
