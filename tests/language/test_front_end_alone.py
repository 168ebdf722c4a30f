"""The front end reads no file, opens no connection and runs no process: a text from anywhere is safe to check."""

from __future__ import annotations

from typing import Any

import pytest

from simengine.engine.catalogue import libraries, scenario_files
from simengine.language import check_text, diagnostics_json, render_diagnostics
from simengine.language.sample import Sampler
from tests.audit import touched
from tests.language.programs import BASE, LIBRARIES

HOSTILE = 'use os\nuse ..etc.passwd\nscenario t:\n    world street("/etc/passwd")\n    cite "file:///etc/passwd"\n'
TEXTS = [(f.name, f.source, libraries()) for f in scenario_files()] + [
    ("base", BASE, LIBRARIES), ("broken", BASE.replace("(", "["), LIBRARIES), ("hostile", HOSTILE, LIBRARIES),
]  # fmt: skip


@pytest.mark.parametrize(("text", "known"), [t[1:] for t in TEXTS], ids=[t[0] for t in TEXTS])
def test_nothing_outside_is_touched(text: str, known: Any):
    """Python's audit events for files, sockets, processes, imports and compiled code: none while texts are checked,
    shown and drawn (the grammar and the beam tables are read once a process, before)."""

    def work() -> None:
        result = check_text(text, libraries=known)
        assert render_diagnostics(result.diagnostics, text) or result.ok
        diagnostics_json(result.diagnostics)
        for program in result.programs:
            if not program.not_yet:
                Sampler(program, 0).draw(range(2))

    assert touched(work) == []
