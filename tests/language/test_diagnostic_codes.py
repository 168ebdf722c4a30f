"""Codes and severities agree: E is an error, W is a warning."""

from __future__ import annotations

import re
from pathlib import Path

import simengine.language
from simengine.language.codes import CODES

SOURCE = Path(simengine.language.__file__).parent


def test_severity_follows_from_the_code():
    """Every diagnostic that is made by hand in the sources names the severity that its letter says."""
    made = [
        m for p in sorted(SOURCE.glob("*.py")) for m in re.findall(r'"([EW]\d{4})", "(error|warning)"', p.read_text())
    ]
    assert len(made) > 5
    assert all((code[0] == "E") == (severity == "error") for code, severity in made)
    called = [m for p in SOURCE.glob("*.py") for m in re.findall(r'\.(error|warning)\(\s*"([EW])', p.read_text())]
    assert len(called) > 50 and all((letter == "E") == (kind == "error") for kind, letter in called)
    assert all(re.fullmatch(r"[EW]\d{4}", code) for code in CODES)
