"""Commands about scenario texts: fmt, explain, new, convert, lsp."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

__all__ = ["add_commands"]


def fmt(
    files: Annotated[list[str], typer.Argument(help="Scenario files, folders of them, or - for standard input.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 if a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change.")] = False,
) -> None:
    """Format scenario files in place: one spelling of blanks and indentation; words and comments stay.

    A file with a syntax error is left alone, with the diagnostic (exit code 2).
    """
    from simengine.engine.formatting import format_files

    changed = broken = total = 0
    for file in format_files(files, write=not (check or diff)):
        total += 1
        changed += file.changed
        broken += bool(file.problems)
        if file.problems:
            sys.stderr.write(file.problems + "\n")
        elif diff:
            sys.stdout.write(file.diff)
        elif file.path == "-" and not check:
            sys.stdout.write(file.text)
        elif file.changed:
            sys.stderr.write(f"{'would format' if check else 'formatted'} {file.path}\n")
    if files != ["-"]:
        sys.stderr.write(_summary(total, changed, broken, check or diff))
    raise typer.Exit(2 if broken else 1 if changed and check else 0)


def _summary(total: int, changed: int, broken: int, dry: bool) -> str:
    from simengine.errors import counted

    parts = [f"{counted(changed, 'file')} {'would change' if dry else 'formatted'}"] if changed else []
    same = total - changed - broken
    parts += [f"{counted(same, 'file')} unchanged"] if same else []
    parts += [f"{counted(broken, 'file')} with errors left alone"] if broken else []
    return ", ".join(parts) + "\n"


def add_commands(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(fmt)
