"""The canonical JSON form of a program: the syntax tree without places, for other tools and languages.

``to_json`` and ``from_json`` are inverse on trees. A JSON program from anywhere is as safe as a text: it is read within
the same limits, printed as text, and that text is what is checked (``write.write_text`` proves that it reads back as
the same tree, so no name or string can smuggle in a statement). The schema is ``program.schema.json`` beside this file.

Expressions: a number; ``{"quantity": [12, "km/h"]}``; a name or dotted path as a string (``"ego.speed"``);
``{"text": "..."}``; ``{"call": F, "arguments": [...]}``; ``{"chain": [a, "+", b]}``; ``{"compare": [a, "<", b]}``;
``{"range": [low, high], "step": w}``; ``{"set": [...], "weights": [...]}``; and so on, as in the schema. An object is
read only if its keys are those of one form, so that nothing that is written in it is passed over.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, cast

from simengine.errors import UsageError
from simengine.language import syntax as ast
from simengine.language.limits import NESTING, SOURCE_BYTES, STATEMENTS, STRING_CHARS, TOKENS
from simengine.language.reading import read
from simengine.language.terms import Span
from simengine.language.write import write_text

__all__ = ["FORMAT", "from_json", "json_of_text", "schema", "text_of_json", "to_json"]

FORMAT = "simengine-program-1"
_NOWHERE = Span(1, 1, 1, 2)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_UNIT = re.compile(r"[A-Za-z%][A-Za-z0-9_/]*")
_DEPTH = 8 * NESTING  # JSON levels: an operand takes two or three


def schema() -> dict[str, Any]:
    """The JSON schema of the form (draft 2020-12)."""
    return json.loads(files("simengine.language").joinpath("program.schema.json").read_text("utf-8"))


def json_of_text(text: str, file: str = "<text>") -> str:
    """The JSON form of a scenario text, indented.

    Raises:
        UsageError: the text has a syntax error.
    """
    reading = read(text, file)
    if not reading.ok:
        d = reading.diagnostics[0]
        raise UsageError(f"{file}:{d.span.line}:{d.span.column}: {d.message}; 'simengine check {file}' shows all")
    return json.dumps(to_json(reading.statements), indent=1) + "\n"


def text_of_json(data: str | bytes, what: str = "the JSON program") -> str:
    """The canonical text of a program in JSON form.

    Raises:
        UsageError: no JSON, not of this form, beyond a limit, or a tree that no text has; the message says where.
    """
    return write_text(from_json(_loads(data, what), what), what)


def _loads(data: str | bytes, what: str) -> Any:
    if len(data) > SOURCE_BYTES:
        raise UsageError(f"{what} is larger than {SOURCE_BYTES:,} bytes")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) < len(pairs):
            raise ValueError(f"the key '{next(k for k, _ in pairs if sum(k == o for o, _ in pairs) > 1)}' stands twice")
        return out

    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no number of JSON")

    try:
        return json.loads(data, object_pairs_hook=unique, parse_int=float, parse_constant=refuse)
    except RecursionError:
        raise UsageError(f"{what} is nested too deep") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise UsageError(f"{what} is not JSON: {error}") from None


# ---- tree to JSON ----------------------------------------------------------------------------------------------


def to_json(statements: Sequence[ast.Statement]) -> dict[str, Any]:
    """A syntax tree as plain data."""
    return {"format": FORMAT, "statements": [_statement(s) for s in statements]}


def _statement(s: ast.Statement) -> dict[str, Any]:
    out: dict[str, Any] = {
        "kind": s.kind,
        "names": [n.id for n in s.names],
        "type": s.type_name.id if s.type_name else None,
        "label": s.label.id if s.label else None,
        "number": _plain(s.number) if s.number else None,
        "expr": _plain(s.expr) if s.expr else None,
        "bind": _bind(s.bind) if s.bind else None,
        "arguments": [_argument(a) for a in s.arguments],
        "clauses": [_clause(c) for c in s.clauses],
        "items": [_plain(i) for i in s.items],
        "extra": {k: _plain(v) for k, v in sorted(s.extra.items())},
        "binds": {k: _bind(v) for k, v in sorted(s.binds.items())},
        "text": s.text,
        "parameters": s.parameters or None,
        "body": [_statement(b) for b in s.body],
    }
    return {k: v for k, v in out.items() if v not in (None, "", [], {})}


def _plain(node: ast.Expression) -> Any:
    match node:
        case ast.Number():
            value = int(node.value) if node.value.is_integer() and abs(node.value) < 2**53 else node.value
            return {"quantity": [value, node.unit]} if node.unit else value
        case ast.Name():
            return node.id
        case ast.Text():
            return {"text": node.value}
        case ast.Attribute():
            base = _plain(node.base)
            return f"{base}.{node.name.id}" if isinstance(base, str) else {"of": base, "attribute": node.name.id}
        case ast.Index():
            return {"of": _plain(node.base), "index": _plain(node.index)}
        case ast.CallX():
            return {"call": _plain(node.function), "arguments": [_argument(a) for a in node.arguments]}
        case ast.Prefix():
            return {node.op: _plain(node.item)}
        case ast.Chain():
            return {"chain": _woven(node)}
        case ast.Compare():
            return {"compare": _woven(node)}
        case ast.Logic():
            return {node.op: [_plain(i) for i in node.items]}
        case ast.Ternary():
            return {"if": _plain(node.condition), "then": _plain(node.then), "else": _plain(node.other)}
        case ast.Timed():
            bound = {node.bound: _plain(node.limit)} if node.bound and node.limit else {}
            return {node.op: _plain(node.item), **bound}
        case ast.VectorX():
            return {"vector": [_plain(i) for i in node.items]}
        case ast.ListX():
            return {"list": [_plain(i) for i in node.items]}
        case ast.RangeX():
            step = {"step": _plain(node.step)} if node.step else {}
            return {"range": [_plain(node.low), _plain(node.high)], **step}
        case ast.SetX():
            weights = [_plain(w) if w else None for w in node.weights]
            return {"set": [_plain(v) for v in node.values], **({"weights": weights} if any(node.weights) else {})}
        case ast.Member():
            return {"member": _plain(node.item), "of": _plain(node.container)}


def _woven(node: ast.Chain | ast.Compare) -> list[Any]:
    out = [_plain(node.items[0])]
    for op, item in zip(node.ops, node.items[1:], strict=True):
        out += [op.id, _plain(item)]
    return out


def _bind(bind: ast.Bind) -> dict[str, Any]:
    if not isinstance(bind.value, ast.Dist):
        return {"value": _plain(bind.value)}
    within = {"within": _plain(bind.value.within)} if bind.value.within else {}
    return {"drawn": _plain(bind.value.body), **within}


def _argument(a: ast.Argument) -> dict[str, Any]:
    name = {"name": a.name.id} if a.name else {}
    return {**name, **_bind(a.bind), **({"body": _plain(a.body)} if a.body else {})}


def _clause(c: ast.Clause) -> dict[str, Any]:
    out = {"kind": c.kind, "place": _plain(c.place) if c.place else None,
           "second": _plain(c.second) if c.second else None, "by": _bind(c.by) if c.by else None}  # fmt: skip
    return {k: v for k, v in out.items() if v is not None}


# ---- JSON to tree ----------------------------------------------------------------------------------------------


def from_json(data: object, what: str = "the JSON program") -> list[ast.Statement]:
    """The syntax tree of plain data.

    Raises:
        UsageError: the data is not of this form; the message names the place, as in ``statements[1].bind``.
    """
    reader = _Reader(what)
    top = reader.table(data, "", {"format", "statements"})
    if top.get("format") != FORMAT:
        raise reader.wrong("format", f"'{FORMAT}'", top.get("format"))
    return reader.statements(top.get("statements"), "statements", 0)


class _Reader:
    """Checks while it reads; every error names its place."""

    def __init__(self, what: str) -> None:
        self.what, self.count, self.nodes = what, 0, 0

    def wrong(self, where: str, wanted: str, found: object) -> UsageError:
        shown = json.dumps(found, default=str)[:60]
        return UsageError(f"{self.what}: {where or 'the whole'}: expected {wanted}, found {shown}")

    def table(self, data: object, where: str, keys: set[str]) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise self.wrong(where, "an object", data)
        found = cast("dict[str, Any]", data)
        for key in found:
            if key not in keys:
                known = ", ".join(sorted(keys))
                raise UsageError(f"{self.what}: {where or 'the whole'}: unknown key '{key[:40]}'; known: {known}")
        return found

    def array(self, data: object, where: str) -> list[Any]:
        if not isinstance(data, list):
            raise self.wrong(where, "an array", data)
        return cast("list[Any]", data)

    def some(self, data: object, where: str, least: int) -> list[Any]:
        items = self.array(data, where)
        if len(items) < least:
            raise self.wrong(where, f"{least} items or more", data)
        return items

    def word(self, data: object, where: str) -> ast.Name:
        return self.dotted(data, where, _WORD)

    def dotted(self, data: object, where: str, form: re.Pattern[str] = _WORDS) -> ast.Name:
        if not isinstance(data, str) or not form.fullmatch(data):
            raise self.wrong(where, "a name", data)
        return ast.Name(data, _NOWHERE)

    def string(self, data: object, where: str) -> str:
        if not isinstance(data, str) or '"' in data or "\n" in data or len(data) > STRING_CHARS:
            raise self.wrong(where, f"a string of at most {STRING_CHARS:,} without quotes and line breaks", data)
        return data

    def words(self, data: object, where: str) -> list[ast.Name]:
        return [self.dotted(n, f"{where}[{k}]") for k, n in enumerate(self.array(data, where))]

    def statements(self, data: object, where: str, depth: int) -> list[ast.Statement]:
        if depth > NESTING:
            raise UsageError(f"{self.what}: blocks are nested more than {NESTING} deep")
        return [self.statement(s, f"{where}[{k}]", depth) for k, s in enumerate(self.array(data, where))]

    def statement(self, data: object, where: str, depth: int) -> ast.Statement:
        self.count += 1
        if self.count > STATEMENTS:
            raise UsageError(f"{self.what} has more than {STATEMENTS:,} statements")
        t = self.table(data, where, {
            "kind", "names", "type", "label", "number", "expr", "bind", "arguments", "clauses", "items", "extra",
            "binds", "text", "parameters", "body",
        })  # fmt: skip
        kind, parameters = t.get("kind"), t.get("parameters", 0)
        if not isinstance(kind, str):
            raise self.wrong(f"{where}.kind", "a word", kind)
        if isinstance(parameters, bool) or not isinstance(parameters, int | float):
            raise self.wrong(f"{where}.parameters", "a count", parameters)
        if not 0 <= parameters <= STATEMENTS or parameters != int(parameters):
            raise self.wrong(f"{where}.parameters", f"a whole number from 0 to {STATEMENTS:,}", parameters)
        number = self.expression(t["number"], f"{where}.number") if "number" in t else None
        if number is not None and not isinstance(number, ast.Number):
            raise self.wrong(f"{where}.number", "a number", t["number"])
        extra = self.table(t.get("extra", {}), f"{where}.extra", _EXTRA)
        binds = self.table(t.get("binds", {}), f"{where}.binds", {"for"})
        return ast.Statement(
            kind, _NOWHERE,
            self.words(t.get("names", []), f"{where}.names"),
            self.expression(t["expr"], f"{where}.expr") if "expr" in t else None,
            self.bind(t["bind"], f"{where}.bind") if "bind" in t else None,
            self.string(t.get("text", ""), f"{where}.text"),
            {k: self.expression(v, f"{where}.extra.{k}") for k, v in sorted(extra.items())},
            {k: self.bind(v, f"{where}.binds.{k}") for k, v in binds.items()},
            self.arguments(t.get("arguments", []), f"{where}.arguments"),
            tuple(
                self.clause(c, f"{where}.clauses[{k}]")
                for k, c in enumerate(self.array(t.get("clauses", []), f"{where}.clauses"))
            ),
            self.expressions(t.get("items", []), f"{where}.items"),
            self.dotted(t["type"], f"{where}.type") if "type" in t else None,
            self.word(t["label"], f"{where}.label") if "label" in t else None,
            number, parameters=int(parameters),
            body=self.statements(t.get("body", []), f"{where}.body", depth + 1),
        )  # fmt: skip

    def bind(self, data: object, where: str, more: frozenset[str] = frozenset()) -> ast.Bind:
        t = self.table(data, where, {"value", "drawn", "within", *more})
        if ("value" in t) == ("drawn" in t) or ("within" in t and "value" in t):
            raise self.wrong(where, "either 'value' or 'drawn'", data)
        if "value" in t:
            return ast.Bind(self.expression(t["value"], f"{where}.value"), _NOWHERE)
        within = self.expression(t["within"], f"{where}.within") if "within" in t else None
        if within is not None and not isinstance(within, ast.RangeX):
            raise self.wrong(f"{where}.within", "a range", t["within"])
        return ast.Bind(ast.Dist(self.expression(t["drawn"], f"{where}.drawn"), within, _NOWHERE), _NOWHERE)

    def arguments(self, data: object, where: str) -> tuple[ast.Argument, ...]:
        out: list[ast.Argument] = []
        for k, item in enumerate(self.array(data, where)):
            at = f"{where}[{k}]"
            bind = self.bind(item, at, frozenset(["name", "body"]))
            t = cast("dict[str, Any]", item)
            name = self.word(t["name"], f"{at}.name") if "name" in t else None
            if "body" in t and "drawn" in t:
                raise UsageError(f"{self.what}: {at}: 'body' goes with 'value', not with 'drawn'")
            body = self.expression(t["body"], f"{at}.body") if "body" in t else None
            out.append(ast.Argument(name, bind, body, _NOWHERE))
        return tuple(out)

    def clause(self, data: object, where: str) -> ast.Clause:
        t = self.table(data, where, {"kind", "place", "second", "by"})
        place, second = (self.expression(t[k], f"{where}.{k}") if k in t else None for k in ("place", "second"))
        by = self.bind(t["by"], f"{where}.by") if "by" in t else None
        return ast.Clause(self.word(t.get("kind"), f"{where}.kind").id, place, second, by, _NOWHERE)

    def expressions(self, data: object, where: str) -> tuple[ast.Expression, ...]:
        return tuple(self.expression(i, f"{where}[{k}]") for k, i in enumerate(self.array(data, where)))

    def expression(self, data: object, where: str) -> ast.Expression:
        self.nodes += 1
        if self.nodes > TOKENS or where.count(".") + where.count("[") > _DEPTH:
            raise UsageError(f"{self.what}: {where[:80]}: larger or deeper than a program may be")
        if isinstance(data, bool) or data is None:
            raise self.wrong(where, "an expression", data)
        if isinstance(data, int | float):
            return self.number(data, None, where)
        if isinstance(data, str):
            return self.path(data, where)
        if not isinstance(data, dict):
            raise self.wrong(where, "an expression", data)
        t = cast("dict[str, Any]", data)
        form = self.form(t, where)
        return form.make(self, t, f"{where}.{form.keys[0]}")

    def form(self, t: dict[str, Any], where: str) -> _Form:
        """The one form that has these keys.

        Raises:
            UsageError: there is none; told with the form that has most of them.
        """
        found = next((f for f in _FORMS if f.holds(t)), None)
        if found is not None:
            return found
        near = max(_FORMS, key=lambda f: sum(k in t for k in f.keys) - 0.1 * sum(k not in t for k in f.keys))
        if not any(k in t for k in near.keys):
            raise self.wrong(where, "an expression", t)
        known = " and ".join(f"'{k}'" for k in near.keys) + "".join(f", maybe '{k}'" for k in near.more)
        wrong = next((f"unknown key '{k[:40]}'" for k in t if k not in (*near.keys, *near.more)), None)
        wrong = wrong or next((f"the key '{k}' is missing" for k in near.keys if k not in t), "too many keys")
        raise UsageError(f"{self.what}: {where}: {wrong}; an expression of this form has {known} and nothing else")

    def number(self, value: object, unit: object, where: str) -> ast.Expression:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(where, "a finite number", value)
        if unit is not None and (not isinstance(unit, str) or not _UNIT.fullmatch(unit)):
            raise self.wrong(where, "a unit", unit)
        made = ast.Number(abs(float(value)), unit, _NOWHERE)
        return ast.Prefix("neg", made, _NOWHERE) if value < 0 else made

    def path(self, text: str, where: str) -> ast.Expression:
        words = text.split(".")
        if len(words) > NESTING + 1 or not all(_WORD.fullmatch(w) for w in words):
            raise self.wrong(where, "a name or a path of names", text)
        node: ast.Expression = ast.Name(words[0], _NOWHERE)
        for word in words[1:]:
            node = ast.Attribute(node, ast.Name(word, _NOWHERE), _NOWHERE)
        return node

    def woven(
        self, data: object, where: str, known: tuple[str, ...]
    ) -> tuple[tuple[ast.Expression, ...], tuple[ast.Name, ...]]:
        items = self.some(data, where, 3)
        ops = items[1::2]
        if len(items) % 2 == 0 or not all(op in known for op in ops):
            raise self.wrong(where, f"operands with one of {' '.join(known)} between them", data)
        return self.expressions(items[::2], where), tuple(ast.Name(op, _NOWHERE) for op in ops)

    def pair(self, data: object, where: str) -> tuple[Any, Any]:
        items = self.array(data, where)
        if len(items) != 2:
            raise self.wrong(where, "two items", data)
        return items[0], items[1]

    # ---- one form each

    def several(self, data: object, where: str, least: int) -> tuple[ast.Expression, ...]:
        return self.expressions(self.some(data, where, least), where)

    def index(self, t: dict[str, Any], where: str) -> ast.Expression:
        return ast.Index(self.expression(t["of"], where), self.expression(t["index"], f"{where}.index"), _NOWHERE)

    def attribute(self, t: dict[str, Any], where: str) -> ast.Expression:
        return ast.Attribute(self.expression(t["of"], where), self.word(t["attribute"], f"{where}.attribute"), _NOWHERE)

    def timed(self, t: dict[str, Any], where: str) -> ast.Expression:
        op: Literal["always", "eventually"] = "always" if "always" in t else "eventually"
        for bound in ("within", "after", "during"):
            if bound in t:
                limit = self.expression(t[bound], f"{where}.{bound}")
                return ast.Timed(op, bound, limit, self.expression(t[op], where), _NOWHERE)
        return ast.Timed(op, None, None, self.expression(t[op], where), _NOWHERE)

    def quantity(self, t: dict[str, Any], where: str) -> ast.Expression:
        value, unit = self.pair(t["quantity"], where)
        if unit is None:
            raise self.wrong(where, "a number and its unit", t["quantity"])
        return self.number(value, unit, where)

    def ternary(self, t: dict[str, Any], where: str) -> ast.Expression:
        parts = [self.expression(t[k], f"{where}.{k}") for k in ("then", "if", "else")]
        return ast.Ternary(parts[0], parts[1], parts[2], _NOWHERE)

    def set(self, t: dict[str, Any], where: str) -> ast.Expression:
        values = self.several(t["set"], where, 1)
        given = self.array(t.get("weights", [None] * len(values)), f"{where}.weights")
        if len(given) != len(values):
            raise self.wrong(f"{where}.weights", f"{len(values)} weights", given)
        weights = tuple(None if w is None else self.expression(w, f"{where}.weights[{k}]") for k, w in enumerate(given))
        return ast.SetX(values, weights, _NOWHERE)

    def range(self, t: dict[str, Any], where: str) -> ast.Expression:
        low, high = self.pair(t["range"], where)
        step = self.expression(t["step"], f"{where}.step") if "step" in t else None
        return ast.RangeX(self.expression(low, f"{where}[0]"), self.expression(high, f"{where}[1]"), step, _NOWHERE)

    def text(self, t: dict[str, Any], where: str) -> ast.Expression:
        return ast.Text(self.string(t["text"], where), _NOWHERE)

    def member(self, t: dict[str, Any], where: str) -> ast.Expression:
        return ast.Member(self.expression(t["member"], where), self.expression(t["of"], f"{where}.of"), _NOWHERE)


@dataclass(frozen=True)
class _Form:
    """One form of an expression: keys that it has, the first one tells its place, keys that it may have, its reader."""

    keys: tuple[str, ...]
    more: tuple[str, ...]
    make: Callable[[_Reader, dict[str, Any], str], ast.Expression]

    def holds(self, found: dict[str, Any]) -> bool:
        return all(k in found for k in self.keys) and all(k in self.keys or k in self.more for k in found)


def _timed(op: str) -> list[_Form]:
    return [_Form((op, *bound), (), _Reader.timed) for bound in ((), ("within",), ("after",), ("during",))]


_EXTRA = {"until", "holds", "at", "by", "over", "rate"}
_SUMS, _COMPARISONS = ("+", "-", "*", "/"), ("<", "<=", ">", ">=", "==", "!=")
_FORMS = (
    _Form(("quantity",), (), _Reader.quantity),
    _Form(("text",), (), _Reader.text),
    _Form(("member", "of"), (), _Reader.member),
    _Form(("of", "index"), (), _Reader.index),
    _Form(("of", "attribute"), (), _Reader.attribute),
    _Form(
        ("call",), ("arguments",),
        lambda r, t, w: ast.CallX(r.expression(t["call"], w), r.arguments(t.get("arguments", []), w), _NOWHERE),
    ),
    _Form(("neg",), (), lambda r, t, w: ast.Prefix("neg", r.expression(t["neg"], w), _NOWHERE)),
    _Form(("not",), (), lambda r, t, w: ast.Prefix("not", r.expression(t["not"], w), _NOWHERE)),
    _Form(("chain",), (), lambda r, t, w: ast.Chain(*r.woven(t["chain"], w, _SUMS), _NOWHERE)),
    _Form(("compare",), (), lambda r, t, w: ast.Compare(*r.woven(t["compare"], w, _COMPARISONS), _NOWHERE)),
    _Form(("and",), (), lambda r, t, w: ast.Logic("and", r.several(t["and"], w, 2), _NOWHERE)),
    _Form(("or",), (), lambda r, t, w: ast.Logic("or", r.several(t["or"], w, 2), _NOWHERE)),
    _Form(("if", "then", "else"), (), _Reader.ternary),
    *_timed("always"),
    *_timed("eventually"),
    _Form(("vector",), (), lambda r, t, w: ast.VectorX(r.several(t["vector"], w, 2), _NOWHERE)),
    _Form(("list",), (), lambda r, t, w: ast.ListX(r.expressions(t["list"], w), _NOWHERE)),
    _Form(("range",), ("step",), _Reader.range),
    _Form(("set",), ("weights",), _Reader.set),
)  # fmt: skip
