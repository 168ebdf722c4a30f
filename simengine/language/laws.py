"""What can be known of a program's distributions without a draw: those that are none, and those that do not run yet."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simengine.language.dependencies import Graph, expressions
from simengine.language.diagnostics import Diagnostic
from simengine.language.distributions import LawError, make_law
from simengine.language.drawn import constant_value, is_constant
from simengine.language.program import (
    Act,
    Block,
    Choice,
    Definition,
    Distribution,
    Family,
    NotYet,
    Program,
    Range,
    Timeline,
)
from simengine.language.terms import Const, EntityRef

__all__ = ["check_laws"]

_PLACED = (".@facing", ".lateral", ".yaw")
"""Endings of definitions that may follow from what is placed before, as ".@by" may."""


def check_laws(program: Program) -> tuple[tuple[Diagnostic, ...], tuple[NotYet, ...]]:
    """Examine every definition whose numbers are fixed.

    Returns:
        Errors (E0212 for distributions that give no value, E0106 for results that are no number), and what belongs
        into ``Program.not_yet``.
    """
    errors: list[Diagnostic] = []
    graph = Graph(program, refuse=False)
    later = [*graph.not_yet, *_from_the_scene(program, graph), *_on_what_moves(program)]
    for definition in program.definitions.values():
        problem = _examine(program, definition, later)
        if problem is not None:
            errors.append(problem)
    return tuple(errors), tuple(later)


def _examine(program: Program, definition: Definition, later: list[NotYet]) -> Diagnostic | None:
    binding = definition.binding
    fixed = all(is_constant(e) for e in expressions(definition))
    if isinstance(binding, Range | Choice | Family):
        if not fixed:
            later += _not_yet(binding)
            return None
        try:
            make_law(binding, definition.type, lambda e: constant_value(e, definition.type))
        except LawError as error:
            return Diagnostic("E0212", "error", error.what, program.file, error.span, help=error.help)
        return None
    if not fixed or isinstance(binding, Const) or definition.type.kind not in ("real", "int", "vector"):
        return None
    value = np.asarray(constant_value(binding, definition.type), np.float64)
    if np.isfinite(value).all():
        return None
    what = "is not a number" if np.isnan(value).any() else "is too large"
    return Diagnostic(
        "E0106", "error", f"the result {what}", program.file, binding.span,
        help="keep roots and logarithms of numbers below zero, divisions by zero and numbers beyond 1e308 out",
    )  # fmt: skip


def _from_the_scene(program: Program, graph: Graph) -> Iterator[NotYet]:
    """Values that are needed to make the scene and would follow from it; places and headings may."""
    help_text = "let it follow from drawn values and sizes; places, 'let', conditions and coverage can ask the scene"
    for path in graph.deferred:
        definition = program.definitions[path]
        if "." in path and not definition.drawn and not path.endswith(_PLACED) and ".@by" not in path:
            yield NotYet(f"{_called(path)} that follows from the placed scene", definition.span, help_text, True)


def _on_what_moves(program: Program) -> Iterator[NotYet]:
    """Things on and in what can move: nothing is carried yet, so it would drive away from under them."""
    moving = {e.name for e in program.entities if e.controllers}
    for entity in program.entities:
        speed = program.definitions.get(f"{entity.name}.speed")
        stands = speed is None or (isinstance(speed.binding, Const) and speed.binding.value == 0.0)
        if entity.category == "vehicle" and not stands:
            moving.add(entity.name)
    bodies: list[Timeline] = [*program.timeline, *(node for when in program.whens for node in when.body)]
    while bodies:
        node = bodies.pop()
        if isinstance(node, Act) and isinstance(node.receiver, EntityRef):
            moving.add(node.receiver.name)
        elif isinstance(node, Block):
            bodies += [*node.body, *(inner for case in node.cases for inner in case.body)]
    for entity in program.entities:
        for clause in entity.clauses:
            if clause.kind in ("on", "in") and isinstance(clause.place, EntityRef) and clause.place.name in moving:
                what = f"'{entity.name}' {clause.kind} '{clause.place.name}', which moves"
                yield NotYet(what, clause.span, "let it stand on something that stays where it is")


def _called(path: str) -> str:
    """A definition in words."""
    owner, _, rest = path.rpartition(".")
    if rest.startswith("@"):
        return f"{'the heading' if rest == '@facing' else 'an offset'} of '{owner}'"
    return "a duration" if path.startswith(("timeline.", "stop.")) else f"a value of '{path}'"


def _not_yet(binding: Distribution) -> list[NotYet]:
    """What depends on other variables and runs with fixed numbers only."""
    if isinstance(binding, Family) and binding.name == "histogram":
        return [NotYet("a histogram whose numbers depend on other variables", binding.span, "write fixed numbers")]
    if isinstance(binding, Choice) and any(v.type.kind == "vector" for v in binding.values):
        return [NotYet("a joint table of values that depend on other variables", binding.span, "write fixed values")]
    return []
