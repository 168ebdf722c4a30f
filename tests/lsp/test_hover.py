"""Hover tells what the checker knows: types, units, bounds, supports, what the constraints leave."""

from __future__ import annotations

import pytest

from simengine.lsp.hints import hints
from simengine.lsp.hover import hover
from tests.lsp.texts import WHOLE, analyse, find, inside

NOW = analyse(WHOLE)


def said(word: str, nth: int = 0, text: str = WHOLE) -> str:
    now = NOW if text == WHOLE else analyse(text)
    found = hover(now, *find(text, word, nth))
    assert found is not None and inside(now, found.span), word
    return found.text


CASES = [
    ("driving", 0, ["Worlds: street", "pedestrian"]), ("scenario", 0, ["several may share a file"]),
    ("whole", 0, ["Ω 😀 a scenario", "nhtsa.12", "9 s simulated"]), ("gap", 0, ["param gap: time", "time to react"]),
    ("twice", 0, ["let twice = 2 * gap"]), ("street", 0, ["world of the library driving", "sun.elevation"]),
    ("lanes", 0, ["whole number", "1..6", "Default: `2`"]), ("rain", 0, ["0..300 mm/h", "Drawn: 0..10 mm/h"]),
    ("elevation", 0, ["-90..90 deg", "20 deg"]), ("sun", 0, ["sun.elevation"]), ("car", 0, ["vehicle", "sedan"]),
    ("ego", 0, ["car ego on lane(1)", "`aeb`", "20..60 km/h"]), ("parked", 0, ["2 to 4 elements"]),
    ("controller", 0, ["controller"]), ("aeb", 0, ["brakes", "`reaction`"]), ("reaction", 0, ["0.4 s", "0.2..0.6 s"]),
    ("model", 0, ["sedan", "75 %", "25 %"]), ("lane", 0, ["lane(index", "right-hand edge"]),
    ("beyond", 0, ["as ego sees it"]), ("light", 0, ["bright 66.7 %"]), ("sees", 0, ["line of sight"]),
    ("run", 0, ["across", "to a place"]), ("road", 0, ["region"]), ("fault", 0, ["sensor"]),
    ("freeze", 0, ["blackout"]),
    ("out", 0, ["out.started"]), ("camera", 0, ["rgb"]), ("fov", 0, ["60 deg", "0.1..360 deg"]),
    ("front", 1, ["sensor front on ego", "rgb, instance at 10 hz"]), ("rgb", 0, ["8-bit colour"]),
    ("class", 0, ["class of the entity"]), ("wet", 0, ["coverage item"]), ("started", 0, ["event"]),
    ("ttc", 0, ["time to collision"]), ("collision", 0, ["two boxes touch"]), ("q", 0, ["element of an array"]),
    ("always", 0, ["every instant"]), ("time", 0, ["ms, min, h"]),
    ("E0203", 0, ["unit mismatch", "physical dimension"]),
]  # fmt: skip


@pytest.mark.parametrize(("word", "nth", "wanted"), CASES, ids=[c[0] for c in CASES])
def test_hover_says_what_a_word_is(word: str, nth: int, wanted: list[str]):
    """Each fact can be read in the text, in docs/reference.md or in the library's tables."""
    found = said(word, nth)
    assert all(w.lower() in found.lower() for w in wanted), found


def test_hover_tells_what_a_number_is_in_si():
    """60 km/h is 60 / 3.6 = 16.6667 m/s, wherever in the number the pointer is."""
    line, column = find(WHOLE, "60 km/h")
    for at in (column, column + 1, column + 4, column + 6):
        found = hover(NOW, line, at)
        assert found is not None and "16.6667 m/s" in found.text and "Unit of speed" in found.text


def test_hover_and_hints_tell_what_the_constraints_leave():
    """speed * gap > 12 m with speed <= 60 km/h = 16.67 m/s leaves gap > 0.72 s, which 1..3 s already is; with
    gap <= 3 s it leaves speed > 4 m/s, which 20..60 km/h already is. With > 40 m: gap > 2.4 s and speed > 13.33 m/s,
    which is 48 km/h."""
    text = WHOLE.replace("gap > 12 m", "gap > 40 m")
    assert "constraints leave" not in said("gap") and "constraints leave 2.4..3 s" in said("gap", 0, text)
    assert "constraints leave 48..60 km/h" in said("speed", 2, text)
    found = {h.line: h.text for h in hints(analyse(text), 1, 99)}
    assert found[find(text, "gap")[0]] == "the constraints leave 2.4..3 s"
    assert found[find(text, "twice")[0]] == "= 2..6 s"  # twice 1..3 s
    line = {h.line: h for h in hints(NOW, 1, 99)}[find(WHOLE, "twice")[0]]
    assert line.column == len("    let twice = 2 * gap") + 1


def test_hover_explains_the_diagnostic_at_its_place():
    """The rule and why it is there; the editor shows the message itself."""
    text = WHOLE.replace("gap > 12 m", "gap > 12 s")
    assert "E0203 unit mismatch" in said("gap", 2, text)


def test_hover_is_silent_where_there_is_nothing_to_say():
    """Blank lines, text in strings, the ends of the text."""
    for line, column in [(2, 1), (4, 22), (len(NOW.layout.lines), 1)]:
        assert hover(NOW, line, column) is None


def test_hover_works_while_the_text_has_errors():
    """Types and supports come from what could be checked."""
    text = WHOLE.replace("require v1 > v2", "require v1 >")
    assert "20..60 km/h" in said("ego", 0, text) and "brakes" in said("aeb", 0, text)


def test_hints_and_hover_tell_how_many_draws_pass():
    """a and b are independent and uniform over 0..2 m: a < b holds for half of the draws; of 512 draws within five
    standard deviations, sqrt(0.25 / 512) = 2.2 % each."""
    text = """\
use driving
scenario s:
    param a: length ~ 0..2 m
    param b: length ~ 0..2 m
    world street()
    car ego on lane(1)
    require a < b
"""
    (hint,) = hints(analyse(text), 1, 9)
    assert hint.line == 7 and abs(float(hint.text.split()[0]) - 50.0) < 11.0 and hint.text.endswith("of draws pass")
    told = said("require", 0, text)
    assert (
        "Of 512 first draws" in told
        and hint.text.split()[0] == f"{float(told.split('first draws ')[1].split()[0]):.2g}"
    )
