"""Lamps of vehicles: what actions switch on, and what comes on by itself.

Every vehicle has three switches, each with a position that it is in at the start: the head lamps (by themselves, where
the world's lamps are lit), fog and brake lamps (off, but for what braking lights), the indicators (by themselves, while
it changes lane or turns).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simengine.arrays import BoolArray, F64Array, I64Array
from simengine.errors import UsageError, did_you_mean
from simengine.physics.agenda import Argument, Running
from simengine.world.lamps import Lamp
from simengine.world.vocabulary import LAMP_KINDS

__all__ = ["Switches", "kind_codes", "lamps_on", "lasts"]

_HEAD, _EXTRA, _SIGNAL = range(3)
_BY_ITSELF, _NONE = -1, 0  # of the indicators; else the bits that are on
_SET: dict[str, tuple[tuple[int, int], ...]] = {
    "off": ((_HEAD, 0), (_EXTRA, 0), (_SIGNAL, _NONE)),
    "auto": ((_HEAD, Lamp.AUTO), (_EXTRA, 0), (_SIGNAL, _BY_ITSELF)),
    "low": ((_HEAD, Lamp.LOW),),
    "high": ((_HEAD, Lamp.LOW | Lamp.HIGH),),
    "left": ((_SIGNAL, Lamp.LEFT),),
    "right": ((_SIGNAL, Lamp.RIGHT),),
    "hazard": ((_SIGNAL, Lamp.LEFT | Lamp.RIGHT),),
    "no_signal": ((_SIGNAL, _NONE),),
    "fog": ((_EXTRA, Lamp.FOG),),
    "brake": ((_EXTRA, Lamp.BRAKE),),
}


def kind_codes(word: Argument, rows: BoolArray) -> I64Array:
    """Index into ``LAMP_KINDS`` of an argument, (B,)."""
    if isinstance(word, str):
        if word not in LAMP_KINDS:
            hint = did_you_mean(word, LAMP_KINDS)
            raise UsageError(
                f"lights can be {', '.join(LAMP_KINDS)}; got '{word}'" + (f", did you mean '{hint}'?" if hint else "")
            )
        return np.full(rows.shape, LAMP_KINDS.index(word), np.int64)
    return np.broadcast_to(np.asarray(word, np.float64), rows.shape).astype(np.int64)


def lasts(args: Mapping[str, Argument]) -> bool:
    """The action holds its lamps as long as it runs; else they stay as they are when it is over, at once."""
    lasting = args.get("lasting")  # of all variants the same: it is in the text
    return lasting is not None and bool(np.any(np.asarray(lasting, np.float64) > 0.0))


class Switches:
    """Positions of the switches, (3, B, A).

    Attributes:
        fixed: as they were set for good.
        now: with what actions hold on top of it.
    """

    def __init__(self, batch: int, actors: int) -> None:
        self.fixed: I64Array = np.zeros((3, batch, actors), np.int64)
        self.fixed[_HEAD], self.fixed[_SIGNAL] = int(Lamp.AUTO), _BY_ITSELF
        self.now = self.fixed.copy()

    def switch(self, actor: int, rows: BoolArray, codes: I64Array) -> None:
        """Set them for good in some rows."""
        _apply(self.fixed[:, :, actor], rows, codes)

    def hold(self, actor: int, held: Sequence[Running]) -> None:
        """What follows from the running actions that hold lamps of an actor: the newest one counts."""
        now = self.fixed[:, :, actor].copy()
        if held:
            order = np.stack([np.where(e.running, e.order, -1) for e in held])
            rank = np.argsort(order, axis=0, kind="stable")
            everywhere = np.ones(now.shape[1], np.bool_)
            codes = np.stack([kind_codes(e.args["kind"], everywhere) for e in held])
            for k in range(len(held)):
                which = rank[k][None]
                running = np.take_along_axis(order, which, 0)[0] >= 0
                _apply(now, running, np.take_along_axis(codes, which, 0)[0])
        self.now[:, :, actor] = now


def _apply(switches: I64Array, rows: BoolArray, codes: I64Array) -> None:
    for code, kind in enumerate(LAMP_KINDS):
        mine = rows & (codes == code)
        if bool(mine.any()):
            for switch, position in _SET[kind]:
                if switch == _EXTRA and position:
                    switches[switch][mine] |= position
                else:
                    switches[switch][mine] = position


def lamps_on(switches: Switches, braking: BoolArray, reversing: BoolArray, bound: F64Array) -> I64Array:
    """Bits of ``WorldState.lamps``, (B, A).

    Args:
        switches: of all actors.
        braking: they slow down.
        reversing: they are in reverse gear.
        bound: +1 where they change lane or turn to the left, -1 to the right, else 0.
    """
    head, extra, signal = switches.now
    itself = np.where(bound > 0.0, int(Lamp.LEFT), np.where(bound < 0.0, int(Lamp.RIGHT), 0))
    out = head | extra | np.where(signal == _BY_ITSELF, itself, np.maximum(signal, 0))
    return out | np.where(braking, int(Lamp.BRAKE), 0) | np.where(reversing, int(Lamp.REVERSE), 0)
