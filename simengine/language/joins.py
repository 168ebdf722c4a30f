"""Limits of one expression, found in its tokens, before the parser and the tree cost anything.

Counts what the grammar nests or joins, in each bracket and between its commas: terms of sums, factors of products,
parts of ``and`` and ``or``, words and signs in front, and steps of ``a.b[1].c(2)``.
"""

from __future__ import annotations

from collections.abc import Sequence

from lark import Token

from simengine.language.limits import NESTING, OPERANDS

__all__ = ["too_much"]

_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")
_OPERANDS = frozenset(["NAME", "NUMBER", "QUANTITY", "STRING"])
_FRONT = frozenset(["not", "always", "eventually"])
_BREAKS = frozenset(["if", "else", "in", "until", "during"])


class _Counts:
    """What has been joined so far, in one bracket."""

    def __init__(self) -> None:
        self.terms = self.factors = self.ands = self.ors = self.words = self.signs = self.steps = 0

    def restart(self, level: int) -> None:
        """A new operand of this level: 0 a factor, 1 a term, 2 a comparison, 3 a part of "or", 4 anything."""
        self.signs = self.steps = 0
        if level >= 1:
            self.factors = 0
        if level >= 2:
            self.terms = 0
        if level >= 3:
            self.ands = self.words = 0
        if level >= 4:
            self.ors = 0


def too_much(tokens: Sequence[Token]) -> tuple[Token, str] | None:
    """The first token of a line that goes beyond a limit, and what to say; None where all is well."""
    stack = [_Counts()]
    before: Token | None = None
    for token in tokens:
        problem = _count(stack, token, before)
        if problem:
            return token, problem
        before = token
    return None


def _ends_operand(token: Token | None) -> bool:
    return token is not None and (str(token) in _CLOSES or (token.type in _OPERANDS and str(token) not in _FRONT))


def _count(stack: list[_Counts], token: Token, before: Token | None) -> str:
    word, here = str(token), stack[-1]
    if token.type == "STRING":
        pass
    elif word in _OPENS:
        here.steps += word != "{" and _ends_operand(before)
        stack.append(_Counts())
    elif word in _CLOSES:
        if len(stack) > 1:
            stack.pop()
    elif word == ".":
        here.steps += 1
    elif word in ("+", "-") and not _ends_operand(before):
        here.signs += 1
    elif word in ("+", "-"):
        here.restart(1)
        here.terms += 1
    elif word in ("*", "/"):
        here.restart(0)
        here.factors += 1
    elif before is not None and before.type == "DOT":
        pass  # after a dot every word is a name
    elif word in ("and", "or"):
        here.restart(3 if word == "or" else 2)
        here.words = 0
        here.ands += word == "and"
        here.ors += word == "or"
    elif word in _FRONT:
        here.restart(2)
        here.words += 1
    elif token.type not in _OPERANDS:
        here.restart(2 if token.type == "COMPARE" else 4)
    elif word in _BREAKS:
        here.restart(4)
    elif _ends_operand(before):  # two operands side by side: the second belongs to another clause
        here.restart(2)
    return _problem(here)


def _problem(here: _Counts) -> str:
    if max(here.terms, here.factors, here.ands, here.ors) >= OPERANDS:
        return f"one expression joins more than {OPERANDS} values"
    if max(here.words, here.signs, here.steps) > NESTING:
        return f"this is nested more than {NESTING} deep"
    return ""
