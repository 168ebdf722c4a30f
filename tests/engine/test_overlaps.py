"""What passes through what, where no monitor looks."""

from __future__ import annotations

from pathlib import Path

import pytest

import simengine
from simengine.engine.summary import RunSummary
from simengine.engine.variation import Simulated, Variation

TEXT = """use driving
scenario through "A car drives into a standing one; another drives alone":
    world street(lanes = 2, length = 120 m)
    car ego on lane(1) at s(20 m):
        speed = 36 km/h
        model = sedan
        controller = none
    car dead on lane(1) at s(50 m):
        speed = 0 km/h
        model = sedan
        controller = none
    car other on lane(2) at s(90 m):
        speed = 0 km/h
        model = sedan
        controller = none
    do:
        wait 4 s
    stop after 4 s
"""


def simulated(tmp_path: Path, more: str = "") -> Simulated:
    (tmp_path / "through.scn").write_text(TEXT + more)
    return Variation(simengine.load(tmp_path / "through.scn"), 0, "random").simulate([0])[0]


def test_an_overlap_is_noticed_at_its_first_tick(tmp_path: Path) -> None:
    """Bodies of length l, 30 m apart, closing at 10 m/s: fronts meet tails when 30 - 10 t = l; overlaps count from a
    centimetre on, and ticks are 10 ms. The row of variants.parquet says which pair and when."""
    variant = simulated(tmp_path)
    (found,) = variant.trace.summary.overlaps
    assert {found.first, found.second} == {"ego", "dead"}
    length_m = next(float(v) for v in _lengths(tmp_path))
    assert found.time_s == pytest.approx((30.0 - length_m) / 10.0, abs=0.0201)
    row = variant.row("kept").summary
    assert (row["overlaps"], row["first_overlap"]) == (1, f"{found.first}, {found.second}")
    assert row["first_overlap_time [s]"] == found.time_s


def _lengths(tmp_path: Path) -> list[float]:
    from simengine.engine.episode import LiveEpisode

    program = simengine.load(tmp_path / "through.scn")
    (one,) = Variation(program, 0, "random").simulate([0])
    return [e.size_m[0] for e in LiveEpisode(program, one).scene.entities if e.name in ("ego", "dead")]


@pytest.mark.parametrize(
    "monitor", ["expect always distance(ego, dead) > 0 m", "expect always not collision(dead, ego)"]
)
def test_a_pair_that_a_monitor_watches_is_its_business(tmp_path: Path, monitor: str) -> None:
    """The verdict tells of it already."""
    variant = simulated(tmp_path, f"    {monitor}\n")
    assert variant.trace.summary.overlaps == ()
    assert variant.verdicts[0].passed is False
    row = variant.row("kept").summary
    assert (row["overlaps"], row["first_overlap"], row["first_overlap_time [s]"]) == (0, None, None)


def test_a_value_that_is_never_set_is_counted(tmp_path: Path) -> None:
    """The summary of a run names items without a bin (the event never happens); bins below zero are bins."""
    covers = (
        "    when ego.speed > 90 m/s:\n        never: ego.stop()\n"
        "    when time > 1 s:\n        now: other.stop()\n"
        "    cover ego.ttc(dead) as late at never.started by 1 s\n"
        "    cover -1 * ego.speed as back at now.started by 100 m/s\n"
    )
    variant, summary = simulated(tmp_path, covers), RunSummary()
    summary.judge(variant.row("kept"))
    assert variant.coverage["back"] == "-100..0 m/s" and summary.uncovered == {"late": 1}


def test_a_monitor_of_another_pair_hides_nothing(tmp_path: Path) -> None:
    """ego and other are watched, ego and dead are not."""
    variant = simulated(tmp_path, "    expect always distance(ego, other) > 0 m\n")
    assert len(variant.trace.summary.overlaps) == 1
