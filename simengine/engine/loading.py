"""From a name or path to a checked program."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from simengine.engine.catalogue import ScenarioFile, find_scenario, installed_scenarios, libraries
from simengine.errors import NotRunnableError, UsageError, an, did_you_mean
from simengine.language import Program, parse_text, render_diagnostics
from simengine.language.diagnostics import not_yet
from simengine.language.templates import require_values

__all__ = ["find_named", "load", "require_runnable", "the_program"]

_SHOWN = 5  # of what does not run


def the_program(programs: tuple[Program, ...], file: ScenarioFile, name: str | None) -> Program:
    """One program of a file: by name, or the one called like the file, or the only one."""
    names = [p.name for p in programs]
    wanted = name or (file.name if file.name in names else names[0] if len(names) == 1 else None)
    if wanted is None:
        raise UsageError(f"{file.origin} holds several scenarios ({', '.join(names)}); name one as FILE:NAME")
    if wanted not in names:
        near = did_you_mean(wanted, names)
        hint = f"did you mean '{near}'?" if near else f"it holds {', '.join(names)}"
        raise UsageError(f"{file.origin} holds no scenario '{wanted}'; {hint}")
    return programs[names.index(wanted)]


def load(scenario: str | Path) -> Program:
    """Load and check a scenario.

    Args:
        scenario: name in the library, path of a ``.scn`` file, or ``FILE:NAME`` for one of several in a file.

    Raises:
        UsageError: no such scenario or file.
        ProgramError: the text is not valid; the message shows every problem with its place.
        LimitError: the text is too large.
    """
    if not isinstance(cast("object", scenario), str | Path):
        raise UsageError(f"load needs a name or path (a str or Path), got {an(type(scenario).__name__)}")
    file, name = find_named(str(scenario))
    programs = parse_text(file.source, file.origin, libraries=libraries(), scenarios=installed_scenarios())
    return the_program(programs, file, name)


def find_named(scenario: str) -> tuple[ScenarioFile, str | None]:
    """A file by the words for a scenario, and the name after the ':' of ``FILE:NAME``.

    Raises:
        UsageError: no such scenario or file.
        LimitError: the text is too large.
    """
    where, _, name = scenario.rpartition(":")
    path, name = (where, name) if where.endswith((".scn", ".json")) else (scenario, "")
    return find_scenario(path), name or None


def require_runnable(program: Program) -> None:
    """Refuse a program that uses something that only checks, and a template.

    Raises:
        UsageError: its parameters have no values.
        NotRunnableError: shows what does not run in this version, five places at most.
    """
    require_values(program)
    if program.not_yet:
        shown = not_yet(program.not_yet[:_SHOWN], program.file)
        text = render_diagnostics(shown, program.source, total=False, parents=program.parents)
        more = len(program.not_yet) - _SHOWN
        text += f"\n\nand {more} more, which 'simengine check' shows" if more > 0 else ""
        message = f"scenario '{program.name}' checks, but this version does not run all of it:\n\n{text}"
        raise NotRunnableError(message)
