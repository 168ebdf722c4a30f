"""Looking without running: check, list, sample, count, verify."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simengine import plugins
from simengine.engine.catalogue import ScenarioFile, installed_scenarios, libraries, scenario_files
from simengine.engine.cost import cost
from simengine.engine.loading import find_named, load, the_program
from simengine.engine.options import check_draw, within
from simengine.errors import LimitError, UsageError, counted
from simengine.language import Program, check_text, diagnostics_json, render_diagnostics
from simengine.language.coverplan import CoverPlan
from simengine.language.dependencies import Graph
from simengine.language.grids import GridPlan, by_chance_notes, by_element
from simengine.language.sample import Sampler
from simengine.language.tabled import Column, columns_of
from simengine.language.templates import what_is_awaited
from simengine.sensors.vocabulary import SENSOR_KINDS

__all__ = [
    "CheckReport", "Listing", "SampleTable", "VerifyReport", "advice", "check", "count_grid", "grid_notes", "listing",
    "missing", "sample_table", "verify",
]  # fmt: skip


@dataclass(frozen=True)
class CheckReport:
    """Result of a check: diagnostics as text and data, the lines of each scenario, and what could not be read.

    ``total`` counts what was checked, of several files.
    """

    ok: bool
    text: str
    lines: tuple[str, ...]
    diagnostics: tuple[dict[str, Any], ...]
    scenarios: tuple[dict[str, Any], ...]
    unread: tuple[str, ...] = ()
    total: str = ""

    @property
    def warnings(self) -> int:
        """How many diagnostics are warnings."""
        return sum(d["severity"] == "warning" for d in self.diagnostics)

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        out = {"ok": self.ok, "diagnostics": list(self.diagnostics), "scenarios": list(self.scenarios)}
        return {**out, "unread": list(self.unread)} if self.unread else out


def missing(program: Program) -> tuple[str, ...]:
    """What a program needs that this version does not run, each thing once, in the order of the text (W0501)."""
    return tuple(dict.fromkeys(re.sub(r" of the library '\w+'", "", item.what) for item in program.not_yet))


def _described(program: Program) -> dict[str, Any]:
    drawn = [d for d in program.definitions.values() if d.drawn]
    return {
        "name": program.name, "title": program.title, "tags": list(program.tags),
        "variables": len(drawn), "entities": sum(e.count_max for e in program.entities),
        "sensors": [s.name for s in program.sensors], "constraints": len(program.requires),
        "runs": not program.not_yet and not program.awaited, "not_yet": [str(item) for item in program.not_yet],
        "missing": list(missing(program)), "template": what_is_awaited(program),
    }  # fmt: skip


def check(*scenarios: str) -> CheckReport:
    """Check scenarios of the library or files, also several; problems are reported, not raised.

    Of ``FILE:NAME`` the whole file is checked, and one scenario described.

    Raises:
        UsageError: there is no such scenario; of several, the others are checked and ``unread`` tells.
    """
    files, unread = list[tuple[ScenarioFile, str | None]](), list[str]()
    for name in dict.fromkeys(scenarios):
        try:
            files.append(find_named(name))
        except (UsageError, LimitError) as error:
            unread.append(str(error))
            if len(set(scenarios)) == 1:
                raise
    reports = [_checked(file, name) for file, name in files]
    return CheckReport(
        all(r.ok for r in reports) and not unread,
        "\n\n".join(r.text.rstrip() for r in reports if r.text),
        tuple(line for r in reports for line in (_named(r) if len(scenarios) > 1 else r.lines)),
        tuple(d for r in reports for d in r.diagnostics),
        tuple(s for r in reports for s in r.scenarios),
        tuple(unread),
        _total([r.ok for r in reports]) if len(reports) > 1 else "",
    )


def _checked(file: ScenarioFile, name: str | None) -> CheckReport:
    result = check_text(file.source, file.origin, libraries=libraries(), scenarios=installed_scenarios())
    programs = (the_program(result.programs, file, name),) if name and result.ok else result.programs
    described = tuple(
        {**_described(p), "file": file.origin, "cost": cost(p).as_dict(), "hints": list(advice(p))} for p in programs
    )
    lines = [line for p, d in zip(programs, described, strict=True) for line in _lines(d, str(cost(p)))]
    return CheckReport(
        result.ok, render_diagnostics(result.diagnostics, result.source, parents=result.parents), tuple(lines),
        tuple(diagnostics_json(result.diagnostics)), described,
    )  # fmt: skip


def _named(report: CheckReport) -> list[str]:
    """The lines of a file among others: the file stands before each scenario that is not called like it."""
    files = {f"{d['name']}: ": f"{d['file']}: " for d in report.scenarios if d["file"] != d["name"]}
    heads = {line: next((f for n, f in files.items() if line.startswith(n)), "") for line in report.lines}
    return [heads[line] + line for line in report.lines]


def _total(good: Sequence[bool]) -> str:
    wrong = good.count(False)
    return f"{len(good)} files: {good.count(True)} ok" + (f", {wrong} with errors" if wrong else "")


def _lines(d: dict[str, Any], estimate: str) -> list[str]:
    count = len(d["not_yet"])
    ok = f"ok, a template ('scenario NAME {d['template']}:')" if d["template"] else "ok"
    runs = ok if not count else f"checks, and {counted(count, 'thing')} in it do{'es' * (count == 1)} not run yet"
    return [
        f"{d['name']}: {runs}, {counted(d['variables'], 'random variable')}, "
        f"{counted(d['entities'], 'entity')} at most, sensors: {', '.join(d['sensors']) or 'none'}",
        *([] if d["template"] else [f"  {estimate}"]),
        *(f"  hint: {hint}" for hint in d["hints"]),
    ]


def advice(program: Program) -> tuple[str, ...]:
    """What is no mistake and yet seldom meant: a scenario that is drawn only, or whose dataset would have no frames."""
    if program.awaited:
        return ()
    if program.world is None:
        return ("there is no world, so it can be sampled and not run; add for example 'world street()'",)
    if program.records:
        return ()
    first = program.sensors[0] if program.sensors else None
    kind = SENSOR_KINDS[first.kind] if first else SENSOR_KINDS["camera"]
    carrier = program.entities[0].name if program.entities else "ego"
    name = first.name if first else "front"
    wanted = f"'record {name}: {kind.channels[0].name}'" if kind.channels else "a 'record' statement"
    added = wanted if first else f"'sensor front on {carrier} = camera()' and {wanted}"
    return (f"nothing is recorded, so a run gives no frames; add for example {added}",)


@dataclass(frozen=True)
class Listing:
    """What is installed."""

    scenarios: tuple[dict[str, Any], ...]
    libraries: tuple[str, ...]
    renderers: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "scenarios": list(self.scenarios),
            "libraries": list(self.libraries),
            "renderers": list(self.renderers),
        }

    def scenario_rows(self) -> list[tuple[str, str, str, str]]:
        """Name, whether it runs (else why not), title, tags."""
        return [
            (
                s["name"], _runs(s), s["title"],
                ", ".join(s["tags"]),
            )
            for s in self.scenarios
        ]  # fmt: skip


def _runs(d: dict[str, Any]) -> str:
    if d["template"]:
        return f"a template: {d['template']}"
    return "yes" if d["runs"] else f"checked and sampled only: {', '.join(d['missing'])}"


def listing() -> Listing:
    """Scenarios (those that check, with whether they run), libraries and renderers that are installed."""
    found: list[dict[str, Any]] = []
    for file in scenario_files():
        result = check_text(file.source, file.origin, libraries=libraries(), scenarios=installed_scenarios())
        found += [{**_described(p), "topic": file.topic} for p in result.programs]
    return Listing(tuple(found), tuple(libraries()), tuple(plugins.installed("renderers")))


def count_grid(scenario: str) -> dict[str, int]:
    """Cases of the full grid and those that meet the arithmetic constraints: ``{"raw": ..., "feasible": ...}``."""
    count = Sampler(load(scenario), 0, "grid").count()
    return {"raw": count.raw, "feasible": count.feasible}


def grid_notes(scenario: str) -> tuple[str, ...]:
    """What the grid of a scenario leaves to chance, for a person."""
    return by_chance_notes(by_element(Graph(load(scenario))))


@dataclass(frozen=True, eq=False)
class SampleTable:
    """Drawn values: one row a variant, one column a variable with its unit.

    Attributes:
        title: scenario, seed and plan.
        cells: the columns, of which the first are "variant" and "attempt".
        notes: warnings, and constraints that were not checked.
    """

    title: str
    cells: tuple[Column, ...]
    notes: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(c.name for c in self.cells)

    def __len__(self) -> int:
        return len(self.cells[0].values)

    def part(self, first: int, last: int) -> Iterator[tuple[float | bool | str | None, ...]]:
        """Some rows, in the order of the columns; None where a variant has no such value."""
        return zip(*(c.cells(first, last) for c in self.cells), strict=True)

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        variants = [
            {c: v for c, v in zip(self.columns, row, strict=True) if v is not None} for row in self.part(0, len(self))
        ]
        return {"columns": list(self.columns), "variants": variants, "notes": list(self.notes)}

    def rows(self) -> list[list[str]]:
        """Cells as short text for a person; empty where a variant has no such value."""
        return [[_cell(value) for value in row] for row in self.part(0, len(self))]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def sample_table(scenario: str, variants: int, first: int, seed: int, plan: str) -> SampleTable:
    """Draw variants without simulating them.

    Raises:
        UsageError: a number out of range.
        BudgetError: the constraints reject too much; the message holds the table of which.
    """
    from simengine.engine.variation import chosen_indices, geometry_of

    plan = check_draw(variants, first, seed, plan)
    within("--variants", variants, 0, 1_000_000)
    program = load(scenario)
    sampler = Sampler(program, seed, plan)
    geometry = None if any(item.placing for item in program.not_yet) else geometry_of(program)
    indices = chosen_indices(sampler, first, variants, geometry)
    draws = sampler.draw(indices, geometry)
    cells = (Column("variant", draws.indices), Column("attempt", draws.attempts), *columns_of(draws))
    notes = [f"warning {d.code}: {d.message}\n{d.note}" for d in draws.warnings]
    notes += [f"not checked (needs the placed scene): {text}" for text in draws.unchecked]
    if isinstance(sampler.plan, CoverPlan | GridPlan):
        notes += sampler.plan.notes
    return SampleTable(f"{program.name}, seed {seed}, plan {plan}", cells, tuple(notes))


@dataclass(frozen=True)
class VerifyReport:
    """What is wrong with a dataset (nothing, if it is whole) and what it holds."""

    problems: tuple[str, ...]
    episodes: int
    digest: str

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "ok": not self.problems, "problems": list(self.problems), "episodes": self.episodes, "digest": self.digest,
        }  # fmt: skip


def verify(folder: Path) -> VerifyReport:
    """Read every file of a dataset and compare it with its checksum; damage is reported, not raised.

    Raises:
        DatasetError: the folder holds no dataset of ours.
    """
    from simengine.datasets import Dataset
    from simengine.datasets import verify as problems_of

    dataset = Dataset.open(folder)
    problems = tuple(problems_of(dataset))
    return VerifyReport(problems, len(dataset.episodes), dataset.digest() if dataset.complete else "")
