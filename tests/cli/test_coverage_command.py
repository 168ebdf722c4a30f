"""``coverage`` and plans on the command line, in this process: draws, a dataset, and its page."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import simengine
from simengine.cli.app import app
from simengine.engine.coverage import coverage
from simengine.engine.loading import load
from simengine.engine.variation import Variation
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
    assert "; and 3 more" in shown.output  # of five feasible combinations two are named
    assert "ego.speed x gap" in shown.output and "requirements" in shown.output and "nhtsa.24" in shown.output


def test_a_covering_plan_names_what_it_leaves_out(short: Path) -> None:
    """The speed at an event is known only while running, so no draw can aim at it; the gap is drawn and is covered."""
    notes = last(call("sample", short, "--plan", "cover", "-n", 0, "--format", "json"))["notes"]
    told = [note for note in notes if note.startswith("not covered by the plan")]
    assert len(told) == 1 and "'there'" in told[0] and "known only once" in told[0]
    assert not any("not covered" in n for n in last(call("sample", short, "-n", 2, "--format", "json"))["notes"])


def test_coverage_of_a_dataset_and_its_page(short: Path, tmp_path: Path) -> None:
    """A run with a covering array says on its page that it hit all 5 combinations; ``coverage`` of the folder gives
    the same counts, the item that is known while running included, and the matrix of requirements its verdicts."""
    out = tmp_path / "out"
    done = call("run", short, "--plan", "cover:2", "-n", 8, "--out", out, "--max-frames", 1)
    assert done.exit_code == 0 and done.stderr.count("the plan has 5 rows, so there are 5 variants, not 8") == 1
    assert simengine.Dataset.open(out).about["variants"] == 5
    page = (out / "index.html").read_text()
    assert "<h2>Coverage</h2>" in page and "ego.speed \u00d7 gap" in page
    assert page.count("not covered by the plan") == done.stdout.count("not covered by the plan: 'there'") == 1
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


PLACED = """
use driving

scenario placed "What follows from where things stand":
    param gap: length ~ 2..20 m
    param place: length ~ 40..90 m
    let apart = distance(ego, other)
    world street(lanes = 2, length = 120 m)
    car ego on lane(1) at s(20 m)
    car other ahead of ego by gap
    car far on lane(2) at s(place)
    stop after 0.1 s
    cover gap by 2 m
    cover apart by 2 m
    cover far.position.x as there by 10 m over 40 m..90 m
    cross gap, apart ways 2
"""


def test_what_follows_from_the_placed_scene_counts_for_draws(tmp_path: Path) -> None:
    """The report of 40 draws has the counts of the labels that a simulation of the same variants gives. On a straight
    lane the distance between the boxes is the gap itself, so every pair lies on the diagonal."""
    path = tmp_path / "placed.scn"
    path.write_text(PLACED)
    report = coverage([str(path)], variants=40).reports[str(path)]
    made = Variation(load(str(path)), 0, "random").simulate(range(40))
    for item in report.items:
        labels = Counter(str(s.coverage[item.names[0]]) for s in made)
        labels.pop("None", None)
        assert labels == {label: n for label, n, _ in item.bins if n} and item.outside == 40 - sum(labels.values())
    assert {i.names[0]: i.feasible for i in report.items} == {"gap": 9, "apart": None, "there": None}
    (cross,) = report.crosses
    assert all(a == b for (a, b), _ in cross.least) and not report.notes[0].startswith("not told")


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
