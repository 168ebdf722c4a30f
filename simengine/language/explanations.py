"""A page for every diagnostic: why the rule is there, a text that breaks it, and the same text put right.

``CODES`` holds title and rule of each code. ``docs/diagnostics.md`` is made from both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from simengine.language.codes import CODES

__all__ = ["PAGES", "Page", "document", "page", "shown"]

_HEAD = """\
use driving

scenario example:
    world street(lanes = 2)
    car ego on lane(1) at s(20 m):
        speed ~ 30..50 km/h
"""


@dataclass(frozen=True)
class Page:
    """What there is to say about one code beyond its title and rule.

    Attributes:
        why: the reason for the rule, and how the mistake usually comes about.
        bad: a whole text that gives this diagnostic and no other; "" where no text can.
        good: the same, put right, without any diagnostic.
        by: what reports it, where that is not a check of the text.
    """

    why: str
    bad: str
    good: str
    by: str = ""


def _in(why: str, bad: str, good: str, head: str = _HEAD) -> Page:
    """A page whose texts are lines of one small scenario."""

    def whole(lines: str) -> str:
        return head + "".join(f"    {line}\n" if line else "\n" for line in lines.split("\n"))

    return Page(why, whole(bad), whole(good))


PAGES: dict[str, Page] = {
    "E0100": Page(
        "The name is misspelt, it is a folder, or this user may not read it. 'simengine list' shows the scenarios "
        "that are installed; anything else is the path of a file.",
        "", "", "reading: simengine check missing.scn",
    ),
    "E0101": _in(
        "Text that was copied from a document often holds typographic quotes, dashes and signs that look right. "
        "The message says which plain character is meant.",
        "require ego.speed \u2265 32 km/h", "require ego.speed >= 32 km/h",
    ),
    "E0102": _in(
        "A word of the language is missing, misspelt, or stands where a value is expected. The caret is at the first "
        "word that does not fit; the mistake may be just before it.",
        "param gap: time ~ normal(2 s, 1 s) witin 1..3 s\nrequire ego.speed * gap > 9 m",
        "param gap: time ~ normal(2 s, 1 s) within 1..3 s\nrequire ego.speed * gap > 9 m",
    ),
    "E0103": _in(
        "A number without its unit could mean anything, so the unit is part of the number and must be one that is "
        "known. docs/language.md lists all units.",
        "stop after 12 sec", "stop after 12 s",
    ),
    "E0104": _in(
        "A bracket joins the lines inside it, so one that is never closed would swallow the rest of the file. "
        "Reading goes on at the next statement.",
        "sensor front on ego = camera(size = (640, 480)", "sensor front on ego = camera(size = (640, 480))",
    ),
    "E0105": _in(
        "Indentation says which block a line belongs to. A line that is deeper than the one above it needs a "
        "block to be in.",
        "stop after 9 s\n    cite \"a report\"", "stop after 9 s\ncite \"a report\"",
    ),
    "E0106": _in(
        "Numbers are 64-bit floating point, as in most languages: the largest is about 1e308. An infinite speed or "
        "length would spoil everything that is computed from it.",
        "require ego.speed < 1e999 m/s", "require ego.speed < 12 m/s",
    ),
    "E0107": Page(
        "A tab is as wide as the editor likes, so two people would see two different programs. Set the editor to "
        "insert spaces, or run 'expand -t 4'.",
        "scenario example:\n\tcite \"a report\"\n", "scenario example:\n    cite \"a report\"\n",
    ),
    "E0108": Page(
        "Invisible characters can make a text look different from what is read; they come from word processors, "
        "web pages and files in other encodings.",
        'scenario example:\n    cite "a \u202ereport"\n', 'scenario example:\n    cite "a report"\n',
    ),
    "E0109": _in(
        "The ':' at the end of a line and the indented lines below it belong together: either both are there or none.",
        "do\n    ego.stop()", "do:\n    ego.stop()",
    ),
    "E0110": _in(
        "A scenario file may come from anybody, and checking it must stay quick and small whatever it holds. The "
        "limits are far beyond what people write: a name, for example, has at most 64 characters.",
        f"let {'very_' * 13}long = 3", "let short = 3 m\nrequire ego.speed * 2 s > short + 14 m",
    ),
    "E0111": _in(
        "A string ends on the line it starts on, so a forgotten quote spoils one line only. There are no escapes: "
        "what stands between the quotes is the text.",
        'cite "Euro NCAP', 'cite "Euro NCAP"',
    ),
    "E0112": _in(
        "A line that goes back must go back to a block that is open; anything between two levels could mean either.",
        "do:\n    wait 1 s\n  ego.stop()", "do:\n    wait 1 s\n    ego.stop()",
    ),
    "E0113": _in(
        "The first word of a line decides what the line is. It is misspelt, or the line belongs into another block.",
        "requier ego.speed > 32 km/h", "require ego.speed > 32 km/h",
    ),
    "E0114": _in(
        "Each statement has one home, so that a reader knows at once what describes the start and what happens later:\n"
        "\n"
        "- 'wait', actions ('kid.walk(...)'), 'parallel:', 'repeat' and 'one_of:' stand under 'do:' or 'when ...:';\n"
        "- entities, 'sensor', 'record', 'param', 'let', 'require', 'ensure', 'expect', 'stop', 'cover' and 'world' "
        "stand directly in the scenario, never under 'do:' or in an entity's block;\n"
        "- 'use' and 'scenario' begin at the margin;\n"
        "- a property with a dot in its name ('sun.elevation', 'noise.gain') stands in the block below its world or "
        "sensor, not between the brackets, and without 'world.' before it;\n"
        "- an action is no value: 'require ego.stop()' asks nothing; ask for what it leads to ('ego.standstill').\n"
        "\n"
        "The message says where the statement stands: move it there, indented below the line that opens the block.",
        "wait 3 s\nstop after 9 s", "do:\n    wait 3 s\nstop after 9 s",
    ),
    "E0115": Page(
        "'use' lines alone are no scenario: there is nothing to draw or run.",
        "use driving\n", "use driving\n\nscenario example:\n    world street(lanes = 2)\n",
    ),
    "E0201": _in(
        "Nothing of this name is declared, or it is declared in another block. Names that the library brings are in "
        "docs/reference.md, and the nearest one that fits is suggested.",
        "require ego.sped > 32 km/h", "require ego.speed > 32 km/h",
    ),
    "E0202": _in(
        "With two declarations the reader would have to know which one wins. There is no assignment that replaces "
        "an earlier one; a scenario that extends another says 'override'.",
        "param gap: time ~ 1..2 s\nlet gap = 3 s\nrequire ego.speed * gap > 9 m",
        "param gap: time ~ 1..2 s\nlet longer = gap + 3 s\nrequire ego.speed * longer > 36 m",
    ),
    "E0203": _in(
        "Metres and metres per second cannot be compared. Nothing is converted silently except units of the same "
        "dimension: 1 km and 1000 m are equal. Often a factor is missing. A number without a unit is a "
        "plain number, which is no length, time or speed.",
        "require ego.speed > 32 m", "require ego.speed > 32 km/h",
    ),
    "E0204": _in(
        "The place asks for one kind of value (a number, a word, an entity, a condition) and got another.",
        "param n ~ 1..5\nrequire n", "param n ~ 1..5\nrequire n > 2",
    ),
    "E0205": _in(
        "A parameter is missing, given twice, or not one of this call. docs/reference.md has all calls with their "
        "defaults. A parameter in the head of a scenario has a type ('gap: length'), a value, or both: one without a "
        "value makes the scenario a template, to which 'extends' gives it.",
        "car other on lane(2)\nexpect always distance(ego) > 1 m",
        "car other on lane(2)\nexpect always distance(ego, other) > 1 m",
    ),
    "E0206": _in(
        "Values are computed in the order of their dependencies, and here there is none. The message shows the whole "
        "way round.",
        "let a = b + 1 m\nlet b = a * 2\nrequire a < 3 m",
        "param a: length ~ 1..5 m\nlet b = a * 2\nrequire b < 8 m",
    ),
    "E0207": _in(
        "A scene is drawn and accepted before anything moves, so times, distances driven and other running values do "
        "not exist yet. 'ensure', 'expect', 'when' and 'stop when' see them.",
        "require time < 3 s", "ensure eventually time > 3 s",
    ),
    "E0208": _in(
        "A property has physical or sensible bounds, and every draw must stay within them. docs/reference.md lists "
        "the bounds. Some follow from the rest of the scenario: the rows of a rolling shutter are read before the next "
        "image begins.",
        "stop after 2 h", "stop after 20 min",
    ),
    "E0209": _in(
        "An entity without a place cannot be drawn, and one with two would contradict itself. Offsets ('by') and "
        "'facing' may be added to the one clause that says where.",
        "car other", "car other on lane(2) at s(50 m)",
    ),
    "E0210": _in(
        "Each kind of sensor has its own closed list of channels: a camera has no points and a LiDAR no rgb.",
        "sensor front on ego = camera(size = (640, 480))\nrecord front: rgb, points",
        "sensor front on ego = camera(size = (640, 480))\nrecord front: rgb, depth",
    ),
    "E0211": Page(
        "A library is installed as a Python package and named by its name alone, never by a path: a scenario file "
        "cannot make anything be read or run. 'simengine list' shows what is installed.",
        "use drivng\n\nscenario example:\n    cite \"a report\"\n",
        "use driving\n\nscenario example:\n    cite \"a report\"\n",
    ),
    "E0212": _in(
        "A range goes from low to high, weights are positive, and a family such as normal() has as many parameters as "
        "it takes. Otherwise there is nothing to draw from.",
        "param gap: time ~ 3..1 s\nrequire ego.speed * gap > 9 m",
        "param gap: time ~ 1..3 s\nrequire ego.speed * gap > 9 m",
    ),
    "E0213": _in(
        "Coverage counts bins. A number has as many as somebody says: 'cover gap by 1 s', or 'bins [0, 1, 5] s'; only "
        "words, steps and whole numbers with few values have their own. 'cross' counts combinations of bins, so each "
        "of its parts is declared with 'cover' first.",
        "param gap: time ~ 1..3 s\ncover ego.speed by 5 km/h\ncross ego.speed, gap",
        "param gap: time ~ 1..3 s\ncover ego.speed by 5 km/h\ncover gap by 1 s\ncross ego.speed, gap",
    ),
    "E0214": _in(
        "An array of drawn size has all of its elements only when the largest size is drawn. A number must be good "
        "for every draw. An index that is drawn itself may exceed the drawn size: such draws are drawn again. The last "
        "element is 'parked[parked.count]'. Lanes count from 1 at the right-hand edge, up to the smallest 'lanes' that "
        "the world can have; arms and signals are those of its junction.",
        "car parked[~ 1..3] along curb(right) by 2 m\nexpect always distance(ego, parked[2]) > 1 m",
        "car parked[~ 2..3] along curb(right) by 2 m\nexpect always distance(ego, parked[2]) > 1 m",
        _HEAD.replace("lanes = 2", "lanes = 2, parking = right"),
    ),
    "E0215": _in(
        "'always' and 'eventually' speak about a whole run, so they belong to 'ensure' and 'expect'; 'require' sees "
        "one instant.",
        "require always ego.speed > 32 km/h", "expect always ego.speed > 32 km/h",
    ),
    "E0216": _in(
        "What stands left of '=' is a property of something, and one that can have another value there:\n"
        "\n"
        "- while the scenario runs (in 'do:' and 'when ...:') only these change: the speed of an entity, the "
        "controller of a vehicle, the weather and signals of the world, and of a camera its exposure, gain and "
        "droplets. Models, colours, sizes and lanes are built before the run: set them in the block of the entity. "
        "What moves is moved by actions, and what goes wrong with a sensor is a fault;\n"
        "- sizes ('ego.width') and positions can be read and not set: they follow from the model and the placement;\n"
        "- names of 'param' and 'let' stand for one value all through a run ('override' gives a scenario that extends "
        "another one other parameters);\n"
        "- elements of an array are set together, with 'each p in parked:';\n"
        "- values that are drawn together are narrowed together, with a 'require'.\n"
        "\n"
        "The message names the property and what of its owner can be set instead.",
        "do:\n    wait 1 s\n    ego.model = van\nstop after 2 s", "ego.model = van\ndo:\n    wait 1 s\nstop after 2 s",
    ),
    "E0217": Page(
        "Lanes, kerbs and light come from the world; without one there is no place for an entity.",
        "use driving\n\nscenario example:\n    car ego on lane(1)\n",
        "use driving\n\nscenario example:\n    world street(lanes = 2)\n    car ego on lane(1)\n",
    ),
    "E0218": _in(
        "Interval arithmetic over the supports shows that no draw can satisfy the constraint, so every scene would be "
        "rejected. A bound or a unit is wrong.",
        "require ego.speed > 60 km/h", "require ego.speed > 40 km/h",
    ),
    "W0301": _in(
        "The value is computed and then nobody reads it. Often a name is misspelt where it should be used. "
        "Settings of cameras that act only together with another one, which is not set, count too.",
        "param gap: time ~ 1..3 s", "param gap: time ~ 1..3 s\nrequire ego.speed * gap > 9 m",
    ),
    "W0310": _in(
        "Every draw meets the constraint, so it says nothing: it can be removed, or its bound is not the one that was "
        "meant.",
        "require ego.speed > 20 km/h", "require ego.speed > 35 km/h",
    ),
    "W0311": _in(
        "'stop after' ends every run at the latest. A monitor whose window begins later passes on nothing, and a "
        "second 'stop after' that is longer than the first never acts.",
        "stop after 3 s\nexpect always after 20 s ego.speed > 1 m/s",
        "stop after 30 s\nexpect always after 20 s ego.speed > 1 m/s",
    ),
    "W0312": _in(
        "It can be drawn and runs, and no such thing happens: a tram on a street without rails, a trailer that drives "
        "by itself. Usually a property of the world was forgotten, or the lorry.",
        "trailer semi on lane(2) at s(60 m):\n    speed = 30 km/h",
        "lorry tug on lane(2) at s(60 m):\n    speed = 30 km/h\ntrailer semi at tug",
    ),
    "W0320": _in(
        "Things move in steps of 10 ms. A sensor that fires more often sees them on the straight way between two "
        "steps: positions are smooth, and nothing new happens in between.",
        "sensor front on ego = camera(size = (640, 480))\nrecord front: rgb at 1000 hz",
        "sensor front on ego = camera(size = (640, 480))\nrecord front: rgb at 100 hz",
    ),
    "W0402": _in(
        "Most draws are thrown away, which costs time and may mean that the constraint is stricter than intended. The "
        "table below the message names the constraint; narrow the ranges it speaks about instead.",
        "param a: length ~ 0..5000 m\nparam b: length ~ 0..5000 m\nrequire abs(a - b) < 1 m",
        "param a: length ~ 0..2 m\nparam b: length ~ 0..2 m\nrequire abs(a - b) < 1 m",
    ),
    "W0501": _in(
        "A library may describe a world or a thing before it can build it: texts that use it are checked and, as far "
        "as places are known, sampled. Until the library brings the rest, 'run' refuses them with the same words. All "
        "that the libraries of this package describe runs.",
        "ferry passing at (60 m, 9 m)", "bus passing at (60 m, 9 m)",
    ),
}  # fmt: skip
"""Code -> page."""

PAGES["W0501"] = replace(PAGES["W0501"], by="a library that describes a 'ferry' and cannot build it yet")
PAGES["W0402"] = replace(PAGES["W0402"], by="drawing, not by checking: simengine sample")


def shown(text: str) -> str:
    """A text with its invisible characters made visible."""
    signs = {"\n": "\n", "\t": "\u2192   "}
    return "".join(c if c.isprintable() else signs.get(c, f"<U+{ord(c):04X}>") for c in text)


def page(code: str) -> str:
    """The page of a code as Markdown."""
    title, rule = CODES[code]
    kind = "error" if code[0] == "E" else "warning"
    out = [f"## {code} {title}", "", f"{rule} ({kind})"]
    found = PAGES.get(code)
    if found is None:
        return "\n".join(out)
    out += ["", found.why]
    out += ["", f"Reported by {found.by}."] if found.by else []
    for heading, text in (("Wrong:", found.bad), ("Right:", found.good)):
        out += ["", heading, "", "```", shown(text).rstrip(), "```"] if text else []
    return "\n".join(out)


def document() -> str:
    """docs/diagnostics.md: all pages."""
    head = [
        "# Diagnostics", "",
        "Made by `tools/make_diagnostics.py`; do not edit. `simengine explain E0203` prints one page. E: error, the "
        "text is refused; W: warning.", "",
    ]  # fmt: skip
    return "\n".join(head) + "\n" + "\n\n".join(page(code) for code in CODES) + "\n"
