"""PyTorch and diffusers, imported in one place, and threads of our own to run them in."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, TypeVar

from simengine.errors import UsageError

__all__ = ["Bench", "device_of", "diffusers", "one_thread", "silenced", "torch"]

T = TypeVar("T")
_setting = threading.Lock()


@cache
def torch() -> Any:
    """The module ``torch``."""
    return importlib.import_module("torch")


@cache
def diffusers() -> Any:
    """The module ``diffusers``.

    transformers, which diffusers loads, imports torchvision where it finds one. A torchvision that was built for
    another torch fails there and takes both with it, although nothing here needs it: such a one is hidden.
    """
    torch()
    try:
        importlib.import_module("torchvision")
    except Exception:  # what a library raises whose operators are missing is not an ImportError
        for name in [n for n in sys.modules if n.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        hidden: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
        hidden["torchvision"] = None
    return importlib.import_module("diffusers")


@contextmanager
def silenced() -> Iterator[None]:
    """Diffusers says nothing: what is wrong with a file is told by us, in one line."""
    logging = diffusers().utils.logging
    before = logging.get_verbosity()
    logging.set_verbosity(logging.FATAL)
    try:
        yield
    finally:
        logging.set_verbosity(before)


def device_of(asked: str) -> str:
    """ "cpu" or "cuda" for a renderer's option ``device``.

    Raises:
        UsageError: CUDA was asked for and torch finds none.
    """
    there = bool(torch().cuda.is_available())
    if asked == "cuda" and not there:
        raise UsageError(
            "device 'cuda' was asked for and torch finds no CUDA device; use --device cpu, or install a torch with CUDA"
        )
    return "cuda" if there and asked in ("auto", "cuda") else "cpu"


class Bench:
    """One thread in which a network runs on one processor, whatever the number of threads elsewhere.

    Sums are then taken in one order, so the bytes do not depend on workers or processors; and torch's settings in the
    threads of whoever calls (a training loop, say) stay as they are. Several of these run side by side.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "diffusion", one_thread)

    def run(self, work: Callable[[], T]) -> T:
        """Do ``work`` there, without gradients, and wait for what it gives."""
        return self._pool.submit(_quietly, work).result()

    def close(self) -> None:
        """Stop the thread."""
        self._pool.shutdown()


def _quietly(work: Callable[[], T]) -> T:
    t = torch()
    with (
        t.inference_mode(),
        t.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False),
    ):
        return work()


def one_thread() -> None:
    """Let torch use one processor in this thread; what it does in others, and in threads to come, stays as it is.

    The number of threads is a thread's own; the default for threads to come is put back by another one.
    """
    t = torch()
    with _setting:
        before = t.get_num_threads()
        t.set_num_threads(1)
        restoring = threading.Thread(target=t.set_num_threads, args=(before,))
        restoring.start()
        restoring.join()
