"""Formatting scenario files in place."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from simengine.datasets.storage import disk_errors, write_atomic
from simengine.engine.catalogue import read_scenario
from simengine.errors import SimEngineError, UsageError
from simengine.language import render_diagnostics
from simengine.language.format import format_text

__all__ = ["FormattedFile", "format_files"]


@dataclass(frozen=True)
class FormattedFile:
    """What formatting one file found or did.

    Attributes:
        path: of the file, "-" for standard input.
        text: the formatted text.
        changed: the text differs from what was there.
        diff: a unified diff, from what was there to the formatted text.
        problems: rendered diagnostics of a file that was left alone, or why it cannot be read or written, or "".
    """

    path: str
    text: str
    changed: bool
    diff: str
    problems: str


def format_files(paths: Sequence[str], write: bool) -> Iterator[FormattedFile]:
    """Format files, folders (every ``.scn`` file in them) and standard input (``-``), one after the other.

    What cannot be read or written, is no text or holds no scenario is told of as a file with problems.

    Args:
        paths: what to format.
        write: replace files that change, each in one step; standard input is never written.
    """
    for path in _all(paths):
        try:
            yield _formatted(path, write)
        except SimEngineError as error:
            yield FormattedFile(path, "", False, "", f"error: {error}")


def _formatted(path: str, write: bool) -> FormattedFile:
    if path.endswith(".json"):
        raise UsageError(f"{path} is no text; 'simengine convert {path} --to text' prints it as one")
    if path != "-" and Path(path).is_dir():
        raise UsageError(f"the folder {path} holds no .scn file")
    text = sys.stdin.buffer.read().decode("utf-8", "replace") if path == "-" else read_scenario(Path(path))
    made = format_text(text, "<stdin>" if path == "-" else path)
    problems = render_diagnostics(made.diagnostics, text) if made.diagnostics else ""
    if made.changed and write and path != "-":
        target = Path(os.path.realpath(path))  # the file, not the link that names it
        with disk_errors("write", target):
            mode = target.stat().st_mode & 0o7777
            write_atomic(target, made.text.encode("utf-8"))
            target.chmod(mode)
    diff = difflib.unified_diff(text.splitlines(True), made.text.splitlines(True), path, f"{path} (formatted)")
    shown = "".join(map(_whole, diff)) if made.changed else ""
    return FormattedFile(path, made.text, made.changed, shown, problems)


def _whole(line: str) -> str:
    """A line of a diff; one of a text that ends without a line break says so, as ``diff -u`` does."""
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _all(paths: Sequence[str]) -> list[str]:
    found: list[str] = []
    for path in paths:
        if path != "-" and Path(path).is_dir():
            found += sorted(str(p) for p in Path(path).rglob("*.scn") if not p.is_dir()) or [path]
        else:
            found.append(path)
    return list(dict.fromkeys(found))
