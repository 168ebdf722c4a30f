"""Slips within a line, known by the tokens around the one where reading stopped: what was meant, and how it is written.

They come from other languages, from speech ("1 to 3 s", "on lane 1") and from signs left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token

from simengine.language.habits import STATEMENTS_ELSEWHERE
from simengine.language.lexer import CONTEXTUAL, span_of_token
from simengine.language.terms import Span

__all__ = ["Slip", "find_slip"]

_NUMBERS = ("NUMBER", "QUANTITY")
_BINDS = ("EQUAL", "TILDE")
_WINDOW = ("within", "after", "during")
_BEFORE = {"lane": "on", "s": "at", "curb": "along", "lane_beside": "on"}
_CALLED = {"lane": "lane", "s": "s", "curb": "curb", "kerb": "curb"}


@dataclass(frozen=True)
class Slip:
    """A mistake with its remedy: place, what is wrong, what to do, code."""

    span: Span
    message: str
    help: str
    code: str = "E0102"


def find_slip(tokens: Sequence[Token], index: int | None, start: str) -> Slip | None:
    """The slip that stopped the reading of a line at its token ``index`` (None: at its end), if it is a known one."""
    first = str(tokens[0])
    if first in STATEMENTS_ELSEWHERE:
        message = f"'{first}' is no statement of this language"
        return Slip(span_of_token(tokens[0]), message, STATEMENTS_ELSEWHERE[first], "E0113")
    if index is None:
        return _without_name(tokens)
    if index == 0:
        return None
    if tokens[index - 1].type in _NUMBERS and (slip := _after_number(tokens, index)) is not None:
        return slip
    if first in ("expect", "ensure") and (slip := _window(tokens, index)) is not None:
        return slip
    if first in ("param", "let", "record", "wait", "stop") and (slip := _declared(tokens, index)) is not None:
        return slip
    if tokens[0].type == "NAME" and (slip := _colon_or_comma(tokens, index, start)) is not None:
        return slip
    return _drawn_or_called(tokens, index)


def _without_name(tokens: Sequence[Token]) -> Slip | None:
    """``choose:`` and ``each parked:``."""
    words = [str(t) for t in tokens]
    if words == ["choose"]:
        return Slip(span_of_token(tokens[0]), "expected a name after 'choose'", "write 'choose NAME:'")
    if words[0] == "each" and len(words) == 2:
        message = f"expected a name for the elements of '{words[1]}'"
        return Slip(span_of_token(tokens[1]), message, f"write 'each x in {words[1]}:'")
    return None


# ---- after a number --------------------------------------------------------------------------------------------


def _after_number(tokens: Sequence[Token], index: int) -> Slip | None:
    """What stands after a number and is no unit."""
    number, token = tokens[index - 1], tokens[index]
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if str(token) in ("to", "until") and after is not None and after.type in _NUMBERS:
        same_unit = _unit(number) in ("", _unit(after))
        written = f"{_digits(number) if same_unit else number}..{after}"
        return Slip(_from(number, after), f"'{number} {token} {after}' is no range", f"write '{written}'")
    height = _times(token, after)
    if height and number.type == "NUMBER":
        return Slip(_from(number, token), "two numbers are written in brackets", f"write '({number}, {height})'")
    return _comma(number, token, after, _inside(tokens[:index]))


def _comma(number: Token, token: Token, after: Token | None, inside: bool) -> Slip | None:
    """A ',' left out behind a number, or an end of the line."""
    sets = after is not None and after.type in _BINDS and token.type not in _NUMBERS
    if inside and (sets or token.type in _NUMBERS):
        return Slip(
            span_of_token(token), f"expected ',' after '{number}', found '{token}'", f"write '{number}, {token}'"
        )
    if sets:
        message = f"expected the end of the line after '{number}', found '{token}'"
        return Slip(span_of_token(token), message, f"write '{token} {after} ...' on a line of its own")
    return None


def _times(token: Token, after: Token | None) -> str:
    """The second number of ``320x240`` or ``320 x 240``; "" where it is none."""
    found = re.fullmatch(r"[xX](\d*)", str(token))
    if found is None:
        return ""
    return found[1] or (str(after) if after is not None and after.type == "NUMBER" else "")


def _digits(number: Token) -> str:
    return str(number).partition(" ")[0].rstrip("abcdefghijklmnopqrstuvwxyzCKH%/")


def _unit(number: Token) -> str:
    return str(number)[len(_digits(number)) :].strip()


def _inside(tokens: Sequence[Token]) -> bool:
    """Between brackets."""
    return sum((t.type in ("LPAR", "LSQB", "LBRACE")) - (t.type in ("RPAR", "RSQB", "RBRACE")) for t in tokens) > 0


def _from(first: Token, last: Token) -> Span:
    return span_of_token(first).to(span_of_token(last))


# ---- statements ------------------------------------------------------------------------------------------------


def _window(tokens: Sequence[Token], index: int) -> Slip | None:
    """``expect always 2 s ...``, ``... within 2 s`` at the end, ``expect never ...``."""
    words, before, token = [str(t) for t in tokens], tokens[index - 1], tokens[index]
    operator = next((w for w in reversed(words[:index]) if w in ("always", "eventually")), "")
    if str(before) == "never":
        return Slip(span_of_token(before), "'never' is no word of this language", "write 'always not ...'")
    if before.type == "QUANTITY" and index > 1 and words[index - 2] == operator:
        said = f"write '{operator} within {before} ...' (up to then) or '{operator} after {before} ...' (from then on)"
        return Slip(span_of_token(before), f"how '{operator}' takes '{before}' is not said", said)
    if str(token) == "always":
        return Slip(span_of_token(token), "'always' stands first", f"write '{words[0]} always ...'")
    if str(token) == "in" and index + 1 < len(words) and tokens[index + 1].type == "QUANTITY" and operator:
        return Slip(
            span_of_token(token), "a window is written with 'within'",
            f"write '{words[0]} {operator} within {words[index + 1]} ...'",
        )  # fmt: skip
    if str(token) not in _WINDOW:
        return None
    window = " ".join(words[index : index + 2]) if index + 1 < len(words) else f"{token} 2 s"
    told = f"'{operator}'" if operator else "'always' or 'eventually'"
    return Slip(
        span_of_token(token), f"'{token}' stands directly after {told}",
        f"write '{words[0]} {operator or 'always'} {window} ...'",
    )  # fmt: skip


def _declared(tokens: Sequence[Token], index: int) -> Slip | None:
    """``let k ~ ...``, ``param a, b: speed, angle ~ ...``, ``record front: rgb box2d``."""
    first, before, token = str(tokens[0]), tokens[index - 1], tokens[index]
    kinds = [t.type for t in tokens]
    if first == "let" and token.type == "TILDE":
        return Slip(span_of_token(token), "a 'let' has a fixed value", f"write 'param {before} ~ ...'")
    if first == "wait" and str(before) == "for":
        return Slip(_from(before, token), "a time stands directly after 'wait'", f"write 'wait {token}'")
    if first == "stop" and index == 1 and str(token) in ("at", "if"):
        better = "after" if str(token) == "at" else "when"
        return Slip(span_of_token(token), f"expected 'after' or 'when', found '{token}'", f"write 'stop {better} ...'")
    if first == "param" and index == 2 and token.type == "NAME":
        return Slip(
            _from(before, token), f"expected ':' between a name and its type, found '{before} {token}'",
            f"write 'param {token}: {before} ...'",
        )  # fmt: skip
    typed = "COLON" in kinds[:index] and not set(kinds[:index]) & {"TILDE", "EQUAL"}
    if first == "param" and token.type == "COMMA" and typed:
        names = ", ".join(str(t) for t in tokens[1 : kinds.index("COLON")] if t.type == "NAME")
        said = f"leave the types out: 'param {names} ~ {{(...), ...}}'; the units of the rows say them"
        return Slip(span_of_token(token), "one type is for all that are drawn together", said)
    if first == "record" and before.type == "NAME" and token.type == "NAME" and "COLON" in kinds[:index]:
        return Slip(
            span_of_token(token), f"expected ',' after '{before}', found '{token}'", f"write '{before}, {token}'"
        )
    return None


def _colon_or_comma(tokens: Sequence[Token], index: int, start: str) -> Slip | None:
    """``speed: 30..50 km/h``, ``gap: time ~ ...``, ``ego: car on ...``, ``car ego on lane(1), s(10 m)``."""
    first, token = tokens[0], tokens[index]
    if start == "time_line":
        if index == 1 and token.type == "NAME":
            message = f"expected ':' after the name '{first}' of a step"
            return Slip(_from(first, token), message, f"write '{first}: {token}...'")
        return None
    if index == 1 and token.type == "COLON" and len(tokens) > 2:
        message = f"expected '=' or '~' after '{first}', found ':'"
        if start == "set_line" and "LPAR" not in [t.type for t in tokens]:
            return Slip(span_of_token(token), message, f"write '{first} = VALUE', or '{first} ~ LOW..HIGH'")
        if any(t.type in _BINDS for t in tokens):
            return Slip(span_of_token(first), f"'{first}:' starts no statement", f"write 'param {first}: ...'")
        return Slip(span_of_token(first), f"'{first}:' starts no statement", f"write '{tokens[2]} {first} ...'")
    places = start == "body_line" and len(tokens) > 2 and tokens[1].type == "NAME"
    if places and token.type == "COMMA" and not _inside(tokens[:index]):
        return Slip(span_of_token(token), "placements follow each other without ','", "write 'on lane(1) at s(10 m)'")
    if places and index == 2 and str(token) in _BEFORE:
        word = _BEFORE[str(token)]
        return Slip(span_of_token(token), f"expected '{word}' before '{token}'", f"write '{word} {token}(...)'")
    if places and index == 2 and str(tokens[1]) in CONTEXTUAL:
        message = f"expected a name after '{first}', found '{tokens[1]}'"
        return Slip(span_of_token(tokens[1]), message, f"write '{first} NAME {tokens[1]} ...'")
    return None


def _drawn_or_called(tokens: Sequence[Token], index: int) -> Slip | None:
    """``on lane 1`` and ``at s(~ 40..70 m)``."""
    before, token = tokens[index - 1], tokens[index]
    if str(before) in _CALLED and token.type in (*_NUMBERS, "NAME", "LEFT", "RIGHT"):
        written = f"{_CALLED[str(before)]}({token})"
        return Slip(_from(before, token), f"what '{before}' names stands in brackets", f"write '{written}'")
    inside = _inside(tokens[:index])
    argument = inside and index > 1 and tokens[index - 2].type in ("LPAR", "COMMA")  # it starts with 'before'
    if argument and before.type == "NAME" and token.type in ("NAME", *_NUMBERS):
        message = f"expected '=' or ',' after '{before}', found '{token}'"
        return Slip(_from(before, token), message, f"write '{before} = {token}'")
    if argument and token.type == "__ANON_0" and before.type in _NUMBERS:
        message = "a range has no place between the arguments"
        return Slip(_from(before, token), message, "name the argument and draw: 'NAME ~ LOW..HIGH'")
    if str(token) == "by" and "__ANON_0" in [t.type for t in tokens[:index]] and _binds_early(tokens):
        return Slip(span_of_token(token), "expected 'step', found 'by'", "write 'LOW..HIGH step WIDTH'")
    if str(tokens[0]) == "sensor" and token.type == "EQUAL" and index == 2:
        message = "expected 'on' and what carries the sensor, found '='"
        return Slip(span_of_token(token), message, f"write 'sensor {before} on ego = ...'")
    if token.type == "TILDE" and before.type in ("LPAR", "COMMA", "EQUAL"):
        said = "name it before: 'param x ~ ...', and write 'x' here"
        return Slip(span_of_token(token), "nothing is drawn here", said)
    return None


def _binds_early(tokens: Sequence[Token]) -> bool:
    """It sets something: ``speed ~ ...``, ``param gap: time ~ ...``."""
    return str(tokens[0]) == "param" or (len(tokens) > 1 and tokens[1].type in (*_BINDS, "DOT"))
