"""``coverage`` and plans on the command line, in this process: draws, a dataset, and its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import simengine
from simengine.cli.app import app
from simengine.errors import UsageError

TEXT = """
use driving

scenario short "A car at two speeds":
    tags nhtsa.24, odd.urban
    cite "a report"
    world street(lanes = 2, length = 80 m)
    car ego on lane(1) at s(20 m):
        speed ~ 20..40 km/h step 10 km/h
    param gap: time ~ 1..2 s
    require ego.speed * gap > 9 m
    do:
        wait 0.1 s
        go: ego.keep_speed() for 0.2 s
    stop after 0.3 s
    expect always ego.speed > 1 m/s
    sensor front on ego = camera(size = (32, 24))
    record front: rgb at 10 hz
    cover gap by 0.5 s
    cover ego.speed as there at go.started by 5 m/s
    cross ego.speed, gap ways 2
"""


def call(*args: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in args], env={"COLUMNS": "200"})


def last(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.strip().splitlines()[-1])


@pytest.fixture
def short(tmp_path: Path) -> Path:
    path = tmp_path / "short.scn"
    path.write_text(TEXT)
    return path


def test_coverage_of_draws(short: Path) -> None:
    """20 km/h needs a gap of more than 1.62 s: its first bin is impossible (5 of 6 feasible). The covering array hits
    all, 3 random draws at most 3 and what is suggested hits the rest."""
    full = last(call("coverage", short, "--plan", "cover", "-n", 0, "--json"))["reports"][str(short)]
    (cross,) = full["crosses"]
    assert (cross["hit"], cross["feasible"], cross["raw"], full["variants"]) == (5, 5, 6, 5)
    assert full["suggestions"] == [] and "there" in full["notes"][0]
    few = last(call("coverage", short, "-n", 3, "--suggest", 50, "--json"))["reports"][str(short)]
    assert few["crosses"][0]["hit"] + len(few["suggestions"]) == 5
    shown = call("coverage", short, "-n", 3)
    assert "ego.speed x gap" in shown.output and "requirements" in shown.output and "nhtsa.24" in shown.output


def test_coverage_of_a_dataset_and_its_page(short: Path, tmp_path: Path) -> None:
    """A run with a covering array says on its page that it hit all 5 combinations; ``coverage`` of the folder gives
    the same counts, the item that is known while running included, and the matrix of requirements its verdicts."""
    out = tmp_path / "out"
    assert call("run", short, "--plan", "cover:2", "-n", 0, "--out", out, "--max-frames", 1).exit_code == 0
    page = (out / "index.html").read_text()
    assert "<h2>Coverage</h2>" in page and "ego.speed \u00d7 gap" in page
    found = last(call("coverage", out, short, "--json"))
    report = found["reports"][str(out)]
    assert json.loads((out / "coverage.json").read_text())["items"] == report["items"]
    hits = {tuple(h["names"]): h for h in (*report["items"], *report["crosses"])}
    assert hits["ego.speed", "gap"]["hit"] == 5 and hits["there",]["hit"] == 2 and hits["there",]["feasible"] is None
    families = {r["family"]: r for r in found["requirements"]}
    assert set(families) == {"nhtsa", "odd"} and families["odd"]["cites"] == ["a report"]
    first = families["nhtsa"]["results"][0]
    assert (first["variants"], first["passed"], first["failed"], first["hit"], first["goal"]) == (5, 5, 0, 5, 5)
    assert call("verify", out).exit_code == 0


def test_a_damaged_coverage_file_is_an_error(short: Path, tmp_path: Path) -> None:
    """What no run writes is told, never a traceback."""
    from simengine.datasets.report import write_report
    from simengine.errors import DatasetError

    out = tmp_path / "out"
    assert call("run", short, "-n", 1, "--out", out, "--max-frames", 1).exit_code == 0
    for text in ("[]", "{", '{"items": 3}', '{"items": [{}], "variants": 1}'):
        (out / "coverage.json").write_text(text)
        with pytest.raises(DatasetError):
            write_report(out)


def test_plans_in_python(short: Path) -> None:
    """The same variants by every door; a hypercube knows its size; what cannot be is refused before anything runs."""
    program = simengine.load(short)
    assert [s.plan for s in simengine.sample(program, 4, plan="lhs")] == ["lhs:4"] * 4
    assert len(simengine.sample(program, 0, plan="cover")) == 5
    rows = last(call("sample", short, "--plan", "sobol", "-n", 5, "--json"))["variants"]
    mine = simengine.sample(program, 5, plan="sobol")
    assert [r["variant"] for r in rows] == [s.index for s in mine]
    assert [r["gap [s]"] for r in rows] == [s.row()["gap [s]"] for s in mine]
    options = simengine.RunOptions(str(short), "x", variants=7, plan="lhs", first=3)
    assert options.plan == "lhs:10" and options.recorded()["plan"] == "lhs:10"
    with pytest.raises(UsageError, match="takes no number"):
        simengine.sample(program, 4, plan="sobol:3")
    with pytest.raises(UsageError, match="--variants must be 1 or more with --plan sobol"):
        simengine.sample(program, 0, plan="sobol")


def test_the_snippet_of_the_coverage_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """As it stands, with fewer draws: three lines, and points that a run takes."""
    import re

    page = (Path(__file__).resolve().parents[2] / "docs" / "coverage.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code.replace("variants=50", "variants=4").replace("=3)", "=1)"), "coverage.md", "exec"), names)
    assert capsys.readouterr().out.count("feasible") == 3
    options = simengine.RunOptions("child_dart_out", "x", plan="points", points=names["next_points"])
    assert len(options.points) == 1
