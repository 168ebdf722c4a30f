"""Names inside a dataset folder, in one place.

OUT/dataset.json            what made it, state, counts, digest
OUT/variants.parquet        one row a variant
OUT/index.html              the report
OUT/coverage.json           what the variants cover
OUT/episodes/000007/        one kept variant:
    checksums.sha256        every other file (``sha256sum -c`` checks it)
    episode.json            frames, sensors, channels
    variant.json            its row of variants.parquet
    scenario.json           the concrete scenario
    calibration.json        intrinsics, mounts, beam tables
    entities.json           name and class of each instance id
    surfaces.json           names of parts and materials, where their channels are recorded
    signals.json            inertial units and GNSS receivers, where any is recorded
    imu/samples.parquet     what they measured
    frames.parquet          times and poses
    labels.parquet          boxes
    measures.parquet        distances, times to collision and their like, where something drives
    keypoints.parquet       named points of things in images, where they are recorded
    amodal.parquet          amodal masks of things in images, where they are recorded
    pose6d.parquet          poses of things in the cameras' frames, where they are recorded
    front/rgb/000000.png    one file a frame and channel
    roof/points/000000.ply
OUT/discarded/000008.json   rows of variants without an episode
OUT/failed/000009.json
"""

from __future__ import annotations

import re
from pathlib import Path

from simengine.errors import DatasetError

__all__ = [
    "CALIBRATION", "CHECKSUMS", "COVERAGE", "DATASET", "DISCARDED", "ENTITIES", "EPISODE", "EPISODES", "FAILED",
    "FORMAT", "FORMAT_VERSION", "FRAMES", "INDEX", "LABELS", "LOCK", "MEASURES", "OUR_NAMES", "PARTIAL", "SAMPLES",
    "SCENARIO", "SIGNALS", "SURFACES", "TEMPORARY",
    "VARIANT", "VARIANTS", "checked_sensor_name", "frame_file", "is_number", "number", "table_file",
]  # fmt: skip

FORMAT, FORMAT_VERSION = "simengine dataset", 3
DATASET, VARIANTS, INDEX, LOCK = "dataset.json", "variants.parquet", "index.html", ".lock"
COVERAGE = "coverage.json"
EPISODES, DISCARDED, FAILED = "episodes", "discarded", "failed"
CHECKSUMS, EPISODE, VARIANT, SCENARIO = "checksums.sha256", "episode.json", "variant.json", "scenario.json"
CALIBRATION, ENTITIES, FRAMES, LABELS = "calibration.json", "entities.json", "frames.parquet", "labels.parquet"
SIGNALS, SAMPLES, MEASURES = "signals.json", "samples.parquet", "measures.parquet"
SURFACES = "surfaces.json"
OUR_NAMES = frozenset({DATASET, VARIANTS, INDEX, COVERAGE, LOCK, EPISODES, DISCARDED, FAILED})
PARTIAL = ".partial-"
TEMPORARY = re.compile(r"\.[A-Za-z0-9.]+\.tmp-\d+")

_NUMBER = re.compile(r"\d{6,19}")
_SENSOR = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}(\[\d{1,4}\])?")


def number(index: int) -> str:
    """A variant or frame as a file name."""
    return f"{index:06d}"


def is_number(name: str) -> bool:
    """Whether :func:`number` makes this name."""
    return _NUMBER.fullmatch(name) is not None and name == number(int(name))


def checked_sensor_name(name: str) -> str:
    """``name`` if it can be a folder name.

    Raises:
        DatasetError: it is no identifier (with an index at most), so it could leave the folder.
    """
    if not _SENSOR.fullmatch(name):
        raise DatasetError(f"a sensor's name must be an identifier like 'front' or 'cam[2]'; found '{name[:80]}'")
    return name


def table_file(word: str) -> str:
    """Name of a table of its own in an episode."""
    return f"{word}.parquet"


def frame_file(sensor: str, channel: str, frame: int, suffix: str) -> Path:
    """Path of one file inside an episode."""
    return Path(checked_sensor_name(sensor)) / channel / f"{number(frame)}{suffix}"
