"""The canonical JSON form of a program: the syntax tree without places, for other tools and languages.

``to_json`` and ``from_json`` are inverse on trees. A JSON program from anywhere is as safe as a text: it is read within
the same limits, printed as text, and that text is what is checked (``write.write_text`` proves that it reads back as
the same tree, so no name or string can smuggle in a statement). The schema is ``program.schema.json`` beside this file.

Expressions: a number; ``{"quantity": [12, "km/h"]}``; a name or dotted path as a string (``"ego.speed"``);
``{"text": "..."}``; ``{"call": F, "arguments": [...]}``; ``{"chain": [a, "+", b]}``; ``{"compare": [a, "<", b]}``;
``{"range": [low, high], "step": w}``; ``{"set": [...], "weights": [...]}``; and so on, as in the schema.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, Literal, cast

from simengine.errors import UsageError
from simengine.language import syntax as ast
from simengine.language.limits import NESTING, SOURCE_BYTES, STATEMENTS, TOKENS
from simengine.language.reading import read
from simengine.language.terms import Span
from simengine.language.write import write_text

__all__ = ["FORMAT", "from_json", "json_of_text", "schema", "text_of_json", "to_json"]

FORMAT = "simengine-program-1"
_NOWHERE = Span(1, 1, 1, 2)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
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

    def word(self, data: object, where: str) -> ast.Name:
        if not isinstance(data, str) or not re.fullmatch(r"[A-Za-z_][\w.]*", data, re.ASCII):
            raise self.wrong(where, "a name", data)
        return ast.Name(data, _NOWHERE)

    def words(self, data: object, where: str) -> list[ast.Name]:
        return [self.word(n, f"{where}[{k}]") for k, n in enumerate(self.array(data, where))]

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
        kind, text, parameters = t.get("kind"), t.get("text", ""), t.get("parameters", 0)
        if not isinstance(kind, str):
            raise self.wrong(f"{where}.kind", "a word", kind)
        if not isinstance(text, str) or '"' in text or "\n" in text:
            raise self.wrong(f"{where}.text", "a string without quotes and line breaks", text)
        if not isinstance(parameters, int | float) or not 0 <= parameters <= STATEMENTS:
            raise self.wrong(f"{where}.parameters", "a count", parameters)
        number = self.expression(t["number"], f"{where}.number") if "number" in t else None
        if number is not None and not isinstance(number, ast.Number):
            raise self.wrong(f"{where}.number", "a number", t["number"])
        return ast.Statement(
            kind, _NOWHERE,
            self.words(t.get("names", []), f"{where}.names"),
            self.expression(t["expr"], f"{where}.expr") if "expr" in t else None,
            self.bind(t["bind"], f"{where}.bind") if "bind" in t else None,
            text,
            {k: self.expression(v, f"{where}.extra.{k}") for k, v in self.pairs(t.get("extra", {}), f"{where}.extra")},
            {k: self.bind(v, f"{where}.binds.{k}") for k, v in self.pairs(t.get("binds", {}), f"{where}.binds")},
            self.arguments(t.get("arguments", []), f"{where}.arguments"),
            tuple(
                self.clause(c, f"{where}.clauses[{k}]")
                for k, c in enumerate(self.array(t.get("clauses", []), f"{where}.clauses"))
            ),
            self.expressions(t.get("items", []), f"{where}.items"),
            self.word(t["type"], f"{where}.type") if "type" in t else None,
            self.word(t["label"], f"{where}.label") if "label" in t else None,
            number, parameters=int(parameters),
            body=self.statements(t.get("body", []), f"{where}.body", depth + 1),
        )  # fmt: skip

    def pairs(self, data: object, where: str) -> list[tuple[str, Any]]:
        known = {"until", "holds", "at", "by", "over", "rate", "for"}
        return sorted(self.table(data, where, known).items())

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
        t = self.table(data, where, _KEYS)
        for key, make in _FORMS.items():
            if key in t:
                return make(self, t, f"{where}.{key}")
        raise self.wrong(where, "an expression", data)

    def number(self, value: object, unit: object, where: str) -> ast.Expression:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(where, "a finite number", value)
        if unit is not None and (not isinstance(unit, str) or not re.fullmatch(r"[A-Za-z%][\w/]*", unit)):
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

    def woven(self, data: object, where: str) -> tuple[tuple[ast.Expression, ...], tuple[ast.Name, ...]]:
        items = self.array(data, where)
        ops = items[1::2]
        if len(items) % 2 == 0 or not all(op in _OPERATORS for op in ops):
            raise self.wrong(where, "operands with operators between them", data)
        return self.expressions(items[::2], where), tuple(ast.Name(op, _NOWHERE) for op in ops)

    def pair(self, data: object, where: str) -> tuple[Any, Any]:
        items = self.array(data, where)
        if len(items) != 2:
            raise self.wrong(where, "two items", data)
        return items[0], items[1]

    # ---- one form each

    def of(self, t: dict[str, Any], where: str) -> ast.Expression:
        base = self.expression(t["of"], where)
        if "index" in t:
            return ast.Index(base, self.expression(t["index"], f"{where}.index"), _NOWHERE)
        return ast.Attribute(base, self.word(t.get("attribute"), f"{where}.attribute"), _NOWHERE)

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
        parts = [self.expression(t.get(k), f"{where}.{k}") for k in ("then", "if", "else")]
        return ast.Ternary(parts[0], parts[1], parts[2], _NOWHERE)

    def set(self, t: dict[str, Any], where: str) -> ast.Expression:
        values = self.expressions(t["set"], where)
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
        if not isinstance(t["text"], str) or '"' in t["text"] or "\n" in t["text"]:
            raise self.wrong(where, "a string without quotes and line breaks", t["text"])
        return ast.Text(t["text"], _NOWHERE)

    def member(self, t: dict[str, Any], where: str) -> ast.Expression:
        return ast.Member(self.expression(t["member"], where), self.expression(t.get("of"), f"{where}.of"), _NOWHERE)


_OPERATORS = ("+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=")
_FORMS: dict[str, Callable[[_Reader, dict[str, Any], str], ast.Expression]] = {
    "quantity": _Reader.quantity,
    "text": _Reader.text,
    "member": _Reader.member,
    "of": _Reader.of,
    "call": lambda r, t, w: ast.CallX(r.expression(t["call"], w), r.arguments(t.get("arguments", []), w), _NOWHERE),
    "neg": lambda r, t, w: ast.Prefix("neg", r.expression(t["neg"], w), _NOWHERE),
    "not": lambda r, t, w: ast.Prefix("not", r.expression(t["not"], w), _NOWHERE),
    "chain": lambda r, t, w: ast.Chain(*r.woven(t["chain"], w), _NOWHERE),
    "compare": lambda r, t, w: ast.Compare(*r.woven(t["compare"], w), _NOWHERE),
    "and": lambda r, t, w: ast.Logic("and", r.expressions(t["and"], w), _NOWHERE),
    "or": lambda r, t, w: ast.Logic("or", r.expressions(t["or"], w), _NOWHERE),
    "if": _Reader.ternary,
    "always": _Reader.timed,
    "eventually": _Reader.timed,
    "vector": lambda r, t, w: ast.VectorX(r.expressions(t["vector"], w), _NOWHERE),
    "list": lambda r, t, w: ast.ListX(r.expressions(t["list"], w), _NOWHERE),
    "range": _Reader.range,
    "set": _Reader.set,
}
"""Key that tells a form -> how it is read."""
_KEYS = {*_FORMS, "arguments", "attribute", "index", "then", "else", "within", "after", "during", "step", "weights"}
