"""What can be known of a program's distributions without a draw: those that are none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simengine.language.dependencies import Graph, expressions
from simengine.language.diagnostics import Diagnostic
from simengine.language.distributions import LawError, make_law
from simengine.language.drawn import constant_value, is_constant
from simengine.language.moving import carriers, drives_from_the_start, movers
from simengine.language.program import Choice, Definition, Family, Program, Range
from simengine.language.terms import Const

__all__ = ["check_laws"]


def check_laws(graph: Graph) -> tuple[Diagnostic, ...]:
    """Examine every definition of a program whose numbers are fixed.

    Returns:
        Errors (E0212 for distributions that give no value, E0106 for results that are no number, E0209 for what is
        carried and drives, E0206 for what makes the scene and would follow from it).
    """
    program = graph.program
    errors = list(_out_of_the_scene(program, graph))
    for definition in program.definitions.values():
        problem = _examine(program, definition)
        if problem is not None:
            errors.append(problem)
    errors += _drives_while_carried(program)
    return tuple(errors)


def _examine(program: Program, definition: Definition) -> Diagnostic | None:
    binding = definition.binding
    fixed = all(is_constant(e) for e in expressions(definition))
    if isinstance(binding, Range | Choice | Family):
        if not fixed:
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


def _out_of_the_scene(program: Program, graph: Graph) -> Iterator[Diagnostic]:
    """What makes the scene cannot follow from it: worlds, sizes, models, counts; nor can values from each other."""
    makes = graph.placement(fixed=True)
    for path in sorted(graph.deferred & makes, key=graph.rank.__getitem__):
        if graph.counts.get(program.definitions[path].array or "") in graph.deferred:
            continue  # how many there are is what is wrong
        what = f"'{path}' is needed to make the scene and cannot follow from what stands in it"
        help_text = (
            "let it follow from drawn values; places, speeds, durations, conditions and coverage can ask the scene"
        )
        yield Diagnostic("E0206", "error", what, program.file, program.definitions[path].span, help=help_text)


def _drives_while_carried(program: Program) -> Iterator[Diagnostic]:
    """Vehicles on and in what moves: it carries them, so they cannot drive."""
    moving = movers(program)
    for entity in program.entities:
        on = next((n for n in carriers(entity) if n in moving), None)
        if on is None or entity.category != "vehicle":
            continue
        at = drives_from_the_start(program, entity)
        if at is not None:
            towed = any(c.kind == "towed" for c in entity.clauses)
            what = f"'{entity.name}' is {'towed' if towed else 'carried'} by '{on}' and cannot drive"
            off = f"those of '{on}' count" if towed else "'teleport' takes it off while the scenario runs"
            help_text = f"leave out its speed and controller; {off}"
            yield Diagnostic("E0209", "error", what, program.file, at, help=help_text)
