"""Commands about scenario texts: fmt, explain, new, convert, lsp."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from simengine.cli.output import say

__all__ = ["add_commands"]


def fmt(
    files: Annotated[list[str], typer.Argument(help="Scenario files, folders of them, or - for standard input.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 if a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change.")] = False,
) -> None:
    """Format scenario files in place: one spelling of blanks and indentation; words and comments stay.

    A file with a syntax error, or one that cannot be read, is left alone and told of; the others are formatted. The
    exit code is then 2.
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
            sys.stdout.flush()  # before the summary, which goes to standard error
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


def explain(
    code: Annotated[str | None, typer.Argument(help="A code as in a diagnostic: E0203. Without: list all.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")] = False,
) -> None:
    """Explain a diagnostic: what it means, why, an example and how to put it right."""
    from dataclasses import asdict

    from simengine.errors import UsageError, did_you_mean
    from simengine.language.codes import CODES
    from simengine.language.explanations import PAGES, page

    if code is None:
        listed = {c: {"title": title, "rule": rule} for c, (title, rule) in CODES.items()}
        text = "".join(f"{c}  {title}\n" for c, (title, _) in CODES.items())
        say(json, {"codes": listed}, text + "\nsimengine explain CODE shows one page.")
        return
    wanted = code.upper()
    if wanted not in CODES:
        near = did_you_mean(wanted, list(CODES))
        hint = f"did you mean '{near}'?" if near else "'simengine explain' lists all"
        raise UsageError(f"no diagnostic has the code '{code[:40]}'; {hint}")
    title, rule = CODES[wanted]
    found = asdict(PAGES[wanted]) if wanted in PAGES else {}
    say(json, {"code": wanted, "title": title, "rule": rule, **found}, page(wanted).removeprefix("## "))


def convert(
    scenario: Annotated[str, typer.Argument(help="Name in the library, path of a .scn file or of a .json program.")],
    to: Annotated[str, typer.Option(help="json (the canonical form) or text (the canonical spelling).")] = "json",
) -> None:
    """Print a scenario in another form: JSON for programs, or text. Comments are not part of a program."""
    from simengine.engine.catalogue import find_scenario
    from simengine.errors import UsageError
    from simengine.language.exchange import json_of_text, text_of_json

    if to not in ("json", "text"):
        raise UsageError(f"--to must be json or text, got '{to[:40]}'")
    file = find_scenario(scenario)
    made = json_of_text(file.source, file.origin)
    sys.stdout.write(made if to == "json" else text_of_json(made, file.origin))


def new(
    name: Annotated[str, typer.Argument(help="Name of the scenario; NAME.scn is written.")],
    template: Annotated[str, typer.Option(help="driving or minimal.")] = "driving",
) -> None:
    """Write a commented scenario to start from: it checks, samples and runs as it is."""
    from simengine.engine.starter import write_starter

    path = write_starter(name, template)
    sys.stdout.write(f"wrote {path}\n\n  simengine check {path}\n  simengine run {path} --out out/{path.stem}\n")


def lsp(
    tcp: Annotated[
        int | None, typer.Option(help="Wait for one editor on this port of 127.0.0.1; default: standard input.")
    ] = None,
) -> None:
    """Serve an editor: the language server of scenario files (extra 'lsp'), over standard input and output."""
    from simengine.errors import MissingExtraError, UsageError

    try:
        from simengine.lsp.server import serve
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise MissingExtraError.of("lsp", "the language server", error) from None
    if tcp is not None and not 1 <= tcp <= 65535:
        raise UsageError(f"--tcp must be from 1 to 65535, got {tcp}")
    serve(tcp)


def add_commands(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(fmt)
    app.command()(explain)
    app.command()(convert)
    app.command()(new)
    app.command()(lsp)
