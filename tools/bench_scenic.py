"""Scenes per second against Scenic 3 (BSD-3-Clause), on two scenes that both languages can say.

    python tools/bench_scenic.py [--peer-python PYTHON] [--seconds 10] [--json]

Scenic has needs of its own, so it may live in another environment, whose interpreter ``--peer-python`` names
(``pip install scenic`` there). Both sides load the scene once and then draw valid scenes until ``--seconds`` have
passed: Scenic one after the other (it has no batches), we in batches of thousands. Compiling is counted on neither
side.

``five``: five cars anywhere on 60 m x 60 m with any heading, four bounds on distances of centres and two on differences
of heading, no overlap. ``row``: ten parked cars with 5 to 30 cm between them, turned and shifted a little, no overlap.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_CAR = """class Car(Object):
    width: 1.8
    length: 4.5
    height: 1.5
"""
_PEER = {
    "five": "workspace = Workspace(RectangularRegion((0, 0), 0, 60, 60))\n"
    + _CAR
    + """    position: new Point in workspace
    yaw: Range(0, 360) deg
ego = new Car
b = new Car
c = new Car
d = new Car
e = new Car
require 8 <= (distance from ego to b) <= 25
require 8 <= (distance from b to c) <= 25
require (distance from ego to d) >= 10
require (distance from c to e) >= 10
require abs(relative heading of b from ego) <= 60 deg
require abs(relative heading of d from c) <= 60 deg
""",
    "row": _CAR
    + """ego = new Car at (Range(-0.2, 0.2), 0), facing Range(-4, 4) deg
previous = ego
for i in range(9):
    gap = Range(0.05, 0.3)
    previous = new Car at (Range(-0.2, 0.2), previous.position.y + 4.5 + gap), facing Range(-4, 4) deg
""",
}


def _distance(a: str, b: str) -> str:
    return f"sqrt((x_{a} - x_{b}) * (x_{a} - x_{b}) + (y_{a} - y_{b}) * (y_{a} - y_{b}))"


def _five() -> str:
    names = ("ego", "b", "c", "d", "e")
    lines = ["use driving", "scenario five:", "    world street(lanes = 2, length = 200 m)"]
    for name in names:
        lines += [f"    param x_{name}: length ~ 70..130 m", f"    param y_{name}: length ~ -30..30 m"]
        lines += [f"    car {name} at (x_{name}, y_{name}):", "        yaw ~ 0..360 deg"]
    for a, b in (("ego", "b"), ("b", "c")):
        lines.append(f"    require {_distance(a, b)} >= 8 m and {_distance(a, b)} <= 25 m")
    lines += [f"    require {_distance(a, b)} >= 10 m" for a, b in (("ego", "d"), ("c", "e"))]
    lines += [f"    require cos({a}.yaw - {b}.yaw) >= 0.5" for a, b in (("b", "ego"), ("d", "c"))]
    return "\n".join([*lines, "    stop after 1 s", ""])


_OURS = {
    "five": _five(),
    "row": """use driving
scenario row:
    world street(lanes = 2, parking = right, length = 200 m)
    car parked[10] along curb(right) at s(40 m) by ~ 0.05..0.3 m:
        lateral ~ -0.2..0.2 m
        yaw ~ -4..4 deg
    stop after 1 s
""",
}


def _rate(draw: Callable[[int], int], seconds: float) -> float:
    """Scenes per second: ``draw(k)`` makes the k-th lot and says how many scenes it was."""
    draw(0)
    count, lot, began = 0, 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        lot += 1
        count += draw(lot)
    return count / (time.perf_counter() - began)


def _peer(seconds: float) -> dict[str, float]:
    import random

    import numpy as np
    import scenic  # pyright: ignore[reportMissingImports]

    out: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in _PEER.items():
            file = Path(folder) / f"{name}.scenic"
            file.write_text(text)
            scenario = scenic.scenarioFromFile(str(file))
            random.seed(0)
            np.random.seed(0)  # what Scenic draws from

            def draw(_: int, scenario: object = scenario) -> int:
                scenario.generate(maxIterations=1_000_000)  # type: ignore[attr-defined]
                return 1

            out[name] = _rate(draw, seconds)
    return out


def _ours(seconds: float, batch: int = 20_000) -> dict[str, float]:
    import simengine
    from simengine.engine.variation import Variation

    out: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in _OURS.items():
            file = Path(folder) / f"{name}.scn"
            file.write_text(text)
            variation = Variation(simengine.load(file), 0, "random")

            def draw(lot: int, variation: Variation = variation) -> int:
                return len(variation.sampler.draw(range(lot * batch, (lot + 1) * batch), variation.geometry))

            out[name] = _rate(draw, seconds)
    return out


def main() -> int:
    """Run both sides one after the other, on one processor's worth of work each, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter of an environment with scenic")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each scene and side")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--side", choices=("ours", "peer"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side == "peer":
        print(json.dumps(_peer(given.seconds)))
        return 0
    command = [given.peer_python, __file__, "--side", "peer", "--seconds", str(given.seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(
            f"Scenic did not run in '{given.peer_python}': install it there (pip install scenic), or name another "
            f"interpreter with --peer-python\n{done.stderr.strip()[-400:]}",
            file=sys.stderr,
        )
        return 1
    theirs: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    ours = _ours(given.seconds)
    result = {
        name: {"scenes_per_s": round(ours[name], 1), "scenic_scenes_per_s": round(theirs[name], 3),
               "ratio": round(ours[name] / theirs[name], 1)} for name in ours
    }  # fmt: skip
    if given.json:
        print(json.dumps(result))
    else:
        for name, row in result.items():
            print(f"{name}: {row['scenes_per_s']:,} scenes/s, Scenic {row['scenic_scenes_per_s']}: {row['ratio']:,}x")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
