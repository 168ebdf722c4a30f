"""sample --format: what is printed, called in this process."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from simengine.cli.app import app
from simengine.cli.sampled import write_csv
from simengine.engine.inspect import SampleTable
from simengine.language.tabled import Column

TEXT = """use driving
scenario t:
    param wet: bool ~ {true: 1, false: 1}
    world street(lanes = 2, parking = right, length = 120 m):
        rain ~ 0..40 mm/h
    car ego on lane(1) at s(20 m):
        speed ~ 20..40 km/h
    car parked[~ 1..3] along curb(right) by ~ 0.8..2.5 m:
        model ~ {sedan: 4, van: 2}
"""


def call(*args: object) -> Result:
    """The command in this process."""
    return CliRunner().invoke(app, ["sample", *(str(a) for a in args)])


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    (tmp_path / "t.scn").write_text(TEXT)
    return tmp_path / "t.scn"


def test_csv_holds_the_values_of_json(scenario: Path):
    """Units in the headers; every number is, digit for digit, the one of JSON, which writes the shortest text that
    gives the same double; what a variant lacks (an element of the array) is empty, and flags are words."""
    found = json.loads(call(scenario, "-n", 40, "--json").stdout)
    assert found == json.loads(call(scenario, "-n", 40, "--format", "json").stdout)
    head, *rows = csv.reader(io.StringIO(call(scenario, "-n", 40, "--format", "csv").stdout))
    assert head == found["columns"] and {"ego.speed [km/h]", "world.rain [mm/h]", "parked[3].model"} <= set(head)
    assert len(rows) == len(found["variants"]) == 40 and any("" in row for row in rows)
    for row, wanted in zip(rows, found["variants"], strict=True):
        cells = {name: cell for name, cell in zip(head, row, strict=True) if cell}
        assert cells.keys() == wanted.keys() and cells["wet"] in ("true", "false")
        for name, cell in cells.items():
            assert cell == wanted[name] if isinstance(wanted[name], str) else json.loads(cell) == wanted[name]


def test_text_is_no_formula_and_numbers_stay_numbers():
    """Text that begins as a spreadsheet's formula does gets an apostrophe; commas, quotes and line ends are quoted, so
    that the csv module reads back what was written; negative numbers are left alone."""
    words = ["=1+1", "+2", "-3", "@SUM(A1)", "\t=1", 'a,"b"\nc', "sedan"]
    values = [-1.5, 0.1, 1e-300, -0.0, math.pi, 5e-324, 1e22]
    cells = (
        Column("variant", np.arange(7)), Column("=bad [m]", np.array(values)), Column("word", np.array(words)),
        Column("flag", np.array([True, False] * 3 + [True])),
    )  # fmt: skip
    stream = io.StringIO()
    write_csv(SampleTable("t", cells, ()), stream)
    head, *rows = csv.reader(io.StringIO(stream.getvalue()))
    assert head == ["variant", "'=bad [m]", "word", "flag"]
    assert [row[2] for row in rows] == [f"'{w}" for w in words[:5]] + words[5:]
    numbers = np.array([float(row[1]) for row in rows])
    assert numbers.tobytes() == np.array(values).tobytes() and rows[0][1] == "-1.5"
    assert [row[3] for row in rows[:2]] == ["true", "false"]


def test_long_tables_are_written_in_parts():
    """More rows than are made at a time: each is there once, in order; the longest single write stays small."""

    class Stream(io.StringIO):
        longest = 0

        def write(self, s: str, /) -> int:
            self.longest = max(self.longest, len(s))
            return super().write(s)

    stream, n = Stream(), 10_000
    cells = (Column("variant", np.arange(n)), Column("x", np.arange(n) / 3.0, np.arange(n) % 2 == 0))
    write_csv(SampleTable("t", cells, ()), stream)
    rows = [line.split(",") for line in stream.getvalue().splitlines()[1:]]
    assert [int(r[0]) for r in rows] == list(range(n)) and stream.longest < 100
    assert all((cell == "") == bool(k % 2) and (k % 2 or float(cell) == k / 3.0) for k, (_, cell) in enumerate(rows))


def test_table_is_the_default(scenario: Path):
    """For a person: the title and a few digits."""
    plain = call(scenario, "-n", 2)
    assert plain.exit_code == 0 and plain.stdout == call(scenario, "-n", 2, "--format", "table").stdout
    assert plain.stdout.startswith("t, seed 0, plan random")


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (("--format", "cvs"), "did you mean 'csv'?"),
        (("--format", "csv", "--json"), "contradict"),
        (("--format", "csv", "--count", "--plan", "grid"), "--format table or json"),
    ],
)
def test_formats_that_make_no_sense_are_refused(scenario: Path, args: tuple[str, ...], wanted: str):
    """One line that says what to write."""
    done = call(scenario, *args)
    assert done.exit_code != 0 and wanted in str(done.exception)
