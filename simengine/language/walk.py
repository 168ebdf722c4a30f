"""Walking expressions and timelines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simengine.language.program import Block, Timeline
from simengine.language.terms import ByElement, Call, EntityRef, Expr, Op, Quantifier, Ref, Vector

__all__ = ["children", "entities_named", "is_offset", "needs_placement", "parts", "steps", "uses_state"]


def children(expr: Expr) -> tuple[Expr, ...]:
    """What an expression is made of, one level down."""
    inner: tuple[Expr | None, ...] = ()
    match expr:
        case Op():
            inner = expr.args
        case Call():
            inner = (expr.receiver, *expr.args.values())
        case Quantifier():
            inner = (expr.body,)
        case ByElement():
            inner = (expr.question,)
        case Vector():
            inner = expr.items
        case Ref() | EntityRef():
            inner = (expr.index,)
        case _:
            pass
    return tuple(item for item in inner if item is not None)


def parts(expr: Expr) -> Iterator[Expr]:
    """The expression and everything inside it."""
    yield expr
    for item in children(expr):
        yield from parts(item)


def steps(nodes: Sequence[Timeline]) -> Iterator[Timeline]:
    """Steps of a timeline, and all inside their blocks and cases."""
    for node in nodes:
        yield node
        if isinstance(node, Block):
            yield from steps(node.body)
            for case in node.cases:
                yield from steps(case.body)


def entities_named(expr: Expr) -> Iterator[str]:
    """Names of the entities in an expression about places, those of ``ego.lane`` and ``kid.crossing`` included."""
    for part in parts(expr):
        if isinstance(part, EntityRef):
            yield part.name
        elif isinstance(part, Ref) and part.type.kind == "place":
            yield part.path.partition(".")[0]


def is_offset(path: str) -> bool:
    """A definition says where or how something stands: it is computed while everything is placed."""
    return ".@by" in path or path.endswith((".@facing", ".lateral", ".yaw"))


def uses_state(expr: Expr) -> bool:
    """It needs the running simulation."""
    return any(isinstance(p, Ref | Call) and p.state for p in parts(expr))


def needs_placement(expr: Expr) -> bool:
    """It asks where entities are: a method, or a function of entities."""
    return any(isinstance(p, EntityRef) or (isinstance(p, Call) and p.receiver is not None) for p in parts(expr))
