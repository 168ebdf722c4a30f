"""From names to programs."""

from __future__ import annotations

import pytest

from simengine.engine.inspect import check
from simengine.engine.loading import load, require_runnable
from simengine.errors import NotRunnableError
from tests.sketched import install


def test_what_does_not_run_is_told_in_a_few_lines(tmp_path, monkeypatch):
    """Seven times what only checks: the error shows the first five at their places, in the order of the text, and
    counts the rest; ``check`` warns of each of them once."""
    path = tmp_path / "parks.scn"
    install(monkeypatch)
    lines = ["use driving", "use sketch", "scenario rows:", "    world street(length = 150 m)"]
    path.write_text("\n".join([*lines, *[f"    ferry t{i} at ({20 * i + 9} m, 9 m)" for i in range(7)], ""]))
    program = load(path)
    with pytest.raises(NotRunnableError) as caught:
        require_runnable(program)
    head, *blocks, last = str(caught.value).split("\n\n")
    assert "'rows'" in head and len(blocks) == 5
    assert last == f"and {len(program.not_yet) - 5} more, which 'simengine check' shows"
    numbers = [item.span.line for item in program.not_yet]
    assert len(numbers) > 5 and numbers == sorted(numbers)
    for block, item in zip(blocks, program.not_yet, strict=False):
        assert block.startswith(f"W0501 {item.what} {item.verb} not run yet") and "^" in block
        assert f":{item.span.line}:{item.span.column}\n" in block
    report = check(str(path))
    assert report.ok and {(d["code"], d["severity"]) for d in report.diagnostics} == {("W0501", "warning")}
    assert len(report.diagnostics) == len({(i.span.line, i.span.column) for i in program.not_yet})


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
