"""check: costs, several files, --strict, hints; called in this process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from simengine.cli.app import app
from tests.sketched import install

GOOD = """use driving
scenario good:
    world street(lanes = 2)
    car ego on lane(1) at s(20 m)
    sensor front on ego = camera(size = (64, 48))
    record front: rgb at 10 hz
    stop after 1 s
"""
LATER = "    ferry t at (60 m, 9 m)\n"


def call(*args: object) -> Result:
    """The command in this process."""
    return CliRunner().invoke(app, ["check", *(str(a) for a in args)])


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    install(monkeypatch)
    texts = {
        "good": GOOD,
        "later": GOOD.replace("good", "later").replace("driving", "driving\nuse sketch") + LATER,
        "bad": GOOD.replace("good", "bad").replace("lanes = 2", "lanes = 99"),
        "mute": GOOD.replace("good", "mute").replace("    record front: rgb at 10 hz\n", ""),
        "blind": "use driving\nscenario blind:\n    world street(lanes = 2)\n    car hero on lane(1) at s(20 m)\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.scn").write_text(text)
    return {name: tmp_path / f"{name}.scn" for name in texts}


def test_a_check_tells_what_a_variant_costs(files: dict[str, Path]):
    """1 s at 10 Hz: 11 images of 64 x 48 pixels, as text and as data."""
    done = call(files["good"])
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1:] == ["  a variant at most: 1 s simulated, 11 frames, 33.8 thousand pixels"]
    (scenario,) = json.loads(call(files["good"], "--json").stdout)["scenarios"]
    assert scenario["cost"]["pixels"] == 11 * 64 * 48 and scenario["cost"]["sensors"][0]["readings"] == 11
    assert scenario["hints"] == []


def test_several_files_name_those_that_pass_and_a_total(files: dict[str, Path]):
    """Of three files one has an error: the two others are named with their results, and the counts add up."""
    lines = call(files["good"], files["bad"], files["mute"]).stdout.splitlines()
    assert any(line.startswith(f"{files['good']}: good: ok") for line in lines)
    assert any(line.startswith(f"{files['mute']}: mute: ok") for line in lines)
    assert lines[-1] == "3 files: 2 ok, 1 with errors"


def test_several_files_are_one_report(files: dict[str, Path]):
    """All are checked, also after one with an error, which decides the exit code; each diagnostic names its file."""
    done = call(files["good"], files["bad"], files["later"])
    assert done.exit_code == 1
    assert "E0208" in done.stderr and "W0501" in done.stderr and "good: ok" in done.stdout and "later: " in done.stdout
    found = json.loads(call(files["good"], files["bad"], files["later"], "--json").stdout)
    assert not found["ok"] and [s["name"] for s in found["scenarios"]] == ["good", "later"]
    assert {Path(d["file"]).stem for d in found["diagnostics"]} == {"bad", "later"}


def test_strict_refuses_warnings(files: dict[str, Path]):
    """What a library cannot build checks and does not run yet: W0501, which only --strict turns into exit code 1."""
    assert call(files["later"]).exit_code == 0
    done = call(files["later"], "--strict")
    assert done.exit_code == 1 and done.stderr.endswith("--strict: 1 warning\n")
    assert call(files["later"], "--strict", "--json").exit_code == 1
    assert call(files["good"], "--strict").exit_code == 0


def test_a_scenario_that_records_nothing_gets_a_hint(files: dict[str, Path]):
    """One line with what to add, which then checks; no warning: --strict lets it pass."""
    done = call(files["mute"], "--strict")
    hint = "nothing is recorded, so a run gives no frames; add for example 'record front: rgb'"
    assert done.exit_code == 0 and done.stdout.splitlines()[2:] == [f"  hint: {hint}"]
    assert json.loads(call(files["mute"], "--json").stdout)["scenarios"][0]["hints"] == [hint]
    lines = call(files["blind"]).stdout.splitlines()[2].split("'")[1::2]
    assert lines == ["sensor front on hero = camera()", "record front: rgb"]
    files["blind"].write_text(files["blind"].read_text() + "".join(f"    {line}\n" for line in lines))
    assert "hint" not in call(files["blind"]).stdout


def test_one_of_several_scenarios_of_a_file(files: dict[str, Path]):
    """FILE:NAME describes that one, as the other commands take it; an unknown name is told with the nearest."""
    both = files["good"].with_name("both.scn")
    both.write_text(GOOD + GOOD.replace("good", "second").removeprefix("use driving\n"))
    found = json.loads(call(f"{both}:second", "--format", "json").stdout)
    assert [s["name"] for s in found["scenarios"]] == ["second"]
    assert "did you mean 'second'?" in str(call(f"{both}:secnd").exception)


def test_formats(files: dict[str, Path]):
    """--format json is --json; other words, and the two against each other, are told."""
    assert call(files["good"], "--format", "json").stdout == call(files["good"], "--json").stdout
    assert "choose from text, json" in str(call(files["good"], "--format", "xml").exception)
    assert "contradict" in str(call(files["good"], "--format", "text", "--json").exception)
