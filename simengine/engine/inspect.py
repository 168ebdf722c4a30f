"""Looking without running: check, list, sample, count, verify."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simengine import plugins
from simengine.engine.catalogue import find_scenario, libraries, scenario_files
from simengine.engine.loading import load
from simengine.engine.options import check_draw, within
from simengine.language import Program, check_text, diagnostics_json, render_diagnostics
from simengine.language.sample import Sampler
from simengine.language.tabled import columns_of

__all__ = [
    "CheckReport", "Listing", "SampleTable", "VerifyReport", "check", "count_grid", "listing", "missing",
    "sample_table", "verify",
]  # fmt: skip


@dataclass(frozen=True)
class CheckReport:
    """Result of a check: diagnostics as text and data, and a line for each scenario."""

    ok: bool
    text: str
    lines: tuple[str, ...]
    diagnostics: tuple[dict[str, Any], ...]
    scenarios: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"ok": self.ok, "diagnostics": list(self.diagnostics), "scenarios": list(self.scenarios)}


def missing(program: Program) -> tuple[str, ...]:
    """What a program needs that this version does not run, each thing once, in the order of the text (W0501)."""
    return tuple(dict.fromkeys(re.sub(r" of the library '\w+'", "", item.what) for item in program.not_yet))


def _described(program: Program) -> dict[str, Any]:
    drawn = [d for d in program.definitions.values() if d.drawn]
    return {
        "name": program.name, "title": program.title, "tags": list(program.tags),
        "variables": len(drawn), "entities": sum(e.count_max for e in program.entities),
        "sensors": [s.name for s in program.sensors], "constraints": len(program.requires),
        "runs": not program.not_yet, "not_yet": [str(item) for item in program.not_yet],
        "missing": list(missing(program)),
    }  # fmt: skip


def check(scenario: str) -> CheckReport:
    """Check a scenario of the library or a file; problems are reported, not raised."""
    file = find_scenario(scenario)
    result = check_text(file.source, file.origin, libraries=libraries())
    described = tuple(_described(p) for p in result.programs)
    lines: list[str] = []
    for d in described:
        count = len(d["not_yet"])
        runs = (
            "ok"
            if d["runs"]
            else f"checks, and {count} thing{'s' * (count > 1)} in it do{'es' * (count == 1)} not run yet"
        )
        lines.append(
            f"{d['name']}: {runs}, {d['variables']} random variables, {d['entities']} entities at most, "
            f"sensors: {', '.join(d['sensors']) or 'none'}"
        )
    return CheckReport(
        result.ok,
        render_diagnostics(result.diagnostics, result.source),
        tuple(lines),
        tuple(diagnostics_json(result.diagnostics)),
        described,
    )


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
                s["name"], "yes" if s["runs"] else f"checked and sampled only: {', '.join(s['missing'])}", s["title"],
                ", ".join(s["tags"]),
            )
            for s in self.scenarios
        ]  # fmt: skip


def listing() -> Listing:
    """Scenarios (those that check, with whether they run), libraries and renderers that are installed."""
    found: list[dict[str, Any]] = []
    for file in scenario_files():
        result = check_text(file.source, file.origin, libraries=libraries())
        found += [{**_described(p), "topic": file.topic} for p in result.programs]
    return Listing(tuple(found), tuple(libraries()), tuple(plugins.installed("renderers")))


def count_grid(scenario: str) -> dict[str, int]:
    """Cases of the full grid and those that meet the arithmetic constraints: ``{"raw": ..., "feasible": ...}``."""
    count = Sampler(load(scenario), 0, "grid").count()
    return {"raw": count.raw, "feasible": count.feasible}


@dataclass(frozen=True)
class SampleTable:
    """Drawn values: one row a variant, one column a variable with its unit."""

    title: str
    columns: tuple[str, ...]
    variants: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"columns": list(self.columns), "variants": list(self.variants), "notes": list(self.notes)}

    def rows(self) -> list[list[str]]:
        """Cells as text, in the order of the columns; empty where a variant has no such value."""
        return [[_cell(v.get(c)) for c in self.columns] for v in self.variants]


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
    geometry = None if program.not_yet else geometry_of(program)
    indices = chosen_indices(sampler, first, variants, geometry)
    draws = sampler.draw(indices, geometry)
    found = columns_of(draws)
    columns = ("variant", "attempt", *(c.name for c in found))
    cells = zip(draws.indices.tolist(), draws.attempts.tolist(), *(c.cells() for c in found), strict=True)
    rows = [{c: v for c, v in zip(columns, row, strict=True) if v is not None} for row in cells]
    notes = [f"warning {d.code}: {d.message}\n{d.note}" for d in draws.warnings]
    notes += [f"not checked (needs the placed scene): {text}" for text in draws.unchecked]
    return SampleTable(f"{program.name}, seed {seed}, plan {plan}", columns, tuple(rows), tuple(notes))


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
