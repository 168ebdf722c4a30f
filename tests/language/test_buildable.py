"""Worlds whose values do not go together are refused: with the place, what was expected and what to do."""

from __future__ import annotations

import pytest

from simengine.engine.catalogue import libraries
from simengine.language import check_text


def told(world: str, more: str = "", block: str = "") -> list[tuple[str, str, str, str]]:
    """Code, message, help and marked text of each error."""
    head = f"    world {world}{':' if block else ''}\n" + (f"        {block}\n" if block else "")
    text = f"use driving\n\nscenario t:\n{head}    car ego on lane(1) at s(10 m)\n    {more}\n"
    found = check_text(text, libraries=libraries()).diagnostics
    lines = text.split("\n")
    return [
        (d.code, d.message, d.help, lines[d.span.line - 1][d.span.column - 1 :]) for d in found if d.severity == "error"
    ]


@pytest.mark.parametrize(
    ("world", "said", "marked"),
    [
        ("street(radius = 20 m)", "at least 40 m to either side; got 20 m", "= 20 m)"),
        ("street(radius ~ -30..-10 m)", "at least 40 m to either side; got -30 m", "~ -30..-10 m)"),
        ("street(length = 60 m, crossings = 8)", "between 4 m and 56 m", "= 8)"),
        ("roundabout(arms = 5, radius = 13 m)", "must be at least 16.5 m; got 13 m", "= 13 m)"),
        ("construction(length = 300 m, begin = 250 m)", "begin at 250 m do not fit on a road of 300 m", "= 250 m)"),
        ("tunnel(length = 300 m, portal = 290 m)", "portal is at 290 m is not on a road of 300 m", "= 290 m)"),
        ("bridge(length = 300 m, abutment = 290 m)", "begins at 290 m is not on a road of 300 m", "= 290 m)"),
        ("bridge(bridge_length = 40 m)", "a bridge of 43 m at least; got 40 m", "= 40 m)"),
    ],
)
def test_what_cannot_be_built_is_refused_with_its_place(world: str, said: str, marked: str) -> None:
    """One error at the value that is set, with what was found and what was expected."""
    ((code, message, help_, there),) = told(world)
    assert code == "E0208" and said in message and help_ and there.rstrip(":") == marked


def test_a_ramp_beyond_the_road_is_marked_in_the_block() -> None:
    """Properties with a dot are set in the block: the mark is there, and the help names what to change."""
    ((code, message, help_, there),) = told("highway(length = 900 m)", block="ramp = exit\n        ramp.at = 1200 m")
    assert code == "E0208" and "a road of 900 m" in message and "'ramp.at'" in help_ and there == "ramp.at = 1200 m"


@pytest.mark.parametrize("world", ["street(radius ~ 20..60 m)", "construction(length = 250 m)", "street(lanes ~ 1..3)"])
def test_what_can_be_built_with_some_values_is_left_to_sampling(world: str) -> None:
    """Draws that do not fit are drawn again; works begin earlier on short roads where nobody says when."""
    assert told(world) == []


@pytest.mark.parametrize(
    ("world", "place", "help_"),
    [
        ("parking_lot", "car late at bay(60)", "it has bay(1) to bay("),
        ("street(cycle_lane = right)", "cyclist c in cycle_lane(left)", "it has cycle_lane(right)"),
    ],
)
def test_places_that_a_world_of_fixed_values_does_not_have(world: str, place: str, help_: str) -> None:
    """Bays are counted, cycle lanes have sides; the help says which there are."""
    ((code, _, help_found, _),) = told(world, place)
    assert code == "E0214" and help_found.startswith(help_)


@pytest.mark.parametrize(
    ("text", "code", "help_"),
    [
        ("world station()\n    item i on bench:\n        asset = dice", "E0201", "put it in quotes"),
        ("world hall(length = 30 m)", "E0201", "did you mean 'rack_bays'?"),
        ("world street():\n        snow = 3", "E0203", "'3 mm/h'"),
        ("world street():\n        wind.speed = 3", "E0203", "'3 m/s'"),
    ],
)
def test_help_names_what_to_write(text: str, code: str, help_: str) -> None:
    """Quotes for an asset without them, the word of a hall for its length, the unit that rain and snow have."""
    head = "use warehouse\n" if "street" not in text else "use driving\n"
    found = check_text(f"{head}\nscenario t:\n    {text}\n", libraries=libraries()).diagnostics
    (error,) = [d for d in found if d.severity == "error"]
    assert error.code == code and help_ in (error.help or "")
