"""The command ``coverage``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from simengine.cli import output

if TYPE_CHECKING:
    from simengine.engine.coverage import Coverage
    from simengine.language.covered import CoverageReport, Gap, Hits

__all__ = ["add_commands"]

_LISTED = 5
_LEAST = 2  # least hit bins of an item


def coverage(
    targets: Annotated[list[str], typer.Argument(help="Datasets (folders), or scenarios to draw (names, .scn files).")],
    variants: Annotated[int, typer.Option("--variants", "-n", help="Of scenarios: how many to draw.")] = 100,
    first: Annotated[int, typer.Option(help="Of scenarios: index of the first variant.")] = 0,
    seed: Annotated[int, typer.Option(help="The one seed of everything.")] = 0,
    plan: Annotated[str, typer.Option(help="Of scenarios: random, sobol, lhs, grid, cover (see 'sample').")] = "random",
    suggest: Annotated[int, typer.Option(help="How many next draws to suggest.")] = 5,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")] = False,
) -> None:
    """What datasets, or draws of scenarios, cover: hit, feasible and raw bins, gaps, and what to draw next."""
    with output.Progress("coverage"):
        from simengine.engine.coverage import coverage as examine

        found = examine(targets, variants, first, seed, plan, suggest)
    if json:
        output.say(True, found.as_dict(), "")
    else:
        _show(found)


def _show(found: Coverage) -> None:
    for origin, report in found.reports.items():
        _report(origin, report)
    if found.requirements:
        rows = [
            (r.tag, f"{x.scenario} ({x.origin})", x.variants, f"{x.passed} / {x.failed}", f"{x.hit} of {x.goal}")
            for r in found.requirements
            for x in r.results
        ]
        heads = ("tag", "tested by", "variants", "expect holds / fails", "combinations hit")
        output.table("requirements", heads, rows)


def _report(origin: str, report: CoverageReport) -> None:
    hits = [*report.items, *report.crosses]
    if not hits:
        output.line(f"{origin}: scenario '{report.scenario}' has no coverage items; add 'cover' statements")
        return
    rows = [_row(h) for h in hits]
    heads = ("coverage", "hit", "feasible", "raw", "open", "least hit")
    output.table(f"{origin}: {report.scenario}, {report.variants} variants", heads, rows)
    if report.gaps:
        pairs = [g for g in report.gaps if len(g.parameters) == 2] or list(report.gaps)
        output.table("largest gaps", ("of what is drawn", "empty box"), [_gap(g) for g in pairs[:_LISTED]])
    if report.suggestions:
        next_rows = [(s.gain, ", ".join(f"{n} {b}" for n, b in s.bins.items())) for s in report.suggestions]
        output.table("what to draw next (values: --json)", ("new combinations", "bins"), next_rows)
    for note in report.notes:
        output.line(f"note: {escape(note)}")


def _row(h: Hits) -> tuple[object, ...]:
    shown = h.least[:_LEAST]
    least = "; ".join(f"{' x '.join(bins)}: {n}" for bins, n in shown)
    rest = (h.hit if h.feasible is None else h.feasible) - len(shown)
    least += f"; and {rest} more" if rest > 0 else ""
    return (
        " x ".join(h.names), h.hit, "?" if h.feasible is None else h.feasible, "no end" if h.raw is None else h.raw,
        h.open or "", least,
    )  # fmt: skip


def _gap(g: Gap) -> tuple[str, str]:
    ends = zip(g.parameters, g.low, g.high, g.units, strict=True)
    return f"{100 * g.share:.1f} %", "; ".join(f"{p} {a:.4g}..{b:.4g} {u}".rstrip() for p, a, b, u in ends)


def add_commands(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("coverage")(coverage)
