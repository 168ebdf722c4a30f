"""A junction that the text fixes: arms and turns that do not exist are found by ``check``, not by the run.

The junction with three arms and none to the left, seen from its own arm: right_arm lies to the right, far_arm ahead.
From right_arm, own_arm lies to the left and far_arm to the right; from far_arm only right_arm, to its left.
"""

from __future__ import annotations

import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.variation import Variation
from simengine.language import check_text, parse_text


def _text(place: str, world: str = "arms = 3, missing = left_arm", do: str = "ego.drive()") -> str:
    return (
        f"use driving\n\nscenario meet:\n    world junction({world}, length = 80 m)\n    car ego on {place}:\n"
        f"        speed = 8 m/s\n    do:\n        {do}\n    stop after 2 s\n"
    )


def _codes(text: str) -> list[str]:
    found = check_text(text, libraries=libraries())
    return [d.code for d in found.diagnostics if d.severity == "error"]


@pytest.mark.parametrize("arm", ["own_arm", "right_arm", "far_arm", "left_arm"])
def test_only_arms_that_are_there(arm: str) -> None:
    """The three that are left are places, the missing one is none."""
    assert _codes(_text(arm)) == (["E0214"] if arm == "left_arm" else [])


@pytest.mark.parametrize(
    ("place", "ways"),
    [
        ("lane(1) at s(20 m)", {"right"}), ("own_arm", {"right"}), ("right_arm", {"left", "right"}),
        ("far_arm", {"left"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("direction", ["left", "right"])
def test_only_ways_that_lead_somewhere(place: str, ways: set[str], direction: str) -> None:
    """See the head of the file for who can turn where."""
    expected = [] if direction in ways else ["E0205"]
    assert _codes(_text(place, do=f"ego.turn(direction = {direction})")) == expected


def test_what_is_drawn_is_left_to_the_draws() -> None:
    """Which arm is missing is drawn: a third of the draws has no right_arm, and these are drawn again."""
    text = _text("right_arm", world="arms = 3, missing ~ {left_arm, right_arm, far_arm}")
    assert _codes(text) == []
    (program,) = parse_text(text, libraries=libraries())
    variation = Variation(program, 0, "random")
    draws = variation.sampler.draw(range(60), variation.geometry)
    words = program.enum_words("world.missing")
    assert words is not None
    drawn = {words[int(code)] for code in draws.values["world.missing"]}
    assert drawn == {"left_arm", "far_arm"}
    assert draws.attempts.max() > 0


def test_one_entity_alone_is_placed_while_sampling() -> None:
    """A street of 40 to 200 m and a car at 90 m: 5 of 16 lengths are too short, and all that are left are not."""
    text = (
        "use driving\n\nscenario alone:\n    world street(length ~ 40..200 m)\n    car ego on lane(1) at s(90 m):\n"
        "        speed = 8 m/s\n    stop after 2 s\n"
    )
    (program,) = parse_text(text, libraries=libraries())
    variation = Variation(program, 0, "random")
    draws = variation.sampler.draw(range(100), variation.geometry)
    assert draws.values["world.length"].min() >= 90.0
    assert 0 < draws.attempts.sum() < 100 * 5 / 11 * 2  # a geometric law with mean 5 / 11 redraws a variant
