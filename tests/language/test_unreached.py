"""Monitors that no run can meet or test, and ends that another end always comes before."""

from __future__ import annotations

import pytest

from simengine.language import check_text

from .programs import LIBRARIES

TEXT = """use town
scenario base:
    param late ~ 4..9 s
    world street()
    car ego on lane(1) at s(1 m):
        speed = 5 m/s
    sensor front on ego = camera()
    record front: rgb
    stop when ego.speed < late / 1 s * 0.1 m/s
"""


def found(lines: str) -> list[tuple[str, int]]:
    """Code and line, counted from the first of the given lines."""
    result = check_text(TEXT + lines, "t.scn", libraries=LIBRARIES)
    return [(d.code, d.span.line - TEXT.count("\n")) for d in result.diagnostics]


@pytest.mark.parametrize(
    ("formula", "never"),
    [  # a share is 0..1: whether any value in it meets the formula
        ("eventually visible(ego, front) > 10", True),
        ("eventually visible(ego, front) > 10 %", False),
        ("always visible(ego, front) >= 0", False),
        ("always not visible(ego, front) <= 1", False),
        ("always visible(ego, front) < 0", True),
        ("always visible(ego, front) <= 0", False),
        ("always within 1 s visible(ego, front) < 0", False),  # an empty window would hold
        ("eventually within 1 s visible(ego, front) < 0", True),
        ("eventually (visible(ego, front) > 2 and ego.speed > 1 m/s)", True),
        ("eventually visible(ego, front) > 2 or eventually ego.speed > 1 m/s", False),
        ("not eventually visible(ego, front) > 2", False),
        ("eventually ego.speed > 900 m/s", False),  # nothing bounds a state
        ("eventually time > 4 s", True),  # but the end of the run does
        ("eventually time > 2.9 s", False),
        ("always time <= 3 s", False),
        ("eventually ego.travelled < 0 m", True),
    ],
)
def test_a_monitor_that_no_value_meets_is_an_error(formula: str, never: bool) -> None:
    for word in ("ensure", "expect"):
        assert found(f"    stop after 3 s\n    {word} {formula}\n") == ([("E0218", 2)] if never else [])


def test_a_window_behind_the_end_is_never_tested() -> None:
    """4..9 s may begin before 5 s and always begins after 3 s."""
    assert found("    stop after 3 s\n    expect always after 20 s ego.speed > 1 m/s\n") == [("W0311", 2)]
    assert found("    stop after 3 s\n    expect eventually after late ego.speed > 1 m/s\n") == [("W0311", 2)]
    assert found("    stop after 5 s\n    expect always after late ego.speed > 1 m/s\n") == []
    assert found("    expect always after 20 s ego.speed > 1 m/s\n") == []


def test_of_two_ends_the_one_that_is_always_later_never_counts() -> None:
    assert found("    stop after 10 s\n    stop after 1 s\n") == [("W0311", 1)]
    assert found("    stop after 1 s\n    stop after 10 s\n") == [("W0311", 2)]
    assert found("    stop after late\n    stop after 5 s\n") == []
    assert found("    stop after ~ 1..2 s\n    stop after late\n") == [("W0311", 2)]


def test_a_child_that_stops_earlier_is_not_told_of_its_parent() -> None:
    """Where the child's own end never counts it is."""
    base = "    stop after 3 s\n    expect always after 2 s ego.speed > 1 m/s\nscenario kid extends base:\n"
    assert found(base + "    stop after 1 s\n") == []
    assert found(base + "    stop after 9 s\n") == [("W0311", 4)]


def test_what_a_child_fixes_still_has_the_bin_of_its_value() -> None:
    """The base covers three steps; the child overrides them by one value, and its ``cover`` needs no width."""
    text = TEXT.replace("speed = 5 m/s", "speed ~ 60..100 km/h step 20 km/h") + "    cover ego.speed\n"
    child = "    stop after 3 s\nscenario kid extends base:\n    override ego.speed = 90 km/h\n"
    result = check_text(text + child, "t.scn", libraries=LIBRARIES)
    assert not result.diagnostics and len(result.programs[-1].covers[0].edges) == 2


@pytest.mark.parametrize(
    ("step", "late"),
    [
        ("wait until time > 40 s", True),
        ("wait until time >= late", True),  # 4 s at least
        ("wait until time > 2.5 s", False),
        ("wait until time > 40 s or ego.speed < 1 m/s", False),
        ("wait until time > 40 s and ego.speed < 1 m/s", True),
        ("wait until 40 s < time", True),
        ("wait until time < 40 s", False),
        ("wait 40 s", True),
        ("wait 1 s", False),
    ],
)
def test_a_wait_that_the_end_of_the_run_always_cuts_off(step: str, late: bool) -> None:
    """Runs last 3 s; what follows such a wait never happens."""
    text = f"    stop after 3 s\n    do:\n        {step}\n        ego.stop()\n"
    assert found(text) == ([("W0311", 3)] if late else [])
    if "until" in step:
        when = f"    stop after 3 s\n    when {step.removeprefix('wait until ')}:\n        ego.stop()\n"
        assert found(when) == ([("W0311", 2)] if late else [])
