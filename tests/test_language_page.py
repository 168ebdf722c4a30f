"""The whole-file examples of docs/language.md check, can be drawn, and run to their end."""

import re
from pathlib import Path
from typing import Any

import pytest

import simengine
from simengine.engine.variation import Variation
from simengine.errors import ProgramError

PAGE = Path(__file__).parent.parent / "docs" / "language.md"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
FILES = [text for language, text in BLOCKS if not language and text.startswith(("use ", "scenario "))]
PYTHON = [text for language, text in BLOCKS if language == "python"]


def test_the_page_has_examples():
    """The pattern still finds the blocks."""
    assert len(FILES) >= 10 and PYTHON


@pytest.mark.parametrize("text", FILES)
def test_an_example_checks_and_draws(text: str, tmp_path: Path):
    """As a stranger would try it: save, check, draw one, let it happen."""
    file = tmp_path / "example.scn"
    file.write_text(text, encoding="utf-8")
    program = simengine.load(str(file))
    assert program.not_yet == ()
    assert len(list(simengine.sample(program, variants=1, seed=0))) == 1
    (one,) = Variation(program, 0, "random").simulate([0])
    assert one.trace.stop_reason and len(one.verdicts) == len(program.monitors)


@pytest.mark.parametrize("kind", ["camera", "stereo", "lidar", "imu", "gnss"])
def test_every_kind_of_sensor_has_a_line_and_its_rate_a_hint(kind: str, tmp_path: Path):
    """A rate in the brackets is answered with where it stands; the page's example has a line of each kind."""
    assert any(f" = {kind}(" in text for text in FILES)
    file = tmp_path / "rate.scn"
    file.write_text(f"use driving\nscenario r:\n    car ego\n    sensor s on ego = {kind}(rate = 10 hz)\n")
    with pytest.raises(ProgramError, match=r"'record NAME: \.\.\. at 10 hz'"):
        simengine.load(str(file))


@pytest.mark.parametrize("code", PYTHON)
def test_an_example_in_python_makes_a_program_that_runs(code: str):
    """Executed as it stands; the program that it names runs to its end."""
    made: dict[str, Any] = {}
    exec(code, made)
    program = made["program"]
    assert program.not_yet == ()
    (one,) = Variation(program, 0, "random").simulate([0])
    assert one.trace.stop_reason


TABLE = PAGE.read_text(encoding="utf-8").split("## Values and draws")[1].split("\n## ")[0]
DRAWS = re.findall(r"^\| `((?:~|param)[^|]*?)`", TABLE, re.MULTILINE)


@pytest.mark.parametrize("kind", ["", ": length", ": speed"])
def test_every_form_of_the_table_of_draws_can_be_drawn(kind: str, tmp_path: Path):
    """Each line of the table, as a parameter without a type; and those in metres and speeds with their type, too."""
    lines = ["use driving", "scenario every:"]
    for k, form in enumerate(DRAWS):
        unit = {"": form, ": length": " m", ": speed": "m/s"}[kind]
        if form.startswith("param") and not kind:
            lines += [f"    {form}"]
        elif not form.startswith("param") and unit in form and (kind != ": length" or "m/s" not in form):
            lines += [f"    param p{k}{kind} {form}"]
    assert len(lines) >= {"": 10, ": length": 3, ": speed": 1}[kind] + 2
    file = tmp_path / "every.scn"
    file.write_text("\n".join([*lines, "    world street()", "    stop after 1 s", ""]), encoding="utf-8")
    assert len(list(simengine.sample(simengine.load(str(file)), variants=3, seed=0))) == 3
