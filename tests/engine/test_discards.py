"""A run in which ``ensure`` discards everything says so early, with the nearest margin, and ends at its limit."""

from __future__ import annotations

from pathlib import Path

import pytest

import simengine
from simengine.datasets.variants import VariantRow, Verdict
from simengine.engine.discards import Discards, most_tries
from simengine.engine.events import Event
from simengine.engine.loading import load
from simengine.errors import BudgetError

TEXT = """use driving
scenario strict:
    world highway(lanes = 2, length = 200 m)
    car ego on lane(1) at s(20 m):
        speed ~ 20..30 km/h
    stop after 0.1 s
    ensure eventually ego.speed > 40 km/h
"""


def test_it_is_said_once_and_ends_at_the_limit(tmp_path: Path) -> None:
    """At constant speed the margin is the drawn speed less 40 km/h: the nearest of 20 (of 100) is that of the fastest.
    All runs are 0.1 s long, which is when it is lost, and another run into the folder needs what the message says.
    A resumed run tries nothing again and says the same, from the stored rows."""
    file = tmp_path / "strict.scn"
    file.write_text(TEXT)
    speeds = [float(s.row()["ego.speed [km/h]"]) for s in simengine.sample(file, 100)]
    margins = [f"nearest margin {(max(speeds[:n]) - 40) / 3.6:.3g} m/s" for n in (20, 100)]
    for resume in (False, True):
        told: list[Event] = []
        with pytest.raises(BudgetError) as error:
            simengine.run(simengine.RunOptions(str(file), tmp_path / "o", variants=2, resume=resume), told.append)
        (note,) = (e.text for e in told if e.kind == "note" and "kept" in e.text)
        ended = "runs ended at 0.1 s before it held"
        what = "ensure eventually ego.speed > 40 km/h (line 7) fails in"
        assert note == f"0 of 20 kept: {what} 20, {margins[0]}, {ended}; is it too strict? 'preview --film' shows runs"
        assert f"only 0 of 2 variants came true after 100 simulated ones: {what} 100, {margins[1]}, {ended};" in str(
            error.value
        )
        assert "--film' shows such runs, and --keep --overwrite keeps and flags them" in str(error.value)
        assert sum(e.kind == "discarded" for e in told) == (0 if resume else 100)
    kept = simengine.run(simengine.RunOptions(str(file), tmp_path / "o", variants=2, keep=True, overwrite=True))
    assert kept.kept == 2


def test_the_limit_grows_with_what_is_wanted() -> None:
    """20 tries a variant, at least 100; in vain at most 400: with one in twenty kept, 0.95^400 = 1e-9 come that far."""
    assert [most_tries(n, 1) for n in (1, 5, 6, 1000)] == [100, 100, 120, 20_000]
    assert [most_tries(n, 0) for n in (1, 6, 20, 1000)] == [100, 120, 400, 400] and 0.95**400 < 2e-9


def test_the_strictest_is_named_first(tmp_path: Path) -> None:
    """Of two statements the one that fails more often; a margin only where there is one."""
    file = tmp_path / "two.scn"
    file.write_text(TEXT + '    ensure always not ego.speed > 1 m/s "stands"\n')
    discards = Discards(load(str(file)).monitors)
    for first in (True, False):
        verdicts = (Verdict("ensure", "", first, -2.0, unit="m/s"), Verdict("ensure", "", False))
        discards.add(VariantRow(0, "discarded", verdicts=verdicts))
    assert discards.told() == (
        "ensure always not ego.speed > 1 m/s (line 8) fails in 2; "
        "ensure eventually ego.speed > 40 km/h (line 7) fails in 1, nearest margin -2 m/s"
    )


def test_when_it_was_lost_is_told(tmp_path: Path) -> None:
    """What is broken on the way is so at those times (first and last); what never came true was waited for to the end
    of runs of those lengths."""
    file = tmp_path / "strict.scn"
    file.write_text(TEXT)
    discards = Discards(load(str(file)).monitors)
    for lost, ended in ((0.5, 8.0), (1.25, 8.0), (8.0, 8.0), (10.0, 10.0)):
        verdict = Verdict("ensure", "", False, violated_at_s=lost)
        discards.add(VariantRow(0, "discarded", verdicts=(verdict,), summary={"duration [s]": ended}))
    assert discards.told().endswith(" fails in 4, broken at 0.5..1.25 s, runs ended at 8..10 s before it held")
