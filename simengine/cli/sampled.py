"""The command ``sample``: drawn values as a table for a person, as CSV or as JSON."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from simengine.cli import output
from simengine.errors import UsageError

if TYPE_CHECKING:
    from simengine.engine.inspect import SampleTable

__all__ = ["add_commands", "write_csv"]

_FORMATS = ("table", "csv", "json")
_ROWS = 4096  # made and written at a time
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def sample(
    scenario: Annotated[str, typer.Argument(help="Name in the library (see 'simengine list') or path of a .scn file.")],
    variants: Annotated[
        int | None,
        typer.Option(
            "--variants",
            "-n",
            help="How many variants, 1 or more [default: 10; --plan cover: all]. 0: all of --plan grid or cover.",
        ),
    ] = None,
    first: Annotated[int, typer.Option(help="Index of the first variant.")] = 0,
    seed: Annotated[int, typer.Option(help="The one seed of everything.")] = 0,
    plan: Annotated[
        str,
        typer.Option(help="How variants are chosen: random, sobol, lhs, grid (grid:QUANTILES), cover (cover:WAYS)."),
    ] = "random",
    count: Annotated[bool, typer.Option("--count", help="Only count the cases of the grid.")] = False,
    format: Annotated[
        str | None, typer.Option(help="table, csv (all digits; notes go to standard error) or json. Default: table.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Draw variants and print their values, without simulating or rendering."""
    from simengine.engine.inspect import count_grid, grid_notes, sample_table
    from simengine.engine.options import chosen_format, usual_variants

    chosen = chosen_format(format, json, _FORMATS)
    if not count:
        _show(sample_table(scenario, usual_variants(variants, plan), first, seed, plan), chosen)
        return
    if plan != "grid":
        raise UsageError("--count counts the cases of a grid; add --plan grid")
    if chosen == "csv":
        raise UsageError("--count gives two numbers: --format table or json")
    output.grid_count(count_grid(scenario), grid_notes(scenario), chosen == "json")


def _show(table: SampleTable, chosen: str) -> None:
    if chosen == "csv":
        write_csv(table, sys.stdout)
        for note in table.notes:
            sys.stderr.write(note + "\n")
    else:
        output.sample_table(table, chosen == "json")


def write_csv(table: SampleTable, stream: TextIO) -> None:
    """Write a header and a row a variant, some thousand rows at a time.

    Numbers have the digits that give the same number again; flags are true and false; no value is an empty cell. Text
    that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([_safe(name) for name in table.columns])
    plain = all(c.values.dtype.kind in "fiu" for c in table.cells)
    for start in range(0, len(table), _ROWS):
        rows: Iterable[Iterable[object]] = table.part(start, start + _ROWS)
        writer.writerows(rows if plain else ([_safe(value) for value in row] for row in rows))


def _safe(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def add_commands(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(sample)
