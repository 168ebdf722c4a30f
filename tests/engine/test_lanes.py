"""Frames side by side: in order, each renderer for one frame at a time, and nothing is pulled away under a frame."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest

from simengine.engine.frames import LiveFrame, Recording, frames
from simengine.engine.lanes import Lanes
from simengine.errors import UsageError
from simengine.render.protocol import CameraReading, Instants, LidarReading, NoiseKey, Silhouette
from simengine.sensors.specs import CameraSpec, LidarSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState

SCENE = Scene((), (), (), ())
SPEC = CameraSpec.from_fov("front", -1, (0.0, 0.0, 1.0), (2, 2), 1.0)
COUNT = 12


class Rest:
    """Nothing moves."""

    def state_at(self, time_ns: int) -> WorldState:
        return WorldState.at_rest(0, 0)


class Slow:
    """Takes a moment for a frame, notices a second frame or a close meanwhile, and may fail at one frame."""

    name = "slow"

    def __init__(self, broken: int | None = None) -> None:
        self.scene, self.closed, self.broken = SCENE, False, broken
        self._busy = threading.Lock()

    def camera(self, spec: CameraSpec, instants: Instants, channels: Sequence[str], noise: NoiseKey) -> CameraReading:
        assert not self.closed, "used after it was closed"
        assert self._busy.acquire(blocking=False), "two frames in one renderer"
        try:
            time.sleep(0.004)
            if noise.frame == self.broken:
                raise RuntimeError(f"frame {noise.frame}")
            image = np.full((2, 2), noise.frame, np.int32)
            return CameraReading(spec, 0, np.eye(4), {"instance": image})
        finally:
            self._busy.release()

    def lidar(self, spec: LidarSpec, instants: Instants, noise: NoiseKey) -> LidarReading:
        raise NotImplementedError

    def silhouettes(
        self, spec: CameraSpec, state: WorldState, windows: Mapping[int, tuple[int, int, int, int]]
    ) -> list[Silhouette]:
        return []

    def close(self) -> None:
        assert not self._busy.locked(), "closed while it makes a frame"
        self.closed = True


def stream(lanes: Lanes) -> Iterator[LiveFrame]:
    times = [k * SPEC.period_ns for k in range(COUNT)]
    return frames(SCENE, Rest(), [Recording(SPEC, ("instance",))], times, lanes, 0, 0)


def shown(frame: LiveFrame) -> int:
    return int(frame["front"]["instance"][0, 0])


def running() -> int:
    return sum(t.name.startswith("frame") for t in threading.enumerate())


@pytest.mark.parametrize("count", [1, 2, 3])
def test_two_streams_at_once_share_the_renderers(count: int) -> None:
    """zip(episode, episode): a renderer that made two frames at once would mix their images."""
    lanes = Lanes([Slow() for _ in range(count)])
    pairs = [(shown(a), shown(b)) for a, b in zip(stream(lanes), stream(lanes), strict=True)]
    lanes.close()
    assert pairs == [(k, k) for k in range(COUNT)]
    assert not running()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_closing_in_the_middle_waits_and_ends_the_stream(count: int) -> None:
    """Frames in flight are finished before a renderer goes (natively, they would read freed memory); the stream then
    ends with an error that says so, after at most the frames that were ahead."""
    renderers = [Slow() for _ in range(count)]
    lanes = Lanes(renderers)
    frame = stream(lanes)
    assert shown(next(frame)) == 0
    lanes.close()
    lanes.close()  # once more does nothing
    assert all(r.closed for r in renderers)
    left: list[int] = []
    with pytest.raises(UsageError, match="was closed while its frames were read"):
        left.extend(shown(f) for f in frame)
    assert len(left) <= count and left == list(range(1, len(left) + 1))
    assert not running()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_error_comes_in_its_turn(count: int) -> None:
    """The renderers run ahead, but who iterates sees frames 0 to 2 and then the error of frame 3; no thread is left,
    and the renderers can still be used and closed."""
    lanes = Lanes([Slow(broken=3) for _ in range(count)])
    seen: list[int] = []
    with pytest.raises(RuntimeError, match="frame 3"):
        for frame in stream(lanes):
            seen.append(shown(frame))
    assert seen == [0, 1, 2]
    assert not running()
    assert shown(next(stream(lanes))) == 0
    lanes.close()


def test_a_stream_that_is_left_ends_its_threads() -> None:
    """``break`` out of a loop closes the generator, which ends its threads at once."""
    lanes = Lanes([Slow(), Slow()])
    for frame in stream(lanes):
        if frame.index == 1:
            break
    del frame
    assert not running()
    lanes.close()
