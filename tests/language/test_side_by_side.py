"""Threads change no draw and no table."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.loading import load
from simengine.language import drawn, rejection, side_by_side
from simengine.language.sample import Sampler
from simengine.language.tabled import columns_of


@pytest.mark.parametrize("name", ["tote_transfer", "child_dart_out", "alks_cut_in"])
def test_pieces_and_threads_change_no_bit(name: str, monkeypatch: pytest.MonkeyPatch):
    """Everything is elementwise or a stream of its own: with pieces of 64 numbers, each in a thread, all draws, numbers
    and cells of the table are those of one piece in one thread. (alks_cut_in redraws, tote_transfer has arrays.)"""
    monkeypatch.setattr(side_by_side, "ENOUGH", 1 << 62)
    known = Sampler(load(name), 5).draw(range(700))
    monkeypatch.setattr(side_by_side, "ENOUGH", 1)
    monkeypatch.setattr(rejection, "ENOUGH", 1)
    monkeypatch.setattr(drawn, "_PIECE", 64)
    draws = Sampler(load(name), 5).draw(range(700))
    assert known.values.keys() == draws.values.keys()
    for before, after in ((known.values, draws.values), (known.u, draws.u)):
        for path, values in before.items():
            assert np.array_equal(values, after[path]), path
    assert np.array_equal(known.attempts, draws.attempts)
    for a, b in zip(columns_of(known), columns_of(draws), strict=True):
        assert a.name == b.name and a.cells() == b.cells()
