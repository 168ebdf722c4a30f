"""fmt, explain, new, convert: the commands about texts, called in this process."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from simengine.cli import output
from simengine.cli.app import app
from simengine.engine.inspect import Listing
from simengine.engine.starter import TEMPLATES
from simengine.errors import UsageError
from simengine.language.codes import CODES

UGLY = 'use driving\nscenario t:   # here\n  param a:speed~1..2m/s "x"\n'
PRETTY = 'use driving\n\nscenario t:  # here\n    param a: speed ~ 1..2 m/s "x"\n'


def call(*args: object, given: str | None = None) -> Result:
    """The command in this process."""
    return CliRunner().invoke(app, [str(a) for a in args], input=given)


@pytest.fixture
def ugly(tmp_path: Path) -> Path:
    path = tmp_path / "ugly.scn"
    path.write_text(UGLY)
    return path


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_list_never_cuts_a_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int):
    """Names are there to be copied; where there is room tags are shown, too."""
    told = {
        "runs": True,
        "missing": [],
        "template": "",
        "title": "A title of some words that takes its room",
        "tags": ["odd.urban"],
    }
    names = ["short", "alks_crossing_pedestrian_of_many_words"]
    monkeypatch.setattr(output, "_out", Console(width=columns, highlight=False))
    output.listing(Listing(tuple({"name": n, **told} for n in names), ("driving",), ("raytrace",)), json=False)
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in names) and ("odd.urban" in shown) == (columns > 120)


def test_fmt_writes_in_place_and_keeps_the_mode(ugly: Path):
    """Once changed, then unchanged; no temporary file stays; a link is followed, not replaced."""
    ugly.chmod(0o640)
    link = ugly.with_name("link.scn")
    link.symlink_to(ugly)
    done = call("fmt", link)
    assert done.exit_code == 0 and ugly.read_text() == PRETTY and link.is_symlink()
    assert stat.S_IMODE(ugly.stat().st_mode) == 0o640
    assert sorted(p.name for p in ugly.parent.iterdir()) == ["link.scn", "ugly.scn"]
    assert "1 file unchanged" in call("fmt", ugly).stderr


def test_fmt_check_and_diff_write_nothing(ugly: Path):
    """Exit code 1 of --check is what a hook needs; --diff shows both texts."""
    done = call("fmt", "--check", ugly)
    assert done.exit_code == 1 and "would format" in done.stderr
    done = call("fmt", "--diff", ugly.parent)
    assert done.exit_code == 0 and "-  param a:speed" in done.stdout and "+    param a: speed" in done.stdout
    assert ugly.read_text() == UGLY


def test_fmt_diff_ends_with_a_line_break(ugly: Path):
    """The summary has a line of its own, also after a text without a last line break; ``patch`` reads the note."""
    ugly.write_text(UGLY.rstrip("\n"))
    done = call("fmt", "--diff", ugly)
    assert "\n\\ No newline at end of file\n" in done.stdout and done.stdout.endswith("\n")
    assert done.stderr.startswith("1 file would change")


def test_fmt_leaves_errors_alone_and_goes_on(ugly: Path):
    """One broken file does not stop the next; the exit code tells."""
    broken = ugly.with_name("broken.scn")
    broken.write_text("scenario t:\n    let = 3\n")
    done = call("fmt", broken, ugly)
    assert done.exit_code == 2 and "E0102" in done.stderr and "broken.scn:2:9" in done.stderr
    assert ugly.read_text() == PRETTY and broken.read_text() == "scenario t:\n    let = 3\n"


def test_fmt_of_standard_input(ugly: Path):
    """Editors pipe."""
    assert call("fmt", "-", given=UGLY).stdout == PRETTY
    assert call("fmt", "-", "--check", given=UGLY).exit_code == 1


def test_fmt_of_what_is_not_there(tmp_path: Path):
    """What every command that takes a file says; the others are formatted all the same."""
    (tmp_path / "empty.scn").mkdir()
    (tmp_path / "bytes.scn").write_bytes(b"\xff")
    (tmp_path / "gone.scn").symlink_to("nowhere")
    ugly = tmp_path / "z.scn"
    ugly.write_text(UGLY)
    done = call("fmt", tmp_path, tmp_path / "a.scn", tmp_path / "empty.scn")
    assert done.exit_code == 2 and ugly.read_text() == PRETTY
    told = (
        "bytes.scn is not UTF-8",
        f"no scenario file at {tmp_path}/gone",
        "no scenario file at",
        "holds no .scn file",
    )
    assert all(words in done.stderr for words in told)
    assert "1 file formatted, 4 files with errors left alone" in done.stderr


def test_explain_one_and_all():
    """Lower case does; a code that is none gets the nearest; without a code all are listed."""
    assert "cannot be compared" in call("explain", "e0203").stdout
    assert json.loads(call("explain", "W0310", "--json").stdout)["title"] == "constraint never fails"
    listed = call("explain").stdout
    assert all(code in listed for code in CODES)
    assert "no diagnostic has the code 'X1'" in str(call("explain", "X1").exception)


def test_convert_and_check_the_result(tmp_path: Path):
    """Text to JSON to text; a JSON program goes where a text goes."""
    made = tmp_path / "a.json"
    made.write_text(call("convert", "child_dart_out").stdout)
    assert call("check", made).exit_code == 0
    assert "is no text" in call("fmt", made).stderr
    assert call("convert", made, "--to", "text").stdout == call("convert", "child_dart_out", "--to", "text").stdout


@pytest.mark.parametrize("template", list(TEMPLATES))
def test_new_writes_a_scenario_that_checks_and_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str):
    """Without a warning, formatted, and never over a file that is there."""
    monkeypatch.chdir(tmp_path)
    assert call("new", "mine", "--template", template).exit_code == 0
    done = call("check", "mine.scn")
    assert done.exit_code == 0 and done.stderr == "", done.output
    assert call("fmt", "--check", "mine.scn").exit_code == 0 and call("sample", "mine.scn", "-n", 2).exit_code == 0
    assert "is there already" in str(call("new", "mine").exception)
    assert "cannot name a scenario" in str(call("new", "do").exception)
    assert "there is no folder 'away'" in str(call("new", "away/mine").exception)


@pytest.mark.parametrize("port", ["0", "80000"])
def test_lsp_refuses_ports_that_are_none(port: str):
    """Before anything is served."""
    done = call("lsp", "--tcp", port)
    assert isinstance(done.exception, UsageError) and "from 1 to 65535" in str(done.exception)
