"""What ``check`` knows of a lens before anything is drawn."""

from __future__ import annotations

import math

import pytest

from simengine.engine.catalogue import libraries
from simengine.language import check_text
from simengine.sensors.equipment import ACTS_WITH
from simengine.sensors.vocabulary import SENSOR_KINDS

_TEXT = """use driving
scenario s:
    world street()
    car ego on lane(1) at s(20 m)
    sensor front on ego = camera(size = (640, 480), fov = {fov} deg):
        distortion.k1 {k1}
    record front: rgb
    stop after 1 s
"""


def _codes(fov: float, k1: str) -> list[str]:
    return [
        d.code
        for d in check_text(_TEXT.format(fov=fov, k1=k1), libraries=libraries()).diagnostics
        if d.severity == "error"
    ]


@pytest.mark.parametrize("share", [0.99, 1.01])
def test_a_constant_lens_is_an_error_exactly_from_where_it_folds(share):
    """r (1 + k r^2) turns at r = 1 / sqrt(-3 k) and reaches 2 / 3 of it; the corner of a 4:3 image with a horizontal
    field of view of 60 deg lies at 1.25 tan(30 deg)."""
    corner = 1.25 * math.tan(math.radians(30.0))
    k = -4.0 / (27.0 * corner * corner) * share  # 2 / (3 sqrt(-3 k)) = corner where share is 1
    assert _codes(60.0, f"= {k:.12f}") == ([] if share < 1.0 else ["E0208"])


def test_a_drawn_lens_is_judged_variant_by_variant():
    """Some of its values are fine, so the program is."""
    assert _codes(90.0, "~ -0.6..-0.01") == []


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("exposure.samples = 5", "the exposure has no time"),
        ("exposure.time = 5 ms\n        exposure.samples = 5", ""),
        ("exposure.time ~ 5..9 ms\n        exposure.samples = 5", ""),  # drawn: judged variant by variant
        ("lens.focus = 1 mm", "above the focal length"),
        ("band = lwir\n        vignetting = natural", "the lens of a thermal camera"),
        ("band = lwir\n        isp.jpeg = 50", "leave exposure.samples and isp out"),
        ("thermal.low = 400 K\n        thermal.high = 300 K", "the first one below the second"),
        ("illuminator = 3", "write band = nir"),
        ("band = nir\n        illuminator = 3", ""),
        ("vignetting.a1 = -3", "make the light negative: -2 of"),  # 1 - 3 r^2 in the corner
        ("vignetting.a1 = -1\n        vignetting.a2 = 1", ""),  # 3 / 4 at r^2 = 1 / 2
        ("vignetting.a1 = -4.5\n        vignetting.a2 = 4.5", "0.71 of the way"),  # -1 / 8 there, 1 in the corner
        ("rolling_shutter = 80 ms\n        exposure.time = 60 ms\n        exposure.samples = 4", "are 0.11 s"),
        ("rolling_shutter = 80 ms\n        exposure.time = 40 ms\n        exposure.samples = 4", ""),
        ("rolling_shutter = 80 ms\n        exposure.time = 60 ms", ""),
    ],
)
@pytest.mark.parametrize("kind", ["camera", "stereo"])
def test_equipment_fits_together(kind: str, block: str, message: str):
    """What no draw can make right is an error of the check, with the words of the sensor's own refusal."""
    text = f"""use driving
scenario s:
    world street()
    car ego on lane(1) at s(20 m)
    sensor front on ego = {kind}(size = (64, 48)):
        {block}
    record front: rgb
    stop after 1 s
"""
    found = [d for d in check_text(text, libraries=libraries()).diagnostics if d.severity == "error"]
    assert [d.code for d in found] == (["E0208"] if message else []), found
    assert not message or message in found[0].message


@pytest.mark.parametrize(
    ("block", "refused"),
    [
        ("imager.cfa = none\n        noise.gain = 2", True), ("imager.cfa = rggb", True),
        ("imager.cfa = rggb\n        noise.gain = 2", False),
        ("imager.cfa = mono\n        exposure.time = 5 ms", False),
        ("band = lwir", False), ("imager.cfa = rggb\n        noise.gain ~ 0..2", False),  # judged variant by variant
    ],
)  # fmt: skip
def test_raw_numbers_are_those_of_pixels_with_filters_that_count(block: str, refused: bool):
    """As docs/language.md has it: raw needs a mosaic and a sensor that counts electrons, or a thermal camera."""
    text = f"""use driving
scenario s:
    world street()
    car ego on lane(1) at s(20 m)
    sensor front on ego = camera(size = (64, 48)):
        {block}
    record front: rgb, raw
    stop after 1 s
"""
    found = [d for d in check_text(text, libraries=libraries()).diagnostics if d.severity == "error"]
    assert [(d.code, d.span.line) for d in found] == ([("E0208", 7 + block.count("\n"))] if refused else [])
    assert not found or "no raw numbers" in found[0].message


@pytest.mark.parametrize(
    ("block", "idle"),
    [
        ("imager.prnu = 0.01", "imager.prnu"), ("imager.prnu = 0.01\n        noise.gain = 1", ""),
        ("imager.prnu ~ 0.01..0.02\n        noise.gain ~ 0..1", ""), ("imager.read_noise = 50", "imager.read_noise"),
        ("imager.read_noise = 5", ""),  # what it is anyway
        ("lens.f_number = 1.4", "lens.f_number"), ("lens.f_number = 1.4\n        lens.focus = 4 m", ""),
        ("lens.f_number = 1.4\n        exposure.time = 5 ms", ""), ("exposure.mains = 50 hz", "exposure.mains"),
        ("exposure.mains = 50 hz\n        exposure.time = 10 ms", ""),
        ("exposure.mains = 50 hz\n        exposure.time = 5 ms", "shorter than half a period of 50 hz, 10 ms"),
        ("glare.size = 2 deg", "glare.size"), ("thermal.netd = 1 K", "thermal.netd"),
        ("thermal.netd = 1 K\n        band = lwir", ""), ("imager.cfa = rggb\n        band = lwir", "imager.cfa"),
        ("exposure.delay = 3\n        exposure = fixed", "exposure.delay"), ("exposure.delay = 3", ""),
        ("imager.bits = 10", "imager.bits"), ("imager.bits = 10\n        band = lwir", ""),
        ("imager.hot_current = 10\n        exposure.time = 9 ms", "imager.hot_current"),
        ("rolling_shutter.direction = up", "rolling_shutter.direction"),
    ],
)  # fmt: skip
def test_settings_that_act_on_nothing_are_warned_of_once(block: str, idle: str):
    """What alone changes no picture, by ``ACTS_WITH``, at its own line; drawn values may act, so nothing is said."""
    text = f"""use driving
scenario s:
    world street()
    car ego on lane(1) at s(20 m)
    sensor front on ego = camera(size = (64, 48)):
        {block}
    record front: rgb
    stop after 1 s
"""
    found = check_text(text, libraries=libraries()).diagnostics
    assert [(d.code, d.span.line) for d in found] == ([("W0301", 6)] if idle else [])
    assert not idle or (idle in found[0].message and "has no effect" in found[0].message)


def test_a_gain_that_is_set_during_the_run_counts():
    """Noise and raw numbers begin with the gain; which images are recorded is not known before the run."""
    text = """use driving
scenario s:
    world street()
    car ego on lane(1) at s(20 m)
    sensor front on ego = camera(size = (64, 48)):
        imager.cfa = rggb
    do:
        wait 1 s
        front.noise.gain = 4
        later: serial:
            wait 1 s
    record front: raw during later
    stop after 2 s
"""
    assert check_text(text, libraries=libraries()).diagnostics == ()
    without = check_text(text.replace("front.noise.gain = 4", "rain = 4 mm/h"), libraries=libraries()).diagnostics
    assert [(d.code, d.span.line) for d in without] == [("W0301", 6), ("E0208", 12)]


def test_every_setting_that_acts_with_another_is_one_of_a_camera():
    """The table names properties, and words of enumerations, that are there."""
    properties = {p.name: p for p in SENSOR_KINDS["camera"].properties}
    for words, others in ACTS_WITH:
        assert set(words) <= set(properties)
        for name, _, word in (other.partition(" = ") for other in others):
            assert name in properties and (not word or word in properties[name].type.choices)
