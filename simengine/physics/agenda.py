"""Which running action drives which control channel of which actor.

The rule: for each actor and channel, the most recently started running action drives; when it ends, the one that was
started before it and still runs takes over again. Work happens only when something starts or ends, never per tick.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, BoolArray, I64Array

__all__ = ["CHANNELS", "POSE", "Agenda", "Argument", "Running"]

CHANNELS = ("longitudinal", "lateral", "pose", "lamps", "gaze", "doors")
"""Vehicles have the first two, lamps and doors; people and robots have the pose, which moves the whole body, and people
the gaze."""
POSE = CHANNELS.index("pose")

Argument = Array | float | str | None
"""Value of an argument: an array (B,), or points (B, 2 or 3); one number for all; a word; None: not given."""


@dataclass(eq=False)
class Running:
    """One action of one actor, in all variants.

    Attributes:
        action, actor, channel: what, who, index of the channel.
        args: as given at the last start; arrays are kept by row.
        running, done: (B,).
        order: (B,), larger started later.
    """

    action: str
    actor: int
    channel: int
    args: dict[str, Argument]
    running: BoolArray
    done: BoolArray
    order: I64Array


class Agenda:
    """Book of the running actions of a batch."""

    def __init__(self, batch: int, actors: int) -> None:
        self.entries: list[Running] = []
        self.driver: I64Array = np.full((len(CHANNELS), batch, actors), -1, np.int64)
        self._batch = batch
        self._handles: dict[Hashable, int] = {}
        self._started = 0

    def start(
        self, action: str, actor: int, channel: int, args: Mapping[str, Argument], rows: BoolArray, key: Hashable
    ) -> int:
        """Enter an action as the newest of its channel in some rows; the handle is the same for the same key."""
        name = (key, action, actor) if key is not None else ("", len(self.entries), actor)
        handle = self._handles.setdefault(name, len(self.entries))
        if handle == len(self.entries):
            empty = np.zeros(self._batch, np.bool_)
            order = np.full(self._batch, -1, np.int64)
            self.entries.append(Running(action, actor, channel, {}, empty, empty.copy(), order))
        entry = self.entries[handle]
        entry.args = {**entry.args, **_merged(entry.args, args, rows)}
        self._started += 1
        entry.running[rows], entry.done[rows], entry.order[rows] = True, False, self._started
        self.driver[channel, rows, actor] = handle
        return handle

    def driven(self, handle: int) -> BoolArray:
        """Rows in which an action drives its channel now, (B,)."""
        entry = self.entries[handle]
        return self.driver[entry.channel, :, entry.actor] == handle

    def release(self, handle: int, rows: BoolArray, done: bool) -> tuple[BoolArray, list[tuple[int, BoolArray]]]:
        """End an action in some rows.

        Returns:
            Rows in which it was driving, and who takes over where: (handle, rows) pairs.
        """
        entry = self.entries[handle]
        rows = rows & entry.running
        entry.running[rows] = False
        entry.done[rows] = done
        drove = rows & self.driven(handle)
        heirs = [
            (h, e) for h, e in enumerate(self.entries)
            if e.channel == entry.channel and e.actor == entry.actor and h != handle
        ]  # fmt: skip
        best, newest = np.full(self._batch, -1, np.int64), np.full(self._batch, -1, np.int64)
        for h, e in heirs:
            later = e.running & (e.order > newest)
            best, newest = np.where(later, h, best), np.where(later, e.order, newest)
        self.driver[entry.channel, drove, entry.actor] = best[drove]
        taken = [(h, drove & (best == h)) for h, _ in heirs]
        return drove, [(h, r) for h, r in taken if bool(r.any())]


def _merged(old: Mapping[str, Argument], new: Mapping[str, Argument], rows: BoolArray) -> dict[str, Argument]:
    """Arguments by row: rows that start now get the new values, the others keep theirs."""
    out: dict[str, Argument] = {}
    for name, value in new.items():
        before = old.get(name)
        if isinstance(value, str) or value is None:
            out[name] = value
            continue
        array = np.asarray(value, np.float64)
        array = np.broadcast_to(array, (len(rows),)) if array.ndim == 0 else array
        keep = rows.reshape((-1,) + (1,) * (array.ndim - 1))
        kept = before if isinstance(before, np.ndarray) and before.shape == array.shape else array
        out[name] = np.where(keep, array, kept)
    return out
