"""Names of columns: what a person reads in tables is what stands in the text, and stays when other lines change."""

from __future__ import annotations

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
