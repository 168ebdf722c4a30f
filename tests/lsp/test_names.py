"""Declarations, uses, renames: the names of an editor are those of the checker."""

from __future__ import annotations

import re

import pytest

from simengine.engine.catalogue import scenario_files
from simengine.errors import UsageError
from simengine.language.reading import bare, read
from simengine.language.sample import Sampler
from simengine.lsp import wire
from simengine.lsp.hover import hover
from simengine.lsp.navigation import apply_edits, definition, rename, renameable, uses
from tests.lsp.texts import LIBRARIES, WHOLE, analyse, find, place

WHOLE_NOW = analyse(WHOLE)


def test_the_text_of_these_tests_is_right():
    """Everything below is about a scenario without an error."""
    assert [d.code for d in WHOLE_NOW.examination.result.diagnostics if d.severity == "error"] == []


@pytest.mark.parametrize(
    ("name", "count"),
    # counted by hand in the text: declarations and uses, no property and no word of the same name
    [("gap", 3), ("v1", 2), ("v2", 2), ("twice", 2), ("ego", 8), ("parked", 4), ("kid", 9), ("front", 3), ("out", 4),
     ("wet", 2), ("light", 2), ("p", 2), ("q", 2), ("ttc_out", 1), ("whole", 1)],
)  # fmt: skip
def test_every_use_of_a_name_is_found(name: str, count: int):
    """From any of its places the same places."""
    first = uses(WHOLE_NOW, *find(WHOLE, name))
    assert len(first) == count
    for o in first:
        assert WHOLE_NOW.layout.text(o.span) == name
        assert uses(WHOLE_NOW, o.span.line, o.span.column) == first
        assert definition(WHOLE_NOW, o.span.line, o.span.end_column - 1) == first[0].target.span


def test_words_and_properties_are_no_names():
    """An entity called as a model, a channel or a property: those stay what they are."""
    text = """\
use driving
scenario s:
    world street()
    car sedan on lane(1):
        model = sedan
        speed = 5 m/s
    car speed on lane(1) ahead of sedan by speed.speed * 1 s
    sensor rgb on sedan = camera()
    record rgb: rgb
    require sedan.model == sedan and sedan.speed >= speed.speed
"""
    now = analyse(text)
    assert now.examination.result.ok, now.examination.result.diagnostics
    assert len(uses(now, *find(text, "sedan"))) == 5
    assert len(uses(now, *find(text, "speed", 1))) == 3
    assert len(uses(now, *find(text, "rgb"))) == 2


def test_a_property_leads_to_where_it_is_set():
    """``ego.speed`` in a constraint, and the world's weather."""
    line, column = find(WHOLE, "ego.speed * gap > 12 m")
    found = definition(WHOLE_NOW, line, column + len("ego."))
    assert found is not None and WHOLE_NOW.layout.lines[found.line - 1].strip().startswith("speed ~ 20..60 km/h")
    found = definition(WHOLE_NOW, *find(WHOLE, "rain", 1))
    assert found is not None and WHOLE_NOW.layout.lines[found.line - 1].strip() == "rain ~ 0..10 mm/h"


NAMES = ["v2", "twice", "parked", "front", "out", "wet", "light", "q", "whole"]


@pytest.mark.parametrize("name", NAMES)
def test_a_rename_changes_one_name_and_nothing_else(name: str):
    """Printed without places, the trees are equal once the new name is read as the old one; so are all warnings."""
    edits = rename(WHOLE_NOW, *find(WHOLE, name), "zebra")
    after = analyse(apply_edits(WHOLE_NOW, edits))
    assert after.examination.result.ok
    back = repr(bare(after.examination.statements)).replace("zebra", name)
    assert back == repr(bare(WHOLE_NOW.examination.statements))
    codes = [[d.code for d in a.examination.result.diagnostics] for a in (WHOLE_NOW, after)]
    assert codes[0] == codes[1]
    assert [e.text for e in edits] == ["zebra"] * len(edits) and len(edits) >= 1


@pytest.mark.parametrize("name", ["kid", "front", "p", "light"])
def test_a_rename_leaves_the_draws_of_others(name: str):
    """A draw belongs to its path, so the name of another value has no part in it. The renamed value itself is drawn
    anew, and so is what a constraint couples with it (therefore none of these names stands in a constraint)."""
    after = analyse(apply_edits(WHOLE_NOW, rename(WHOLE_NOW, *find(WHOLE, name), "zebra")))
    before = WHOLE_NOW.examination.result.programs[0]
    one, two = (Sampler(p, 5).draw(range(8)) for p in (before, after.examination.result.programs[0]))
    own = {path for path in one.values if re.match(rf"{name}(\.|$)", path)}
    own |= {"world.sun.azimuth"} if name == "light" else set()  # its cases set it
    assert set(one.values) - own
    for path in set(one.values) - own:
        assert one.values[path].tobytes() == two.values[path].tobytes(), path


@pytest.mark.parametrize(
    ("name", "new", "why"),
    [
        ("gap", "require", "word of the language"), ("gap", "not", "word of the language"), ("gap", "2fast", "no name"),
        ("gap", "a b", "no name"), ("gap", "größe", "no name"), ("gap", "", "no name"), ("gap", "x" * 65, "at most"),
        ("gap", "kid", "declared already"), ("kid", "out", "declared already"), ("front", "wet", "declared already"),
        ("gap", "p", "declared already"),
        ("ego", "zebra", "means something else"),
        ("gap", "rain", "means something else"), ("whole", "world", "word"),
    ],
)  # fmt: skip
def test_a_rename_that_would_break_something_is_refused(name: str, new: str, why: str):
    """Reserved words, taken names, and names that would be read as something else: 'rain' is
    the world's, and 'beyond' looks from the entity that is called ego."""
    with pytest.raises(UsageError, match=why):
        rename(WHOLE_NOW, *find(WHOLE, name), new)


@pytest.mark.parametrize("word", ["driving", "street", "rgb", "require", "sedan", "speed", "camera", "road"])
def test_words_of_the_language_have_no_other_name(word: str):
    """They belong to the language or to a library."""
    with pytest.raises(UsageError, match="no declared name"):
        renameable(WHOLE_NOW, *find(WHOLE, word))


def test_a_scenario_that_is_extended_shares_its_names():
    """A rename in the one renames in the other, and 'extends' follows the name of a scenario."""
    text = """\
use driving
scenario dry:
    param gap: length ~ 5..20 m
    world street()
    car ego on lane(1)
    car other on lane(1) ahead of ego by gap
scenario wet extends dry:
    override gap = 9 m
    require gap > 4 m
"""
    now = analyse(text)
    assert len(uses(now, *find(text, "gap", 3))) == 4
    changed = analyse(apply_edits(now, rename(now, *find(text, "gap", 2), "room")))
    assert changed.examination.result.ok and "gap" not in changed.text
    changed = analyse(apply_edits(now, rename(now, *find(text, "dry", 1), "basis")))
    assert changed.examination.result.ok and "extends basis" in changed.text


def test_names_are_found_in_lines_that_cannot_be_read():
    """A half-typed line counts by its words: nothing is lost while somebody types."""
    text = WHOLE.replace("require ego.speed * gap > 12 m", "require ego.speed * gap >")
    now = analyse(text)
    assert not now.examination.result.ok
    assert len(uses(now, *find(text, "gap"))) == 3 and len(uses(now, *find(text, "ego"))) == 8


def test_all_names_of_the_library_can_be_renamed():
    """Every declared name of one scenario of each topic, one after the other."""
    seen: set[str] = set()
    for file in scenario_files():
        if file.topic in seen:
            continue
        seen.add(file.topic)
        now = analyse(file.source)
        for o in [o for o in now.names.occurrences if o.declares][:1]:
            edits = rename(now, o.span.line, o.span.column, "zebra_1")
            assert edits and read(apply_edits(now, edits)).ok
    assert len(seen) >= 5 and LIBRARIES


def test_the_place_of_a_name_includes_its_end():
    """Editors ask at the cursor, which often stands behind the word."""
    text, line, column = place(WHOLE.replace("twice = 2", "twice^ = 2"))
    assert uses(analyse(text), line, column)


EXTENDING = """\
scenario night(level: angle ~ -18..-6 deg) extends edge.child_dart_out(gap = 2 s):
    override sun.elevation = level
    require ego.speed * gap > 12 m
"""


def test_names_of_an_installed_scenario_that_is_extended():
    """Found, described with their own text, and not renamed: they are declared in another file."""
    now = analyse(EXTENDING)
    assert now.examination.result.ok, now.examination.result.diagnostics
    assert len(uses(now, *find(EXTENDING, "level"))) == 2 and len(uses(now, *find(EXTENDING, "gap"))) == 2
    found = definition(now, *find(EXTENDING, "ego"))
    assert found is not None and found.file == "edge.child_dart_out"
    assert now.text_of(found) == "ego"
    head = definition(now, *find(EXTENDING, "child_dart_out"))
    assert head is not None and head.file == "edge.child_dart_out" and now.text_of(head) == "child_dart_out"
    told = hover(now, *find(EXTENDING, "ego"))
    assert told is not None and "car ego on lane(1)" in told.text and "edge.child_dart_out" in told.text
    with pytest.raises(UsageError, match="declared in the scenario 'edge"):
        rename(now, *find(EXTENDING, "gap"), "zebra")
    assert len(rename(now, *find(EXTENDING, "level"), "zebra")) == 2


def test_problems_of_a_scenario_that_is_extended():
    """Marked where it is named, with the line of the other text in front."""
    text = EXTENDING.replace("gap = 2 s", "gap = 0.1 s").replace("    require ego.speed * gap > 12 m\n", "")
    (found,) = [d for d in wire.diagnostics(analyse(text), "file:///a.scn") if d.code == "E0218"]
    line, column = find(text, "edge.child_dart_out")
    assert (found.range.start.line, found.range.start.character) == (line - 1, column - 1)
    assert re.match(r"line \d+ of 'edge.child_dart_out': this constraint can never hold", found.message)


@pytest.mark.parametrize("line", range(1, len(WHOLE.split("\n")), 5))
def test_lines_that_were_read_before_mean_the_same(line: int):
    """A check that reads only what changed finds what a check of the whole text finds: a line is doubled, taken out,
    broken, or indented, and the others stay or move."""
    lines = WHOLE.split("\n")
    for part in (
        [lines[line], lines[line]],
        [],
        [lines[line] + " +"],
        ["    " + lines[line]],
        [lines[line] + "  # why"],
    ):
        text = "\n".join([*lines[:line], *part, *lines[line + 1 :]])
        known, fresh = analyse(text, WHOLE_NOW), analyse(text)
        assert known.examination.statements == fresh.examination.statements
        assert known.examination.result == fresh.examination.result and known.names == fresh.names
        assert [(t.type, str(t)) for t in known.tokens] == [(t.type, str(t)) for t in fresh.tokens]
