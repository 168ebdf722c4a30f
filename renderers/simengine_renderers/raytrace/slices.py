"""A launch on the CPU runs on one thread and frees the interpreter: cut the work into slices for a few threads."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

__all__ = ["Slices"]


class Slices:
    """Runs a function over consecutive ranges. What a range computes must not depend on where the cuts are."""

    def __init__(self, threads: int | None) -> None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.threads = max(1, threads if threads is not None else cores)
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    def run(self, count: int, step: int, work: Callable[[int, int], None]) -> None:
        """Call ``work(start, stop)`` for ranges that cover 0..count; inner cuts are multiples of ``step``."""
        if self._pool is None:
            work(0, count)
            return
        blocks = -(-count // step)
        pieces = min(blocks, 4 * self.threads)
        cuts = [min(count, step * (blocks * i // pieces)) for i in range(pieces + 1)] if pieces else [0, 0]
        futures = [self._pool.submit(work, a, b) for a, b in itertools.pairwise(cuts) if b > a]
        for future in futures:
            future.result()

    def close(self) -> None:
        """Stop the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
