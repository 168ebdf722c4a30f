"""Diagnostics: what is wrong, where, and what to do about it; as text with carets and as JSON."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from simengine.errors import ProgramError
from simengine.language.codes import CODES
from simengine.language.limits import ERRORS, WARNINGS
from simengine.language.program import NotYet
from simengine.language.terms import Span

__all__ = ["Diagnostic", "Label", "Sink", "TooManyErrors", "diagnostics_json", "not_yet", "render_diagnostics"]

_NONE: Final[Mapping[str, str]] = {}
_WINDOW = 140  # longest piece of a source line that is shown


@dataclass(frozen=True)
class Label:
    """A secondary place with a note."""

    span: Span
    text: str


@dataclass(frozen=True)
class Diagnostic:
    """One problem.

    Attributes:
        code: key of the catalogue ``CODES``.
        severity: errors stop a program, warnings do not.
        message: one sentence.
        file: name of the source.
        span: where.
        labels: secondary places, each underlined with ``-``.
        help: a concrete replacement or next step.
        note: the rule, or the names that would fit.
        caret: what ``^`` underlines, where it is not ``span`` itself.
        caret_text: a note next to the caret.
    """

    code: str
    severity: Literal["error", "warning"]
    message: str
    file: str
    span: Span
    labels: tuple[Label, ...] = ()
    help: str = ""
    note: str = ""
    caret: Span | None = None
    caret_text: str = ""

    @property
    def origin(self) -> str:
        """Where the place is: the source, or the installed scenario that it extends."""
        return self.span.file or self.file


class TooManyErrors(Exception):  # noqa: N818  (ends the run early, is not an error of its own)
    """Raised by the sink once it is full."""


class Sink:
    """Collects diagnostics of one file, without repeats; ends the run at the limit of errors."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.items: list[Diagnostic] = []
        self._seen: set[tuple[str, str, int, int]] = set()
        self.errors = 0
        self.warnings: Counter[str] = Counter()

    def error(
        self, code: str, span: Span, message: str, *, labels: Sequence[Label] = (), help: str = "", note: str = "",
        caret: Span | None = None, caret_text: str = "",
    ) -> None:  # fmt: skip
        """Add an error; raises TooManyErrors when the sink is full."""
        self._add(
            Diagnostic(code, "error", message, self.file, span, tuple(labels), help, note, caret, caret_text)
        )  # fmt: skip

    def warning(
        self, code: str, span: Span, message: str, *, labels: Sequence[Label] = (), help: str = "", note: str = ""
    ) -> None:
        """Add a warning."""
        self._add(Diagnostic(code, "warning", message, self.file, span, tuple(labels), help, note))

    def _add(self, item: Diagnostic) -> None:
        assert item.code in CODES, item.code
        key = (item.code, *item.span.order)
        if key in self._seen or (item.severity == "warning" and self.warnings[item.code] >= WARNINGS):
            return
        self._seen.add(key)
        self.warnings[item.code] += item.severity == "warning"
        self.items.append(item)
        if item.severity == "error":
            self.errors += 1
            if self.errors >= ERRORS:
                raise TooManyErrors

    def extend(self, items: Iterable[Diagnostic]) -> None:
        """Add diagnostics that were made elsewhere."""
        for item in items:
            self._add(item)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All diagnostics in the order of the source."""
        return tuple(sorted(self.items, key=lambda d: (*d.span.order, d.code)))


def _clean(text: str) -> str:
    """Characters that a terminal can show, one for one (a tab becomes one blank)."""
    return "".join(c if c.isprintable() else " " if c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


@dataclass(frozen=True)
class _Mark:
    start: int  # display columns, 0-based
    end: int
    char: str
    text: str


def _underlines(marks: list[_Mark]) -> list[str]:
    """The lines under a source line: underlines and the last label first, the other labels below, rightmost first."""
    marks = sorted(marks, key=lambda m: m.start)
    row: list[str] = []
    for m in marks:
        row.extend(" " * (m.end - len(row)))
        for i in range(m.start, m.end):
            if row[i] != "^":
                row[i] = m.char
    lines = ["".join(row) + (f" {marks[-1].text}" if marks[-1].text else "")]
    for m in reversed(marks[:-1]):
        if m.text:
            lines.append(" " * m.start + m.text)
    return lines


def _excerpt(line_number: int, spans: list[tuple[Span, str, str]], lines: Sequence[str], gutter: int) -> list[str]:
    source = _clean(lines[line_number - 1]) if line_number <= len(lines) else ""
    first = min(s.column for s, _, _ in spans)
    shift = max(0, first - 61) if len(source) > _WINDOW else 0
    shown = source[shift : shift + _WINDOW].rstrip()
    prefix, suffix = "..." if shift else "", "..." if len(source) > shift + _WINDOW else ""
    marks: list[_Mark] = []
    for span, char, text in spans:
        end = span.end_column if span.end_line == line_number else len(source) + 1
        low = min(max(span.column - 1 - shift, 0), len(shown) + 1)
        high = min(max(end - 1 - shift, low + 1), max(len(shown), low + 1))
        start = len(prefix) + _width(shown[:low]) + max(0, low - len(shown))
        marks.append(_Mark(start, start + max(1, _width(shown[low:high])), char, text))
    out = [f"{line_number:>{gutter}} | {prefix}{shown}{suffix}"]
    out += [" " * gutter + " | " + text for text in _underlines(marks)]
    return out


def _render(d: Diagnostic, sources: Mapping[str, Sequence[str]]) -> str:
    caret = d.caret or d.span
    by_line: dict[tuple[str, int], list[tuple[Span, str, str]]] = {
        (caret.file, caret.line): [(caret, "^", d.caret_text)]
    }
    for label in d.labels:
        by_line.setdefault((label.span.file, label.span.line), []).append((label.span, "-", label.text))
    gutter = max(4, 2 + max(len(str(n)) for _, n in by_line))
    first = (caret.file, caret.line)
    out = [f"{d.code} {d.message}", f"  --> {_clean(d.origin)}:{d.span.line}:{d.span.column}"]
    order = [first, *sorted(k for k in by_line if k[0] == first[0] and k != first)]
    order += sorted(k for k in by_line if k[0] != first[0])
    shown = first[0]
    for file, number in order:
        if file != shown:
            column = by_line[file, number][0][0].column
            out.append(f"  ::: {_clean(file or d.file)}:{number}:{column}")
            shown = file
        out += _excerpt(number, by_line[file, number], sources.get(file, ()), gutter)
    out += [f"  help: {d.help}"] if d.help else []
    out += [f"  note: {d.note}"] if d.note else []
    return "\n".join(out)


def render_diagnostics(
    diagnostics: Sequence[Diagnostic], source: str, total: bool = True, parents: Mapping[str, str] = _NONE
) -> str:
    """Text for a person: code and message, place, source line with carets and labels, help and note.

    Args:
        diagnostics: in the order to show them.
        source: the text that they refer to.
        total: add a last line that counts errors and warnings.
        parents: texts of the installed scenarios that it extends, by name.

    Returns:
        Blocks separated by an empty line, and the last line.
    """
    texts = {**parents, "": source}
    sources = {
        name: text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for name, text in texts.items()
    }
    blocks = [_render(d, sources) for d in diagnostics]
    errors = sum(d.severity == "error" for d in diagnostics)
    counts = [(errors, "error"), (len(diagnostics) - errors, "warning")]
    last = ", ".join(f"{n} {word}{'s' if n != 1 else ''}" for n, word in counts if n)
    if errors >= ERRORS:
        last += f" (stopped after {ERRORS} errors)"
    return "\n\n".join([*blocks, last] if total else blocks) if blocks else ""


def _span_json(span: Span) -> dict[str, dict[str, int]]:
    return {
        "start": {"line": span.line, "column": span.column},
        "end": {"line": span.end_line, "column": span.end_column},
    }


def diagnostics_json(diagnostics: Sequence[Diagnostic]) -> list[dict[str, object]]:
    """The same as plain data for ``json.dumps``: lines and columns count from 1, ends are exclusive."""
    return [
        {
            "code": d.code, "severity": d.severity, "title": CODES[d.code][0], "message": d.message, "file": d.origin,
            **_span_json(d.span),
            "labels": [
                {**_span_json(label.span), "file": label.span.file or d.file, "text": label.text} for label in d.labels
            ],
            "help": d.help or None, "note": d.note or None,
        }
        for d in diagnostics
    ]  # fmt: skip


def not_yet(items: Iterable[NotYet], file: str) -> tuple[Diagnostic, ...]:
    """What checks and does not run, as warnings at their places (W0501)."""
    return tuple(
        Diagnostic("W0501", "warning", f"{item.what} {item.verb} not run yet", file, item.span, help=item.help)
        for item in items
    )


def program_error(diagnostics: Sequence[Diagnostic], source: str, parents: Mapping[str, str] = _NONE) -> ProgramError:
    """The exception that carries rendered text and the diagnostics themselves."""
    return ProgramError(render_diagnostics(diagnostics, source, parents=parents), tuple(diagnostics))
