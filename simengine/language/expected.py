"""Messages for syntax errors: what stands there, what could stand there, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lark import Token

from simengine.errors import did_you_mean
from simengine.language.diagnostics import Sink
from simengine.language.layout import line_span
from simengine.language.lexer import RESERVED, STATEMENT_WORDS, Line, span_of_token, unit_hint
from simengine.language.slips import find_slip
from simengine.language.terms import Span

__all__ = ["BODY_WORDS", "TIME_WORDS", "explain"]

TOP_WORDS = ("use", "scenario")
BODY_WORDS = (
    "tags", "cite", "param", "let", "world", "sensor", "each", "choose", "override", "require", "ensure", "expect",
    "stop", "do", "when", "cover", "cross", "record", "label",
)  # fmt: skip
TIME_WORDS = ("wait", "serial", "parallel", "repeat", "one_of")
_WORDS = {
    "top_line": TOP_WORDS, "body_line": BODY_WORDS, "time_line": TIME_WORDS, "case_line": ("case",),
    "set_line": ("override",),
}  # fmt: skip
_HOME = {
    **dict.fromkeys(TOP_WORDS, "at the start of a line outside any scenario"),
    **dict.fromkeys(BODY_WORDS, "directly in a scenario"),
    **dict.fromkeys(TIME_WORDS, "in a 'do:' or 'when ...:' block"),
    "case": "in a 'choose' or 'one_of' block",
}
_PLACE = {
    "top_line": "outside a scenario", "body_line": "directly in a scenario", "time_line": "in a timeline",
    "case_line": "here: this block holds 'case' lines", "set_line": "here: this block holds settings 'name = value'",
}  # fmt: skip
_READABLE = {
    "NAME": "a name", "NUMBER": "a number", "QUANTITY": "a number with a unit", "STRING": "a string", "UNIT": "a unit",
    "COMPARE": "a comparison", "EQUAL": "'='", "TILDE": "'~'", "LPAR": "'('", "RPAR": "')'", "LSQB": "'['",
    "RSQB": "']'", "LBRACE": "'{'", "RBRACE": "'}'", "COMMA": "','", "COLON": "':'", "DOT": "'.'", "PLUS": "'+'",
    "MINUS": "'-'", "STAR": "'*'", "SLASH": "'/'", "__ANON_0": "'..'", "$END": "the end of the line",
}  # fmt: skip
_VALUE = {"NAME", "NUMBER", "QUANTITY", "STRING", "LPAR", "LSQB", "MINUS"}
_ARITHMETIC = {"PLUS", "MINUS", "STAR", "SLASH", "DOT", "LPAR", "LSQB"}


def _listing(accepts: set[str]) -> str:
    """What may follow, in words; operators that fit everywhere are left out."""
    words: list[str] = []
    if accepts >= _VALUE:
        words.append("a value")
        accepts = accepts - _VALUE - {"NOT", "ALWAYS", "EVENTUALLY"}
    elif accepts >= {"PLUS", "MINUS", "STAR", "SLASH"}:
        words.append("an operator")
        accepts = accepts - _ARITHMETIC
    words += sorted(_READABLE.get(a, f"'{a.lower()}'") for a in accepts)
    words = [w for w in words if w != "the end of the line"] + [w for w in words if w == "the end of the line"]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" or {words[-1]}" if words else ""


def _keywords(accepts: Iterable[str]) -> list[str]:
    return [a.lower() for a in accepts if re.fullmatch(r"[A-Z_]+", a) and a not in _READABLE]


def explain(sink: Sink, line: Line, token: Token | None, start: str, accepts: set[str]) -> None:
    """Report the error at ``token`` (None: the line ends too early)."""
    index = next(i for i, t in enumerate(line.tokens) if t is token) if token is not None else None
    slip = find_slip(line.tokens, index, start)
    if slip is not None and not (index == 0 and (line.tabbed or line.misfit)):
        sink.error(slip.code, slip.span, slip.message, help=slip.help)
        return
    if token is None or index is None:
        _too_short(sink, line, start, accepts)
        return
    before = line.tokens[index - 1] if index else None
    if index == 0:
        _bad_start(sink, line, token, start)
    elif start == "body_line" and str(before) == "world" and token.type == "DOT":
        rest = [str(t) for t in line.tokens[2:] if t.type in ("NAME", "DOT")]
        name = "".join(rest) or "NAME"
        sink.error(
            "E0114", span_of_token(line.tokens[0]), "properties of the world are set without 'world.'",
            help=f"write '{name}', here or in the block of the world",
        )  # fmt: skip
    elif before is not None and before.type in ("NUMBER", "QUANTITY") and _looks_like_unit(before, token):
        _bad_unit(sink, before, token)
    elif (parts := _dotted_argument(line, index)) is not None:
        name = "".join(parts)
        sink.error(
            "E0114", span_of_token(parts[0]).to(span_of_token(parts[-1])),
            f"'{name}' is set in the block below, not between the brackets",
            help=f"end the line with '):' and write '{name} {token} ...' indented below it",
        )  # fmt: skip
    elif _misspelt_statement(sink, line, token, start):
        return
    else:
        _unexpected(sink, token, line.tokens[index + 1] if index + 1 < len(line.tokens) else None, accepts)


def _dotted_argument(line: Line, index: int) -> list[Token] | None:
    """``camera(noise.gain = 2``: the words before '=' or '~' at ``index``, where they would have to be one name."""
    first = index
    while first and line.tokens[first - 1].type in ("NAME", "DOT"):
        first -= 1
    parts = line.tokens[first:index]
    owner = str(line.tokens[0]) in ("sensor", "world") and line.tokens[index].type in ("EQUAL", "TILDE")
    starts = first > 0 and line.tokens[first - 1].type in ("LPAR", "COMMA")
    return parts if owner and starts and any(p.type == "DOT" for p in parts) else None


def _bad_start(sink: Sink, line: Line, token: Token, start: str) -> None:
    word, span = str(token), span_of_token(token)
    if line.tabbed or line.misfit:
        return  # which block it belongs to is a guess, and its indentation is reported
    if word in _HOME:
        place = _PLACE[start]
        sink.error("E0114", span, f"'{word}' does not stand {place}", help=f"'{word}' stands {_HOME[word]}")
        return
    near = did_you_mean(word, list(_WORDS[start])) if token.type == "NAME" else None
    shown = f"'{word}'"
    note = f"a line here starts with {_starters(start)}"
    sink.error("E0113", span, f"unknown statement {shown}", help=f"did you mean '{near}'?" if near else "", note=note)


def _starters(start: str) -> str:
    words = ", ".join(_WORDS[start]) if start != "set_line" else ""
    extra = {"body_line": ", a type of entity or a setting", "time_line": " or an action", "set_line": "a property"}
    return words + extra.get(start, "")


def _looks_like_unit(number: Token, token: Token) -> bool:
    return token.type in ("NAME", "UNIT") and token.line == number.line and str(token) not in RESERVED


def _bad_unit(sink: Sink, number: Token, token: Token) -> None:
    near = unit_hint(str(token))
    if number.type == "QUANTITY":
        sink.error(
            "E0102", span_of_token(token), f"unexpected '{token}' after a number with a unit",
            help="units are written m/s, m/s2, km/h, deg/s",
        )  # fmt: skip
        return
    sink.error(
        "E0103", span_of_token(token), f"unknown unit '{token}'", help=f"did you mean '{near}'?" if near else "",
        note="units: m km cm mm, s ms min h, m/s km/h mph mm/h, m/s2 m/s3, deg rad deg/s rad/s, hz khz, kg, px, lux"
        " klux, K C, %",
    )  # fmt: skip


def _misspelt_statement(sink: Sink, line: Line, token: Token, start: str) -> bool:
    """``requier not ego.sees(kid)``: the first word is the mistake, not the one where the parser noticed."""
    first = line.tokens[0]
    if first.type != "NAME" or str(first) in STATEMENT_WORDS:
        return False
    near = did_you_mean(str(first), list(_WORDS[start]))
    if near is None:
        return False
    sink.error("E0113", span_of_token(first), f"unknown statement '{first}'", help=f"did you mean '{near}'?")
    return True


def _unexpected(sink: Sink, token: Token, after: Token | None, accepts: set[str]) -> None:
    word = str(token) if len(token) <= 40 else str(token)[:37] + "..."
    near = did_you_mean(word, _keywords(accepts)) if re.fullmatch(r"\w+", word) else None
    note = ""
    hint = f"did you mean '{near}'?" if near else ""
    if word == "world" and "NAME" in accepts and after is not None and str(after) == ".":
        hint = "what the world has is called without it: 'rain', 'sun.elevation'"
    elif word in RESERVED and "NAME" in accepts:
        note = f"'{word}' is a word of the language and cannot be a name"
    elif token.type == "TILDE" and "NAME" in accepts:
        hint = "nothing is drawn here; name it: 'param x ~ ...', and write 'x'"
    elif token.type == "__ANON_0":
        hint = "a range is drawn from with '~' instead of '=', or tested with 'in'"
    elif token.type == "EQUAL" and after is not None and str(after) in (">", "<"):
        hint = f"write '{after}='"
    elif token.type == "COMPARE" and str(token) == "==" and "EQUAL" in accepts:
        hint = "a value is set with '='"
    elif token.type == "EQUAL" and "COMPARE" in accepts:
        hint = "values are compared with '=='"
    if not hint and not note:
        note = f"expected {_listing(accepts)}" if accepts else ""
    sink.error("E0102", span_of_token(token), f"unexpected '{word}'", help=hint, note=note)


def _too_short(sink: Sink, line: Line, start: str, accepts: set[str]) -> None:
    first = line.tokens[0]
    if first.type == "NAME" and len(line.tokens) > 1 and _misspelt_statement(sink, line, first, start):
        return
    if first.type == "NAME" and len(line.tokens) == 1:
        near = did_you_mean(str(first), list(_WORDS[start]))
        hint = f"did you mean '{near}'?" if near else ""
        sink.error(
            "E0113", span_of_token(first), f"'{first}' alone is no statement", help=hint,
            note=f"expected {_listing(accepts)} after it",
        )  # fmt: skip
        return
    if line.colon is not None:
        span = span_of_token(line.colon)
    else:
        whole = line_span(line)
        span = Span(whole.end_line, whole.end_column, whole.end_line, whole.end_column + 1)
    sink.error("E0102", span, "the line ends too early", note=f"expected {_listing(accepts - {'$END'})}")
