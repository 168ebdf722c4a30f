"""The scenario language: text to checked ``Program``, and drawing values from it."""

from __future__ import annotations

from simengine.language.diagnostics import Diagnostic, Label, diagnostics_json, render_diagnostics
from simengine.language.frontend import CheckResult, check_file, check_text, parse_file, parse_text
from simengine.language.program import Program
from simengine.language.terms import Span

__all__ = [
    "CheckResult", "Diagnostic", "Label", "Program", "Span", "check_file", "check_text", "diagnostics_json",
    "parse_file", "parse_text", "render_diagnostics",
]  # fmt: skip
