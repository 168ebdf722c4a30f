"""Blocks of a scenario: what happens (``do``, ``when`` and the blocks in them) and what is set (``each``, ``case``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

from simengine.build.expression import NOWHERE, Expr, Given, Value, bind, dotted, identifier, node_of
from simengine.errors import UsageError
from simengine.language import syntax as ast

__all__ = ["Alternatives", "Choices", "Settings", "Timeline", "assignment", "named", "statement"]


def named(name: str) -> ast.Name:
    """The tree of a name."""
    return ast.Name(identifier(name), NOWHERE)


def statement(kind: str, *names: str, expr: Value | None = None, given: Given | None = None) -> ast.Statement:
    """A statement with what most kinds have."""
    return ast.Statement(
        kind, NOWHERE, [named(n) for n in names], None if expr is None else node_of(expr),
        None if given is None else bind(given),
    )  # fmt: skip


def assignment(target: Value, given: Given, kind: str = "assign") -> ast.Statement:
    """``target = value`` or ``target ~ draw``; a target in a string is a path of names."""
    if isinstance(target, str):
        target = dotted(target).id
    return statement(kind, expr=target, given=given)


class Settings:
    """A block of settings: of a ``case`` of ``choose``, or of ``each``."""

    def __init__(self, body: list[ast.Statement]) -> None:
        self._body = body

    def set(self, target: Value, value: Given) -> None:
        """``set(p.colour, "{red, blue}")``, ``set("rain", "5 mm/h")``."""
        self._body.append(assignment(target, value))

    def override(self, target: Value, value: Given) -> None:
        """Replaces what was set before."""
        self._body.append(assignment(target, value, "override"))


class Timeline:
    """A block in which things happen one after the other, or beside each other in ``parallel``."""

    def __init__(self, body: list[ast.Statement], tag: str | None = None) -> None:
        self._body, self._tag = body, tag

    @property
    def phase(self) -> Expr:
        """The phase that the block is: ``cut.phase.started``.

        Raises:
            UsageError: the block has no name.
        """
        if self._tag is None:
            raise UsageError("a block is a phase only with a name: parallel(name='cut')")
        return Expr(named(self._tag))

    def wait(self, time: Given | None = None, *, until: Value | None = None) -> None:
        """Wait a time, or until a condition holds.

        Raises:
            UsageError: neither or both are given.
        """
        if (time is None) == (until is None):
            raise UsageError("wait takes either a time or 'until'")
        if until is None:
            self._body.append(statement("wait_for", given=time))
            return
        made = statement("wait_until")
        made.extra["until"] = node_of(until)
        self._body.append(made)

    @overload
    def act(self, action: Value, *, name: str, until: Value | None = None, time: Given | None = None) -> Expr: ...
    @overload
    def act(self, action: Value, *, until: Value | None = None, time: Given | None = None) -> None: ...
    def act(
        self, action: Value, *, name: str | None = None, until: Value | None = None, time: Given | None = None
    ) -> Expr | None:
        """An action, as ``kid.run(across="road")``; until a condition holds, for a time.

        Returns:
            The phase that it is, if it has a name: ``dart.started``.
        """
        made = self._block("act", name, until)
        made.expr = node_of(action)
        if time is not None:
            made.binds["for"] = bind(time)
        return None if name is None else Expr(named(name))

    def set(self, target: Value, value: Given) -> None:
        """Set a speed at once: ``set(ego.speed, "5 m/s")``."""
        self._body.append(assignment(target, value))

    def serial(self, *, name: str | None = None, until: Value | None = None) -> Timeline:
        """A block of things that happen one after the other."""
        return Timeline(self._block("serial", name, until).body, name)

    def parallel(self, *, name: str | None = None, until: Value | None = None) -> Timeline:
        """A block of things that happen side by side."""
        return Timeline(self._block("parallel", name, until).body, name)

    def repeat(self, times: int, *, name: str | None = None, until: Value | None = None) -> Timeline:
        """A block that happens so many times."""
        made = self._block("repeat", name, until)
        made.number = _count(times)
        return Timeline(made.body, name)

    def one_of(self, *, name: str | None = None) -> Alternatives:
        """A block of which one case happens."""
        return Alternatives(self._block("one_of", name, None).body)

    def _block(self, kind: str, name: str | None, until: Value | None) -> ast.Statement:
        made = statement(kind)
        made.label = None if name is None else named(name)
        if until is not None:
            made.extra["until"] = node_of(until)
        self._body.append(made)
        return made


class Alternatives:
    """The cases of ``one_of``."""

    def __init__(self, body: list[ast.Statement]) -> None:
        self._body = body

    def case(self, weight: float | None = None) -> Timeline:
        """A case, with its weight."""
        return Timeline(add_case(self._body, weight, None))


class Choices:
    """The cases of ``choose``."""

    def __init__(self, body: list[ast.Statement]) -> None:
        self._body = body

    def case(self, name: str, weight: float | None = None, settings: Mapping[str, Given] | None = None) -> Settings:
        """A case, with its weight and settings."""
        made = Settings(add_case(self._body, weight, name))
        for target, value in (settings or {}).items():
            made.set(target, value)
        return made


def add_case(body: list[ast.Statement], weight: float | None, name: str | None) -> list[ast.Statement]:
    """A new case; its block."""
    made = statement("case", *([name] if name is not None else []))
    made.number = None if weight is None else _count(weight)
    body.append(made)
    return made.body


def _count(value: float) -> ast.Number:
    node = node_of(value)
    if not isinstance(node, ast.Number):
        raise UsageError(f"expected a number of zero or more, found {value!r:.60}")
    return node
