"""Names of columns: what a person reads in tables is what stands in the text, and stays when other lines change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simengine.engine.catalogue import libraries
from simengine.language import parse_text
from simengine.language.sample import Sampler
from simengine.language.tabled import columns_of
from tests.language.programs import LIBRARIES

TEXT = """use town
scenario t:
    world street(lanes = 2)
    car ego on lane(1) at s(20 m)
    car parked[2] along curb(right) by ~ 1..2 m
    pedestrian kid between parked[1] and parked[2]
    do:
        dart: kid.run(across = road, speed ~ 1..2 m/s)
        one_of:
            case 0.5:
                kid.freeze() for ~ 1..2 s
            case 0.5:
                pause: kid.freeze() for ~ 1..2 s
    stop after ~ 3..4 s
"""


def columns(text: str) -> list[str]:
    (program,) = parse_text(text, libraries=LIBRARIES)
    row = Sampler(program, 0).draw([0]).scenario(0).row()
    return [c for c in row if not c.startswith(("world.", "ego.", "kid.", "parked[1].model", "parked[2].model"))]


def test_columns_are_named_after_phases_and_lines():
    """A named phase lends its name, another step its line, a distance its array; nothing starts with "timeline." or
    holds an "@", which no text can say."""
    assert columns(TEXT) == [
        "parked[1].by [m]", "parked[2].by [m]", "dart: speed [m/s]", "L11: for [s]", "pause: for [s]", "L9: case",
        "stop.after [s]",
    ]  # fmt: skip


def test_names_do_not_touch_the_draw():
    """Renaming a phase renames columns; the values come from streams that do not know these names."""
    renamed = TEXT.replace("pause:", "rest:")
    rows = [Sampler(parse_text(t, libraries=LIBRARIES)[0], 0).draw([0]).scenario(0).row() for t in (TEXT, renamed)]
    assert list(rows[0].values()) == list(rows[1].values()) and "rest: for [s]" in rows[1]


def test_counts_are_whole_numbers():
    """What is declared as a whole number is tabled as one (7, not 7.0); a length of whole metres stays real."""
    text = TEXT.replace("car parked[2]", "car parked[~ 2..3]").replace(
        "    do:", "    param n: int ~ 1..3\n    param d: length ~ {2 m, 3 m}\n    require d > 0 m * n\n    do:"
    )
    (program,) = parse_text(text, libraries=LIBRARIES)
    kinds = {c.name: c.values.dtype.kind for c in columns_of(Sampler(program, 0).draw([0, 1]))}
    assert (kinds["parked.count"], kinds["n"], kinds["d [m]"]) == ("i", "i", "f")


FOLLOWING = """use driving
scenario t:
    param low: angle ~ {-2 deg, -4 deg}
    param rain_rate: speed = 20 mm/h - 5 mm/h * (low / 1 deg)
    param fixed: speed = 30 km/h
    world street(lanes = 2, length ~ 100..120 m):
        rain = rain_rate
        fog.visibility = 200 m
    choose light:
        case day:
            sun.elevation ~ 20..60 deg
        case night:
            lamps.lit = yes
    car ego on lane(1) at s(15 m):
        speed = fixed
    car queue[~ 1..2] ahead of ego by 10 m:
        speed = 1.5 * pace
    param pace: speed ~ 10..20 km/h
    sensor front on ego = camera(size ~ {(64, 48), (128, 72)})
    record front: rgb
    stop after 1 s
"""


def test_what_follows_from_draws_has_columns_behind_them():
    """20 mm/h - 5 mm/h * -2 = 30 mm/h (-4: 40), of the param and of the property that it is given to, in the unit of
    its text; a case's property reads what counts; constants have no column. Table and row agree."""
    (program,) = parse_text(FOLLOWING, libraries=libraries())
    draws = Sampler(program, 1).draw(range(12))
    rows = [draws.scenario(k).row() for k in range(12)]
    table = {c.name: c.cells() for c in columns_of(draws)}
    for k, row in enumerate(rows):
        assert {n: cells[k] for n, cells in table.items() if cells[k] is not None} == row
        rain = {-2.0: 30.0, -4.0: 40.0}[float(row["low [deg]"])]
        assert abs(float(row["rain_rate [mm/h]"]) - rain) < 1e-9 and row["world.rain [mm/h]"] == row["rain_rate [mm/h]"]
        assert row["world.lamps.lit"] == (row["light"] == "night")
        assert abs(float(row["queue[1].speed [km/h]"]) - 1.5 * float(row["pace [km/h]"])) < 1e-9
        followed = [n for n in row if n not in draws.scenario(k).row(followed=False)]
        assert followed == list(row)[-len(followed) :] and not {"fixed [km/h]", "ego.speed [km/h]"} & set(row)
    assert {r["rain_rate [mm/h]"] for r in rows} == set(table["rain_rate [mm/h]"]) and len(set(table["light"])) == 2


def test_what_follows_is_no_part_of_the_identity():
    """``scenario.json`` holds drawn paths only, as before there were such columns."""
    (program,) = parse_text(FOLLOWING, libraries=libraries())
    scenario = Sampler(program, 1).draw([0]).scenario(0)
    assert b"followed" not in scenario.to_json() and "rain_rate" not in scenario.drawn
    assert replace(scenario, followed=()).digest == scenario.digest


@pytest.mark.parametrize(("wait", "keeps"), [("wait ~ 1..3 s", False), ("wait pause", True)])
def test_a_draw_without_a_name_counts_by_its_place(wait: str, keeps: bool):
    """As the guide says: a step put in front changes the draw of an unnamed wait, and never that of a ``param``."""
    text = (
        "use driving\nscenario t:\n    param pause: time ~ 1..3 s\n    world highway(lanes = 2, length = 1 km)\n"
        f"    car ego on lane(1) at s(9 m)\n    do:\n        {wait}\n        ego.stop()\n"
    )
    rows = list[dict[str, float | bool | str]]()
    for written in (text, text.replace("    do:\n", "    do:\n        wait 1 s\n")):
        (program,) = parse_text(written, libraries=libraries())
        rows.append(Sampler(program, 0).draw([0]).scenario(0).row())
    columns = ["pause [s]"] if keeps else ["L7: wait [s]", "L8: wait [s]"]
    assert (rows[0][columns[0]] == rows[1][columns[-1]]) == keeps
