"""A scenario as it is being written: each method adds one statement and returns what later ones can speak of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from simengine.build.expression import NOWHERE, Expr, Given, Value, bind, dotted, node_of, string, united
from simengine.build.placing import Placing, clause_of
from simengine.build.timeline import Choices, Settings, Timeline, assignment, named, statement
from simengine.engine.catalogue import installed_scenarios, libraries
from simengine.errors import UsageError
from simengine.language import syntax as ast
from simengine.language.exchange import to_json
from simengine.language.frontend import parse_text
from simengine.language.program import Program
from simengine.language.write import write_text

__all__ = ["Builder"]

_NO_BLOCK: Final[Mapping[str, Given]] = {}


class Builder:
    """A scenario written in Python.

    Args:
        name: of the scenario.
        title: what it is, in a line.
        use: libraries, as ``["driving"]``.
        extends: a scenario of which this is a variation: one made here, which is written into the same text, or the
            name of an installed one, as ``"child_dart_out"``.
        given: values for the parameters of that one, as ``{"gap": "20 m"}``.
    """

    def __init__(
        self, name: str, title: str = "", *, use: Sequence[str] = ("driving",),
        extends: Builder | str | None = None, given: Mapping[str, Given] = _NO_BLOCK,
    ) -> None:  # fmt: skip
        if isinstance(use, str):
            raise UsageError(f"use takes a list of libraries, as ['{use:.40}']")
        self.name: Final = name
        self._uses = [dotted(u) for u in use]
        if given and extends is None:
            raise UsageError("'given' has values for the parameters of the scenario that this one extends; name it")
        self._base = extends if isinstance(extends, Builder) else None
        self._head = statement("scenario", name)
        self._head.text = string(title)
        if extends is not None:
            self._head.type_name = named(extends.name) if isinstance(extends, Builder) else dotted(extends)
        self._head.arguments = _arguments(given)

    # ---- what comes out

    def statements(self) -> list[ast.Statement]:
        """The syntax tree of the whole file."""
        chain: list[Builder] = []
        step: Builder | None = self
        while step is not None:
            chain.insert(0, step)
            step = step._base
        used = {name.id: name for one in chain for name in one._uses}
        return [*(ast.Statement("use", NOWHERE, [name]) for name in used.values()), *(one._head for one in chain)]

    def text(self) -> str:
        """The program as canonical text.

        Raises:
            UsageError: it has no text (a reserved word as a name, for example); the message says where.
        """
        try:
            return write_text(self.statements(), f"scenario '{self.name}'")
        except RecursionError:
            raise UsageError(f"scenario '{self.name}' is nested too deep; name parts of it with 'let'") from None

    def json(self) -> str:
        """The program in its canonical JSON form.

        Raises:
            UsageError: as for ``text``.
        """
        self.text()
        return json.dumps(to_json(self.statements()), indent=1) + "\n"

    def program(self) -> Program:
        """The checked program, as ``simengine.load`` gives it.

        Raises:
            UsageError: as for ``text``.
            ProgramError: the usual diagnostics, on the printed text.
        """
        programs = parse_text(self.text(), f"<{self.name}>", libraries=libraries(), scenarios=installed_scenarios())
        return next(p for p in programs if p.name == self.name)

    def __repr__(self) -> str:
        return f"Builder({self.name!r}, {len(self._head.body)} statements)"

    # ---- what goes in

    def tags(self, *names: str) -> None:
        """For finding: ``tags("nhtsa.18", "odd.urban")``."""
        self._add(statement("tags")).names = [dotted(n) for n in names]

    def cite(self, source: str) -> None:
        """Where it comes from."""
        self._add(statement("cite")).text = string(source)

    def param(
        self, name: str, value: Given | None = None, *, kind: str | None = None, doc: str = "", head: bool = False
    ) -> Expr:  # fmt: skip
        """A named input: ``param("gap", "15..40 m")``.

        Args:
            name: how expressions call it.
            value: fixed or drawn; one of the head may have none: a scenario that extends this one gives it.
            kind: its type, as ``"length"``.
            doc: what it is.
            head: it stands in the head, as in ``scenario NAME(gap: length = 20 m)``; such a one has a kind and no doc.

        Raises:
            UsageError: of the head, and without a kind or with a doc; elsewhere, and without a value.
        """
        if value is None and not head:
            raise UsageError(f"the parameter '{name}' needs a value; only one of the head may have none: head=True")
        made = self.params((name,), value, kind=kind, doc=doc)[0]
        if head:
            if kind is None or doc:
                raise UsageError(f"a parameter of the head has a kind and no doc: param('{name}', ..., kind='length')")
            body = self._head.body
            body.insert(self._head.parameters, body.pop())
            self._head.parameters += 1
        return made

    def params(
        self, names: Sequence[str], value: Given | None, *, kind: str | None = None, doc: str = ""
    ) -> tuple[Expr, ...]:  # fmt: skip
        """Inputs that are drawn together: ``params(("a", "b"), "{(30 km/h, 20 km/h), (90 km/h, 30 km/h)}")``."""
        made = self._add(statement("param", *names, given=value))
        made.type_name, made.text = (named(kind) if kind is not None else None), string(doc)
        return tuple(Expr(n) for n in made.names)

    def let(self, name: str, value: Value) -> Expr:
        """A name for an expression."""
        return Expr(self._add(statement("let", name, given=Expr(node_of(value)))).names[0])

    def world(self, kind: str, /, *, block: Mapping[str, Given] = _NO_BLOCK, **arguments: Given) -> None:
        """Where it happens: ``world("street", lanes=2, block={"sun.elevation": "-6..3 deg"})``."""
        made = self._add(statement("world", kind))
        made.arguments = _arguments(arguments)
        made.body += [assignment(k, v) for k, v in block.items()]

    def add(
        self, kind: str, name: str, /, *where: Placing, count: Given | None = None,
        block: Mapping[str, Given] = _NO_BLOCK, **properties: Given,
    ) -> Expr:  # fmt: skip
        """An entity: ``add("car", "ego", on("lane(1)"), at("s(10 m)"), speed="20..60 km/h")``.

        Args:
            kind: ``"car"``, ``"pedestrian"``, ...
            name: its name.
            where: placement clauses.
            count: makes it an array.
            block: properties with dots in their names; the others are keywords.
            properties: of the entity, or of each element.
        """
        made = self._add(statement("entity", kind, name, given=count))
        made.clauses = tuple(clause_of(w) for w in where)
        made.body += [assignment(k, v) for k, v in {**properties, **block}.items()]
        return Expr(named(name))

    def sensor(
        self, name: str, carrier: Value, model: str, /, *, block: Mapping[str, Given] = _NO_BLOCK, **arguments: Given
    ) -> Expr:
        """A sensor: ``sensor("front", ego, "camera", size=(1280, 720), block={"exposure": "auto"})``."""
        made = self._add(statement("sensor", name, model, expr=carrier))
        made.arguments = _arguments(arguments)
        made.body += [assignment(k, v) for k, v in block.items()]
        return Expr(named(name))

    def record(
        self, sensor: Expr | str, *channels: str, rate: Value | None = None, during: Expr | str | None = None
    ) -> None:
        """What is written: ``record(front, "rgb", "box3d", rate="10 hz")``; ``during`` a phase only."""
        made = self._add(statement("record", _word(sensor), *channels))
        if rate is not None:
            made.extra["rate"] = node_of(rate)
        made.label = None if during is None else named(_word(during))

    def label(self, entity: Expr | str, kind: str) -> None:
        """That something records this label of it: ``label(kid, "class")``."""
        self._add(statement("label", _word(entity), kind))

    def require(self, condition: Value, why: str = "") -> None:
        """What a valid start is."""
        self._add(statement("require", expr=condition)).text = string(why)

    def ensure(self, condition: Value, why: str = "") -> None:
        """What must have happened."""
        self._add(statement("ensure", expr=condition)).text = string(why)

    def expect(self, condition: Value, why: str = "") -> None:
        """What the system under test should do."""
        self._add(statement("expect", expr=condition)).text = string(why)

    def stop(self, *, when: Value | None = None, after: Given | None = None) -> None:
        """The end of the run: on a condition, after a time, or whichever comes first.

        Raises:
            UsageError: neither is given.
        """
        if when is None and after is None:
            raise UsageError("stop takes 'when', 'after' or both")
        if when is not None:
            self._add(statement("stop_when", expr=when))
        if after is not None:
            self._add(statement("stop_after", given=after))

    def do(self) -> Timeline:
        """What happens."""
        return Timeline(self._add(statement("do")).body)

    def when(self, condition: Value, *, holds: Value | None = None) -> Timeline:
        """What happens beside it, once, when the condition becomes true (and holds for a time)."""
        made = self._add(statement("when", expr=condition))
        if holds is not None:
            made.extra["holds"] = node_of(holds)
        return Timeline(made.body)

    def cover(
        self, item: Value, *, name: str | None = None, at: Value | None = None, by: Value | None = None,
        over: Value | None = None, bins: Sequence[Value] = (), unit: str | None = None,
    ) -> Expr:  # fmt: skip
        """A coverage item: ``cover(gap, by="5 m")``, ``cover(rain, name="rain_class", bins=[0, 2, 50], unit="mm/h")``.

        Args:
            item: what is covered.
            name: how later statements call it.
            at: an event, as ``dart.started``.
            by: width of the bins.
            over: their range, as ``"1..4 m/s"``.
            bins: edges or values instead.
            unit: of the bins that are plain numbers.

        Returns:
            The name, or the item if it has none.
        """
        made = self._add(statement("cover", *([name] if name is not None else []), expr=item))
        if at is not None:
            made.extra["at"] = node_of(at)
        if by is not None:
            made.extra["by"] = node_of(by)
        if over is not None:
            made.extra["over"] = _range(over)
        if isinstance(bins, str) or (bins and by is not None) or (over is not None and by is None):
            raise UsageError("cover takes a list of bins, or a width 'by', which may have 'over'")
        made.items = tuple(united(b, unit) for b in bins)
        return Expr(made.names[0] if made.names else node_of(item))

    def cross(self, *items: Value, ways: int | None = None) -> None:
        """Combinations of coverage items."""
        made = self._add(statement("cross"))
        made.items = tuple(node_of(i) for i in items)
        number = None if ways is None else node_of(ways)
        made.number = number if isinstance(number, ast.Number) else None

    def each(self, name: str, array: Expr | str) -> tuple[Expr, Settings]:
        """Settings of every element: ``p, block = s.each("p", parked); block.set(p.colour, "{red, blue}")``."""
        made = self._add(statement("each", name, _word(array)))
        return Expr(named(name)), Settings(made.body)

    def choose(self, name: str) -> Choices:
        """Weighted alternatives of settings."""
        return Choices(self._add(statement("choose", name)).body)

    def set(self, target: Value, value: Given) -> None:
        """A setting outside its block: ``set(ego.speed, "0 m/s")``."""
        self._add(assignment(target, value))

    def override(self, target: Value, value: Given) -> None:
        """Replaces a setting of the scenario that this one extends."""
        self._add(assignment(target, value, "override"))

    def _add(self, made: ast.Statement) -> ast.Statement:
        self._head.body.append(made)
        return made


def _arguments(given: Mapping[str, Given]) -> tuple[ast.Argument, ...]:
    return tuple(ast.Argument(named(k), bind(v), None, NOWHERE) for k, v in given.items())


def _word(value: Expr | str) -> str:
    node = node_of(value)
    if not isinstance(node, ast.Name):
        raise UsageError(f"expected the name of something, found {value!r:.60}")
    return node.id


def _range(value: Value) -> ast.Expression:
    found = bind(value).value
    return found.body if isinstance(found, ast.Dist) else found
