"""What is refused, once and at its place, and what is drawn again because it has no value."""

from __future__ import annotations

import json

import numpy as np
import pytest

from simengine.engine import inspect
from simengine.engine.catalogue import libraries
from simengine.errors import LimitError, UsageError, many
from simengine.language import check_text, parse_text
from simengine.language.exchange import json_of_text, text_of_json
from simengine.language.sample import Sampler

HEAD = "use driving\n\nscenario t:\n    world highway(lanes = 3)\n    car ego on lane(1) at s(20 m):\n"


def found(text):
    return [(d.code, d.message, d.help) for d in check_text(text, libraries=libraries()).diagnostics]


@pytest.mark.parametrize(
    ("lines", "code", "message", "help_text"),
    [
        ("        speed ~ 1 m/s..3 m/s step 0 m/s\n", "E0212", "must be positive", "leave out 'step'"),
        ("        speed ~ 1 m/s..3 m/s step -1 m/s\n", "E0212", "must be positive", "leave out the sign"),
        ("        speed ~ [1 m/s, 2 m/s]\n", "E0212", "this is a list", "'1 m/s..2 m/s' for all that lies between"),
        (
            "        speed = 0 m/s\n    sensor f on ego = camera(size = 320*240)\n",
            "E0204",
            "expected a vector",
            "write '(320, 240)'",
        ),
        (
            "        speed = 0 m/s\n    sensor f on ego = camera(size = 320)\n",
            "E0204",
            "expected a vector",
            "write '(320, ...)'",
        ),
        (
            "        speed = 0 m/s\n    car a between ego and ego\n",
            "E0209",
            "'ego' is both of them",
            "name another one",
        ),
        (
            "        speed = 0 m/s\n    param a, b: speed ~ {(1 m/s, 2 m)}\n",
            "E0203",
            "declared as a speed",
            "leave the type out",
        ),
        ("        speed = 1 m/s\n    when ego.standstill holds ~ 1..2 s:\n", "E0102", "unexpected '~'", "'param x ~"),
        ("        override speed = 1 m/s\n", "E0215", "extends no other", "remove"),
        ("        override controller = aeb()\n", "E0215", "extends no other", "remove"),
        ("        speed ~ {1, 2} m/s\n    cross ego.speed, ego.speed ways 2\n", "E0202", "stands twice", "remove"),
        ("        speed = 1 m/s\n    choose w:\n", "E0109", "indented block", "indent"),
    ],
)
def test_one_error_with_its_repair(lines, code, message, help_text):
    """One mistake, one diagnostic, whose help is about this mistake."""
    ((number, text, help_),) = found(HEAD + lines)
    assert number == code and message in text and help_text in help_


def test_override_in_a_case_names_what_was_written():
    """A case's value counts before others, so nothing is overridden; no internal path of the case is shown."""
    text = HEAD + "        speed = 1 m/s\n\nscenario b extends t:\n    choose w:\n        case a1:\n"
    ((code, message, _),) = found(text + "            override rain = 3 mm/h\n")
    assert code == "E0215" and "w.a1" not in message
    assert not found(text + "            rain = 3 mm/h\n")


def test_a_head_parameter_without_type_and_value_is_one_error():
    """It is refused where it stands; who extends the scenario and gives the value did nothing wrong."""
    text = "use driving\n\nscenario z(p):\n    let q = p\n\nscenario y extends z(p = 3):\n    cover q bins [0, 5]\n"
    ((code, message, _),) = [d for d in found(text) if d[0].startswith("E")]
    assert code == "E0205" and "'p' has neither a type nor a value" in message


def test_a_ratio_without_a_value_is_drawn_again():
    """b is -1, 0 or 1 and a = 1 / b: rows with b = 0 are rejected and counted, a third of all proposals; b * a = 1."""
    lines = ("param b ~ {-1, 0, 1}", "param a = 1 / b", "param c = b * a", "require c < 2")
    text = "use driving\nscenario t:\n" + "".join(f"    {line}\n" for line in lines)
    (program,) = parse_text(text, libraries=libraries())
    draws = Sampler(program, 0).draw(range(600))
    assert np.isfinite(draws.values["a"]).all() and set(draws.values["b"]) == {-1.0, 1.0}
    assert (draws.values["c"] == 1.0).all()
    (tally,) = [t for t in draws.tallies if t.text == "'a' is a number"]
    assert tally.line == 4 and abs(tally.share - 1 / 3) < 0.1  # 600 accepted: five standard deviations


def test_counts_beyond_reading():
    """10^90 is said in three characters."""
    assert (many(10**6), many(10**18), many(10**90)) == ("1,000,000", f"{10**18:,}", "more than 10^90")
    lines = "".join(f"    param p{k}: int ~ 1..100000\n" for k in range(80))
    (program,) = parse_text(f"use driving\nscenario t:\n{lines}", libraries=libraries())
    with pytest.raises(LimitError, match=r"more than 10\^400 combinations") as error:
        next(iter(Sampler(program, 0, "grid").rows()))
    assert len(str(error.value)) < 300


def test_check_of_several_tells_what_it_could_read(tmp_path):
    """The unit error of the first file is shown although there is no second; alone, the missing file raises."""
    path = tmp_path / "a.scn"
    path.write_text("use driving\n\nscenario a:\n    param x ~ 0 m..1\n")
    report = inspect.check(str(path), str(tmp_path / "none.scn"))
    assert not report.ok and "E0203" in report.text and "none.scn" in report.unread[0]
    with pytest.raises(UsageError):
        inspect.check(str(tmp_path / "none.scn"))


def test_a_quantity_of_json_has_a_unit():
    """As the published schema says: [number, string]."""
    data = json.loads(json_of_text("use driving\n\nscenario a:\n    param x ~ 1 m..3 m\n"))
    assert text_of_json(json.dumps(data))
    data["statements"][1]["body"][0]["bind"]["drawn"]["range"][0] = {"quantity": [10, None]}
    with pytest.raises(UsageError, match="a number and its unit"):
        text_of_json(json.dumps(data))


@pytest.mark.parametrize(
    ("entity", "help_text"),
    [
        ("wheelchair w on pavement(left) at s(50 m)", "write 'along curb(left) at s(50 m)', or remove this clause"),
        ("pedestrian w on any_pavement at s(50 m)", "write 'along curb(right) at s(50 m)', or remove this clause"),
        ("car w on pavement(left) at s(50 m)", "remove this clause"),
    ],
)
def test_a_station_of_a_pavement_is_along_its_kerb(entity: str, help_text: str) -> None:
    """People are told what stands them there, and the advice holds; cars along a kerb stand on the carriageway."""
    head = "use driving\n\nscenario t:\n    world street(lanes = 2)\n"
    assert [d[2] for d in found(f"{head}    {entity}\n    stop after 1 s\n")] == [help_text]
    if help_text.startswith("write"):
        advice = f"{entity.partition(' on ')[0]} {help_text.split(chr(39))[1]}"
        assert found(f"{head}    {advice}\n    stop after 1 s\n") == []
