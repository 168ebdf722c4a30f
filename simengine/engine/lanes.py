"""Renderers that take turns: each makes one frame at a time, whoever asks, and none is closed while it works."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from threading import Condition

from simengine.errors import UsageError
from simengine.render.protocol import Renderer

__all__ = ["Lanes"]


class Lanes:
    """Renderers on one scene, all alike. Safe to use from several threads, and for several streams of frames at once.

    Attributes:
        count: how many frames can be made at the same time.
    """

    def __init__(self, renderers: Sequence[Renderer]) -> None:
        self._renderers = tuple(renderers)
        self.count = len(self._renderers)
        self._free = list(renderers)
        self._changed = Condition()
        self._closed = False

    @contextmanager
    def renderer(self) -> Generator[Renderer]:
        """Wait for a renderer and have it for one frame.

        Raises:
            UsageError: they have been closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._free or self._closed)
            if self._closed:
                raise UsageError("this episode was closed while its frames were read; read them before it is closed")
            mine = self._free.pop()
        try:
            yield mine
        finally:
            with self._changed:
                self._free.append(mine)
                self._changed.notify_all()

    def close(self) -> None:
        """Close the renderers when the frames that are being made are finished; no other is begun."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: len(self._free) == self.count)
        for renderer in self._renderers:
            renderer.close()
