"""Starts that no world knows, and rows that are longer than the road: said before anything is drawn."""

from __future__ import annotations

import pytest

from simengine.engine.catalogue import libraries
from simengine.language import check_text
from simengine_scenes.vehicles.sizes import VEHICLE_SIZE_M

HEAD = 'use driving\nscenario t "t":\n'


def found(body: str) -> list[tuple[str, int, str]]:
    """Code, line of the body and message."""
    result = check_text(HEAD + body, "t.scn", libraries=libraries())
    return [(d.code, d.span.line - 2, d.message) for d in result.diagnostics]


@pytest.mark.parametrize(
    ("kind", "speed", "most"),
    [("lorry", "340 km/h", 162), ("bus", "340 km/h", 162), ("truck", "340 km/h", 162), ("tram", "200 km/h", 108)],
)
def test_heavy_vehicles_are_not_that_fast(kind: str, speed: str, most: int):
    body = f"    world street(tram_track = yes)\n    {kind} ego on lane(1) at s(20 m):\n        speed = {speed}\n"
    assert found(body) == [("E0208", 3, f"'speed' is {speed}, outside of 0..{most} km/h")]


@pytest.mark.parametrize(
    ("world", "warned"),
    [("street()", True), ("street(tram_track = no)", True), ("highway()", True), ("street(tram_track = yes)", False)],
)
def test_a_tram_needs_rails(world: str, warned: bool):
    expected = [("W0312", 2, "'line' runs on rails, and there are none")] if warned else []
    assert found(f"    world {world}\n    tram line on lane(1) at s(20 m)\n") == expected


@pytest.mark.parametrize(
    ("block", "warned"), [("speed = 20 km/h", True), ("controller = aeb()", True), ("colour = red", False)]
)
def test_a_trailer_that_drives_is_towed(block: str, warned: bool):
    """One that stands may stand alone, and a coupled one is drawn."""
    alone = found(f"    world street()\n    trailer semi on lane(1) at s(40 m):\n        {block}\n")
    assert [(code, text) for code, _, text in alone] == (
        [("W0312", "'semi' drives by itself, and nothing tows it")] if warned else []
    )
    towed = "    lorry ego on lane(1) at s(40 m):\n        speed = 20 km/h\n    trailer semi at ego\n"
    assert found("    world street()\n" + towed) == []


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ("car others[200] on any_lane", False),
        ("car others[~ 150..200] on any_lane", False),
        ("car others[~ 1..200] on any_lane", True),
        ("car others[20] on any_lane", True),
        ("car others[100] along curb(right)", False),
        ("car others[20] along curb(right)", True),
    ],
)
def test_more_vehicles_than_the_road_has_room_for(row: str, fits: bool):
    """The shortest is more than 2 m long: 100 of them with 1 m between are a row of more than 200 m."""
    body = f"    world street(lanes = 2, length = 200 m)\n    {row}\n"
    codes = [code for code, _, _ in found(body)]
    assert codes == ([] if fits else ["E0209"])


def test_a_row_that_does_not_fit_says_how_long_it_is():
    """200 cars of the shortest length and 2 m between them; two lanes of 200 m."""
    need = 200 * min(size[0] for size in VEHICLE_SIZE_M.values()) + 199 * 2.0
    ((_, line, message),) = found("    world street(lanes = 2, length = 200 m)\n    car others[200] on any_lane\n")
    assert line == 2
    assert message == f"200 of 'others' do not fit: they need {need:.0f} m at least, and all lanes together have 400 m"
