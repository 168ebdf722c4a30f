"""Streams: which samples come in which order, cursors, shares; and the words that ask for channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.requested import requested
from simengine.engine.stream import Cursor, Entry, Share, Stream, StreamOptions
from simengine.engine.variation import Simulated, Variation
from simengine.errors import SceneError, UsageError
from simengine.language import Program, parse_text

SOURCE = """
use driving

scenario brisk "Cars of different speeds":
    param seconds: time ~ {0.4 s, 0.6 s}
    world highway(lanes = 2, length = 300 m)
    car ego on lane(1) at s(20 m):
        speed ~ {20 km/h, 40 km/h, 60 km/h}
    stop after seconds
    ensure always ego.speed > 30 km/h
    sensor front on ego = camera(size = (24, 16), fov = 60 deg)
    sensor rear on ego = camera(size = (16, 16), fov = 60 deg)
    sensor roof on ego = lidar(channels = 4, columns = 32, range = 60 m)
    record front: rgb, normals, box2d at 10 hz
    record roof: points, intensity at 5 hz
"""


@pytest.fixture(scope="module")
def program() -> Program:
    return parse_text(SOURCE, libraries=libraries())[0]


def entries(program: Program, channels: list[str], start: Cursor = Cursor(), **options: object) -> list[Entry]:  # noqa: B008
    stream = Stream(program, requested(program, channels), StreamOptions(**options))  # type: ignore[arg-type]
    return [e for block in stream.entries(start) for e in block]


def places(found: list[Entry]) -> list[tuple[int, int, int]]:
    return [(e.simulated.index, e.frame, e.time_ns) for e in found]


def test_samples_are_the_frames_of_kept_variants_in_order(program: Program):
    """0.4 s and 0.6 s at 10 Hz are the frames 0..4 and 0..6; 20 km/h does not hold ``ensure``, so it has none."""
    found = entries(program, ["front.rgb"], variants=4, seed=2)
    assert [e.number for e in found] == list(range(len(found)))
    kept = list(dict.fromkeys(e.simulated.index for e in found))
    assert len(kept) == 4 and kept == sorted(kept) and kept[-1] > 3  # some were discarded on the way
    for index in kept:
        of_one = [e for e in found if e.simulated.index == index]
        values = of_one[0].simulated.scenario.values
        assert values["ego.speed"] > 30 / 3.6
        assert [e.time_ns for e in of_one] == [k * 100_000_000 for k in range(round(values["seconds"] * 10) + 1)]


def test_all_sensors_of_a_sample_fire_at_its_time(program: Program):
    """A 10 Hz camera and a 5 Hz LiDAR fire together at every even tenth of a second; ``frame`` counts those."""
    for e in entries(program, ["front.rgb", "roof.points"], variants=2):
        assert e.time_ns == e.frame * 200_000_000


def test_a_variant_that_fails_is_left_out_and_many_in_a_row_are_an_error(program: Program, monkeypatch):
    """As in a run, one bad variant does not keep the others from being made; where all are bad, the program is."""
    simulate = Variation.simulate
    bad = {1, 2}

    def failing(self: Variation, indices: Sequence[int]) -> list[Simulated]:
        if bad & set(indices):
            raise SceneError(f"one of {indices} makes no scene")
        return simulate(self, indices)

    whole = entries(program, ["front.rgb"], variants=5, keep=True)
    monkeypatch.setattr(Variation, "simulate", failing)
    rest = entries(program, ["front.rgb"], variants=3, keep=True)
    assert places(rest) == [p for p in places(whole) if p[0] not in bad]
    bad |= set(range(100))
    with pytest.raises(SceneError, match="makes no scene"):
        entries(program, ["front.rgb"], variants=3)


def test_limits(program: Program):
    """Frames are the middles of equal parts: of five the 0th, 2nd, 4th ((2j + 1) 5 / 6 = 0.8, 2.5, 4.2)."""
    found = entries(program, ["rgb"], variants=6, frames=3)
    assert len(found) == 18
    for e in found:
        tenths = round(e.simulated.scenario.values["seconds"] * 10)
        assert e.frame in {4: (0, 2, 4), 6: (1, 3, 5)}[tenths]
    assert len(entries(program, ["rgb"], variants=1, frames=99)) in (5, 7)
    endless = Stream(program, requested(program, ["front.rgb"]), StreamOptions(frames=1))
    assert len(list(islice(endless.entries(Cursor()), 40))) == 40


def test_mixing_reorders_variants_and_nothing_else(program: Program):
    """The same samples, those of a variant in the order of time, in another order in each epoch."""
    plain = entries(program, ["front.rgb"], variants=6)
    mixed = entries(program, ["front.rgb"], variants=6, mix=3)
    again = entries(program, ["front.rgb"], variants=6, mix=3)
    later = entries(program, ["front.rgb"], Cursor(epoch=1), variants=6, mix=3)
    assert sorted(places(plain)) == sorted(places(mixed)) == sorted(places(later))
    assert places(mixed) == places(again) != places(later)
    assert places(mixed) != places(plain)
    for index in {e.simulated.index for e in mixed}:
        times = [e.time_ns for e in mixed if e.simulated.index == index]
        assert times == sorted(times)
    kept = list(dict.fromkeys(p[0] for p in places(plain)))
    third = sum(p[0] in kept[:3] for p in places(plain))  # blocks do not mix with each other
    assert {p[0] for p in places(mixed)[:third]} == set(kept[:3])


@pytest.mark.parametrize("mix", [1, 3])
def test_a_stream_goes_on_from_any_cursor(program: Program, mix: int):
    """What comes after the cursor behind sample k is what came after sample k."""
    whole = entries(program, ["front.rgb"], variants=5, mix=mix)
    for k in (0, 3, 4, 5, 11, len(whole) - 1):
        rest = entries(program, ["front.rgb"], whole[k].after, variants=5, mix=mix)
        assert [(e.number, *p) for e, p in zip(rest, places(rest), strict=True)] == [
            (e.number, *p) for e, p in zip(whole[k + 1 :], places(whole[k + 1 :]), strict=True)
        ]
        assert [e.after for e in rest] == [e.after for e in whole[k + 1 :]]


def test_shares_are_the_runs_that_loaders_collect_in_turn():
    """Batch b of a loader is made by worker b mod n (its documented order): run b belongs to process b mod n."""
    for processes in (1, 2, 3, 5):
        for run in (1, 4):
            for origin in (0, 7):
                share = [Share(p, processes, run) for p in range(processes)]
                for number in range(origin, origin + 60):
                    owners = [p for p in range(processes) if share[p].mine(number, origin)]
                    assert owners == [(number - origin) // run % processes]


def test_shares_render_what_the_whole_renders(program: Program):
    """The frames of two processes put together are the frames of one, byte for byte, from a cursor in the middle."""
    options = StreamOptions(variants=2, frames=3, mix=2, seed=1)
    stream = Stream(program, requested(program, ["rgb", "points"]), options)
    start = next(iter(stream.entries(Cursor())))[0].after

    def rendered(share: Share) -> dict[int, list[bytes]]:
        return {
            e.number: [f["front"]["rgb"].tobytes(), f["rear"]["rgb"].tobytes(), f["roof"]["xyz"].tobytes()]
            for e, f, _ in stream.frames(start, share)
        }

    whole = rendered(Share())
    parts = [rendered(Share(p, 2, 2)) for p in range(2)]
    assert parts[0].keys().isdisjoint(parts[1]) and list(whole) == [1, 2, 3, 4, 5]
    assert list(parts[0]) == [1, 2, 5]
    assert {**parts[0], **parts[1]} == whole


def test_frames_equal_those_of_the_plain_api(program: Program):
    """A sample is a frame of ``simengine.episodes``: other channels and fewer frames change no pixel."""
    import simengine

    episodes = {e.scenario.index: [f["front"]["rgb"] for f in e] for e in simengine.episodes(program, variants=2)}
    stream = Stream(program, requested(program, ["front.rgb", "front.flow"]), StreamOptions(variants=2, frames=2))
    for entry, frame, _ in stream.frames(Cursor()):
        assert np.array_equal(frame["front"]["rgb"], episodes[entry.simulated.index][entry.frame])


def test_a_grid_ends(program: Program):
    """Two lengths of three speeds each, the first of which does not hold ``ensure``: all rows but 0 and 3."""
    found = entries(program, ["front.rgb"], plan="grid", frames=1)
    assert [e.simulated.index for e in found] == [1, 2, 4, 5]


def test_words(program: Program):
    """A bare word asks all sensors that have it; no words at all ask for what the program records, by our names."""
    asked = {r.sensor: r.channels for r in requested(program, ["rgb", "rear.depth", "boxes3d", "rgb"])}
    assert asked == {"front": ("rgb", "boxes3d"), "rear": ("rgb", "depth", "boxes3d"), "roof": ("boxes3d",)}
    recorded = {r.sensor: r.channels for r in requested(program, None)}
    assert recorded == {"front": ("rgb", "normal", "boxes2d"), "roof": ("points",)}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["frnt.rgb"], "did you mean 'front'"), (["rbg"], "did you mean 'rgb'"), (["box2d"], "did you mean 'boxes2d'"),
        (["roof.rgb"], "choose from points"), (["front.points"], "no such channel of front"), ("rgb", "list of words"),
        ([], "name some"), (["normals"], "did you mean 'normal'"),
    ],
)  # fmt: skip
def test_wrong_words(program: Program, words: list[str], message: str):
    """The error names what would have been right."""
    with pytest.raises(UsageError, match=message):
        requested(program, words)


def test_streams_that_never_give_anything_end(program: Program):
    """An ``ensure`` that nothing fulfils, and sensors that never fire together, are errors instead of endless loops."""
    never = parse_text(SOURCE.replace("ego.speed > 30 km/h", "ego.speed > 90 km/h"), libraries=libraries())[0]
    with pytest.raises(UsageError, match="none of 200 variants in a row"):
        entries(never, ["front.rgb"])
    phases = "    do:\n        early: serial:\n            wait 0.2 s\n"
    phases += "        late: serial:\n            wait seconds\n"
    text = SOURCE.replace("    stop after seconds\n", phases)
    text = text.replace("at 10 hz", "at 10 hz during early").replace("at 5 hz", "at 5 hz during late")
    apart = replace(parse_text(text, libraries=libraries())[0], not_yet=())
    assert {e.time_ns for e in entries(apart, ["front.rgb"], variants=2)} == {0, 100_000_000}
    with pytest.raises(UsageError, match="have no frame in which all of front, roof"):
        entries(apart, ["front.rgb", "points"])


@pytest.mark.parametrize(
    "wrong",
    [{"variants": 0}, {"frames": 0}, {"mix": 0}, {"seed": -1}, {"plan": "gird"}, {"renderer": "none"}, {"samples": 0}],
)
def test_wrong_options(wrong: dict[str, object]):
    """Options out of range are refused before anything is made."""
    with pytest.raises(UsageError):
        replace(StreamOptions(), **wrong)  # type: ignore[arg-type]
