"""Text to logical lines of tokens: brackets join lines, comments and blank lines vanish, limits hold."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from lark import Token

from simengine.errors import did_you_mean
from simengine.language.diagnostics import Label, Sink
from simengine.language.limits import (
    ARRAY_ELEMENTS,
    IDENTIFIER_CHARS,
    NESTING,
    SOURCE_BYTES,
    STATEMENT_TOKENS,
    STRING_CHARS,
    TOKENS,
)
from simengine.language.terms import Span
from simengine.units import UNITS

__all__ = [
    "CONTEXTUAL", "RESERVED", "STATEMENT_WORDS", "UNIT_AFTER", "Abandon", "Line", "normalise", "span_of_token",
    "tokenise",
]  # fmt: skip

STATEMENT_WORDS = frozenset(
    {
        "use", "scenario", "tags", "cite", "param", "let", "world", "sensor", "each", "choose", "case", "require",
        "ensure", "expect", "do", "when", "stop", "cover", "cross", "record", "label", "wait", "serial", "parallel",
        "repeat", "one_of", "override",
    }
)  # fmt: skip
RESERVED = STATEMENT_WORDS | {
    "not", "and", "or", "if", "else", "in", "until", "always", "eventually", "within", "after", "during",
}  # fmt: skip
"""Words that are never names (but any word may follow a dot)."""
CONTEXTUAL = frozenset(
    {
        "extends", "as", "at", "on", "ahead", "behind", "left", "right", "of", "between", "along", "above", "beyond",
        "facing", "by", "over", "bins", "ways", "holds", "step", "for",
    }
)  # fmt: skip
"""Words that are keywords only where the grammar expects them."""

_UNIT = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
_NUMBER = r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(
    rf"(?P<BLANK>[ \t]+)|(?P<COMMENT>\#[^\n]*)|(?P<FOREIGN>//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?|&&?|\|\|?|;+|!(?!=))"
    rf"|(?P<NL>\n(?:[ \t]*(?:\#[^\n]*)?\n)*)"  # with the empty lines that follow
    rf"|(?P<QUANTITY>{_NUMBER}[ ]?(?:{_UNIT})(?!\w))|(?P<NUMBER>{_NUMBER})"
    rf"|(?P<NAME>[A-Za-z_][A-Za-z0-9_]*)"
    rf'|(?P<STRING>"[^"\n]*")'
    rf"|(?P<OP>\.\.|<=|>=|==|!=|[<>=~+\-*/.,:(){{}}\[\]])"
)  # fmt: skip
_STRAY = re.compile(r"""[^ \t\n#\w"<>=~+\-*/.,:(){}\[\]!]+|[^\x00-\x7f]+""")
_HIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
UNIT_AFTER = re.compile(rf"[ ]?(?P<unit>{_UNIT})(?!\w)")
_OPERATORS = {
    "..": "__ANON_0", "<=": "COMPARE", ">=": "COMPARE", "==": "COMPARE", "!=": "COMPARE", "<": "COMPARE",
    ">": "COMPARE", "=": "EQUAL", "~": "TILDE", "+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH", ".": "DOT",
    ",": "COMMA", ":": "COLON", "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB", "{": "LBRACE", "}": "RBRACE",
}  # fmt: skip
_TAB = 4  # columns, the best guess where tabs are reported anyway
_CLOSES = {")": "(", "]": "[", "}": "{"}
_OPENS = {v: k for k, v in _CLOSES.items()}
_LOOKALIKES = {
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u2264": "<=", "\u2265": ">=", "\u2260": "!=", "\u00d7": "*", "\u00f7": "/", "\u2026": "..", "\u00b0": "deg",
    "\u223c": "~", "\u00b5": "u", "\u00a0": " ", "'": '"', "&": "and", "|": "or", "!": "not", "^": "*",
}  # fmt: skip


class Abandon(Exception):  # noqa: N818  (ends the run, the reason is in the sink)
    """A limit was exceeded: nothing more of this file is read."""


@dataclass
class Line:
    """A logical line.

    Attributes:
        indent: number of blanks before it; a tab counts as four.
        tokens: without the ':' that opens a block.
        opens: it ended in such a ':'.
        colon: that ':'.
        broken: an error in it is reported already.
        tabbed: its indentation holds tabs (reported already), so its level is a guess.
        wide: of a tabbed line, its indent with tabs of eight.
        misfit: its indentation fits no block (reported already), so its level is a guess.
        forced: it got a block although it does not end in ':'.
        children: lines of its block (filled by the layout pass).
    """

    indent: int
    tokens: list[Token]
    opens: bool = False
    colon: Token | None = None
    broken: bool = False
    tabbed: bool = False
    wide: int = 0
    misfit: bool = False
    forced: bool = False
    children: list[Line] = field(default_factory=list["Line"])


def span_of_token(token: Token) -> Span:
    """The token's place (tokens never cross lines)."""
    line, column = token.line or 1, token.column or 1
    return Span(line, column, line, column + max(1, len(token)))


def normalise(text: str, sink: Sink) -> str:
    """Drop a byte-order mark, make every line end a newline, refuse what is too large or not text.

    Raises:
        Abandon: too large, or it holds NUL characters.
    """
    start = Span(1, 1, 1, 2)
    if len(text) > SOURCE_BYTES or len(text.encode("utf-8", "surrogatepass")) > SOURCE_BYTES:
        sink.error(
            "E0110", start, f"the source is larger than {SOURCE_BYTES:,} bytes",
            help="split it into several files", note="a scenario file holds a few kilobytes",
        )  # fmt: skip
        raise Abandon
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    found = _HIDDEN.search(text)
    if found is None:
        return text
    at, char = found.start(), found.group()
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    span = Span(line, column, line, column + 1)
    if char == "\0":
        sink.error(
            "E0108", span, "the source holds a NUL character",
            help="save it as UTF-8 text; this looks like a binary or UTF-16 file",
        )  # fmt: skip
        raise Abandon
    sink.error(
        "E0108", span, f"the source holds the invisible character U+{ord(char):04X}", help="remove it",
        note="control characters and those that turn the direction of text could show a text that is not the one read",
    )  # fmt: skip
    return _HIDDEN.sub(" ", text)


class _Lexer:
    def __init__(self, text: str, sink: Sink) -> None:
        self.text, self.sink = text, sink
        self.line, self.line_start = 1, 0
        self.lines: list[Line] = []
        self.current: Line | None = None
        self.brackets: list[Token] = []
        self.commas: list[int] = []  # in each open bracket
        self.count = 0
        self.broken = False  # the current line has an error already

    def token(self, kind: str, value: str, at: int) -> Token:
        column = at - self.line_start + 1
        return Token(kind, value, at, self.line, column, self.line, column + len(value), at + len(value))

    def span(self, at: int, length: int) -> Span:
        column = at - self.line_start + 1
        return Span(self.line, column, self.line, column + length)

    def run(self) -> list[Line]:
        at, text, size = 0, self.text, len(self.text)
        while at < size:
            match = _TOKEN.match(text, at)
            if match is None:
                at = self.stray(at)
                continue
            kind, value = match.lastgroup or "", match.group()
            at = match.end()
            if kind == "NL":
                self.newline(at, value.count("\n"))
            elif kind == "BLANK" or kind == "COMMENT":
                continue
            elif kind == "FOREIGN":
                self.foreign(value, match.start())
            else:
                self.add(kind, value, match.start())
                if value in "]}" and (unit := UNIT_AFTER.match(text, at)):
                    self.push(self.token("UNIT", unit["unit"], unit.start("unit")))
                    at = unit.end()
        self.newline(size, end=True)
        return self.lines

    def foreign(self, value: str, at: int) -> None:
        """A sign of other languages: said, and read as what it means there."""
        first = value[:2]
        if first in ("//", "/*"):
            span = self.span(at, len(value.split("\n")[0]))
            message = f"'{first}' starts no comment here"
            self.sink.error("E0101", span, message, help="write '# ...' on every line of it")
            self.line += value.count("\n")
            self.line_start = at + value.rfind("\n") + 1 if "\n" in value else self.line_start
            return
        if value[0] == ";":
            self.semicolon(value, at)
            return
        word = _LOOKALIKES[value[0]]
        self.sink.error("E0101", self.span(at, len(value)), f"unexpected '{value}'", help=f"write '{word}'")
        if self.current is None:
            self.begin(at)
        self.push(self.token("NAME", word, at))

    def semicolon(self, value: str, at: int) -> None:
        """Between brackets a ',' is meant; else it ends a line, or stands where a line should end."""
        end = self.text.find("\n", at)
        rest = self.text[at + len(value) : end if end >= 0 else None].partition("#")[0].strip()
        help_text = "write what follows on a line of its own" if rest else "remove it: a statement ends with its line"
        self.sink.error(
            "E0101", self.span(at, len(value)), "unexpected character ';'",
            help="write ','" if self.brackets else help_text,
        )  # fmt: skip
        if self.brackets:
            self.push(self.token("COMMA", ",", at))
        elif rest:
            self.broken = True  # two statements on one line are not read

    def add(self, kind: str, value: str, at: int) -> None:
        if self.current is not None and self.brackets and value in STATEMENT_WORDS and self.starts_line(at):
            self.unclosed()
            self.finish()
        if kind == "OP":
            kind = _OPERATORS[value]
        token = self.token(kind, value, at)
        if self.current is None:
            self.begin(at)
        if kind == "NAME" and len(value) > IDENTIFIER_CHARS:
            span, message = self.span(at, len(value)), f"a name has more than {IDENTIFIER_CHARS} characters"
            self.fail("E0110", span, message, help="shorten it")
            token = self.token(kind, value[:IDENTIFIER_CHARS], at)
        elif kind == "STRING" and len(value) > STRING_CHARS + 2:
            self.fail(
                "E0110", self.span(at, 1), f"a string has more than {STRING_CHARS:,} characters", help="shorten it"
            )
        elif kind in ("NUMBER", "QUANTITY"):
            self.number(value, at)
        self.push(token)
        if value in _OPENS:
            self.open(token)
        elif value in _CLOSES:
            self.close(token)

    def push(self, token: Token) -> None:
        self.count += 1
        if self.count > TOKENS:
            self.limit(token, f"the source has more than {TOKENS:,} tokens", "split it into several files")
        assert self.current is not None
        self.current.tokens.append(token)
        if len(self.current.tokens) > STATEMENT_TOKENS:
            self.limit(token, f"one statement has more than {STATEMENT_TOKENS:,} tokens", "split it into several")
        if token.type == "COMMA" and self.commas:
            self.commas[-1] += 1
            if self.commas[-1] >= ARRAY_ELEMENTS:
                message = f"a list, set or call has more than {ARRAY_ELEMENTS:,} elements"
                self.limit(token, message, "use a range with a step, or fewer values")

    def limit(self, token: Token, message: str, help: str) -> None:
        self.sink.error("E0110", span_of_token(token), message, help=help)
        raise Abandon

    def number(self, value: str, at: int) -> None:
        match = re.match(_NUMBER, value)
        if match and not math.isfinite(float(match.group())):
            self.fail(
                "E0106", self.span(at, match.end()), "this number is too large", note="the largest is about 1e308"
            )

    def open(self, token: Token) -> None:
        self.brackets.append(token)
        self.commas.append(0)
        if len(self.brackets) > NESTING:
            self.limit(token, f"brackets are nested more than {NESTING} deep", "name a part of it with 'let'")

    def close(self, token: Token) -> None:
        if self.brackets and self.brackets[-1] == _CLOSES[token]:
            self.brackets.pop()
            self.commas.pop()
            return
        if self.brackets:
            opened = self.brackets[-1]
            self.fail(
                "E0104", span_of_token(token), f"'{token}' does not close '{opened}'",
                labels=[Label(span_of_token(opened), "opened here")], help=f"write '{_OPENS[opened]}'",
            )  # fmt: skip
            self.brackets.pop()
            self.commas.pop()
        else:
            self.fail("E0104", span_of_token(token), f"'{token}' closes nothing", help="remove it")

    def begin(self, at: int) -> None:
        before = self.text[self.line_start : at]
        if "\t" in before:
            self.sink.error(
                "E0107", self.span(self.line_start + before.index("\t"), 1), "a tab in the indentation",
                help="indent with spaces, for example 4 for each block",
            )  # fmt: skip
        self.current, self.broken = Line(len(before.expandtabs(_TAB)), []), False
        if "\t" in before:
            self.current.tabbed, self.current.wide = True, len(before.expandtabs(2 * _TAB))

    def starts_line(self, at: int) -> bool:
        return not self.text[self.line_start : at].strip()

    def unclosed(self) -> None:
        opened = self.brackets[-1]
        self.fail(
            "E0104", span_of_token(opened), f"'{opened}' is never closed", help=f"add '{_OPENS[opened]}'",
        )  # fmt: skip
        self.brackets.clear()
        self.commas.clear()

    def newline(self, at: int, lines: int = 1, end: bool = False) -> None:
        if end and self.brackets:
            self.unclosed()
        if not self.brackets:
            self.finish()
        if not end:
            self.line += lines
            self.line_start = at

    def finish(self) -> None:
        line, self.current = self.current, None
        if line is None:
            return
        if line.tokens and line.tokens[-1].type == "COLON":
            line.colon = line.tokens.pop()
            line.opens = True
        line.broken = self.broken
        self.lines.append(line)

    def fail(
        self, code: str, span: Span, message: str, labels: list[Label] | None = None, help: str = "", note: str = ""
    ) -> None:  # fmt: skip
        if not self.broken:
            self.sink.error(code, span, message, labels=labels or (), help=help, note=note)
        self.broken = True

    def stray(self, at: int) -> int:
        """Report a character that starts no token; returns where to go on."""
        if self.current is None:
            self.begin(at)
        char = self.text[at]
        if char == '"':
            end = self.text.find("\n", at)
            end = len(self.text) if end < 0 else end
            self.fail("E0111", self.span(at, 1), "this string has no end on its line", help="close it with '\"'")
            return end
        shown = f"'{char}'" if char.isprintable() else f"U+{ord(char):04X}"
        near = _LOOKALIKES.get(char)
        self.fail("E0101", self.span(at, 1), f"unexpected character {shown}", help=f"write '{near}'" if near else "")
        run = _STRAY.match(self.text, at)  # the line has its error: more of the same says nothing new
        return run.end() if run else at + 1


def tokenise(text: str, sink: Sink) -> list[Line]:
    """All logical lines of a normalised text, problems into the sink.

    Raises:
        Abandon: more tokens or deeper brackets than allowed.
    """
    return _Lexer(text, sink).run()


def unit_hint(word: str) -> str | None:
    """The unit nearest to a misspelt one ("kmh" -> "km/h")."""
    known = {"kmh": "km/h", "kmph": "km/h", "mps": "m/s", "ms2": "m/s2", "degree": "deg", "degrees": "deg",
             "meters": "m", "metres": "m", "meter": "m", "sec": "s", "seconds": "s", "second": "s", "Hz": "hz",
             "minutes": "min", "hours": "h", "percent": "%", "lx": "lux", "kHz": "khz", "radians": "rad"}  # fmt: skip
    return known.get(word) or did_you_mean(word, list(UNITS))
