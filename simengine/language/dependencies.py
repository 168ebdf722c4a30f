"""Which values a constraint depends on, and which variables must therefore be redrawn together.

A ``require`` conditions the variables it reaches, through definitions and through parameters of distributions.
Variables that share no constraint stay independent under all of them, so each connected block is redrawn on its own
and the result is still an exact sample.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simengine.language.evaluate import FUNCTIONS
from simengine.language.implied import implied_requires
from simengine.language.program import Choice, Definition, Family, Program, Range, Require
from simengine.language.terms import (
    Awaited,
    ByElement,
    Call,
    Const,
    EntityRef,
    EventRef,
    Expr,
    Op,
    Quantifier,
    Ref,
    SensorRef,
    Vector,
)
from simengine.language.walk import is_offset

__all__ = ["Block", "Graph", "Stage", "Variable", "expressions", "number_of", "walk"]


def walk(expr: Expr) -> Iterator[Expr]:
    """An expression and all its parts, outermost first."""
    stack: list[Expr] = [expr]
    while stack:
        node = stack.pop()
        yield node
        match node:
            case Ref() | EntityRef():
                stack.extend([node.index] if node.index is not None else [])
            case Op():
                stack.extend(reversed(node.args))
            case Call():
                stack.extend(reversed(tuple(node.args.values())))
                stack.extend([node.receiver] if node.receiver is not None else [])
            case Quantifier():
                stack.append(node.body)
            case ByElement():
                stack.append(node.question)
            case Vector():
                stack.extend(reversed(node.items))
            case Const() | Awaited() | SensorRef() | EventRef():
                pass


def expressions(definition: Definition) -> tuple[Expr, ...]:
    """The expressions on the right-hand side of a definition: itself, or the parameters of its distribution."""
    match definition.binding:
        case Range() as b:
            return (b.low, b.high, *(() if b.step is None else (b.step,)), *(b.within or ()))
        case Choice() as b:
            return b.values
        case Family() as b:
            return (*b.args, *(b.within or ()))
        case expr:
            return (expr,)


def number_of(path: str) -> str:
    """Under which name the number u of a variable goes to the engine, which draws where its law needs the scene."""
    return f"u:{path}"


@dataclass(frozen=True)
class Variable:
    """A random variable.

    Attributes:
        path: of its definition.
        streams: names of the streams of its elements: the path itself, or ``parked[1].model``, ``parked[2].model``.
        array: the entity array whose elements have a value each, or None.
    """

    path: str
    streams: tuple[str, ...]
    array: str | None


@dataclass(frozen=True)
class Stage:
    """One arithmetic constraint, with what has to be drawn and computed for it and not for those before.

    Attributes:
        require: the constraint.
        variables: to draw.
        order: definitions to compute.
    """

    require: Require
    variables: tuple[Variable, ...]
    order: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """Variables that are redrawn together, and the constraints that they share.

    Attributes:
        variables: all of them, in the order of the program.
        stages: arithmetic constraints, one after the other: each is asked only about the draws that meet those before,
            so those that need few variables come first.
        late: variables that only geometric constraints need.
        order: definitions to compute for those.
        geometric: constraints on the placed scene, in the order of the program.
        placement: the implicit constraint that entities do not overlap is among them.
    """

    variables: tuple[Variable, ...]
    stages: tuple[Stage, ...]
    late: tuple[Variable, ...]
    order: tuple[str, ...]
    geometric: tuple[Require, ...]
    placement: bool


class Graph:
    """Dependencies of a program.

    Attributes:
        requires: constraints of the program, and that distributions which depend on other variables have a value.
        deferred: definitions that need the placed scene.
        following: those of them that are drawn, or that somebody needs as numbers (properties, durations), each after
            what it needs; all others are looked at where they are used.

    Args:
        program: the checked program.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.requires = (*program.requires, *implied_requires(program))
        self.capacity = {e.name: e.count_max for e in program.entities if e.count is not None}
        self.counts = {e.name: e.count for e in program.entities if e.count is not None}
        self.rank = {path: k for k, path in enumerate(program.definitions)}
        self._direct: dict[str, frozenset[str]] = {}
        self.deferred: set[str] = set()
        for path, definition in program.definitions.items():
            self._add(path, definition)
        self.order = tuple(p for p in program.definitions if p not in self.deferred)
        known = program.definitions
        self.following = tuple(
            p for p in known if p in self.deferred and (known[p].drawn or ("." in p and not is_offset(p)))
        )
        self.variables = {p: self._variable(d) for p, d in program.definitions.items() if d.drawn}

    def _add(self, path: str, definition: Definition) -> None:
        parts = expressions(definition)
        self._direct[path] = frozenset(self.references(parts)) | self._size_of(definition.array)
        deferred = any(self.needs_engine(e) for e in parts) or bool(self._direct[path] & self.deferred)
        if deferred:
            self.deferred.add(path)

    def _size_of(self, array: str | None) -> frozenset[str]:
        count = None if array is None else self.counts.get(array)
        return frozenset() if count is None else frozenset([count])

    def _variable(self, definition: Definition) -> Variable:
        path, array = definition.path, definition.array
        if array is None:
            return Variable(path, (path,), None)
        rest = path.removeprefix(f"{array}.")
        streams = tuple(f"{array}[{k + 1}].{rest}" for k in range(self.capacity[array]))
        return Variable(path, streams, array)

    def needs_engine(self, expr: Expr) -> bool:
        """It reads the placed scene or the running simulation."""
        for node in walk(expr):
            match node:
                case Ref():
                    if node.state or (node.path not in self.program.definitions):
                        return True
                case Call():
                    if node.receiver is not None or node.state or node.function not in FUNCTIONS:
                        return True
                case EntityRef() | SensorRef() | EventRef():
                    return True
                case _:
                    pass
        return False

    def references(self, parts: Iterable[Expr]) -> set[str]:
        """Definitions that expressions read directly."""
        found: set[str] = set()
        for expr in parts:
            for node in walk(expr):
                if isinstance(node, Ref) and not node.state and node.path in self.program.definitions:
                    found.add(node.path)
                if isinstance(node, Quantifier):
                    found |= self._size_of(node.array)
        return found

    def closure(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Definitions and all that they depend on, in an order in which they can be computed."""
        found: set[str] = set()
        stack = list(paths)
        while stack:
            path = stack.pop()
            if path not in found:
                found.add(path)
                stack.extend(self._direct[path])
        return tuple(sorted(found, key=self.rank.__getitem__))

    def reach(self, require: Require) -> tuple[str, ...]:
        """All definitions that a constraint depends on."""
        found = self.references([require.expr])
        if self.is_geometric(require):
            found |= self.placement(require.expr)
        return self.closure(found)

    def is_geometric(self, require: Require) -> bool:
        """It needs the placed scene, itself or through a definition."""
        return require.geometric or not self.is_initial(require.expr)

    def is_initial(self, expr: Expr) -> bool:
        """It is known from drawn values alone, without the placed scene or the running simulation."""
        reached = self.closure(self.references([expr]))
        return not self.needs_engine(expr) and not any(p in self.deferred for p in reached)

    def placement(self, expr: Expr | None = None, fixed: bool = False) -> set[str]:
        """Definitions that can move or resize an entity or the world; with an ``expr`` also how entities move, and
        those of sensors that it names; ``fixed``: those only that must be known before anything is placed.

        Generous on purpose: a variable too many costs a redraw, one too few would bias the sample. Libraries say which
        of their properties place nothing: weather stays as it was drawn where cars do not fit.
        """
        found, apart = set[str](), set[str]()
        prefixes = ["world."]
        if self.program.world is not None:
            apart |= {f"world.{name}" for name in self.program.world.unplaced}
        for entity in self.program.entities:
            prefixes.append(f"{entity.name}.")
            apart |= {f"{entity.name}.{name}" for name in entity.unplaced} if expr is None else set()
            found |= {entity.count} if entity.count is not None else set()
            for clause in entity.clauses:
                found |= self.references([clause.place, *([] if clause.second is None else [clause.second])])
                found |= {clause.by} if clause.by is not None else set()
        if fixed:
            found = {e.count for e in self.program.entities if e.count is not None}
        if expr is not None:
            prefixes += [f"{n.name}." for n in walk(expr) if isinstance(n, SensorRef)]
        drivers = tuple(f"{e.name}.controller" for e in self.program.entities)
        for path in self.program.definitions:
            if path.startswith(tuple(prefixes)) and not path.startswith(drivers) and path not in apart:
                found |= set() if fixed and is_offset(path) else {path}
        return found

    def blocks(self, with_geometry: bool = True, more: tuple[Require, ...] = ()) -> tuple[Block, ...]:
        """The connected blocks of variables that share constraints; blocks with geometry last.

        Args:
            with_geometry: False: arithmetic constraints only (how a grid is counted without a scene).
            more: constraints of a plan.
        """
        return self.tied((*self.requires, *more), with_geometry)

    def tied(self, constraints: tuple[Require, ...], with_geometry: bool) -> tuple[Block, ...]:
        """The blocks of given constraints."""
        groups: list[tuple[frozenset[str], Require | None]] = []
        for require in constraints:
            if with_geometry or not self.is_geometric(require):
                groups.append((self._drawn(self.reach(require)), require))
        placed = len(self.program.entities) > 1 or any(e.clauses or e.count is not None for e in self.program.entities)
        if with_geometry and placed:
            groups.append((self._drawn(self.closure(self.placement())), None))
        merged: list[tuple[frozenset[str], list[Require | None]]] = []
        for variables, require in groups:
            members: list[Require | None] = [require]
            apart: list[tuple[frozenset[str], list[Require | None]]] = []
            for other, requires in merged:
                if other & variables:
                    variables, members = variables | other, requires + members
                else:
                    apart.append((other, requires))
            merged = [*apart, (variables, members)]
        blocks = [self._block(variables, members) for variables, members in merged]
        return tuple(sorted(blocks, key=lambda b: bool(b.geometric or b.placement)))

    def _drawn(self, paths: Iterable[str]) -> frozenset[str]:
        return frozenset(p for p in paths if p in self.variables)

    def _block(self, variables: frozenset[str], members: list[Require | None]) -> Block:
        requires = sorted((r for r in members if r is not None), key=lambda r: r.span.order)
        geometric = tuple(r for r in requires if self.is_geometric(r))
        arithmetic = tuple(r for r in requires if not self.is_geometric(r))
        placement = None in members
        stages = self._stages(arithmetic)
        cheap = {path for stage in stages for path in stage.order}
        needed = cheap.union(*(self.reach(r) for r in geometric)) | variables
        needed |= self.placement() if placement or geometric else set()
        reached = self.closure(needed)
        late = tuple(p for p in reached if p not in self.deferred and p not in cheap)
        every = tuple(self.variables[p] for p in self.closure(variables) if p in self.variables)
        cheaply = {v.path for stage in stages for v in stage.variables}
        rest = tuple(self.variables[p] for p in reached if p in self.variables and p not in cheaply)
        return Block(every, stages, rest, late, geometric, placement)

    def _stages(self, requires: tuple[Require, ...]) -> tuple[Stage, ...]:
        """Constraints in an order that draws little: always the one that needs the fewest numbers more."""
        left = {k: self.closure(self.references([r.expr])) for k, r in enumerate(requires)}
        users: dict[str, list[int]] = {}
        for k, paths in left.items():
            for p in self._drawn(paths):
                users.setdefault(p, []).append(k)
        more = {k: sum(len(self.variables[p].streams) for p in self._drawn(paths)) for k, paths in left.items()}
        fewest = [(count, k) for k, count in more.items()]
        heapq.heapify(fewest)
        done, found = set[str](), list[Stage]()
        while fewest:
            count, k = heapq.heappop(fewest)
            if k not in left or count != more[k]:
                continue  # it is done, or needs fewer by now
            order = tuple(p for p in left.pop(k) if p not in done)
            done |= set(order)
            found.append(Stage(requires[k], tuple(self.variables[p] for p in order if p in self.variables), order))
            for p in found[-1].variables:
                for other in users[p.path]:
                    more[other] -= len(p.streams)
                    heapq.heappush(fewest, (more[other], other))
        return tuple(found)
