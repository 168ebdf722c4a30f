"""Image sizes that are drawn: each variant has its own, live and on disk, in calibration and cost."""

from __future__ import annotations

from pathlib import Path

import simengine
from simengine.engine.catalogue import libraries
from simengine.engine.clock import TICK_RATE_HZ
from simengine.engine.cost import cost
from simengine.language import check_text, parse_text

TEXT = """use driving

scenario s:
    world highway(lanes = 2, length = 300 m)
    car ego on lane(1) at s(100 m)
    sensor f on ego = camera(size ~ {(64, 48): 1, (128, 72): 2})
    record f: rgb, box2d at 10 hz
    stop after 100 ms
"""


def test_each_variant_has_the_size_that_it_draws(tmp_path: Path):
    """The drawn pair is the image's shape, the calibration and the columns of the table; cost takes the largest."""
    (program,) = parse_text(TEXT, libraries=libraries())
    options = simengine.RunOptions("s", tmp_path / "out", variants=3, samples=1, max_frames=1)
    simengine.run(options, program=program)
    assert simengine.verify(tmp_path / "out") == []
    seen = set()
    for drawn, episode in zip(
        simengine.sample(program, 3), simengine.Dataset.open(tmp_path / "out").episodes, strict=True
    ):
        width, height = drawn.values["f.size"]
        assert drawn.row() == {"f.size[1]": width, "f.size[2]": height} == dict(episode.row.values)
        spec, image = episode.sensors["f"], episode.frames[0]["f"]["rgb"]
        assert (spec.width_px, spec.height_px) == (width, height) and image.shape == (height, width, 3)
        seen.add((width, height))
    assert seen == {(64.0, 48.0), (128.0, 72.0)} and cost(program).pixels == 2 * 128 * 72


def test_sizes_of_a_set_are_checked_one_by_one():
    """A width of 9,000 px or of half a pixel is found in the set."""
    for wrong, code in (("(9000, 48)", "E0208"), ("(64.5, 48)", "E0204")):
        text = TEXT.replace("(64, 48)", wrong)
        assert [d.code for d in check_text(text, libraries=libraries()).diagnostics] == [code]


def test_a_rate_beyond_the_simulation_is_told():
    """At the tick rate nothing is said, beyond it that positions are interpolated."""
    for rate, codes in ((f"{TICK_RATE_HZ} hz", []), ("1 khz", ["W0320"])):
        text = TEXT.replace("10 hz", rate)
        assert [d.code for d in check_text(text, libraries=libraries()).diagnostics] == codes
