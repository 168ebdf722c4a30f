"""Make the picture of README.md from the program itself.

usage: python tools/make_pictures.py [docs/pictures/first_light.jpg]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

import simengine
from simengine.engine.recording import ALL_IMAGES
from simengine.language.program import RecordDecl
from simengine.language.terms import Span
from simengine.render.above import points_from_above
from simengine.render.colours import depth_to_colour, id_colours, ids_to_colour
from simengine.render.pictures import draw_boxes

WIDTH_PX = 1200


def pictures(frame: simengine.Frame) -> list[np.ndarray]:
    """Camera with boxes, instances, depth, and the scan from above."""
    image, boxes = frame["front"], frame["front"].boxes2d
    shown = boxes.visible_px > 60
    colours = id_colours(boxes.instance[shown])
    names = [n for n, s in zip(boxes.name, shown, strict=True) if s]
    camera = draw_boxes(image["rgb"], boxes.visible_box_px[shown], names, colours, boxes.occlusion[shown] > 0.5)
    scan = frame["roof"]
    things = scan.boxes3d
    height, width = camera.shape[:2]
    above = points_from_above(
        scan, colour="height", span_m=56.0, size_px=width, boxes_m=things.corners_m(),
        box_colours=id_colours(things.instance),
    )  # fmt: skip
    top = (above.shape[0] - height) // 2
    return [camera, ids_to_colour(image["instance"]), depth_to_colour(image["depth"]), above[top : top + height]]


def main(out: Path) -> None:
    program = simengine.load("child_dart_out")
    span = Span(1, 1, 1, 1)
    records = (RecordDecl("front", ALL_IMAGES, 10.0, None, span), RecordDecl("roof", ("points",), 10.0, None, span))
    best, score = None, -1.0
    for episode in simengine.episodes(replace(program, records=records), variants=1, seed=0, samples=4):
        for frame in episode:
            boxes = frame["front"].boxes2d
            kid = [k for k, n in enumerate(boxes.name) if n == "kid"]
            size = float(boxes.visible_px[kid[0]]) if kid else 0.0
            inside = kid and boxes.truncation[kid[0]] < 0.01
            if inside and size > score:
                best, score = pictures(frame), size
    assert best is not None
    grid = np.concatenate([np.concatenate(best[:2], 1), np.concatenate(best[2:], 1)])
    small = cv2.resize(grid, (WIDTH_PX, round(grid.shape[0] * WIDTH_PX / grid.shape[1])), interpolation=cv2.INTER_AREA)
    out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out), small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/first_light.jpg"))
