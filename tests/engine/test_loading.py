"""From names to programs."""

from __future__ import annotations

import re

import pytest

from simengine.engine.inspect import check
from simengine.engine.loading import load, require_runnable
from simengine.errors import NotRunnableError


def test_what_does_not_run_is_told_in_a_few_lines():
    """bin_pick uses some twenty things that only check: the error shows the first five in the order of the text and
    counts the rest; ``check`` lists each of them once."""
    program = load("bin_pick")
    with pytest.raises(NotRunnableError) as caught:
        require_runnable(program)
    head, *lines, last = str(caught.value).split("\n")
    assert "'bin_pick'" in head and len(lines) == 5
    assert last == f"  and {len(program.not_yet) - 5} more: 'simengine check' lists them all"
    numbers = [int(m[1]) for m in (re.match(r"line (\d+):", t) for t in program.not_yet) if m]
    assert len(numbers) == len(program.not_yet) > 10 and numbers == sorted(numbers)
    assert [t.strip() for t in lines] == list(program.not_yet[:5])
    assert len(check("bin_pick").lines) == 1 + len(program.not_yet)


def test_warnings_are_no_errors(tmp_path):
    """Unused values and constraints that always hold: the program is fine, and the summary counts warnings only."""
    path = tmp_path / "w.scn"
    path.write_text("scenario w:\n    param x ~ 0..1\n    param y ~ 0..1\n    require y >= 0\n")
    report = check(str(path))
    assert report.ok and report.text.endswith("\n\n2 warnings") and " error" not in report.text
    assert [d["code"] for d in report.diagnostics] == ["W0301", "W0310"]
    assert {d["severity"] for d in report.diagnostics} == {"warning"}
    path.write_text("scenario w:\n    param y ~ 0..1\n    require y > 2\n")
    report = check(str(path))
    assert not report.ok and [(d["code"], d["severity"]) for d in report.diagnostics] == [("E0218", "error")]
