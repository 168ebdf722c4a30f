"""The public functions called with values of the wrong kind: each names the option, what it may be and what it got."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.errors import SimEngineError, UsageError

ODD: tuple[Any, ...] = (None, -1, 1.5, "3", b"x", [], {}, object(), "\0", "x" * 5000, float("nan"))
NUMBERS = ("variants", "first", "seed", "workers", "samples", "max_frames")
FINE: dict[str, tuple[type, ...]] = {
    "samples": (type(None),), "max_frames": (type(None),), "resume": (bool,), "overwrite": (bool,), "keep": (bool,),
    "scenario": (str,), "out": (str,), "workers": (type(None),), "variants": (type(None),),
}  # fmt: skip
WORDS = ("plan", "renderer", "device", "compress")


def options(**given: Any) -> simengine.RunOptions:
    return simengine.RunOptions(**{"scenario": "child_dart_out", "out": Path("out"), **given})


@pytest.mark.parametrize("name", [*NUMBERS, *WORDS, "resume", "overwrite", "keep", "scenario", "out"])
def test_options_of_a_run(name: str) -> None:
    """Numbers are whole and in range, words are one of a list, switches are True or False; None is "no limit" for two.

    True would be 1 to Python and "3" has a number's text: neither is what a careful caller means.
    """
    for odd in (*ODD, True):
        if type(odd) in FINE.get(name, ()):
            options(**{name: odd})
            continue
        with pytest.raises(UsageError, match=name.replace("_", "[-_]")) as caught:
            options(**{name: odd})
        assert len(str(caught.value)) < 300 and "\n" not in str(caught.value)


@pytest.mark.parametrize("odd", [None, 5, "3", b"x", [1, 2], [[0.5, "a"]], [[]], [[1], [1, 2]], object(), float("nan")])
def test_points_of_a_run(odd: Any) -> None:
    """Rows of numbers, and nothing else."""
    with pytest.raises(UsageError, match="points are rows of numbers"):
        options(plan="points", points=odd)


def test_numpy_numbers_and_text_paths_are_fine() -> None:
    """What comes out of an array or a configuration file is as good."""
    made = options(variants=np.int64(3), seed=np.uint32(5), out="some/where")
    assert (made.variants, made.seed, made.out) == (3, 5, Path("some/where"))
    json.dumps([made.variants, *made.recorded().values()])  # as the dataset's manifest holds them


def calls(odd: Any) -> list[Callable[[], object]]:
    program = simengine.load("child_dart_out")
    draws = ("variants", "first", "seed", "plan")
    numbers = [lambda n=n: simengine.sample(program, **{"variants": 1, n: odd}) for n in draws]
    streams = [
        lambda n=n: next(simengine.episodes(program, **{"variants": 1, n: odd}))
        for n in (*NUMBERS[:3], "samples", "max_frames", *WORDS[:3])
        if odd is not None or n not in ("samples", "max_frames")
    ]
    whole = [
        lambda: simengine.load(odd), lambda: simengine.sample(odd, 1), lambda: next(simengine.episodes(odd, 1)),
        lambda: simengine.run(odd), lambda: simengine.Dataset(odd), lambda: simengine.verify(odd),
        lambda: simengine.export(odd, "coco", "out"),
    ]  # fmt: skip
    return [*numbers, *streams, *whole]


@pytest.fixture(scope="module")
def space() -> simengine.Space:
    return simengine.Space("child_dart_out", ["gap", "ego.speed"])


@pytest.mark.parametrize("odd", ODD, ids=lambda o: repr(o)[:12])
def test_a_space(space: simengine.Space, odd: Any) -> None:
    """Program, axes, seed, base and points, alone or as one of a list."""
    program = space.program
    made: list[Callable[[], object]] = [
        lambda: simengine.Space(odd), lambda: simengine.Space(program, [odd]),
        lambda: simengine.Space(program, ["gap"], seed=odd), lambda: simengine.Space(program, ["gap"], base=odd),
        lambda: space.points(odd), lambda: space.evaluate([[odd, 0.5]]),
    ]  # fmt: skip
    for call in [*made, *([] if odd is None else [lambda: simengine.Space(program, odd)])]:
        with pytest.raises(UsageError) as caught:
            call()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("odd", ODD, ids=lambda o: repr(o)[:12])
def test_every_public_function(odd: Any) -> None:
    """All of them refuse all of these, with errors of ours, before anything is drawn or rendered."""
    for call in calls(odd):
        with pytest.raises(SimEngineError) as caught:
            call()
        assert "\n" not in str(caught.value)[:300]


def test_scenarios_that_are_no_files(tmp_path: Path) -> None:
    """Nobody writes into the pipe, and the device never ends: reading either would hang."""
    os.mkfifo(tmp_path / "pipe.scn")
    (tmp_path / "folder.scn").mkdir()
    for path in (tmp_path / "pipe.scn", tmp_path / "folder.scn", "/dev/zero"):
        with pytest.raises(UsageError, match="expected a file, found a folder, pipe or device"):
            simengine.load(path)
