"""Independent pieces of array work in threads: NumPy lets go of the interpreter while it computes.

How many threads there are changes no result: each piece is computed as it would be alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["ENOUGH", "side_by_side"]

ENOUGH = 1 << 18
"""Numbers from which on threads are worth starting."""
_MOST = 8

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def side_by_side(work: Callable[[_Item], _Result], items: Sequence[_Item], numbers: int) -> list[_Result]:
    """The results of a function for some items, in order.

    Args:
        work: must not depend on the order of the calls, nor on what the thread has set (``np.errstate``).
        items: what it is called with.
        numbers: how many numbers it works on in all; few are not worth a thread.
    """
    threads = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, _MOST, len(items))
    if threads < 2 or numbers < ENOUGH:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))
