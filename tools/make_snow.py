"""The picture of lying snow in docs/light.md: four places in winter, by day and at dusk.

usage: python tools/make_snow.py [docs/pictures/snow.jpg]    (a minute on two free cores)
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

import simengine
from simengine.engine.catalogue import libraries
from simengine.language import parse_text

PLACES = (
    ("street(lanes = 2, parking = right, length = 150 m)", 0.9),
    ("rural(length = 400 m)", 0.8),
    ("parking_lot()", 0.7),
    ("woodland(length = 120 m)", 1.0),
)
LIGHTS = (
    "sun.elevation = 15 deg; sun.azimuth = 70 deg; wetness = 0.3",
    "sun.elevation = -4 deg; sun.azimuth = 20 deg; lamps.lit = yes; wetness = 0.3",
)
PROGRAM = """\
use driving
scenario winter:
    world {place}:
        snow.cover = {cover}
        {light}
    car ego on lane(1) at s(14 m):
        speed = 1 m/s
    {more}
    stop after 0.1 s
    sensor front on ego = camera(size = (640, 360), fov = 70 deg, mount = (1.2 m, 0 m, 1.5 m))
    record front: rgb at 10 hz
"""
PARKED = "car parked[3] along curb(right) by 1.5 m"


def picture(place: str, cover: float, light: str) -> np.ndarray:
    """The first frame, (360, 640, 3)."""
    more = PARKED if place.startswith("street") else "pedestrian walker on lane(1) ahead of ego by 14 m"
    text = PROGRAM.format(place=place, cover=cover, light=light.replace("; ", "\n        "), more=more)
    program = parse_text(text, libraries=libraries())[0]
    (episode,) = simengine.episodes(program, variants=1, seed=2, samples=9, max_frames=1)
    return next(iter(episode))["front"]["rgb"]


def main(path: Path) -> None:
    """Write the picture."""
    rows = [np.hstack([picture(place, cover, light) for light in LIGHTS]) for place, cover in PLACES]
    cv2.imwrite(str(path), np.vstack(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/snow.jpg"))
