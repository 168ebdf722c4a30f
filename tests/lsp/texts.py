"""Texts with marks: ``$1``, ``$2`` ... stand for places."""

from __future__ import annotations

import re
from functools import cache

from simengine.engine.catalogue import installed_scenarios, libraries
from simengine.language.terms import Span
from simengine.lsp.analysis import Analysis
from simengine.lsp.completion import complete

LIBRARIES = libraries()

WHOLE = """\
use driving

# A text with everything that the answers tell apart. E0203
scenario whole "Ω 😀 a scenario":
    tags nhtsa.12
    param gap: time ~ 1..3 s "time to react"
    param v1, v2: speed ~ {(30 km/h, 20 km/h), (50 km/h, 30 km/h)}
    let twice = 2 * gap
    world street(lanes = 2, parking = right):
        rain ~ 0..10 mm/h
        sun.elevation = 20 deg
    car ego on lane(1) at s(20 m):
        speed ~ 20..60 km/h step 10 km/h
        controller = aeb(reaction ~ 0.2..0.6 s)
    car parked[~ 2..4] along curb(right) by ~ 1..2 m:
        model ~ {sedan: 3, van: 1}
    each p in parked:
        p.colour ~ {red, blue}
    pedestrian kid beyond parked[2] by 0.5 m
    choose light:
        case 2 bright:
            sun.azimuth = 10 deg
        case 1 dim:
            sun.azimuth = 90 deg
    require ego.speed * gap > 12 m
    require v1 > v2
    do:
        wait until ego.time_to(kid.crossing) < twice
        out: kid.run(across = road, speed = 2 m/s)
        parallel:
            kid.walk(to = far_curb)
            front.fault(freeze) for 1 s
    when ego.standstill holds 1 s:
        kid.freeze()
    stop after 9 s
    ensure eventually within 8 s ego.sees(kid)
    expect always during out not collision(ego, kid)
    expect all(q in parked: q.speed < 1 m/s)
    sensor front on ego = camera(size = (640, 480), fov = 60 deg)
    record front: rgb, instance at 10 hz during out
    label kid as class
    cover rain as wet bins [0, 2, 10] mm/h
    cover ego.ttc(kid) as ttc_out at out.started by 0.5 s
    cross wet, light ways 2
"""
"""A scenario that checks, with one of everything."""


def analyse(text: str, before: Analysis | None = None) -> Analysis:
    return Analysis(text, "text.scn", libraries=LIBRARIES, scenarios=installed_scenarios(), before=before)


def place(text: str, mark: str = "^") -> tuple[str, int, int]:
    """The text without its mark, and the line and column where it stood."""
    at = text.index(mark)
    plain = text[:at] + text[at + len(mark) :]
    return plain, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def find(text: str, word: str, nth: int = 0) -> tuple[int, int]:
    """Line and column of the nth time that a word stands in a text."""
    at = [m.start() for m in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text)][nth]
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def after(line: str, typed: str, text: str = WHOLE) -> tuple[str, int, int]:
    """The text with another line below the one that holds ``line``; the place at its end."""
    lines = text.split("\n")
    k = next(i for i, row in enumerate(lines) if line in row)
    lines.insert(k + 1, typed)
    return "\n".join(lines), k + 2, len(typed) + 1


def proposed(line: str, typed: str) -> list[str]:
    """Labels that completion offers at the end of a line that is being typed."""
    text, row, column = after(line, typed)
    return [i.label for i in complete(analyse(text, _before()), row, column)[1]]


@cache
def _before() -> Analysis:
    return analyse(WHOLE)


def inside(analysis: Analysis, span: Span) -> bool:
    """The span lies in the text, its end not before its start."""
    rows = analysis.layout.lines
    return (
        1 <= span.line <= span.end_line <= len(rows)
        and 1 <= span.column <= len(rows[span.line - 1]) + 1
        and 1 <= span.end_column <= len(rows[span.end_line - 1]) + 1
        and (span.line, span.column) <= (span.end_line, span.end_column)
    )
