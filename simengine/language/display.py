"""The units in which a person reads drawn values: those of the scenario's text. Everything else stays in SI."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from simengine.language.program import Act, Binding, Block, Choice, Definition, Family, Program, Range, Timeline
from simengine.language.terms import Const, Ref, Span, Vector
from simengine.language.walk import parts
from simengine.units import DIMENSIONS, UNITS, Dimension, Unit

__all__ = ["column_names", "display_units", "usual_unit", "written_unit"]

_SYMBOLS = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
_WRITTEN = re.compile(rf"[\d)\]}}][ ]?(?P<unit>{_SYMBOLS})(?!\w)")
_STEP = re.compile(r"timeline\.(\d+)\.(\w+)")
_COMMENT = re.compile(r"#[^\n]*")
_SLOW_MPS = 1e-3  # 3.6 m an hour: no traffic is slower, no rain is faster
_DEPTH = 8  # names that refer to names


def usual_unit(dimension: Dimension, support: tuple[float, float] | None = None) -> Unit | None:
    """A unit that people use for a dimension where SI's is not one of them; else None.

    Args:
        dimension: of the values.
        support: smallest and largest value, SI: a speed that stays under 1 mm/s is rain, in mm/h.
    """
    if dimension == DIMENSIONS["angle"]:
        return UNITS["deg"]
    if dimension == DIMENSIONS["angular_speed"]:
        return UNITS["deg/s"]
    if dimension == DIMENSIONS["speed"] and support and 0.0 < max(map(abs, support)) <= _SLOW_MPS:
        return UNITS["mm/h"]
    return None


def written_unit(text: str, dimension: Dimension) -> Unit | None:
    """The first unit of a dimension that stands after a number of a text; None where there is none."""
    for match in _WRITTEN.finditer(text):
        if UNITS[match["unit"]].dimension == dimension:
            return UNITS[match["unit"]]
    return None


def display_units(program: Program, paths: Sequence[str]) -> dict[str, Unit]:
    """Units for tables, by path: the one written in the definition's own text or in what it refers to, else the usual.

    Args:
        program: holds the text and the definitions.
        paths: definitions to look at; those best shown in SI, and those without a unit, have no entry.
    """
    lines = {name: text.split("\n") for name, text in {**program.parents, "": program.source}.items()}
    out: dict[str, Unit] = {}
    for path in paths:
        definition = program.definitions[path]
        dimension = definition.type.dimension
        found = _written(program, lines, definition, dimension, _DEPTH)
        found = found or usual_unit(dimension, program.supports.get(path))
        if found is not None:
            out[path] = found
    return out


def column_names(program: Program, paths: Sequence[str]) -> dict[str, str]:
    """Names for tables, by path, where the path is not one that a person wrote.

    A drawn argument of an action is "dart: speed" after the phase's name, else "L42: speed" after the line of its
    statement; the distance of a placement is "parked.by". All other paths have no entry.
    """
    steps = {node.node: _name_of(node) for node in _steps(program)} if paths else {}
    out: dict[str, str] = {}
    for path in paths:
        found = _STEP.fullmatch(path)
        name = path
        if found and int(found[1]) in steps:
            name = f"{steps[int(found[1])]}: {found[2]}"
        elif ".@" in path:
            name = path.replace(".@", ".")
        if name != path and name not in program.definitions and name not in out.values():
            out[path] = name
    return out


def _name_of(node: Timeline) -> str:
    return (isinstance(node, Act | Block) and node.label) or f"L{node.span.line}"


def _steps(program: Program) -> Iterator[Timeline]:
    """All nodes of the timelines."""
    stack: list[Timeline] = [*program.timeline, *(s for when in program.whens for s in when.body)]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Block):
            stack += [*node.body, *(s for case in node.cases for s in case.body)]


def _written(
    program: Program, lines: Mapping[str, Sequence[str]], definition: Definition, dimension: Dimension, depth: int
) -> Unit | None:
    for span in _spans(program, definition.binding):
        found = written_unit(_text(lines.get(span.file, ()), span), dimension)
        if found is not None:
            return found
    for reference in _references(definition.binding) if depth else ():
        target = program.definitions.get(reference.path)
        if target is not None and target.type.dimension == dimension:
            found = _written(program, lines, target, dimension, depth - 1)
            if found is not None:
                return found
    return None


def _spans(program: Program, binding: Binding) -> Iterator[Span]:
    """Where the numbers of a binding are written; of a joint table those of one component only."""
    if isinstance(binding, Ref) and isinstance(binding.index, Const) and binding.path in program.definitions:
        table, k = program.definitions[binding.path].binding, int(binding.index.value)
        if isinstance(table, Choice):
            yield from (row.items[k].span for row in table.values if isinstance(row, Vector) and k < len(row.items))
            return
    yield binding.span


def _references(binding: Binding) -> Iterator[Ref]:
    match binding:
        case Range():
            inside = [binding.low, binding.high]
        case Family():
            inside = list(binding.args)
        case Choice():
            inside = list(binding.values)
        case _:
            inside = [binding]
    yield from (part for expr in inside for part in parts(expr) if isinstance(part, Ref) and not part.state)


def _text(lines: Sequence[str], span: Span) -> str:
    """The source between two places, comments left out."""
    first, last = span.line - 1, span.end_line - 1
    chosen = list(lines[first : last + 1])
    if not chosen:
        return ""
    if last - first + 1 == len(chosen):
        chosen[-1] = chosen[-1][: span.end_column - 1]
    chosen[0] = chosen[0][span.column - 1 :]
    return _COMMENT.sub("", "\n".join(chosen))
