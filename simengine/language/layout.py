"""Logical lines to a tree of blocks by indentation."""

from __future__ import annotations

from simengine.language.diagnostics import Sink
from simengine.language.lexer import Abandon, Line, span_of_token
from simengine.language.limits import NESTING, STATEMENTS
from simengine.language.terms import Span

__all__ = ["blanks", "line_span", "nest"]


def line_span(line: Line) -> Span:
    """From the first to the last token of a line."""
    tokens = [*line.tokens, *([line.colon] if line.colon else [])]
    if not tokens:
        return Span(1, 1, 1, 2)
    first, last = span_of_token(tokens[0]), span_of_token(tokens[-1])
    return first.to(last)


def nest(lines: list[Line], sink: Sink) -> list[Line]:
    """The top-level lines with their blocks as ``children``. Wrong indentation is reported and lined up.

    Raises:
        Abandon: deeper or longer than allowed.
    """
    if len(lines) > STATEMENTS:
        sink.error(
            "E0110", line_span(lines[STATEMENTS]), f"the source has more than {STATEMENTS:,} statements",
            help="split it into several files",
        )  # fmt: skip
        raise Abandon
    _widen(lines)
    top: list[Line] = []
    open_blocks: list[tuple[int, list[Line]]] = [(0, top)]
    last: Line | None = None
    for line in lines:
        lost = line.tabbed and line.indent not in [indent for indent, _ in open_blocks]  # its tabs are not 4 wide
        if lost and not (last is not None and last.opens):
            pass  # it joins the line above
        elif last is not None and (line.indent > open_blocks[-1][0] or lost):
            last.forced = not last.opens  # the parser knows whether a ':' is missing or the indentation is wrong
            level = max(line.indent, open_blocks[-1][0] + 1) if line.tabbed else line.indent
            open_blocks.append((level, last.children))
            if len(open_blocks) > NESTING:
                sink.error(
                    "E0110", line_span(line), f"blocks are nested more than {NESTING} deep",
                    help="a block that nothing else shares can be written in its parent",
                )  # fmt: skip
                raise Abandon
        else:
            _dedent(line, open_blocks, sink)
            if last is None:
                open_blocks[0] = (line.indent, top)  # a file that is indented as a whole is reported once
        open_blocks[-1][1].append(line)
        last = line
    return top


def _widen(lines: list[Line]) -> None:
    """Tabs count as eight blanks where the next line without tabs shows that."""
    following = 0
    for line in reversed(lines):
        if not line.tabbed:
            following = line.indent
        elif following > line.wide or (following == line.wide and not line.opens):
            line.indent = line.wide


def _dedent(line: Line, blocks: list[tuple[int, list[Line]]], sink: Sink) -> None:
    levels = [indent for indent, _ in blocks]
    while len(blocks) > 1 and line.indent <= blocks[-2][0]:
        blocks.pop()
    if line.indent == blocks[-1][0]:
        return
    line.misfit = True
    fits = ", ".join(str(n) for n in levels)
    # It lies between two levels. Lining it up with the inner one keeps a slightly misindented line in its block.
    sink.error(
        "E0112", line_span(line), f"this line is indented by {blanks(line.indent)}, which fits no enclosing block",
        help=f"indents that would fit here: {fits} spaces",
    )  # fmt: skip


def blanks(n: int) -> str:
    """A number of blanks in words."""
    return f"{n} space{'s' if n != 1 else ''}"
