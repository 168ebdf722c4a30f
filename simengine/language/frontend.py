"""From a text or file to checked programs. Nothing but ``ProgramError`` is ever raised for a bad text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from simengine.errors import NotRunnableError, UsageError
from simengine.language import check
from simengine.language import syntax as ast
from simengine.language.bins import too_many
from simengine.language.bounds import Bounds
from simengine.language.dependencies import Graph
from simengine.language.diagnostics import Diagnostic, Sink, TooManyErrors, not_yet, program_error
from simengine.language.drawn import Laws
from simengine.language.laws import check_laws
from simengine.language.layout import nest
from simengine.language.lexer import Abandon, Line, normalise, tokenise
from simengine.language.limits import SOURCE_BYTES
from simengine.language.parse import ReadLines, parse_lines
from simengine.language.program import Program
from simengine.language.proofs import check_constraints
from simengine.language.terms import START, Span
from simengine.world.library import Library

__all__ = ["CheckResult", "Examination", "check_file", "check_text", "examine_text", "parse_file", "parse_text"]

_NONE: Final[Mapping[str, str]] = {}
_UNREAD: Final[ReadLines] = {}


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Attributes:
        programs: empty if there is any error.
        diagnostics: errors and warnings in the order of the source.
        source: the text, for rendering.
        parents: texts of the installed scenarios that it extends, by name, for rendering.
    """

    programs: tuple[Program, ...]
    diagnostics: tuple[Diagnostic, ...]
    source: str
    parents: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def ok(self) -> bool:
        """There is no error (there may be warnings)."""
        return not any(d.severity == "error" for d in self.diagnostics)


def _bounded(graph: Graph) -> tuple[Diagnostic, ...]:
    """What bounds tell of a program: constraints that never hold or never fail, coverage of too many bins."""
    program = graph.program
    try:
        bounds = Bounds(Laws(program, graph))
    except NotRunnableError:
        return ()
    told = check_constraints(bounds)
    return (
        *(d for d in told if d.severity == "error" or program.span.holds(d.span)),
        *(Diagnostic("E0110", "error", t.message, program.file, t.span, help=t.help) for t in too_many(bounds)),
    )


@dataclass(frozen=True)
class Examination:
    """A check with everything that was known on the way, for editors.

    Attributes:
        result: what the check found.
        source: the text with plain line ends; empty if it was refused.
        lines: the top-level lines with their blocks as ``children``.
        statements: the syntax tree; of a text with errors, what could be read of it.
        scenarios: what the checker knows of each scenario that it reached.
        read: the lines that could be read.
        named: what was found until names had their meanings; laws and constraints, which come after, know no names.
    """

    result: CheckResult
    source: str
    lines: tuple[Line, ...]
    statements: tuple[ast.Statement, ...]
    scenarios: tuple[check.Checked, ...]
    named: tuple[Diagnostic, ...]
    read: ReadLines


def check_text(
    text: str, file: str = "<text>", *, libraries: Mapping[str, Library], scenarios: Mapping[str, str] = _NONE
) -> CheckResult:
    """Check a scenario text; never raises for what the text holds.

    Args:
        text: the source.
        file: its name in messages.
        libraries: what ``use`` may name.
        scenarios: texts of what ``extends`` may name beside the file's own scenarios, as "edge.child_dart_out".

    Raises:
        UsageError: the text is no ``str``.
    """
    return examine_text(text, file, libraries=libraries, scenarios=scenarios).result


def examine_text(
    text: str, file: str = "<text>", *, libraries: Mapping[str, Library], scenarios: Mapping[str, str] = _NONE,
    names_only: bool = False, known: ReadLines = _UNREAD,
) -> Examination:  # fmt: skip
    """Check a scenario text as :func:`check_text` does, and keep what was learnt on the way.

    Args:
        text, file, libraries, scenarios: as there.
        names_only: stop when names have their meanings; there are no programs then.
        known: lines of another text that were read; the same ones, at the same places, are not read again.

    Raises:
        UsageError: the text is no ``str``.
    """
    _require_text(text)
    sink = Sink(file)
    programs: tuple[Program, ...] = ()
    parents: dict[str, str] = {}
    named: tuple[Diagnostic, ...] | None = None
    read: ReadLines = {}
    source, lines, statements, seen = "", list[Line](), list[ast.Statement](), list[check.Checked]()
    try:
        source = normalise(text, sink)
        lines = nest(tokenise(source, sink), sink)
        statements, tainted, read = parse_lines(lines, sink, known)
        if not sink.errors and not any(s.kind == "scenario" for s in statements):
            sink.error("E0115", START, "the file holds no scenario", help="start one with 'scenario NAME:'")
        programs = check.check_file(statements, tainted, libraries, source, sink, seen, scenarios, parents)
        named = sink.sorted()
        if names_only:
            raise Abandon
        if not sink.errors:
            graphs = [Graph(program) for program in programs]
            for graph in graphs:
                sink.extend(check_laws(graph))
            for graph in () if sink.errors else graphs:
                sink.extend(_bounded(graph))
                sink.extend(not_yet(graph.program.not_yet, file))
    except (Abandon, TooManyErrors):
        pass
    except RecursionError:  # the caller has used up most of the stack
        sink.items.append(Diagnostic(
            "E0110", "error", "an expression is nested too deep for what is left of the stack", file, START,
            help="name parts of it with 'let'",
        ))  # fmt: skip
        sink.errors += 1
    found = sink.sorted()
    result = CheckResult(() if sink.errors or names_only else programs, found, text, parents)
    early = found if named is None else named
    return Examination(result, source, tuple(lines), tuple(statements), tuple(seen), early, read)


def _require_text(text: object) -> None:
    if not isinstance(text, str):
        hint = "decode it, for example with text.decode('utf-8')" if isinstance(text, bytes) else "read the file first"
        raise UsageError(
            f"a scenario text is a str, got {type(text).__name__}; {hint}, or use check_file or parse_file"
        )


def parse_text(
    text: str, file: str = "<text>", *, libraries: Mapping[str, Library], scenarios: Mapping[str, str] = _NONE
) -> tuple[Program, ...]:
    """The checked programs of a text, one a scenario.

    Raises:
        ProgramError: with all problems rendered as its message, and as ``diagnostics``.
        UsageError: the text is no ``str``.
    """
    result = check_text(text, file, libraries=libraries, scenarios=scenarios)
    if not result.ok:
        raise program_error(result.diagnostics, text, result.parents)
    return result.programs


def _read(path: Path) -> tuple[str, Diagnostic | None]:
    name = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(SOURCE_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        return "", Diagnostic("E0100", "error", f"cannot read the file: {reason}", name, START)
    except ValueError as error:  # a NUL in the path
        return "", Diagnostic("E0100", "error", f"cannot read the file: {error}", name, START)
    if len(data) > SOURCE_BYTES:
        return "", Diagnostic("E0110", "error", f"the file is larger than {SOURCE_BYTES:,} bytes", name, START)
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        span = Span(line, column, line, column + 1)
        message = f"byte 0x{data[error.start]:02X} is not UTF-8"
        return "", Diagnostic("E0108", "error", message, name, span, help="save the file as UTF-8 text")


def check_file(
    path: str | Path, *, libraries: Mapping[str, Library], scenarios: Mapping[str, str] = _NONE
) -> CheckResult:
    """Check a scenario file; a file that cannot be read is a diagnostic too."""
    text, problem = _read(Path(path))
    if problem is not None:
        return CheckResult((), (problem,), text)
    return check_text(text, str(path), libraries=libraries, scenarios=scenarios)


def parse_file(
    path: str | Path, *, libraries: Mapping[str, Library], scenarios: Mapping[str, str] = _NONE
) -> tuple[Program, ...]:
    """The checked programs of a file.

    Raises:
        ProgramError: the file cannot be read or is not valid.
    """
    result = check_file(path, libraries=libraries, scenarios=scenarios)
    if not result.ok:
        raise program_error(result.diagnostics, result.source, result.parents)
    return result.programs
