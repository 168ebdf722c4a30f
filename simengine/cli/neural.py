"""Commands for the networks of the renderer ``diffusion``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from simengine.cli import output

__all__ = ["neural_app"]

neural_app = typer.Typer(help="Networks that paint: train one of your own (extra 'diffusion').", no_args_is_help=True)


@neural_app.callback()
def root() -> None:
    """Networks that paint: train one of your own (extra 'diffusion')."""


@neural_app.command()
def train(
    preset: Annotated[str, typer.Option(help="Size of the network and of the training: nano (a minute) or tiny.")],
    out: Annotated[Path, typer.Option(help="Folder to make: weights, configuration, model card.")],
    scenario: Annotated[
        list[str] | None, typer.Option(help="Where scenes come from, a name or path (repeat for more).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of scenes, initial weights and order.")] = 0,
    minutes: Annotated[float, typer.Option(help="Wall time; a slow machine takes fewer steps.")] = 30.0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")] = False,
) -> None:
    """Make pairs from scenarios (one sample a pixel in, many out), train on two cores, score on held-out scenes.

    Interrupted, the same command goes on where it was; the folder appears when it is complete.
    """
    with output.Progress(f"training {preset}") as progress:
        from simengine.engine.neural import train as run

        command = f"simengine {shlex.join(sys.argv[1:])}"
        result = run(preset, out, scenario or (), seed, minutes, command, progress.report)
    output.trained(result, out, json)
