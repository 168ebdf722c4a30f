"""One bad variant does not keep the others from being made; a program that is bad in all of them is one error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.engine.events import Event
from simengine.engine.outside import Observation
from simengine.engine.variation import Failed, Simulated, Variation
from simengine.errors import PhysicsError, SensorError, SimEngineError
from simengine.language import parse_text

TEXT = """use driving
scenario risky "A lens that folds where it bends too much":
    world street(lanes = 2, length = 80 m)
    car ego on lane(1) at s(20 m):
        speed ~ 20..40 km/h
    stop after 0.15 s
    expect always ego.speed > 1 m/s
    sensor front on ego = camera(size = (32, 24), fov = 90 deg):
        distortion.k1 ~ LAW
    record front: rgb at 10 hz
"""


def options(tmp_path: Path, law: str, **more: object) -> simengine.RunOptions:
    (tmp_path / "risky.scn").write_text(TEXT.replace("LAW", law))
    return simengine.RunOptions(str(tmp_path / "risky.scn"), tmp_path / "out", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_others_are_made(tmp_path: Path, workers: int) -> None:
    """A k1 of -0.4 folds inside a 90 degree image, 0 does not. Failed variants have a row with drawn values and the
    reason, count as tried (none is put in their place) and are tried again by --resume."""
    told: list[Event] = []
    asked = {"variants": 5, "seed": 1, "workers": workers}
    summary = simengine.run(options(tmp_path, "{-0.4, 0.0}", **asked), told.append)
    assert summary.kept > 0 and summary.failed > 0 and summary.kept + summary.failed == 5
    assert [e.variant for e in told if e.kind == "failed"] == sorted(summary.failures)
    assert all("folds" in reason for reason in summary.failures.values())
    dataset = simengine.Dataset.open(tmp_path / "out")
    assert len(dataset.episodes) == summary.kept and simengine.verify(dataset) == []
    table = dataset.variants().to_pylist()
    bad = [row for row in table if row["status"] == "failed"]
    assert [row["variant"] for row in bad] == sorted(summary.failures)
    assert all("folds" in row["reason"] and 20 <= row["ego.speed [km/h]"] <= 40 for row in bad)
    assert summary.verdicts == {"always ego.speed > 1 m/s": (summary.kept, 0)}
    assert "failed" in (tmp_path / "out" / "index.html").read_text()
    again = simengine.run(options(tmp_path, "{-0.4, 0.0}", **asked, resume=True))
    assert (again.kept, again.resumed, again.failed) == (summary.kept, summary.kept, summary.failed)
    assert again.digest == summary.digest and again.verdicts == summary.verdicts


def test_all_fail(tmp_path: Path) -> None:
    """What is wrong everywhere is wrong with the program: its first error, and nothing is left in the folder."""
    with pytest.raises(SensorError, match="folds"):
        simengine.run(options(tmp_path, "{-0.4, -0.41}", variants=3))
    assert [p.name for p in (tmp_path / "out").iterdir() if p.name != ".lock"] == []


def test_a_variant_whose_numbers_mean_nothing(tmp_path: Path) -> None:
    """0 / 0 in the argument of an action shows while a batch is simulated; the rest of the batch is as it would be
    without it."""
    text = TEXT.replace("LAW", "{0.0, -0.01}").replace(
        "    stop after", "    param n ~ {0, 1}\n    do:\n        ego.drive(speed = 5 m/s * n / n)\n    stop after"
    )
    (tmp_path / "nan.scn").write_text(text)
    program = simengine.load(tmp_path / "nan.scn")
    summary = simengine.run(simengine.RunOptions(str(tmp_path / "nan.scn"), tmp_path / "out", 6, max_frames=1))
    drawn = {s.index: s.row()["n"] for s in simengine.sample(program, 6)}
    assert sorted(summary.failures) == [k for k, n in drawn.items() if n == 0]
    assert all(f"no number in variant {k}" in reason for k, reason in summary.failures.items())
    assert json.loads(json.dumps(summary.as_dict()))["failed"] == len(summary.failures)


def test_errors_are_of_ours(tmp_path: Path) -> None:
    """The first error keeps its type, for who catches it."""
    with pytest.raises(SimEngineError) as caught:
        simengine.run(options(tmp_path, "{-0.4, -0.41}", variants=1))
    assert type(caught.value) is SensorError


DRIVEN = """use driving
scenario driven:
    world street(lanes = 2, length = 300 m)
    car ego on lane(1) at s(20 m):
        speed ~ {5 m/s, 10 m/s, 15 m/s}
        dynamics = MODEL
    cone struck[2] on lane(1) ahead of ego by 20 m
    stop after 2.2 s
"""


@pytest.mark.parametrize("model", ["kinematic", "single_track"])
@pytest.mark.parametrize("asked", [np.nan, np.inf, 1e30, -1e30])
def test_a_controller_that_goes_mad_in_one_variant_harms_no_other(model: str, asked: float):
    """From 1 s on it asks for this acceleration and angle where the car came with 10 m/s. Infinite ones fail that
    variant, with vehicle, variant and tick; others are what the vehicle can do at most; the rest have the bytes that
    they have alone, where nobody asks for anything."""
    program = parse_text(DRIVEN.replace("MODEL", model), libraries=libraries())[0]

    def control(seen: Observation):
        mad = np.full(seen.running.shape, np.nan)
        if seen.time_s == 0.0:
            known["mad"] = seen.speed_mps[:, 0] == 10.0
        mad[known["mad"] & (seen.time_s >= 1.0)] = asked
        return mad, mad

    known: dict[str, np.ndarray] = {}
    came = Variation(program, 3, "random", {"ego": control}).attempt(range(6))
    alone = Variation(program, 3, "random", {"ego": lambda _: np.nan}).simulate(range(6))
    fast = [one.trace.speed_mps("ego")[0] == 10.0 for one in alone]
    assert any(fast) and not all(fast)
    for k, (one, reference) in enumerate(zip(came, alone, strict=True)):
        if np.isinf(asked) and fast[k]:
            assert isinstance(one, Failed) and isinstance(one.error, PhysicsError)
            assert f"variant {k}, tick 100: the controller of 'ego' asked for an infinite acceleration" in one.reason
            continue
        assert isinstance(one, Simulated)
        same = np.array_equal(one.trace.moved, reference.trace.moved)
        assert same or fast[k]
        assert np.isfinite(one.trace.moved).all() and np.abs(one.trace.speed_mps("ego")).max() < 60.0


def test_a_controller_that_raises_in_one_variant_fails_that_one_with_its_cause():
    """Where the car comes with 10 m/s the code of the user looks up what is not there, at 0.5 s."""
    program = parse_text(DRIVEN.replace("MODEL", "kinematic"), libraries=libraries())[0]

    def control(seen: Observation):
        if seen.time_s == 0.5 and bool((seen.speed_mps[:, 0] == 10.0).any()):
            raise KeyError("plan")
        return np.nan

    came = Variation(program, 3, "random", {"ego": control}).attempt(range(4))
    fast = [one.trace.speed_mps("ego")[0] == 10.0 for one in Variation(program, 3, "random").simulate(range(4))]
    assert any(fast) and not all(fast)
    for k, one in enumerate(came):
        assert isinstance(one, Failed) == fast[k]
        if isinstance(one, Failed):
            assert one.reason == f"variant {k}, tick 50: the controller of 'ego' raised KeyError: 'plan'"
            assert isinstance(one.error.__cause__, KeyError)
