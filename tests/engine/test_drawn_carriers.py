"""A sensor on an element that varies by draw is the sensor on that element."""

from __future__ import annotations

import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.language import parse_text
from simengine.language.program import Program

TEXT = """use driving

scenario row:
    world street(lanes = 2, parking = right, length = 150 m)
    car ego on lane(1) at s(10 m):
        speed = 10 m/s
    car parked[~ 2..3] along curb(right) at s(30 m) by ~ 1..3 m:
        model ~ {{sedan, van}}
    param which: int ~ 1..2
    let near = 1 if parked[2].position.x > 36.9 m else 2
    require ego.gap(parked[which]) > 5 m
    sensor eye on parked[{which}] = camera(size = (48, 32), fov = 100 deg, yaw = 60 deg)
    sensor roof on parked[{near}] = lidar(channels = 16, columns = 64)
    sensor body on parked[{which}] = imu()
    do:
        parallel:
            parked[{which}].drive(speed = 5 m/s)
            eye.fault(blackout) for 0.05 s
    when time >= 0.1 s:
        eye.exposure_ev = 2
    stop after 0.1 s
    expect eventually visible(ego, eye) > 10 %
    expect always visible(ego, roof) > 0 and visible(ego, eye) >= 0
    record eye: rgb, box2d at 10 hz
    record roof: points at 10 hz
    record body: acceleration at 50 hz
"""
COUNT = 3


def program(which: str, near: str) -> Program:
    (made,) = parse_text(TEXT.format(which=which, near=near), libraries=libraries())
    assert made.not_yet == ()
    return made


@pytest.fixture(scope="module")
def drawn() -> list[dict[str, object]]:
    return told(program("which", "near"), COUNT)


def told(made: Program, variants: int, first: int = 0) -> list[dict[str, object]]:
    """What episodes hold of their sensors, as plain data."""
    out: list[dict[str, object]] = []
    for episode in simengine.episodes(made, variants, seed=4, samples=1, keep=True, first=first):
        values = episode.scenario.values
        frames = episode.frames
        out.append({
            "which": round(float(values["which"])),
            "entity": {s: episode.entities[spec.entity].name for s, spec in episode.sensors.items()},
            "on": {s: signal.spec.carrier for s, signal in episode.signals.items()},
            "rgb": b"".join(f["eye"]["rgb"].tobytes() for f in frames if "rgb" in set(f["eye"])),
            "points": b"".join(f["roof"]["xyz"].tobytes() for f in frames),
            "boxes": [repr(f["eye"].boxes2d.visible_box_px.tolist()) for f in frames if f["eye"].has_boxes2d],
            "poses": [f["eye"].pose.tobytes() for f in frames],
            "imu": episode.signals["body"]["acceleration"].tobytes(),
            "tunings": repr(episode.tunings), "faults": repr([f["eye"].fault for f in frames]),
            "verdicts": repr(episode.row.verdicts),
        })  # fmt: skip
    return out


def test_it_is_the_sensor_on_that_element(drawn: list[dict[str, object]]) -> None:
    """Images, points, boxes, poses, samples, faults, tunings and margins of each variant are, bit for bit, those of the
    program that names the element by its number."""
    assert len({str(v["entity"]) for v in drawn}) > 2
    for index, variant in enumerate(drawn):
        which, entity = variant["which"], variant["entity"]
        assert isinstance(entity, dict)
        near = 1 if entity["roof"] == "parked[1]" else 2
        assert entity == {"eye": f"parked[{which}]", "roof": f"parked[{near}]"}
        assert variant["on"] == {"body": f"parked[{which}]"}
        (named,) = told(program(str(which), str(near)), 1, first=index)
        assert named == variant
