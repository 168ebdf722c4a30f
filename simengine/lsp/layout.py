"""Places of a text as the language counts them (from 1, in characters) and as editors do (from 0, in code units)."""

from __future__ import annotations

from simengine.language import Span

__all__ = ["Layout"]

_BOM = "\ufeff"


def _width(c: str, encoding: str) -> int:
    """How many code units a character has."""
    if encoding == "utf-16":
        return 1 + (c > "\uffff")
    return len(c.encode("utf-8", "surrogatepass")) if encoding == "utf-8" else 1


class Layout:
    """The lines of a text.

    Attributes:
        lines: without line ends and byte-order mark; as the language numbers them, from 0.
        encoding: whose code units the editor counts: "utf-16", "utf-8" or "utf-32".
    """

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.encoding = encoding
        self._shift = _width(_BOM, encoding) if text.startswith(_BOM) else 0
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
            left -= _width(c, self.encoding)
            if left < 0:
                break
            column += 1
        return row + 1, column

    def position(self, line: int, column: int) -> tuple[int, int]:
        """An editor's position of a line and column from 1; places outside of the text are moved into it."""
        row = min(max(line - 1, 0), len(self.lines) - 1)
        text = self.lines[row]
        end = len(text) if line > len(self.lines) else min(max(column - 1, 0), len(text))
        before = text[:end]
        units = len(before) if before.isascii() else sum(_width(c, self.encoding) for c in before)
        return row, units + (self._shift if row == 0 else 0)

    def end(self) -> tuple[int, int]:
        """The place behind the last character."""
        return len(self.lines), len(self.lines[-1]) + 1

    def text(self, span: Span) -> str:
        """What stands in a span; "" where that is not in the text."""
        if not 1 <= span.line <= span.end_line <= len(self.lines):
            return ""
        if span.line == span.end_line:
            return self.lines[span.line - 1][span.column - 1 : span.end_column - 1]
        inner = self.lines[span.line : span.end_line - 1]
        first, last = self.lines[span.line - 1][span.column - 1 :], self.lines[span.end_line - 1][: span.end_column - 1]
        return "\n".join([first, *inner, last])
