"""What ``check`` knows of rolling shutters, and of sensors that see nothing, before anything is drawn."""

from __future__ import annotations

import pytest

from simengine.engine.catalogue import libraries
from simengine.language import Diagnostic, check_text, parse_text

_TEXT = """use driving
scenario s:
    world street()
    car ego on lane(1) at s(20 m)
    car other on lane(1) at s(40 m)
    sensor front on ego = camera(size = (64, 48), rolling_shutter {value})
    sensor tilt on ego = imu()
    record front: {channels} at {rate}
    record tilt: acceleration
    stop after 1 s
{more}
"""


def _errors(value: str = "= 0 s", channels: str = "rgb", rate: str = "10 hz", more: str = "") -> list[Diagnostic]:
    text = _TEXT.format(value=value, channels=channels, rate=rate, more=more)
    return [
        d for d in check_text(text, libraries=libraries()).diagnostics if d.severity != "warning" or "W05" in d.code
    ]


@pytest.mark.parametrize(
    ("value", "rate", "good"),
    [
        ("= 100 ms", "10 hz", True), ("= 101 ms", "10 hz", False), ("= 1 s", "1 hz", True), ("= 1 s", "10 hz", False),
        ("= 33.333333 ms", "30 hz", True), ("= 34 ms", "30 hz", False),
        ("~ 10..90 ms", "10 hz", True), ("~ 10..110 ms", "10 hz", False), ("~ {10 ms, 200 ms}", "10 hz", False),
    ],
)  # fmt: skip
def test_rows_are_read_within_the_time_between_two_images(value: str, rate: str, good: bool):
    """10 hz leave 100 ms, 30 hz 33 1/3 ms; a draw keeps to it for certain, as it does to the bounds of a property."""
    found = _errors(value, rate=rate)
    assert [d.code for d in found] == ([] if good else ["E0208"]), found
    assert good or "between two images" in found[0].message


def test_a_computed_shutter_is_kept_inside_by_rejection():
    """x is 0..80 ms, so 2 x can be 160 ms of the 100 ms there are: half of the range is fine, and kept."""
    text = _TEXT.format(value="= 2 * x", channels="rgb", rate="10 hz", more="    param x ~ 0..80 ms")
    program = parse_text(text, libraries=libraries())[0]
    assert program.definitions["front.rolling_shutter"].bounds == pytest.approx((0.0, 0.1), abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "good"),
    [
        ("rolling_shutter, delay = 100 ms", True), ("rolling_shutter, delay = 5 s", False),
        ("rolling_shutter, delay ~ 50..150 ms", False), ("kind ~ {delay, rolling_shutter}, delay = 1 s", False),
        ("delay, delay = 5 s", True),
    ],
)  # fmt: skip
def test_the_fault_keeps_the_limit_of_the_property(arguments: str, good: bool):
    found = _errors(more=f"    do:\n        front.fault({arguments}) for 0.3 s")
    assert [d.code for d in found] == ([] if good else ["E0208"]), found
    assert good or "between two images" in found[0].message


def test_an_imu_sees_nothing():
    """It never will, so this is no matter of a later version."""
    found = _errors(more="    expect eventually visible(other, tilt) > 0.5")
    assert [(d.code, d.message) for d in found] == [("E0205", "'visible(...)' of an imu, which sees nothing")]


@pytest.mark.parametrize(
    ("value", "rate", "good"),
    [("= 100 ms", "10 hz", True), ("= 101 ms", "10 hz", False), ("= 50 ms", "30 hz", False),
     ("~ 5..90 ms", "10 hz", True), ("~ 5..200 ms", "10 hz", False)],
)  # fmt: skip
def test_an_exposure_lasts_no_longer_than_an_image(value: str, rate: str, good: bool):
    """The same limit as that of the readout; it used to be met only when the camera was made."""
    text = _TEXT.format(value="= 0 s", channels="rgb, flow", rate=rate, more="")
    text = text.replace(", rolling_shutter = 0 s)", f"):\n        exposure.time {value}")
    found = [d for d in check_text(text, libraries=libraries()).diagnostics if d.severity == "error"]
    assert (found == []) == good
    assert good or (found[0].code == "E0208" and "'exposure.time' of 'front'" in found[0].message)
