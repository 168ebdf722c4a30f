"""Programs that read sensibly and once meant something else."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.language import check_text, parse_text
from simengine.language.sample import Sampler
from tests.language.programs import LIBRARIES

STREET = "use town\nscenario t:\n    world street(lanes = 2)\n    car ego on lane(1) at s(20 m)\n"


def first_error(body: str) -> tuple[str, int, str]:
    found = [d for d in check_text(STREET + body, libraries=LIBRARIES).diagnostics if d.severity == "error"]
    return found[0].code, found[0].span.line, found[0].message


def test_words_compare_as_words_whatever_their_order():
    """Codes are positions in a list of words, and two lists can hold the same words in another order."""
    text = (
        "scenario t:\n    param p ~ {left, right, up}\n    param q ~ {up, right, left}\n    require p == q\n"
        "    param r ~ {up, left, right}\n    require r != p\n"
    )
    draws = Sampler(parse_text(text, libraries={})[0], 0).draw(range(60))
    rows = [draws.at(k) for k in range(60)]
    assert all(row["p"] == row["q"] != row["r"] for row in rows)
    assert {row["p"] for row in rows} == {"left", "right", "up"}


@pytest.mark.parametrize("question", ["distance(ego, ego) > 1 m", "not collision(ego, ego)", "ego.ttc(ego) > 1 s"])
def test_nothing_is_asked_about_one_thing_and_itself(question: str):
    """A car is always at distance 0 or less of itself: the answer would be about a typing mistake."""
    code, line, message = first_error(f"    expect always {question}\n")
    assert (code, line) == ("E0205", 5) and "'ego' is both of them" in message


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("ego.change_lane(to = lane(3))", "E0214"), ("ego.change_lane(to = lane(2), lateral_speed = 0 m/s)", "E0208"),
        ("ego.change_speed(to = 5 m/s, rate = 0 m/s2)", "E0208"),
    ],
)  # fmt: skip
def test_actions_that_can_never_succeed_are_refused(action: str, code: str):
    """There is no third of two lanes, and a change at rate 0 has no end."""
    assert first_error(f"    do:\n        {action}\n")[:2] == (code, 6)


def test_computed_values_keep_the_bounds_of_their_property():
    """Speeds lie in 0..100 m/s. 30 m/s - x with x in 0..60 m/s would be negative for half of the draws: these are left
    out, as if the program said so. Interval contraction narrows x, so hardly a draw is rejected; what stays is uniform
    in 0..30, and 1 / 0 is rejected."""
    text = STREET + "    param x ~ 0..60 m/s\n    car other on lane(2) at s(50 m):\n        speed = 30 m/s - x\n"
    draws = Sampler(parse_text(text, libraries=LIBRARIES)[0], 0).draw(range(4000))
    speed = draws.values["other.speed"]
    assert speed.min() >= 0.0 and speed.mean() == pytest.approx(15.0, abs=4 * 30 / 12**0.5 / 4000**0.5)
    assert any(t.text == "'other.speed' is within its bounds" and t.share < 0.01 for t in draws.tallies)
    text = text.replace("30 m/s - x", "1 m/s / n").replace("    param x ~ 0..60 m/s", "    param n ~ {0, 1}")
    draws = Sampler(parse_text(text, libraries=LIBRARIES)[0], 0).draw(range(50))
    assert np.array_equal(draws.values["other.speed"], np.ones(50))


def test_values_that_are_certain_to_fit_cost_no_constraint():
    """30 m/s - x with x in 0..20 m/s never leaves 0..100 m/s: nothing is checked and nothing rejected."""
    text = STREET + "    param x ~ 0..20 m/s\n    car other on lane(2) at s(50 m):\n        speed = 30 m/s - x\n"
    sampler = Sampler(parse_text(text, libraries=LIBRARIES)[0], 0)
    assert sampler.graph.requires == ()


def test_a_speed_that_is_asked_for_is_one_that_the_kind_can_have():
    """A bicycle goes at 15 m/s at most, a car at 100 m/s; a drawn speed is judged by its largest value."""
    text = (
        "use driving\n\nscenario t:\n    world street(lanes = 2)\n    cyclist c on lane(1)\n    car d on lane(2)\n"
        "    do:\n        {}\n    stop after 1 s\n"
    )
    for line, good in (
        ("c.drive(speed = 16 m/s)", False), ("c.change_speed(to ~ 5..20 m/s)", False),
        ("c.drive(speed = 15 m/s)", True), ("d.drive(speed = 60 m/s)", True),
    ):  # fmt: skip
        found = check_text(text.format(line), libraries=libraries()).diagnostics
        assert (not [d for d in found if d.severity == "error"]) == good, line
