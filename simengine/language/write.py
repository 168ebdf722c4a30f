"""The printer: a syntax tree as text, in the one spelling of the formatter; reading it again gives the same tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simengine.errors import UsageError
from simengine.language import syntax as ast
from simengine.language.format import format_text
from simengine.language.reading import bare, read

__all__ = ["text_of_expression", "write_text"]

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _UNARY, _POSTFIX = range(1, 9)
_PREPOSITIONS = {"ahead": "ahead of", "left": "left of", "right": "right of"}


def write_text(statements: Sequence[ast.Statement], what: str = "the program") -> str:
    """The canonical text of a syntax tree.

    Args:
        statements: of a file.
        what: its name in errors.

    Raises:
        UsageError: the tree is none that a text can have (a name with a blank, a string with a quote, nested too
            deep); ``reading(text) == tree`` is checked, so nothing in a name or string could ever become a statement.
    """
    rough = "\n".join(line for s in statements for line in _lines(s, 0)) + "\n"
    reading = read(rough, what)
    if not reading.ok:
        first = reading.diagnostics[0]
        line = rough.split("\n")[first.span.line - 1].strip()
        raise UsageError(f"{what} is no program: {first.message}, in '{line[:120]}'")
    if bare(reading.statements) != bare(statements):
        raise UsageError(f"{what} is no program: {_difference(reading.statements, statements)}")
    return format_text(rough).text


def text_of_expression(node: ast.Expression) -> str:
    """An expression as it would be printed; for messages, it is not read back."""
    return _at(node, 0)


def _difference(read_back: Sequence[ast.Statement], given: Sequence[ast.Statement]) -> str:
    for one, other in zip(read_back, given, strict=False):
        if bare(one) != bare(other):
            inner = _difference(one.body, other.body) if one.kind == other.kind and one.body else ""
            return inner or f"written as text and read again, this '{other.kind}' statement is another one"
    return "written as text and read again, it has other statements" if len(read_back) != len(given) else ""


# ---- expressions -----------------------------------------------------------------------------------------------


def _number(node: ast.Number) -> str:
    shown = repr(node.value)
    shown = shown.removesuffix(".0")
    return f"{shown} {node.unit}" if node.unit else shown


def _text(value: str) -> str:
    return f'"{value}"'


def _joined(items: Sequence[ast.Expression], ops: Sequence[str], level: int) -> str:
    out = _at(items[0], level)
    for op, item in zip(ops, items[1:], strict=True):
        out += f" {op} {_at(item, level)}"
    return out


def _at(node: ast.Expression, level: int) -> str:
    """An expression where the grammar asks for at least this level: in brackets if it binds less tightly."""
    text, own = _expression(node)
    return text if own >= level else f"({text})"


def _expression(node: ast.Expression) -> tuple[str, int]:
    """The text of an expression and how tightly it binds."""
    match node:
        case ast.Number():
            return _number(node), _POSTFIX
        case ast.Text():
            return _text(node.value), _POSTFIX
        case ast.Name():
            return node.id, _POSTFIX
        case ast.Attribute():
            return f"{_at(node.base, _POSTFIX)}.{node.name.id}", _POSTFIX
        case ast.Index():
            return f"{_at(node.base, _POSTFIX)}[{_at(node.index, 0)}]", _POSTFIX
        case ast.CallX():
            return f"{_at(node.function, _POSTFIX)}{_arguments(node.arguments)}", _POSTFIX
        case ast.VectorX():
            return f"({', '.join(_at(i, 0) for i in node.items)})", _POSTFIX
        case ast.ListX():
            return f"[{', '.join(_at(i, 0) for i in node.items)}]", _POSTFIX
        case ast.Prefix(op="neg"):
            return f"-{_at(node.item, _UNARY)}", _UNARY
        case ast.Prefix():
            return f"not {_at(node.item, _NOT)}", _NOT
        case ast.Chain():
            ops = [op.id for op in node.ops]
            if ops and ops[0] in ("*", "/"):
                return _joined(node.items, ops, _UNARY), _PRODUCT
            return _joined(node.items, ops, _PRODUCT), _SUM
        case ast.Compare():
            return _joined(node.items, [op.id for op in node.ops], _SUM), _COMPARISON
        case ast.Member():
            return f"{_at(node.item, _SUM)} in {_container(node.container)}", _COMPARISON
        case ast.Logic(op="and"):
            return _joined(node.items, ["and"] * (len(node.items) - 1), _NOT), _AND
        case ast.Logic():
            return _joined(node.items, ["or"] * (len(node.items) - 1), _AND), _OR
        case ast.Timed():
            bound = f" {node.bound} {_at(node.limit, 0)}" if node.bound and node.limit else ""
            return f"{node.op}{bound} {_at(node.item, _NOT)}", _NOT
        case ast.Ternary():
            parts = (_at(p, _OR) for p in (node.then, node.condition, node.other))
            return "{} if {} else {}".format(*parts), 0
        case _:  # a range or set: only some places take one
            return _container(node), _POSTFIX


def _container(node: ast.Expression) -> str:
    if isinstance(node, ast.RangeX):
        step = f" step {_at(node.step, _SUM)}" if node.step else ""
        return f"{_at(node.low, _SUM)}..{_at(node.high, _SUM)}{step}"
    if isinstance(node, ast.SetX):
        pairs = zip(node.values, node.weights, strict=True)
        return "{" + ", ".join(_at(v, _SUM) + (f": {_at(w, _SUM)}" if w else "") for v, w in pairs) + "}"
    return _at(node, _SUM)


def _dist(node: ast.Dist) -> str:
    return _container(node.body) + (f" within {_container(node.within)}" if node.within else "")


def _bind(bind: ast.Bind) -> str:
    return f"~ {_dist(bind.value)}" if isinstance(bind.value, ast.Dist) else f"= {_at(bind.value, 0)}"


def _amount(bind: ast.Bind, level: int = _SUM) -> str:
    return f"~ {_dist(bind.value)}" if isinstance(bind.value, ast.Dist) else _at(bind.value, level)


def _arguments(arguments: Sequence[ast.Argument]) -> str:
    return "(" + ", ".join(_argument(a) for a in arguments) + ")"


def _argument(a: ast.Argument) -> str:
    if a.name is not None:
        return f"{a.name.id} {_bind(a.bind)}"
    return _amount(a.bind, 0) + (f": {_at(a.body, 0)}" if a.body else "")


def _clause(c: ast.Clause) -> str:
    if c.kind == "facing":
        return f"facing {_amount(c.by)}" if c.by else "facing"
    place = _at(c.place, _SUM) if c.place else ""
    second = f" and {_at(c.second, _SUM)}" if c.second else ""
    by = f" by {_amount(c.by)}" if c.by else ""
    return f"{_PREPOSITIONS.get(c.kind, c.kind)} {place}{second}{by}"


# ---- statements ------------------------------------------------------------------------------------------------


def _lines(s: ast.Statement, depth: int) -> list[str]:
    body = s.body[s.parameters :]
    head = f"{'    ' * depth}{_HEADS.get(s.kind, _unknown)(s)}{':' if body else ''}"
    return [head, *(line for child in body for line in _lines(child, depth + 1))]


def _unknown(s: ast.Statement) -> str:
    raise UsageError(f"there is no statement of the kind '{s.kind}'; kinds: {', '.join(_HEADS)}")


def _ids(names: Sequence[ast.Name]) -> str:
    return ", ".join(n.id for n in names)


def _first(s: ast.Statement, k: int = 0) -> str:
    return s.names[k].id if k < len(s.names) else ""


def _end(s: ast.Statement) -> str:
    return f" {_text(s.text)}" if s.text else ""


def _tag(s: ast.Statement) -> str:
    return f"{s.label.id}: " if s.label else ""


def _extra(s: ast.Statement, key: str, word: str, level: int = _SUM) -> str:
    return f" {word} {_at(s.extra[key], level)}" if key in s.extra else ""


def _target(s: ast.Statement, level: int = _POSTFIX) -> str:
    return _at(s.expr, level) if s.expr else ""


def _scenario(s: ast.Statement) -> str:
    given = ", ".join(f"{_first(p)}{_kind(p)}{f' {_bind(p.bind)}' if p.bind else ''}" for p in s.body[: s.parameters])
    base = f" extends {s.type_name.id}{_called(s)}" if s.type_name else ""
    return f"scenario {_first(s)}{f'({given})' if given else ''}{base}{_end(s)}"


def _kind(s: ast.Statement) -> str:
    return f": {s.type_name.id}" if s.type_name else ""


def _param(s: ast.Statement) -> str:
    return f"param {_ids(s.names)}{_kind(s)} {_bind(s.bind) if s.bind else ''}{_end(s)}"


def _entity(s: ast.Statement) -> str:
    count = f"[{_amount(s.bind, 0)}]" if s.bind else ""
    return " ".join([f"{_first(s)} {_first(s, 1)}{count}", *(_clause(c) for c in s.clauses)])


def _called(s: ast.Statement) -> str:
    return _arguments(s.arguments) if s.arguments else ""


def _cover(s: ast.Statement) -> str:
    name = f" as {_first(s)}" if s.names else ""
    by = _extra(s, "by", "by") + (f" over {_container(s.extra['over'])}" if "over" in s.extra else "")
    bins = f" bins [{', '.join(_at(i, _SUM) for i in s.items)}]" if s.items else by
    return f"cover {_target(s, _COMPARISON)}{name}{_extra(s, 'at', 'at', _POSTFIX)}{bins}"


def _condition(word: str) -> Callable[[ast.Statement], str]:
    return lambda s: f"{word} {_target(s, 0)}{_extra(s, 'holds', 'holds')}{_end(s)}"


def _block(s: ast.Statement) -> str:
    times = f" {_number(s.number)}" if s.number else ""
    return f"{_tag(s)}{s.kind}{times}{_extra(s, 'until', 'until', 0)}"


def _record(s: ast.Statement) -> str:
    during = f" during {s.label.id}" if s.label else ""
    return f"record {_first(s)}: {_ids(s.names[1:])}{_extra(s, 'rate', 'at')}{during}"


def _act(s: ast.Statement) -> str:
    time = f" for {_amount(s.binds['for'])}" if "for" in s.binds else ""
    return f"{_tag(s)}{_target(s)}{_extra(s, 'until', 'until', 0)}{time}"


def _case(s: ast.Statement) -> str:
    weight = f" {_number(s.number)}" if s.number else ""
    apart = "  " if weight else " "  # one space behind a number, and a name like 'm' would be its unit
    return f"case{weight}{apart + _first(s) if s.names else ''}"


_HEADS: dict[str, Callable[[ast.Statement], str]] = {
    "use": lambda s: f"use {_first(s)}",
    "scenario": _scenario,
    "tags": lambda s: f"tags {_ids(s.names)}",
    "cite": lambda s: f"cite {_text(s.text)}",
    "param": _param,
    "let": lambda s: f"let {_first(s)} {_bind(s.bind) if s.bind else ''}",
    "world": lambda s: f"world {_first(s)}{_called(s)}",
    "entity": _entity,
    "sensor": lambda s: f"sensor {_first(s)} on {_target(s)} = {_first(s, 1)}{_called(s)}",
    "each": lambda s: f"each {_first(s)} in {_first(s, 1)}",
    "choose": lambda s: f"choose {_first(s)}",
    "assign": lambda s: f"{_target(s)} {_bind(s.bind) if s.bind else ''}",
    "override": lambda s: f"override {_target(s)} {_bind(s.bind) if s.bind else ''}",
    "require": _condition("require"),
    "ensure": _condition("ensure"),
    "expect": _condition("expect"),
    "stop_when": _condition("stop when"),
    "stop_after": lambda s: f"stop after {_amount(s.bind) if s.bind else ''}",
    "do": lambda s: "do",
    "when": _condition("when"),
    "cover": _cover,
    "cross": lambda s: (
        f"cross {', '.join(_at(i, _POSTFIX) for i in s.items)}" + (f" ways {_number(s.number)}" if s.number else "")
    ),
    "record": _record,
    "label": lambda s: f"label {_first(s)} as {_first(s, 1)}",
    "case": _case,
    "wait_until": lambda s: f"wait{_extra(s, 'until', 'until', 0)}",
    "wait_for": lambda s: f"wait {_amount(s.bind) if s.bind else ''}",
    "act": _act,
    "serial": _block,
    "parallel": _block,
    "repeat": _block,
    "one_of": _block,
}
"""Kind -> the text of its line."""
