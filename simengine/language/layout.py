"""Logical lines to a tree of blocks by indentation."""

from __future__ import annotations

from simengine.language.diagnostics import Sink
from simengine.language.lexer import Abandon, Line, span_of_token
from simengine.language.limits import NESTING, STATEMENTS
from simengine.language.program import Span

__all__ = ["line_span", "nest"]


def line_span(line: Line) -> Span:
    """From the first to the last token of a line."""
    tokens = [*line.tokens, *([line.colon] if line.colon else [])]
    if not tokens:
        return Span(1, 1, 1, 2)
    first, last = span_of_token(tokens[0]), span_of_token(tokens[-1])
    return Span(first.line, first.column, last.end_line, last.end_column)


def nest(lines: list[Line], sink: Sink) -> list[Line]:
    """The top-level lines with their blocks as ``children``. Wrong indentation is reported and lined up.

    Raises:
        Abandon: deeper or longer than allowed.
    """
    if len(lines) > STATEMENTS:
        sink.error("E0110", line_span(lines[STATEMENTS]), f"the source has more than {STATEMENTS:,} statements")
        raise Abandon
    top: list[Line] = []
    open_blocks: list[tuple[int, list[Line]]] = [(0, top)]
    last: Line | None = None
    for line in lines:
        if line.indent > open_blocks[-1][0] and last is not None and last.opens and last.children == []:
            open_blocks.append((line.indent, last.children))
            if len(open_blocks) > NESTING:
                sink.error("E0110", line_span(line), f"blocks are nested more than {NESTING} deep")
                raise Abandon
        elif line.indent > open_blocks[-1][0]:
            _unexpected(line, last, open_blocks, sink)
        else:
            _dedent(line, open_blocks, sink)
        open_blocks[-1][1].append(line)
        last = line
    return top


def _unexpected(line: Line, last: Line | None, blocks: list[tuple[int, list[Line]]], sink: Sink) -> None:
    if line.broken:
        return
    fit = blocks[-1][0]
    where = (
        f"the line above does not end in ':'; its block is at {_blanks(fit)}" if last else "nothing opens a block here"
    )
    sink.error(
        "E0105", line_span(line), f"this line is indented by {_blanks(line.indent)}, but no block starts here",
        help=f"indent it by {_blanks(fit)}" + (", or end the line above with ':'" if last and not last.opens else ""),
        note=where,
    )  # fmt: skip


def _dedent(line: Line, blocks: list[tuple[int, list[Line]]], sink: Sink) -> None:
    levels = [indent for indent, _ in blocks]
    while len(blocks) > 1 and line.indent < blocks[-1][0]:
        blocks.pop()
    if blocks[-1][0] == line.indent:
        return
    fits = ", ".join(str(n) for n in levels)
    # It lies between two levels. Lining it up with the inner one keeps a slightly misindented line in its block.
    sink.error(
        "E0112", line_span(line), f"this line is indented by {_blanks(line.indent)}, which fits no enclosing block",
        help=f"indents that would fit here: {fits} spaces",
    )  # fmt: skip


def _blanks(n: int) -> str:
    return f"{n} space{'s' if n != 1 else ''}"
