"""What is offered fits the place: grammar words that parse, names that exist, units of the right kind."""

from __future__ import annotations

import pytest

from simengine.engine.catalogue import scenario_files
from simengine.language.lexer import CONTEXTUAL, RESERVED
from simengine.lsp.completion import complete
from simengine.lsp.words import WORDS
from simengine.units import UNITS
from tests.lsp.texts import WHOLE, after, analyse, find, proposed

CASES = [  # a line after which another is typed, what is typed, what must be offered, what must not
    ("car ego", "        ", {"speed", "model", "controller", "lateral"}, {"rain", "ego", "require"}),
    ("car ego", "        model = ", {"sedan", "bus"}, {"ego", "always", "child_6y"}),
    ("car ego", "        model ~ {sedan: 3, v", {"van"}, {"ego"}),
    ("car ego", "        controller = ", {"aeb", "acc", "none"}, {"ego", "normal"}),
    ("car ego", "        controller = aeb(", {"reaction"}, {"headway", "set_speed"}),
    ("car ego", "        speed ~ ", {"normal", "gap", "ego"}, {"sees", "aeb"}),
    ("sun.elevation", "        ", {"rain", "sun.azimuth", "wetness"}, {"speed", "ego"}),
    ("sun.elevation", "        sun.", {"elevation", "azimuth"}, {"rain", "speed"}),
    ("p.colour", "        p.", {"model", "speed", "colour"}, {"started", "run"}),
    ("require v1", "    ", {"car", "pedestrian", "do", "cover", "require", "ego"}, {"use", "case", "wait"}),
    ("require v1", "    car other ", {"on", "at", "ahead", "behind", "along", "facing"}, {"ego", "until"}),
    ("require v1", "    car other ahead ", {"of"}, {"by", "on"}),
    ("require v1", "    car other ahead of ", {"ego", "parked"}, {"rgb"}),
    ("require v1", "    car other on ", {"lane", "lane_beside", "ego"}, {"rgb"}),
    ("require v1", "    car other on lane(1) at ", {"s", "point"}, {"rgb"}),
    ("require v1", "    car other along curb(", {"left", "right", "side"}, {"ego"}),
    ("require v1", "    require ego.", {"speed", "sees", "gap", "lane", "length"}, {"change_lane", "stop", "run"}),
    ("require v1", "    require parked[1].", {"speed", "model"}, {"started"}),
    ("require v1", "    require parked[1].model == ", {"sedan", "van"}, {"ego", "gap"}),
    ("require v1", "    require light == ", {"bright", "dim"}, {"ego"}),
    ("require v1", "    param x: ", {"length", "time", "int", "speed"}, {"ego", "sedan"}),
    ("require v1", "    world ", {"street", "highway"}, {"ego", "car"}),
    ("require v1", "    world street(", {"lanes", "parking", "rain"}, {"sun.elevation", "fov"}),
    ("require v1", "    each x in ", {"parked"}, {"ego", "kid"}),
    ("require v1", "    sensor roof on ", {"ego", "kid"}, {"front", "gap"}),
    ("require v1", "    sensor roof on ego = ", {"camera", "lidar", "radar"}, {"ego", "aeb"}),
    ("require v1", "    sensor roof on ego = lidar(", {"channels", "range"}, {"fov", "size"}),
    ("require v1", "    record ", {"front"}, {"ego", "rgb"}),
    ("require v1", "    record front: rgb, ", {"depth", "box2d"}, {"rgb", "points", "front"}),
    ("require v1", "    record front: rgb during ", {"out"}, {"ego", "front"}),
    ("require v1", "    label ", {"kid", "parked"}, {"front", "gap"}),
    ("require v1", "    label kid as ", {"class", "instance", "part"}, {"kid"}),
    ("require v1", "    cover gap at ", {"out"}, {"ego", "gap"}),
    ("require v1", "    cover gap at out.", {"started", "ended"}, {"speed"}),
    ("require v1", "    cross ", {"wet", "light", "ego"}, {"front", "street"}),
    ("require v1", "    expect ", {"always", "eventually", "not", "collision", "ego"}, {"rgb"}),
    ("require v1", "    expect always during ", {"out"}, {"ego", "gap"}),
    ("require v1", "    expect all(x in parked: x.", {"speed", "sees"}, {"started"}),
    ("require v1", "    stop ", {"when", "after"}, {"ego"}),
    ("out: kid", "        ", {"ego", "front", "wait", "parallel", "one_of", "rain"}, {"require", "car", "gap"}),
    ("out: kid", "        ego.controller = ", {"none", "aeb"}, {"gap"}),
    ("out: kid", "        kid.", {"run", "walk", "freeze", "speed"}, {"change_lane", "drive", "started"}),
    ("out: kid", "        ego.", {"change_lane", "stop", "follow", "controller"}, {"run", "freeze"}),
    ("out: kid", "        kid.run(", {"across", "to", "speed"}, {"lateral_speed", "rgb"}),
    ("out: kid", "        kid.run(across = ", {"road"}, {"rgb", "always"}),
    ("out: kid", "        kid.run(to = far_curb, ", {"across", "speed"}, {"to"}),
    ("out: kid", "        front.", {"fault"}, {"started", "run"}),
    ("out: kid", "        front.fault(", {"freeze", "blackout", "delay", "gain"}, {"run"}),
    ("out: kid", "        ego.stop() ", {"until", "for"}, {"ego", "at"}),
    ("out: kid", "        wait ", {"until"}, {"for"}),
    ("use driving", "use ", {"driving", "warehouse"}, {"street", "scenario"}),
    ("use driving", "scenario b extends ", {"whole", "edge.child_dart_out"}, {"ego", "b"}),
    ("use driving", "scenario b extends edge.", {"child_dart_out"}, {"whole", "edge.child_dart_out"}),
    ("use driving", "scenario b extends whole(", {"gap", "v1", "v2"}, {"twice", "ego"}),
    ("use driving", "scenario b extends edge.child_dart_out(", {"gap"}, {"v1"}),
    ("use driving", "scenario b(x: ", {"length", "int"}, {"ego"}),
    ("use driving", "", {"use", "scenario"}, {"car", "require"}),
]


@pytest.mark.parametrize(("line", "typed", "wanted", "unwanted"), CASES, ids=[c[1].strip() or c[0] for c in CASES])
def test_what_is_offered_fits_the_place(line: str, typed: str, wanted: set[str], unwanted: set[str]):
    """While the line is not finished, so the text has an error: what is known comes from everything around it."""
    found = set(proposed(line, typed))
    assert wanted <= found, wanted - found
    assert not unwanted & found, unwanted & found


@pytest.mark.parametrize(
    ("typed", "first"),
    [("        speed ~ 20..60 ", {"m/s", "km/h", "kph", "mph", "mm/h"}), ("        speed ~ 20..60 k", {"m/s", "km/h"}),
     ("        lateral = 2 ", {"m", "km", "cm", "mm"}), ("        yaw = 2", {"deg", "rad"})],
)  # fmt: skip
def test_units_of_the_right_dimension_come_first(typed: str, first: set[str]):
    """All units are offered; those that measure what the property is lead."""
    found = proposed("car ego", typed)
    assert first <= set(found[:6]) and set(found[: len(UNITS)]) == set(UNITS)
    assert not set(found[len(UNITS) :]) - RESERVED - CONTEXTUAL  # "20..60 km/h" may go on with 'step'


@pytest.mark.parametrize(
    ("typed", "first"),
    [("    stop after 10 ", {"s", "ms", "min", "h"}), ("    expect always within 2 ", {"s", "ms", "min", "h"}),
     ("    record front: rgb at 10 ", {"hz", "khz"})],
)  # fmt: skip
def test_units_after_words_of_the_grammar(typed: str, first: set[str]):
    """Runs last times and sensors have rates, so these units lead (there are four and two of them)."""
    assert set(proposed("    tags", typed)[: len(first)]) == first


def test_a_unit_takes_the_place_of_what_is_typed():
    """``km/`` is one word to the editor of units, though not to the editor."""
    text, line, column = after("car ego", "        speed = 20 km/")
    cursor, found = complete(analyse(text), line, column)
    assert (cursor.word.column, cursor.word.end_column) == (column - 3, column)
    assert "km/h" in [i.label for i in found]


@pytest.mark.parametrize("typed", ["    # require ", '    cite "require ', "    require ego.speed > 3 m/s  # and "])
def test_nothing_is_offered_in_comments_and_strings(typed: str):
    """What stands there is for people."""
    assert proposed("require v1", typed) == []


@pytest.mark.parametrize("typed", ["    do:", "    when ego.standstill:", "    car other on lane(2):", "    choose x:"])
def test_nothing_is_offered_behind_the_colon_of_a_block(typed: str):
    """Enter must begin the next line, not take a proposal."""
    assert proposed("require v1", typed) == []


@pytest.mark.parametrize("typed", ["    car ", "    param ", "    let ", "    choose ", "    cover gap as "])
def test_new_names_are_left_to_their_author(typed: str):
    """Nothing that exists can stand where a name is declared."""
    assert not set(proposed("require v1", typed)) & {"ego", "gap", "kid", "car", "street", "collision"}


def test_names_stay_known_while_their_own_line_is_typed():
    """The line that declares an entity does not parse for a while; the last state that did is remembered."""
    before = analyse(WHOLE)
    broken = WHOLE.replace("pedestrian kid beyond parked[2] by 0.5 m", "pedestrian kid beyond parked[2] by")
    lines = broken.split("\n")
    k = next(i for i, row in enumerate(lines) if "kid.freeze" in row)
    lines[k] = "        kid."
    found = complete(analyse("\n".join(lines), before), k + 1, len(lines[k]) + 1)[1]
    assert {"freeze", "run"} <= {i.label for i in found}
    assert not {"freeze", "run"} & {i.label for i in complete(analyse("\n".join(lines)), k + 1, 13)[1]}


def test_names_stay_known_while_the_head_is_typed():
    """Without a readable 'scenario' line nothing of it is checked at all."""
    text, line, column = after("require v1", "    require ego.")
    text = text.replace("scenario whole", "scenario whole extends")
    found = complete(analyse(text, analyse(WHOLE)), line, column)[1]
    assert {"speed", "sees"} <= {i.label for i in found}


TOPICS = {file.topic: file for file in reversed(scenario_files())}


@pytest.mark.parametrize(
    "topic", [t if t in ("edge", "warehouse") else pytest.param(t, marks=pytest.mark.slow) for t in sorted(TOPICS)]
)
def test_every_word_of_a_scenario_would_have_been_offered(topic: str):
    """Somebody who writes it from top to bottom finds each word that is not new; of every topic one scenario. Words of
    a set that has no type yet, names of cases and tags are new."""
    now = analyse(TOPICS[topic].source)
    new = {(o.span.line, o.span.column) for o in now.names.occurrences if o.declares}
    missed: list[str] = []
    count = 0
    for k, token in enumerate(now.tokens):
        first = next(t for t in now.tokens if t.line == token.line)
        known = (token.line, token.column) not in new and first not in ("tags", "case")
        if not known or token.type not in ("NAME", str(token).upper()):
            continue
        line, column = token.line or 0, token.column or 0
        offered = {i.label for i in complete(now, line, column)[1]}
        paths = ["".join(map(str, now.tokens[k : k + n])) for n in (1, 3, 5)]
        untyped = first == "param" and now.tokens[k - 1] in ("{", ",")
        count += 1
        if not offered & set(paths) and not untyped:
            missed.append(f"{line}: {token}")
    assert count > 60 and len(missed) <= 0.01 * count, missed


def test_every_word_of_the_grammar_is_described():
    """Whoever adds a word adds what it is for."""
    assert set(WORDS) == RESERVED | CONTEXTUAL


def test_what_is_offered_is_described():
    """Nearly every proposal says what it is: a word alone helps nobody who does not know it."""
    text, line, column = after("car ego", "        ")
    for item in complete(analyse(text), line, column)[1]:
        assert item.doc, item.label
    line, column = find(WHOLE, "collision")
    assert all(i.doc or i.detail for i in complete(analyse(WHOLE), line, column)[1])
