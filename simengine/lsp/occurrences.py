"""Where names are declared and used. The scopes are those of the checker; what it took for a word is no name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from lark import Token

from simengine.language import syntax as ast
from simengine.language.lexer import Line, span_of_token
from simengine.language.reading import read
from simengine.language.terms import Span

__all__ = ["Declaration", "Names", "Occurrence", "Scenario", "find_names"]

_NONE: Final[Mapping[str, str]] = {}
Kind = Literal["scenario", "param", "let", "entity", "sensor", "phase", "cover", "choice", "variable"]


@dataclass(frozen=True)
class Declaration:
    """A declared name.

    Attributes:
        kind: what it is.
        name: the name.
        span: of the name where it is declared; ``span.file`` is set where that is another text.
        statement: that declares it.
        scenario: name of the scenario in which it stands.
    """

    kind: Kind
    name: str
    span: Span
    statement: ast.Statement = field(compare=False, hash=False)
    scenario: str = field(compare=False)


@dataclass(frozen=True)
class Occurrence:
    """A name where it stands in this text."""

    span: Span
    target: Declaration

    @property
    def declares(self) -> bool:
        """It is the declaration."""
        return self.span == self.target.span


@dataclass(frozen=True)
class Scenario:
    """A scenario of a text: its statement as written, the same with what it extends, and places of words."""

    statement: ast.Statement
    whole: ast.Statement
    words: frozenset[Span]


@dataclass(frozen=True)
class Names:
    """All names of a text.

    Attributes:
        occurrences: in the order of the text.
        tables: names that are known everywhere in a scenario, by the scenario's name.
    """

    occurrences: tuple[Occurrence, ...]
    tables: Mapping[str, Mapping[str, Declaration]]

    def at(self, line: int, column: int) -> Occurrence | None:
        """The name at or just before a place."""
        return next(
            (o for o in self.occurrences if o.span.line == line and o.span.column <= column <= o.span.end_column), None
        )

    def of(self, target: Declaration) -> tuple[Occurrence, ...]:
        """All places of one name."""
        return tuple(o for o in self.occurrences if o.target == target)


def find_names(scenarios: Sequence[Scenario], lines: Sequence[Line], parents: Mapping[str, str] = _NONE) -> Names:
    """Declarations and uses of a text; of lines that could not be read, words that are names of their scenario.

    Args:
        scenarios: of the text.
        lines: its top-level lines.
        parents: texts of the installed scenarios that it extends, by name.
    """
    heads = {s.statement.names[0].id: _scenario(s.statement) for s in reversed(scenarios)}
    found: set[Occurrence] = set()
    tables: dict[str, Mapping[str, Declaration]] = {}
    for scenario in scenarios:
        name = scenario.statement.names[0]
        table = _table(scenario.whole)
        tables.setdefault(name.id, table)
        walk = _Walk(table, scenario.words)
        found.update(walk.statements(scenario.statement.body, {}))
        found.update(walk.given(scenario.statement))
        found.add(Occurrence(name.span, _scenario(scenario.statement)))
        base = scenario.statement.type_name
        target = heads.get(base.id) or _installed(base.id, parents) if base is not None else None
        if base is not None and target is not None:
            found.add(Occurrence(base.span, target))
        found.update(_unread(scenario.statement, table, lines))
    return Names(tuple(sorted(found, key=lambda o: (o.span.line, o.span.column))), tables)


def _scenario(s: ast.Statement) -> Declaration:
    return Declaration("scenario", s.names[0].id, s.names[0].span, s, s.names[0].id)


def _installed(name: str, parents: Mapping[str, str]) -> Declaration | None:
    """The head of an installed scenario that is extended."""
    key = next((k for k in parents if name in (k, k.rpartition(".")[2])), None)
    if key is None:
        return None
    found = [s for s in read(parents[key], key).statements if s.kind == "scenario"]
    s = next((s for s in found if s.names[0].id == key.rpartition(".")[2]), found[0] if found else None)
    if s is None:
        return None
    return Declaration("scenario", name, replace(s.names[0].span, file=key), s, s.names[0].id)


def _declared(s: ast.Statement) -> Iterator[tuple[Kind, ast.Name]]:
    match s.kind:
        case "param":
            for name in s.names:
                yield "param", name
        case "let":
            yield "let", s.names[0]
        case "choose":
            yield "choice", s.names[0]
        case "entity":
            yield "entity", s.names[1]
        case "sensor":
            yield "sensor", s.names[0]
        case "cover" if s.names:
            yield "cover", s.names[0]
        case "act" | "serial" | "parallel" | "repeat" | "one_of" if s.label is not None:
            yield "phase", s.label
        case _:
            pass


def _table(whole: ast.Statement) -> dict[str, Declaration]:
    """Names of a scenario, of what it extends too; the first declaration of a name counts."""
    table: dict[str, Declaration] = {}
    stack = list(reversed(whole.body))
    while stack:
        s = stack.pop()
        for kind, name in _declared(s):
            table.setdefault(name.id, Declaration(kind, name.id, name.span, s, whole.names[0].id))
        stack.extend(reversed(s.body))
    return table


def _unread(s: ast.Statement, table: Mapping[str, Declaration], lines: Sequence[Line]) -> Iterator[Occurrence]:
    """Names in lines of a scenario that are not in the tree, by their tokens."""
    head = next((x for x in lines if x.tokens and span_of_token(x.tokens[0]).line == s.span.line), None)
    read: set[tuple[int, int]] = set()
    stack = list(s.body)
    while stack:
        item = stack.pop()
        read.add((item.span.line, item.span.column))
        stack += item.body
    todo = list(head.children) if head else []
    while todo:
        line = todo.pop()
        todo += line.children
        if line.tokens and (line.tokens[0].line, line.tokens[0].column) not in read:
            yield from _loose(line.tokens, table)


def _loose(tokens: Sequence[Token], table: Mapping[str, Declaration]) -> Iterator[Occurrence]:
    for k, token in enumerate(tokens):
        after_dot = k > 0 and tokens[k - 1].type == "DOT"
        names_argument = k + 1 < len(tokens) and tokens[k + 1].type in ("EQUAL", "TILDE")
        if token.type == "NAME" and not after_dot and not names_argument and str(token) in table:
            yield Occurrence(span_of_token(token), table[str(token)])


Variables = Mapping[str, Declaration]


class _Walk:
    """Uses in the tree of one scenario."""

    def __init__(self, table: Mapping[str, Declaration], words: frozenset[Span]) -> None:
        self.table, self.words = table, words

    def name(self, node: ast.Name, variables: Variables) -> Iterator[Occurrence]:
        target = variables.get(node.id) or self.table.get(node.id)
        if target is not None and node.span not in self.words:
            yield Occurrence(node.span, target)

    def given(self, s: ast.Statement) -> Iterator[Occurrence]:
        """Parameters that ``extends base(name = value)`` names, and their values."""
        for argument in s.arguments:
            if argument.name is not None and argument.name.id in self.table:
                yield Occurrence(argument.name.span, self.table[argument.name.id])
        yield from self.arguments(s.arguments, {})

    def statements(
        self, body: Sequence[ast.Statement], variables: Variables, own: bool = False
    ) -> Iterator[Occurrence]:
        """``own``: settings of this block are properties of its owner."""
        for s in body:
            yield from self.statement(s, variables, own)

    def statement(self, s: ast.Statement, variables: Variables, own: bool) -> Iterator[Occurrence]:
        for _, name in _declared(s):
            if (target := self.table.get(name.id)) is not None:
                yield Occurrence(name.span, target)
        inner = variables
        if s.kind == "each":
            variable = Declaration("variable", s.names[0].id, s.names[0].span, s, "")
            inner = {**variables, variable.name: variable}
            yield Occurrence(variable.span, variable)
            yield from self.name(s.names[1], variables)
        elif s.kind in ("record", "label"):
            yield from self.name(s.names[0], variables)
            if s.label is not None:
                yield from self.name(s.label, variables)
        if s.expr is not None and not (own and s.kind in ("assign", "override")):
            yield from self.expression(s.expr, variables)
        for bind in (s.bind, *s.binds.values()):
            if bind is not None:
                yield from self.bind(bind, variables)
        for node in (*s.extra.values(), *s.items):
            yield from self.expression(node, variables)
        yield from self.arguments(s.arguments, variables)
        for clause in s.clauses:
            for node in (clause.place, clause.second):
                if node is not None:
                    yield from self.expression(node, variables)
            if clause.by is not None:
                yield from self.bind(clause.by, variables)
        yield from self.statements(s.body, inner, s.kind in ("world", "entity", "sensor"))

    def bind(self, bind: ast.Bind, variables: Variables) -> Iterator[Occurrence]:
        value = bind.value
        if isinstance(value, ast.Dist):
            yield from self.expression(value.body, variables)
            if value.within is not None:
                yield from self.expression(value.within, variables)
        else:
            yield from self.expression(value, variables)

    def arguments(self, arguments: Sequence[ast.Argument], variables: Variables) -> Iterator[Occurrence]:
        for argument in arguments:
            if argument.body is None:
                yield from self.bind(argument.bind, variables)
                continue
            head, inner = argument.bind.value, variables
            if isinstance(head, ast.Member) and isinstance(head.item, ast.Name):
                owner = ast.Statement("each", argument.span, [head.item])
                if isinstance(head.container, ast.Name):
                    owner.names.append(head.container)
                made = Declaration("variable", head.item.id, head.item.span, owner, "")
                inner = {**variables, made.name: made}
                yield Occurrence(made.span, made)
                yield from self.expression(head.container, variables)
            else:
                yield from self.bind(argument.bind, variables)
            yield from self.expression(argument.body, inner)

    def expression(self, node: ast.Expression, variables: Variables) -> Iterator[Occurrence]:
        stack: list[ast.Expression | None] = [node]
        while stack:
            item = stack.pop()
            match item:
                case ast.Name():
                    yield from self.name(item, variables)
                case ast.Attribute():
                    stack.append(item.base)
                case ast.Index():
                    stack += [item.base, item.index]
                case ast.CallX():
                    if not isinstance(item.function, ast.Name):
                        stack.append(item.function)
                    yield from self.arguments(item.arguments, variables)
                case ast.Prefix():
                    stack.append(item.item)
                case ast.Chain() | ast.Compare() | ast.Logic() | ast.VectorX() | ast.ListX():
                    stack += item.items
                case ast.Ternary():
                    stack += [item.then, item.condition, item.other]
                case ast.Timed():
                    stack += [item.limit, item.item]
                case ast.RangeX():
                    stack += [item.low, item.high, item.step]
                case ast.SetX():
                    stack += [*item.values, *item.weights]
                case ast.Member():
                    stack += [item.item, item.container]
                case _:
                    pass
