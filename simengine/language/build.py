"""Parse tree of one line to the syntax tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, cast

from lark import Token, Tree

from simengine.language import syntax as ast
from simengine.language.lexer import span_of_token
from simengine.language.terms import Span

__all__ = ["build_statement", "span_of_tree", "too_deep"]

Parsed: TypeAlias = "Tree[Token]"
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?) ?(.*)")


def span_of_tree(tree: Parsed) -> Span:
    """From the first to the last character, parentheses included."""
    meta = cast(Any, tree.meta)
    line = getattr(meta, "container_line", getattr(meta, "line", 1))
    column = getattr(meta, "container_column", getattr(meta, "column", 1))
    end_line = getattr(meta, "container_end_line", getattr(meta, "end_line", line))
    end_column = getattr(meta, "container_end_column", getattr(meta, "end_column", column + 1))
    return Span(line, column, end_line, end_column)


_FLAT = frozenset(
    {"arguments", "positional", "named", "quantified", "fixed", "drawn", "dist", "choice", "range", "by", "clause"}
)
"""Nodes that add no depth of their own."""


def too_deep(tree: Parsed, limit: int) -> Span | None:
    """Where an expression of the tree is nested deeper than the limit, found without recursion.

    A chain ``a + b + c`` counts as nested to the left, as it is evaluated.
    """
    stack: list[tuple[Parsed, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > limit:
            return span_of_tree(node)
        children = _children(node)
        terms = (len(children) + 1) // 2 if node.data == "chain" else 0
        for k, child in enumerate(children):
            if isinstance(child, Tree):
                step = terms - max(k // 2, 1) if terms else int(node.data not in _FLAT)
                stack.append((cast(Parsed, child), depth + step))
    return None


def _name(token: Token) -> ast.Name:
    return ast.Name(str(token), span_of_token(token))


def _number(token: Token) -> ast.Number:
    match = _QUANTITY.match(token)
    assert match is not None
    return ast.Number(float(match[1]), match[2] or None, span_of_token(token))


def _text(token: Any) -> str:
    return str(token)[1:-1] if token is not None else ""


def _children(tree: Parsed) -> list[Any]:
    """The children; an optional part that is missing is None (which lark's types do not say)."""
    return cast("list[Any]", tree.children)


def _trees(tree: Parsed) -> list[Parsed]:
    return [c for c in tree.children if isinstance(c, Tree)]


def _tokens(tree: Parsed, kind: str | None = None) -> list[Token]:
    return [c for c in tree.children if isinstance(c, Token) and (kind is None or c.type == kind)]


# ---- expressions -------------------------------------------------------------------------------------------------


def _expression(node: Any) -> ast.Expression:
    tree = cast(Parsed, node)
    return _EXPRESSIONS[tree.data](tree, span_of_tree(tree))


def _chain(tree: Parsed, span: Span) -> ast.Expression:
    return ast.Chain(
        tuple(_expression(c) for c in _children(tree)[::2]),
        tuple(_name(cast(Token, c)) for c in _children(tree)[1::2]),
        span,
    )


def _compare(tree: Parsed, span: Span) -> ast.Expression:
    return ast.Compare(
        tuple(_expression(c) for c in _children(tree)[::2]),
        tuple(_name(cast(Token, c)) for c in _children(tree)[1::2]),
        span,
    )


def _items(tree: Parsed) -> tuple[ast.Expression, ...]:
    return tuple(_expression(c) for c in _children(tree) if c is not None)


def _timed(op: Literal["always", "eventually"]) -> Callable[[Parsed, Span], ast.Expression]:
    def make(tree: Parsed, span: Span) -> ast.Expression:
        bound = cast("Parsed | None", _children(tree)[0])
        item = _expression(_children(tree)[1])
        if bound is None:
            return ast.Timed(op, None, None, item, span)
        token = _tokens(bound)[0]
        limit = _number(token) if token.type == "QUANTITY" else _name(token)
        return ast.Timed(op, cast(Literal["within", "after", "during"], str(bound.data)), limit, item, span)

    return make


def _attribute(tree: Parsed, span: Span) -> ast.Expression:
    return ast.Attribute(_expression(_children(tree)[0]), _name(cast(Token, _children(tree)[1])), span)


def _index(tree: Parsed, span: Span) -> ast.Expression:
    return ast.Index(_expression(_children(tree)[0]), _expression(_children(tree)[1]), span)


def _call(tree: Parsed, span: Span) -> ast.Expression:
    return ast.CallX(_expression(_children(tree)[0]), _arguments(cast(Parsed, _children(tree)[1])), span)


def _arguments(tree: Parsed | None) -> tuple[ast.Argument, ...]:
    return tuple(_argument(c) for c in _trees(tree)) if tree is not None else ()


def _argument(tree: Parsed) -> ast.Argument:
    span = span_of_tree(tree)
    if tree.data == "named":
        return ast.Argument(_name(cast(Token, _children(tree)[0])), _bind(_children(tree)[1]), None, span)
    value = _expression(_children(tree)[0])
    body = _expression(_children(tree)[1]) if tree.data == "quantified" else None
    return ast.Argument(None, ast.Bind(value, span_of_tree(cast(Parsed, _children(tree)[0]))), body, span)


def _range(tree: Parsed, span: Span) -> ast.RangeX:
    low, high, step = (_expression(c) if c is not None else None for c in _children(tree))
    assert low is not None and high is not None
    unit = _unit(high)
    if unit:
        low = _with_unit(low, unit)
    return ast.RangeX(low, high, step, span)


def _unit(node: ast.Expression) -> str | None:
    """The unit of a literal, if it is one and has one."""
    if isinstance(node, ast.Prefix) and node.op == "neg":
        return _unit(node.item)
    return node.unit if isinstance(node, ast.Number) else None


def _with_unit(node: ast.Expression, unit: str) -> ast.Expression:
    """A unit at the end of a range or list distributes leftwards over plain numbers."""
    if isinstance(node, ast.Number) and node.unit is None:
        return ast.Number(node.value, unit, node.span)
    if isinstance(node, ast.Prefix) and node.op == "neg":
        return ast.Prefix("neg", _with_unit(node.item, unit), node.span)
    return node


def _set(tree: Parsed, span: Span) -> ast.Expression:
    choices = [c for c in _trees(tree) if c.data == "choice"]
    units = _tokens(tree, "UNIT")
    values = [_expression(_children(c)[0]) for c in choices]
    if units:
        values = [_with_unit(v, str(units[0])) for v in values]
    weights = [_expression(_children(c)[1]) if _children(c)[1] is not None else None for c in choices]
    return ast.SetX(tuple(values), tuple(weights), span)


def _dist(tree: Parsed) -> ast.Dist:
    body = _expression(_children(tree)[0])
    rest = _children(tree)[1] if len(_children(tree)) > 1 else None
    within = _range(cast(Parsed, rest), span_of_tree(cast(Parsed, rest))) if rest is not None else None
    return ast.Dist(body, within, span_of_tree(tree))


def _bind(node: Any) -> ast.Bind:
    tree = cast(Parsed, node)
    inner = cast(Parsed, _children(tree)[0])
    value = _dist(inner) if tree.data == "drawn" else _expression(inner)
    return ast.Bind(value, span_of_tree(tree))


def _token_of(tree: Parsed) -> Token:
    return cast(Token, _children(tree)[0])


_EXPRESSIONS: dict[str, Callable[[Parsed, Span], ast.Expression]] = {
    "number": lambda t, s: _number(_token_of(t)),
    "quantity": lambda t, s: _number(_token_of(t)),
    "string": lambda t, s: ast.Text(_text(_token_of(t)), s),
    "name": lambda t, s: _name(_token_of(t)),
    "vector": lambda t, s: ast.VectorX(_items(t), s),
    "list": lambda t, s: ast.ListX(_items(t), s),
    "attribute": _attribute,
    "index": _index,
    "call": _call,
    "neg": lambda t, s: ast.Prefix("neg", _expression(_children(t)[-1]), s),
    "not_": lambda t, s: ast.Prefix("not", _expression(_children(t)[-1]), s),
    "chain": _chain,
    "compare": _compare,
    "member": lambda t, s: ast.Member(_expression(_children(t)[0]), _expression(_children(t)[1]), s),
    "and_": lambda t, s: ast.Logic("and", _items(t), s),
    "or_": lambda t, s: ast.Logic("or", _items(t), s),
    "ternary": lambda t, s: ast.Ternary(
        _expression(_children(t)[0]), _expression(_children(t)[1]), _expression(_children(t)[2]), s
    ),
    "always": _timed("always"),
    "eventually": _timed("eventually"),
    "range": _range,
    "set": _set,
}


# ---- statements --------------------------------------------------------------------------------------------------


def _dotted(tree: Parsed) -> ast.Name:
    return ast.Name(".".join(str(t) for t in _tokens(tree)), span_of_tree(tree))


def _clause(tree: Parsed) -> ast.Clause:
    span = span_of_tree(tree)
    if tree.data == "facing":
        return ast.Clause("facing", None, None, _bind(_children(tree)[0]), span)
    prep, place, second, by = (cast("Parsed | None", c) for c in _children(tree))
    assert prep is not None
    return ast.Clause(
        str(prep.data), _expression(place), _expression(second) if second is not None else None,
        _bind(by.children[0]) if by is not None else None, span,
    )  # fmt: skip


def _fill_use(s: ast.Statement, t: Parsed) -> None:
    s.names = [_dotted(c) for c in _trees(t)]


def _fill_scenario(s: ast.Statement, t: Parsed) -> None:
    s.names = [_name(_tokens(t, "NAME")[0])]
    for c in _trees(t):
        if c.data == "params":
            s.body = [_param_decl(d) for d in _trees(c)]
            s.parameters = len(s.body)
        elif c.data == "dotted":
            s.type_name = _dotted(c)
        elif c.data == "arguments":
            s.arguments = _arguments(c)
    s.text = _text(next(iter(_tokens(t, "STRING")), None))


def _param_decl(t: Parsed) -> ast.Statement:
    found = ast.Statement("param", span_of_tree(t))
    _fill_param(found, t)
    return found


def _fill_param(s: ast.Statement, t: Parsed) -> None:
    s.names = [_name(x) for x in _tokens(t, "NAME")]
    for c in _trees(t):
        if c.data == "type_name":
            s.type_name = _name(_token_of(c))
        else:
            s.bind = _bind(c)
    s.text = _text(next(iter(_tokens(t, "STRING")), None))


def _fill_let(s: ast.Statement, t: Parsed) -> None:
    s.names = [_name(_token_of(t))]
    value = cast(Parsed, _children(t)[1])
    s.bind = ast.Bind(_expression(value), span_of_tree(value))


def _fill_call(s: ast.Statement, t: Parsed) -> None:  # world, sensor
    s.names = [_name(x) for x in _tokens(t, "NAME")]
    for c in _trees(t):
        if c.data == "arguments":
            s.arguments = _arguments(c)
        else:
            s.expr = _expression(c)


def _fill_entity(s: ast.Statement, t: Parsed) -> None:
    s.names = [_name(x) for x in _tokens(t, "NAME")]
    for c in _trees(t):
        if c.data in ("fixed", "drawn"):
            s.bind = _bind(c)
        else:
            s.clauses = (*s.clauses, _clause(c))


def _fill_names(s: ast.Statement, t: Parsed) -> None:
    s.names = [_name(x) for x in _tokens(t, "NAME")]


def _fill_tags(s: ast.Statement, t: Parsed) -> None:
    s.names = [_dotted(c) for c in _trees(t)]


def _fill_cite(s: ast.Statement, t: Parsed) -> None:
    s.text = _text(_token_of(t))


def _fill_assign(s: ast.Statement, t: Parsed) -> None:
    s.expr = _expression(_children(t)[0])
    s.bind = _bind(_children(t)[1])


def _fill_condition(s: ast.Statement, t: Parsed) -> None:  # require, ensure, expect, stop_when, when
    trees = _trees(t)
    s.expr = _expression(trees[0])
    if len(trees) > 1:
        s.extra["holds"] = _expression(trees[1])
    s.text = _text(next(iter(_tokens(t, "STRING")), None))


def _fill_amount(s: ast.Statement, t: Parsed) -> None:  # stop_after, wait_for
    s.bind = _bind(_children(t)[0])


def _fill_wait_until(s: ast.Statement, t: Parsed) -> None:
    s.extra["until"] = _expression(_children(t)[0])


def _fill_cover(s: ast.Statement, t: Parsed) -> None:
    expr, name, event, bins = _children(t)
    s.expr = _expression(expr)
    s.names = [_name(name)] if isinstance(name, Token) else []
    if event is not None:
        s.extra["at"] = _expression(event)
    if bins is None:
        return
    tree = cast(Parsed, bins)
    if tree.data == "bins_by":
        s.extra["by"] = _expression(_children(tree)[0])
        if _children(tree)[1] is not None:
            s.extra["over"] = _expression(_children(tree)[1])
    else:
        edges = [_expression(c) for c in _trees(tree)]
        units = _tokens(tree, "UNIT")
        s.items = tuple(_with_unit(e, str(units[0])) if units else e for e in edges)


def _fill_cross(s: ast.Statement, t: Parsed) -> None:
    s.items = tuple(_expression(c) for c in _trees(t))
    numbers = _tokens(t, "NUMBER")
    s.number = _number(numbers[0]) if numbers else None


def _fill_record(s: ast.Statement, t: Parsed) -> None:
    last = _children(t)[-1]
    during = _name(last) if isinstance(last, Token) else None
    names = [_name(x) for x in _tokens(t, "NAME")]
    s.names = names[:-1] if during else names
    s.label = during
    for c in _trees(t):
        s.extra["rate"] = _expression(c)


def _fill_case(s: ast.Statement, t: Parsed) -> None:
    s.names = [_name(x) for x in _tokens(t, "NAME")]
    for c in _trees(t):
        s.number = _number(_token_of(c))


def _fill_act(s: ast.Statement, t: Parsed) -> None:
    tag, expr, until, amount = _children(t)
    _fill_tag(s, tag)
    s.expr = _expression(expr)
    if until is not None:
        s.extra["until"] = _expression(until)
    if amount is not None:
        s.binds["for"] = _bind(amount)


def _fill_tag(s: ast.Statement, tag: Any) -> None:
    s.label = _name(_token_of(cast(Parsed, tag))) if tag is not None else None


def _fill_block(s: ast.Statement, t: Parsed) -> None:  # serial, parallel, repeat, one_of
    _fill_tag(s, _children(t)[0])
    numbers = _tokens(t, "NUMBER")
    s.number = _number(numbers[0]) if numbers else None
    if len(_children(t)) > 1 and isinstance(_children(t)[-1], Tree):
        s.extra["until"] = _expression(_children(t)[-1])


_FILL: dict[str, Callable[[ast.Statement, Parsed], None]] = {
    "use": _fill_use, "scenario": _fill_scenario, "tags": _fill_tags, "cite": _fill_cite, "param": _fill_param,
    "let": _fill_let, "world": _fill_call, "sensor": _fill_call, "entity": _fill_entity, "each": _fill_names,
    "choose": _fill_names, "assign": _fill_assign, "override": _fill_assign, "require": _fill_condition,
    "ensure": _fill_condition, "expect": _fill_condition, "stop_when": _fill_condition, "stop_after": _fill_amount,
    "do": _fill_names, "when": _fill_condition, "cover": _fill_cover, "cross": _fill_cross, "record": _fill_record,
    "label": _fill_names, "case": _fill_case, "wait_until": _fill_wait_until, "wait_for": _fill_amount,
    "act": _fill_act, "serial": _fill_block, "parallel": _fill_block, "repeat": _fill_block, "one_of": _fill_block,
}  # fmt: skip


def build_statement(tree: Parsed, span: Span) -> ast.Statement:
    """The statement of a parsed line, without its block."""
    statement = ast.Statement(str(tree.data), span)
    _FILL[statement.kind](statement, tree)
    return statement
