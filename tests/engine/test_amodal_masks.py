"""Amodal masks from the text of a scenario: beside 2D boxes, the image of ids, and a dataset that is read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import simengine
from simengine.engine.catalogue import libraries
from simengine.language import parse_text

TEXT = """use driving
scenario t:
    world street(length = 80 m)
    car ego on lane(1) at s(10 m)
    van near ahead of ego by 8 m
    car far ahead of near by 3 m
    stop after 0.1 s
    sensor front on ego = camera(size = (96, 64))
    record front: instance, box2d, amodal at 10 hz
"""


def test_masks_hold_what_is_seen_and_what_is_hidden(tmp_path: Path) -> None:
    """A mask has as many pixels as its box says, in its box; where nothing hides a thing it is its pixels; the hidden
    car's lies behind the van. What a dataset gives back is the same."""
    program = parse_text(TEXT, libraries=libraries())[0]
    view = next(iter(next(iter(simengine.episodes(program, 1)))))["front"]
    masks, boxes, ids = view.amodal, view.boxes2d, view["instance"]
    shown = boxes.amodal_px > 0
    assert np.array_equal(masks.instance, boxes.instance[shown]) and masks.name == ("near", "far")
    assert np.array_equal(masks.pixels, boxes.amodal_px[shown])
    for k in np.flatnonzero(shown):
        mask = masks.mask(int(boxes.instance[k]))
        visible = ids == boxes.instance[k]
        assert mask.sum() == boxes.amodal_px[k] and not (visible & ~mask).any()
        assert (mask == visible).all() == (boxes.occlusion[k] == 0.0)
        v, u = np.nonzero(mask)
        x0, y0, x1, y1 = boxes.clipped_box_px[k]
        assert x0 - 1 <= u.min() and u.max() <= x1 and y0 - 1 <= v.min() and v.max() <= y1
    far, near = masks.mask("far"), masks.mask("near")
    assert (far & near).sum() > 0.8 * far.sum()  # straight behind
    path = tmp_path / "t.scn"
    path.write_text(TEXT)
    simengine.run(simengine.RunOptions(str(path), str(tmp_path / "out"), variants=1, max_frames=1))
    stored = simengine.Dataset.open(tmp_path / "out").episodes[0].frames[0]["front"].amodal
    assert np.array_equal(stored.mask("far"), far) and stored.counts == masks.counts
    assert simengine.verify(tmp_path / "out") == []
