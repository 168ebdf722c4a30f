"""``extends``: a scenario with the statements of those that it extends, of its own file or installed ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, cast

from simengine.errors import did_you_mean
from simengine.language import syntax as ast
from simengine.language.diagnostics import Label, Sink
from simengine.language.limits import EXTENDS, SOURCE_BYTES, STATEMENTS
from simengine.language.reading import Reading, read
from simengine.language.terms import Span

__all__ = ["Family", "Heads", "extended", "few", "heads"]

Heads = Mapping[str, ast.Statement]
"""Scenarios of one file by name, the first of each."""


@dataclass(frozen=True)
class Family:
    """A scenario with all that it takes over.

    Attributes:
        statement: it, with the statements of those that it extends in front; its own timeline replaces theirs.
        own: its own statement.
        uses: the ``use`` statements that come with installed scenarios.
        parents: texts of the installed scenarios in the chain, by name.
        broken: some of the chain was not found.
        generations: of a statement of the body by its place: which scenario of the chain it stands in, 0 the first.
    """

    statement: ast.Statement
    own: ast.Statement
    uses: tuple[ast.Statement, ...] = ()
    parents: Mapping[str, str] = field(default_factory=dict[str, str])
    broken: bool = False
    generations: Mapping[Span, int] = field(default_factory=dict[Span, int])


@dataclass(frozen=True)
class _Link:
    """A scenario of the chain, and the file in which it stands ("": the one that is checked)."""

    statement: ast.Statement
    file: str
    heads: Heads

    @property
    def name(self) -> str:
        return self.statement.names[0].id

    def title(self) -> str:
        """For the message about a ring."""
        return f"'{self.name}' of '{self.file}'" if self.file else f"'{self.name}'"


def heads(statements: Iterable[ast.Statement]) -> dict[str, ast.Statement]:
    """The scenarios of a file by name."""
    out: dict[str, ast.Statement] = {}
    for s in statements:
        if s.kind == "scenario":
            out.setdefault(s.names[0].id, s)
    return out


def extended(s: ast.Statement, own: Heads, scenarios: Mapping[str, str], size: int, sink: Sink) -> Family:
    """A scenario with those that it extends; what is wrong with that goes into the sink.

    Args:
        s: the scenario.
        own: the scenarios of its file.
        scenarios: texts of the installed ones by name, as "edge.child_dart_out".
        size: of its file, in bytes.
        sink: for errors.
    """
    if s.type_name is None:
        return Family(s, s)
    chain = _Chain(sink, scenarios, size).of(_Link(s, "", own))
    body: list[ast.Statement] = []
    for k, link in enumerate(chain):
        if any(item.kind == "do" for item in link.statement.body):
            body = [item for item in body if item.kind != "do"]
        body += link.statement.body
        if k + 1 < len(chain):
            body += _given(chain[k + 1].statement, link.name, body, sink)
    files = {link.file: scenarios[link.file] for link in chain if link.file}
    uses = [u for file, text in files.items() for u in _reading(file, text).statements if u.kind == "use"]
    generations = {item.span: k for k, link in enumerate(chain) for item in link.statement.body}
    broken = chain[0].statement.type_name is not None
    return Family(replace(s, body=body), s, tuple(uses), files, broken, generations)


class _Chain:
    """Follows ``extends`` to the end."""

    def __init__(self, sink: Sink, scenarios: Mapping[str, str], size: int) -> None:
        self.sink, self.scenarios, self.size = sink, scenarios, size
        self.read: set[str] = set()

    def of(self, last: _Link) -> list[_Link]:
        """The chain that ends in a scenario, the first that extends nothing in front."""
        chain = [last]
        while (base := chain[0].statement.type_name) is not None:
            found = self.base(chain[0], base)
            if found is None or not self.fits(chain, found, base.span):
                break
            chain.insert(0, found)
        return chain

    def fits(self, chain: list[_Link], found: _Link, at: Span) -> bool:
        ring = [(link.file, link.name) for link in chain]
        if (found.file, found.name) in ring:
            names = [found, *chain[: ring.index((found.file, found.name)) + 1]]
            shown = " -> ".join(link.title() for link in reversed(names))
            installed = self._named(found.name) if len(names) == 2 and not found.file else []
            self.sink.error(
                "E0206", at, f"{found.title()} extends itself: {shown}",
                help=f"is the installed one meant? 'extends {installed[0]}'" if installed else "remove one 'extends'",
            )  # fmt: skip
            return False
        if len(chain) > EXTENDS:
            head = chain[-1].statement.type_name
            self.sink.error(
                "E0110", head.span if head else at,
                f"'{chain[-1].name}' extends more than {EXTENDS} scenarios in a row",
                help="extend one that is nearer its end",
            )  # fmt: skip
            return False
        return True

    def base(self, link: _Link, name: ast.Name) -> _Link | None:
        """The scenario that is extended: of the same file, else installed."""
        if name.id in link.heads:
            return _Link(link.heads[name.id], link.file, link.heads)
        keys = [name.id] if name.id in self.scenarios else self._named(name.id)
        if len(keys) == 1:
            return self.installed(keys[0], name)
        if keys:
            self.sink.error(
                "E0201", name.span, f"several installed scenarios are called '{name.id}'",
                help=f"write {' or '.join(repr(k) for k in keys)}",
            )  # fmt: skip
            return None
        candidates = [n for n in link.heads if n != link.name]
        installed = [*self.scenarios, *(k.rpartition(".")[2] for k in self.scenarios)]
        near = did_you_mean(name.id, [*candidates, *installed])
        self.sink.error(
            "E0201", name.span, f"unknown scenario '{name.id}'", help=f"did you mean '{near}'?" if near else "",
            note="'extends' names a scenario of the same file, or an installed one: 'simengine list' shows them",
        )  # fmt: skip
        return None

    def _named(self, word: str) -> list[str]:
        return [k for k in self.scenarios if "." in k and k.rpartition(".")[2] == word]

    def installed(self, key: str, name: ast.Name) -> _Link | None:
        """The scenario of an installed file: the one that is called like the file."""
        text = self.scenarios[key]
        if key not in self.read:
            self.read.add(key)
            self.size += len(text.encode("utf-8", "surrogatepass"))
        if self.size > SOURCE_BYTES:
            self.sink.error(
                "E0110", name.span, f"with the scenarios that it extends, the source is larger than {SOURCE_BYTES:,} "
                "bytes",
            )  # fmt: skip
            return None
        reading = _reading(key, text)
        if not reading.ok:
            first = reading.diagnostics[0]
            self.sink.error(
                "E0211", name.span, f"the installed scenario '{key}' cannot be read: {first.message}",
                note=f"{first.span.where}; its package is broken",
            )  # fmt: skip
            return None
        found, word = heads(reading.statements), key.rpartition(".")[2]
        if word not in found and len(found) != 1:
            self.sink.error(
                "E0211", name.span, f"the installed file '{key}' holds no scenario '{word}'",
                note=f"it holds {', '.join(found) or 'none'}",
            )  # fmt: skip
            return None
        return _Link(found.get(word) or next(iter(found.values())), key, found)


def _given(s: ast.Statement, base: str, body: Sequence[ast.Statement], sink: Sink) -> list[ast.Statement]:
    """The arguments of ``extends base(...)`` as settings of the parameters of ``base``."""
    names = [n.id for item in body if item.kind == "param" for n in item.names]
    out: list[ast.Statement] = []
    seen: dict[str, Span] = {}
    for a in s.arguments:
        known = f"parameters: {', '.join(names)}" if names else f"'{base}' has no parameters"
        if a.name is None:
            sink.error(
                "E0205", a.span, f"a parameter of '{base}' is given by its name",
                help=f"write '{names[0]} = ...'" if names else "", note=known,
            )  # fmt: skip
        elif a.name.id not in names:
            near = did_you_mean(a.name.id, names)
            sink.error(
                "E0201", a.name.span, f"unknown parameter '{a.name.id}' of the scenario '{base}'",
                help=f"did you mean '{near}'?" if near else "", note="" if near else known,
            )  # fmt: skip
        elif a.name.id in seen:
            sink.error(
                "E0205", a.name.span, f"'{a.name.id}' is given twice", labels=[Label(seen[a.name.id], "first here")],
                help="remove one",
            )  # fmt: skip
        else:
            seen[a.name.id] = a.name.span
            out.append(ast.Statement("override", a.span, expr=a.name, bind=a.bind))
    return out


def few(families: Iterable[Family], sink: Sink) -> bool:
    """Whether the scenarios of a file have few enough statements, each with those that it extends; reported if not."""
    total = 0
    for family in families:
        stack = list(family.statement.body)
        while stack:
            total += 1
            stack += stack.pop().body
        base = family.own.type_name
        if total > STATEMENTS and base is not None:  # what extends nothing was counted line by line
            sink.error(
                "E0110", base.span, f"with all that they extend, the scenarios up to '{family.own.names[0].id}' have "
                f"more than {STATEMENTS:,} statements", help="extend a shorter scenario, or use several files",
            )  # fmt: skip
            return False
    return True


@lru_cache(maxsize=64)
def _reading(file: str, text: str) -> Reading:
    """An installed text, its places marked with its name."""
    reading = read(text, file)
    return replace(reading, statements=tuple(_placed(s, file) for s in reading.statements))


def _placed(node: Any, file: str) -> Any:
    """A copy of a syntax tree whose places carry the name of their file."""
    if isinstance(node, Span):
        return replace(node, file=file)
    if is_dataclass(node) and not isinstance(node, type):
        return replace(node, **{f.name: _placed(getattr(node, f.name), file) for f in fields(node)})
    if isinstance(node, list):
        return [_placed(item, file) for item in cast("list[Any]", node)]
    if isinstance(node, tuple):
        return tuple(_placed(item, file) for item in cast("tuple[Any, ...]", node))
    if isinstance(node, dict):
        return {key: _placed(value, file) for key, value in cast("dict[str, Any]", node).items()}
    return node
