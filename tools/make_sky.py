"""The picture of sun, moon and sky in docs/light.md: one country road in six lights.

usage: python tools/make_sky.py [docs/pictures/sky.jpg]    (half a minute on two free cores)
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

import simengine

LIGHTS = (
    "sun.elevation = 55 deg; sun.azimuth = 130 deg; cloud = 0.25",
    "sun.elevation = 40 deg; sun.azimuth = 60 deg; cloud = 0; turbidity = 7",
    "sun.elevation = 6 deg; sun.azimuth = 14 deg; cloud = 0.25",
    "sun.elevation = -5 deg; sun.azimuth = 14 deg; cloud = 0.25",
    "sun.elevation = -30 deg; cloud = 0.25; moon.elevation = 14 deg; moon.azimuth = 10 deg",
    "sun.elevation = -30 deg; cloud = 0.25; lamps.lit = yes",
)
PROGRAM = """\
use driving
scenario lights "A country road":
    world rural(length = 400 m):
        {weather}
    car ego on lane(1) at s(20 m):
        speed = 1 m/s
    car other on lane(1) ahead of ego by 30 m:
        colour = white
    pedestrian walker on lane(1) ahead of ego by 16 m
    stop after 0.1 s
    sensor front on ego = camera(size = (480, 270), fov = 70 deg)
    record front: rgb at 10 hz
"""


def picture(weather: str) -> np.ndarray:
    """The first frame, (270, 480, 3)."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lights.scn"
        file.write_text(PROGRAM.format(weather=weather.replace("; ", "\n        ")), "utf-8")
        program = simengine.load(str(file))
    (episode,) = simengine.episodes(program, variants=1, seed=3, max_frames=1, samples=4)
    return next(iter(episode))["front"]["rgb"]


def main(path: Path) -> None:
    """Write the picture."""
    shown = [picture(weather) for weather in LIGHTS]
    sheet = np.vstack([np.hstack(shown[:3]), np.hstack(shown[3:])])
    cv2.imwrite(str(path), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures/sky.jpg"))
