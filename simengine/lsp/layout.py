"""Places of a text as the language counts them (from 1, in characters) and as editors do (from 0, in UTF-16 units)."""

from __future__ import annotations

from simengine.language import Span

__all__ = ["Layout"]

_BOM = "\ufeff"


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text) + sum(c > "\uffff" for c in text)


class Layout:
    """The lines of a text.

    Attributes:
        lines: without line ends and byte-order mark; as the language numbers them, from 0.
    """

    def __init__(self, text: str) -> None:
        self._shift = int(text.startswith(_BOM))
        self.lines = text.removeprefix(_BOM).replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def place(self, line: int, character: int) -> tuple[int, int]:
        """Line and column from 1 of an editor's position; positions outside of the text are moved into it."""
        row = min(max(line, 0), len(self.lines) - 1)
        if line >= len(self.lines):
            return row + 1, len(self.lines[row]) + 1
        text = self.lines[row]
        left = max(character, 0) - (self._shift if row == 0 else 0)
        if text.isascii():
            return row + 1, min(max(left, 0), len(text)) + 1
        column = 1
        for c in text:
            left -= 1 + (c > "\uffff")
            if left < 0:
                break
            column += 1
        return row + 1, column

    def position(self, line: int, column: int) -> tuple[int, int]:
        """An editor's position of a line and column from 1; places outside of the text are moved into it."""
        row = min(max(line - 1, 0), len(self.lines) - 1)
        text = self.lines[row]
        end = len(text) if line > len(self.lines) else min(max(column - 1, 0), len(text))
        return row, _units(text[:end]) + (self._shift if row == 0 else 0)

    def end(self) -> tuple[int, int]:
        """The place behind the last character."""
        return len(self.lines), len(self.lines[-1]) + 1

    def text(self, span: Span) -> str:
        """What stands in a span."""
        if span.line == span.end_line:
            return self.lines[span.line - 1][span.column - 1 : span.end_column - 1]
        inner = self.lines[span.line : span.end_line - 1]
        first, last = self.lines[span.line - 1][span.column - 1 :], self.lines[span.end_line - 1][: span.end_column - 1]
        return "\n".join([first, *inner, last])
