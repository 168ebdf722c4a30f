"""What a person wants to know of the word at a place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lark import Token

from simengine.errors import an
from simengine.language.lexer import span_of_token
from simengine.language.templates import what_is_awaited
from simengine.language.terms import Span
from simengine.lsp import describe
from simengine.lsp.analysis import PROPOSALS, Analysis
from simengine.lsp.completion import proposals
from simengine.lsp.cursor import Cursor, cursor_at, header_word
from simengine.lsp.occurrences import Declaration, Occurrence
from simengine.lsp.scope import Scope, scope_at
from simengine.lsp.values import facts
from simengine.lsp.wanted import path_before
from simengine.lsp.words import WORDS
from simengine.units import UNITS

__all__ = ["Hover", "hover", "path_at"]

_CODE = re.compile(r"\b[EW]\d{4}\b")
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?) ?(.*)")


@dataclass(frozen=True)
class Hover:
    """Markdown about a span."""

    span: Span
    text: str


def hover(analysis: Analysis, line: int, column: int) -> Hover | None:
    """What is known of the word, number or code at a place."""
    found = _code(analysis, line, column)
    if found is not None:
        return found
    token = analysis.token_at(line, column)
    problems = "\n\n---\n\n".join(_problems(analysis, line, column))
    if token is None:
        return None
    span = span_of_token(token)
    text = _text(analysis, token, column)
    if not text and not problems:
        return None
    return Hover(span, "\n\n---\n\n".join(p for p in (text, problems) if p))


def _code(analysis: Analysis, line: int, column: int) -> Hover | None:
    """A diagnostic's code, in a comment for example."""
    row = analysis.layout.lines[line - 1]
    for match in _CODE.finditer(row):
        if match.start() < column <= match.end() + 1 and (text := describe.code(match.group())):
            return Hover(Span(line, match.start() + 1, line, match.end() + 1), text)
    return None


def _problems(analysis: Analysis, line: int, column: int) -> Iterator[str]:
    for d in analysis.examination.result.diagnostics:
        s = d.span
        if not s.file and (s.line, s.column) <= (line, column) <= (s.end_line, s.end_column) and s.line == line:
            yield describe.code(d.code)


def _text(analysis: Analysis, token: Token, column: int) -> str:
    word, span = str(token), span_of_token(token)
    if token.type == "QUANTITY":
        return _quantity(word, column - span.column)
    if token.type == "UNIT":
        return describe.unit(word)
    if token.type in ("STRING", "NUMBER"):
        return ""
    if token.type != "NAME" and word in WORDS:
        more = _passing(analysis, span.line) if word == "require" else ""
        return "\n\n".join(p for p in (describe.word(word), more) if p)
    known = analysis.names.at(span.line, span.column)
    if known is not None and known.span == span:
        return _name(analysis, known)
    if not word[:1].isalpha():
        return ""
    cursor = cursor_at(analysis.layout, span.line, span.column)
    scope = scope_at(analysis, span.line, cursor)
    labels = (word, _dotted(analysis, token))
    found = [i for i in proposals(cursor, scope, analysis) if i.label in labels]
    if found:
        chosen = min(found, key=lambda i: (i.label != labels[1], i.rank))
        return "\n\n".join(p for p in (chosen.doc or describe.document(chosen.label), _own(analysis, token)) if p)
    return describe.word(word) if word in WORDS else ""


def _passing(analysis: Analysis, line: int) -> str:
    program = analysis.program(analysis.scenario_name(line))
    rate = analysis.acceptance(program) if program is not None else None
    if rate is None:
        return ""
    return f"Of {PROPOSALS} first draws {100.0 * rate:.3g} % meet all constraints that need no placed scene."


def _quantity(text: str, at: int) -> str:
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2] not in UNITS:
        return ""
    unit = UNITS[match[2]]
    si = describe.number(float(match[1]) * unit.scale + unit.offset, unit.dimension, None)
    shown = f"`{match[1]} {match[2]}` is {si}." if (unit.scale, unit.offset) != (1.0, 0.0) else ""
    return "\n\n".join(p for p in (shown, describe.unit(match[2])) if p)


def _dotted(analysis: Analysis, token: Token) -> str:
    """The word with the names that follow it after dots."""
    tokens = analysis.tokens
    k = next(i for i, t in enumerate(tokens) if t is token)
    words = [str(token)]
    while k + 2 < len(tokens) and tokens[k + 1].type == "DOT" and tokens[k + 1].line == token.line:
        words.append(str(tokens[k + 2]))
        k += 2
    return ".".join(words)


# ---- values -------------------------------------------------------------------------------------------------------


def path_at(cursor: Cursor, word: str, scope: Scope) -> str:
    """The path of the definition that a word at a cursor stands for."""
    words = list(cursor.words)
    path = [*path_before(words[:-1]), word] if words[-1:] == ["."] else [word]
    owner = list(cursor.owner)
    kind = header_word(owner)
    heading = len(path) * 2 - 1 == len(words) + 1  # nothing stands before it on its line
    if cursor.start == "set_line" and heading and kind in ("entity", "sensor") and len(owner) > 1:
        return ".".join((owner[1], *path))
    if "(" in words and words[0] in ("sensor", "world"):
        return ".".join(("world" if words[0] == "world" else words[1], *path))
    if "(" in words and kind == "entity" and len(owner) > 1 and words[0] == "controller":
        return f"{owner[1]}.controller.{word}"
    base = scope.variables.get(path[0], path[0])
    if base in scope.entities or base in scope.sensors or base == "world":
        return ".".join((base, *path[1:]))
    return ".".join(("world", *path)) if path[0] not in scope.table else ".".join(path)


def _own(analysis: Analysis, token: Token) -> str:
    span = span_of_token(token)
    cursor = cursor_at(analysis.layout, span.line, span.column)
    scope = scope_at(analysis, span.line, cursor)
    name = analysis.scenario_name(span.line)
    for word in (_dotted(analysis, token), str(token)):
        path = path_at(cursor, word, scope)
        if found := facts(analysis, name, path):
            return f"Here `{path}`. {found}"
    return ""


# ---- names --------------------------------------------------------------------------------------------------------


def _name(analysis: Analysis, known: Occurrence) -> str:
    target = known.target
    if target.kind == "scenario":
        return _scenario(analysis, target)
    scenario = analysis.scenario_name(known.span.line)
    head = _source(analysis, target)
    return describe.document(head, *_about(analysis, target, scenario))


def _source(analysis: Analysis, target: Declaration) -> str:
    s = target.statement
    if target.kind == "variable":
        return f"{target.name} in {s.names[1].id}" if len(s.names) > 1 else target.name
    text = " ".join(analysis.text_of(replace(s.span, file=target.span.file)).split()).rstrip(":")[:400]
    return f"{text}  # {target.span.file}" if target.span.file else text


def _about(analysis: Analysis, target: Declaration, scenario: str | None) -> Iterator[str]:
    s, name = target.statement, target.name
    match target.kind:
        case "param" | "let":
            yield s.text
            yield facts(analysis, scenario, name)
        case "choice":
            yield facts(analysis, scenario, name)
        case "entity":
            yield from _entity(analysis, name, scenario)
        case "sensor":
            yield from _sensor(analysis, name, scenario)
        case "phase":
            yield f"A phase: `{name}.started` and `{name}.ended` are its events."
        case "cover":
            yield "A coverage item."
        case "variable":
            yield "An element of an array."
        case _:
            pass


def _entity(analysis: Analysis, name: str, scenario: str | None) -> Iterator[str]:
    checked = analysis.checked(scenario)
    info = checked.context.entities.get(name) if checked else None
    if info is None:
        return
    models = f", {len(info.kind.models)} models" if info.kind.models else ""
    doc = info.kind.doc[:1].upper() + info.kind.doc[1:]
    kind = an(info.kind.name)
    yield f"{kind[0].upper()}{kind[1:]} ({info.kind.category}) of the library {info.library}{models}. {doc}".strip()
    if info.array:
        few, many = info.count_min, info.count_max
        size = f" of {few if few == many else f'{few} to {many}'} elements" if few <= many else ""  # "": a template's
        yield f"An array{size}, counted from 1."
    if info.controller:
        yield f"Controller: `{info.controller}`."
    for prop in ("speed", "model"):
        if prop in info.properties and (found := facts(analysis, scenario, f"{name}.{prop}")):
            yield f"`{prop}`: {found}"


def _sensor(analysis: Analysis, name: str, scenario: str | None) -> Iterator[str]:
    checked = analysis.checked(scenario)
    info = checked.context.sensors.get(name) if checked else None
    if info is None:
        return
    yield info.kind.doc[:1].upper() + info.kind.doc[1:] + "." if info.kind.doc else ""
    program = analysis.program(scenario)
    for record in program.records if program else ():
        if record.sensor == name:
            rate = f" at {record.rate_hz:g} hz" if record.rate_hz else " at 10 hz"
            yield f"Recorded: {', '.join(record.channels)}{rate}."


def _scenario(analysis: Analysis, target: Declaration) -> str:
    s = target.statement
    body = s.body
    tags = [n.id for x in body if x.kind == "tags" for n in x.names]
    cites = [x.text for x in body if x.kind == "cite"]
    parts = [s.text]
    program = analysis.program(target.name)
    if program is not None:
        drawn = sum(d.drawn for d in program.definitions.values())
        parts.append(f"{drawn} random variables, {sum(e.count_max for e in program.entities)} entities at most.")
        from simengine.engine.cost import cost  # the engine's clock is only needed here

        found = f"a template: '{what_is_awaited(program)}'" if program.awaited else str(cost(program))
        parts.append(found[:1].upper() + found[1:] + ".")
    parts += [f"Tags: {', '.join(tags)}."] if tags else []
    parts += [f"Source: {c}." for c in cites]
    return describe.document(f"scenario {target.name}", *parts)
