"""What a piece of work touches outside of its own memory, by Python's audit events."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

_WATCHED = (
    "open", "os.", "socket.", "subprocess.", "shutil.", "import", "exec", "compile", "ctypes.", "urllib.", "tempfile.",
)  # fmt: skip
_seen: list[str] = []
_watching = False


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if _watching and event.startswith(_WATCHED):
        _seen.append(f"{event} {args[:1]}")


sys.addaudithook(_hook)  # hooks stay for the life of the process: this one sleeps outside of `touched`


def touched(work: Callable[[], None]) -> list[str]:
    """Files, sockets, processes, imports and compiled code that some work asks for when it is done a second time (what
    is loaded once a process is loaded by the first)."""
    global _watching
    work()
    _seen.clear()
    _watching = True
    try:
        work()
    finally:
        _watching = False
    return list(_seen)
