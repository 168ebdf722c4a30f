"""What did not start, end or succeed is told: in the variant's row, the run's summary, the coverage notes, the page."""

from __future__ import annotations

from pathlib import Path

import pytest

import simengine
from simengine.datasets.loose_ends import LooseEndCounts, LooseEnds
from simengine.engine.coverage import dataset_coverage
from simengine.engine.options import RunOptions
from simengine.engine.run import run
from tests.engine.driving import run as traces_of

ROAD = """
world street(lanes = 2, length = 120 m)
car ego on lane(1) at s(20 m):
    speed = 36 km/h
car other on lane(2) at s(90 m)
"""


@pytest.mark.parametrize(
    ("behaviour", "never_started", "never_ended"),
    [
        # Changing by 3.6 m/s at 1 m/s2 takes 3.6 s, the run 2 s; drive has no aim
        ("slow: ego.change_speed(to = 6.4 m/s, rate = 1 m/s2)\nlate: ego.drive()", ("late",), ("slow",)),
        ("ego.change_speed(to = 6.4 m/s, rate = 1 m/s2)", (), ("ego.change_speed",)),
        ("ego.change_speed(to = 9 m/s, rate = 1 m/s2)", (), ()),  # over after 1 s
        ("on: ego.drive()", (), ()),
        ("on: ego.drive() for 3 s", (), ("on",)),  # meant to last longer than the run
        ("wait until ego.speed > 90 m/s\nnever: ego.stop()", ("never",), ()),
        ("ego.stop() until time > 1 s", (), ()),  # cancelled as asked
        ("both: parallel:\n    ego.stop()\n    a: other.drive() for 1 s", (), ("both", "ego.stop")),
        ("serial until time > 1 s:\n    wait 5 s\n    a: ego.stop()", (), ()),  # the block is over, with all below
        ("again: repeat 3:\n    a: ego.drive() for 0.9 s", (), ("again", "a")),
        ("one_of:\n    case 1:\n        a: ego.drive() for 1 s\n    case 0:\n        b: ego.stop()", (), ()),
    ],
)
def test_what_had_not_come_to_its_end(
    behaviour: str, never_started: tuple[str, ...], never_ended: tuple[str, ...]
) -> None:
    """Runs of 2 s, worked out by hand."""
    (trace,) = traces_of(ROAD + "do:\n    " + behaviour.replace("\n", "\n    ") + "\nstop after 2 s")
    assert trace.loose_ends == LooseEnds(never_started, never_ended)


def test_a_when_that_does_not_fire_is_no_loose_end() -> None:
    """Reactions are allowed not to happen; one that has begun is meant to end."""
    whens = "when ego.speed > 90 m/s:\n    a: ego.stop()\nwhen time > 1 s:\n    b: ego.stop(rate = 1 m/s2)"
    (trace,) = traces_of(f"{ROAD}do:\n    wait 2 s\n{whens}\nstop after 2 s")
    assert trace.loose_ends == LooseEnds((), ("b",))


def test_what_a_robot_could_not_do_is_told_with_the_reason() -> None:
    """It is asked to put down what it has never picked."""
    from simengine.engine.catalogue import libraries
    from simengine.engine.simulate import simulate
    from simengine.engine.variants import Variants
    from simengine.language import parse_text
    from simengine.language.sample import Sampler

    text = """use warehouse
scenario t:
    world station()
    tote bin at bench
    arm picker at base
    do:
        picker.place(bin)
    stop after 0.1 s
"""
    program = parse_text(text, libraries=libraries())[0]
    (trace,) = simulate(Variants.of(Sampler(program, 0).draw(range(1)), libraries()))
    assert trace.loose_ends == LooseEnds((), (), ("picker.place: it holds nothing",))


def test_rows_carry_them_there_and_back() -> None:
    """So a resumed run counts what an earlier one made; a row of an older version has none."""
    ends = LooseEnds(("cut",), ("dart", "kid.run"), ("picker.pick: it is out of reach",))
    assert LooseEnds.of(ends.figures()) == ends
    assert LooseEnds.of(LooseEnds().figures()) == LooseEnds.of({}) == LooseEnds()


def test_many_different_ones_are_listed_in_part() -> None:
    """Counted by text; a sentence lists some and counts the rest."""
    counts = LooseEndCounts()
    for k in range(3):
        counts.add(LooseEnds((), tuple(f"p{j}" for j in range(k + 1))))
    assert counts.never_ended == {"p0": 3, "p1": 2, "p2": 1}
    assert counts.sentences(3, 2) == [
        "still going on when the run stopped: p0 (3 of 3 variants), p1 (2 of 3 variants), and 1 more"
    ]


def test_the_run_the_coverage_and_the_page_tell_them_also_when_resumed(tmp_path: Path) -> None:
    """One text everywhere; --resume reads the rows of before."""
    (tmp_path / "late.scn").write_text(
        "use driving\nscenario late:\n    world street(lanes = 2, length = 120 m)\n    car ego on lane(1):\n"
        "        speed = 36 km/h\n    do:\n        slow: ego.stop(rate = 1 m/s2)\n    stop after 1 s\n"
        "    cover ego.speed as left at slow.ended by 1 m/s\n"
    )
    options = RunOptions(str(tmp_path / "late.scn"), tmp_path / "out", variants=2)
    made = run(options)
    assert made.loose_ends == LooseEndCounts(never_ended={"slow": 2})
    assert made.as_dict()["loose_ends"]["never_ended"] == {"slow": 2}
    again = run(RunOptions(str(tmp_path / "late.scn"), tmp_path / "out", variants=2, resume=True))
    assert again.resumed == 2 and again.loose_ends == made.loose_ends
    told = "still going on when the run stopped: slow (2 of 2 variants)"
    report, _ = dataset_coverage(tmp_path / "out", suggestions=0)
    assert told in report.notes and told in (tmp_path / "out" / "index.html").read_text()
    assert simengine.Dataset.open(tmp_path / "out").episodes
