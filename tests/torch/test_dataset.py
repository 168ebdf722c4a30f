"""The training stream: the same bytes in the same order whatever the loader, tensors that are the renderer's arrays."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.errors import SensorError, SimEngineError, UsageError
from simengine.language import parse_text
from simengine.render.protocol import CAMERA_CHANNELS
from tests.torch.conftest import EVERYTHING, SOURCE

torch = pytest.importorskip("torch", reason="needs the extra 'torch'")

from torch.utils.data import DataLoader  # noqa: E402

from simengine.torch import CLASS_NAMES, ScenarioDataset, collate_lists, collate_padded  # noqa: E402

warnings.filterwarnings("ignore", message="This DataLoader will create")  # more workers than processors, on purpose


def flat(value: Any) -> Iterator[tuple[str, bytes]]:
    """Every tensor of a batch with its type, shape and bytes."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from ((f"{key}/{k}", b) for k, b in flat(item))
    elif isinstance(value, torch.Tensor):
        yield f"{value.dtype}{tuple(value.shape)}", value.numpy().tobytes()
    elif isinstance(value, list):
        for item in value:
            yield from flat(item)
    else:
        yield type(value).__name__, repr(value).encode()


def bytes_of(batches: Iterable[Any]) -> list[list[tuple[str, bytes]]]:
    return [list(flat(b)) for b in batches]


STREAM: dict[str, Any] = {"variants": 2, "frames": 4, "mix": 2, "seed": 5}


@pytest.fixture(scope="module")
def everything(program):
    """Eight samples of two variants, all channels, mixed; batches of three that this process makes alone."""
    dataset = ScenarioDataset(program, EVERYTHING, **STREAM, batch_size=3)
    return dataset, bytes_of(DataLoader(dataset, batch_size=3))


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_plain_loader_gives_the_same_bytes_in_the_same_order(everything, workers: int):
    """Batch b comes from worker b mod n: runs of the batch size make that the order of one process. 8 = 3 + 3 + 2."""
    dataset, alone = everything
    assert len(alone) == 3
    assert bytes_of(DataLoader(dataset, batch_size=3, num_workers=workers)) == alone


def test_batches_of_one_and_of_two_hold_the_same_samples(everything):
    """The batch size changes no sample and not their order: what the dataset gives, one by one."""
    dataset, _ = everything
    single = bytes_of(collate_padded([sample]) for sample in dataset)
    assert bytes_of(dataset.loader(batch_size=1, num_workers=2)) == single
    pairs = bytes_of(
        collate_padded(part) for b in dataset.loader(batch_size=2, collate_fn=list) for part in ([s] for s in b)
    )
    assert pairs == single


def test_a_loader_that_does_not_fit_is_refused(everything):
    """Workers that make batches of 2 of runs of 1 would change the order: an error, not another order."""
    dataset = ScenarioDataset(everything[0].program, ["front.pose"], variants=4)
    with pytest.raises(UsageError, match="batch_size=2"):
        list(DataLoader(dataset, batch_size=2, num_workers=2))


def test_epochs_and_persistent_workers(program):
    """Each pass is another order of the same samples; workers that persist, in new processes, follow."""
    dataset = ScenarioDataset(program, ["front.rgb"], variants=2, mix=2)

    def epochs(loader: Any) -> list[list[list[tuple[str, bytes]]]]:
        return [bytes_of(loader) for _ in range(2)]

    alone = epochs(dataset.loader(batch_size=3))
    assert alone[0] != alone[1]
    spawned = dataset.loader(batch_size=3, num_workers=1, multiprocessing_context="spawn", persistent_workers=True)
    assert epochs(spawned) == alone
    dataset.set_epoch(1)
    assert bytes_of(DataLoader(dataset, batch_size=3)) == alone[1]


def test_a_pass_goes_on_where_it_was_left(everything):
    """The state behind batch k, through JSON, gives batches k + 1, ... with any number of workers."""
    dataset, alone = everything
    loader = dataset.loader(batch_size=3, num_workers=2)
    batches = iter(loader)
    next(batches)
    state = json.loads(json.dumps(loader.state_dict()))
    del batches
    for workers in (0, 2):
        again = ScenarioDataset(dataset.program, EVERYTHING, **STREAM)
        resumed = again.loader(batch_size=3, num_workers=workers)
        resumed.load_state_dict(state)
        assert bytes_of(resumed) == alone[1:]
        assert resumed.state_dict()["epoch"] == 1  # the pass is over
    again = ScenarioDataset(dataset.program, EVERYTHING, **STREAM)
    again.load_state_dict(state)
    samples = iter(again)
    assert next(samples)["number"] == 3
    second = again.state_dict()
    assert second["sample"] == 4 and second["stream"] == state["stream"]
    shorter = ScenarioDataset(dataset.program, EVERYTHING, **(STREAM | {"variants": 1}))
    shorter.load_state_dict({**second, "kept": 2, "sample": 0})
    assert list(shorter) == []  # the epoch of one variant is over
    other = ScenarioDataset(dataset.program, EVERYTHING, **(STREAM | {"seed": 6}))
    with pytest.raises(UsageError, match="another stream"):
        other.load_state_dict(state)


def test_tensors_are_the_arrays_of_the_frame(program):
    """Same memory, so the same values: what is written to the array is seen in the tensor. Types as documented."""
    from simengine.engine.stream import Cursor, Stream
    from simengine.torch.samples import sample_of

    dataset = ScenarioDataset(program, EVERYTHING, variants=1)
    entry, frame, _ = next(Stream(program, dataset.wanted, dataset.options).frames(Cursor()))
    sample = sample_of(entry, frame, dataset.wanted)
    front, roof = frame["front"], frame["roof"]
    for channel in ("rgb", "depth", "normal", "semantic", "instance", "flow"):
        array, tensor = front[channel], sample[f"front.{channel}"]
        assert np.shares_memory(array, tensor.numpy()), channel
        assert tuple(tensor.shape) == ((array.shape[2], 16, 24) if array.ndim == 3 else (16, 24))
        assert np.array_equal(array if array.ndim == 2 else array.transpose(2, 0, 1), tensor.numpy(), equal_nan=True)
    assert sample["front.rgb"].dtype == torch.uint8 and sample["front.semantic"].dtype == torch.int32
    for field, array in roof.items():
        assert np.shares_memory(array, sample["roof.points"][field].numpy())
    seen = set(np.unique(front["semantic"]).tolist())
    assert {CLASS_NAMES[k] for k in seen} >= {"road", "sky"}


def test_boxes_are_those_of_the_labels(program):
    """A thing's centre in the camera's frame, projected with the intrinsics, lies in its amodal 2D box."""
    dataset = ScenarioDataset(program, ["front.boxes2d", "front.boxes3d", "front.intrinsics"], variants=2, frames=1)
    checked = 0
    for sample in dataset:
        flat_boxes, boxes = sample["front.boxes2d"], sample["front.boxes3d"]
        assert flat_boxes["visible_box_px"].shape == (len(flat_boxes["instance"]), 4)
        rows = {int(k): i for i, k in enumerate(boxes["instance"])}
        for row, instance in enumerate(flat_boxes["instance"].tolist()):
            x, y, z = boxes["center_m"][rows[instance]].double()
            if z < 3:
                continue
            u, v, _ = (sample["front.intrinsics"] @ torch.stack([x, y, z])) / z
            x0, y0, x1, y1 = flat_boxes["amodal_box_px"][row].tolist()
            assert x0 - 1 <= u <= x1 + 1 and y0 - 1 <= v <= y1 + 1
            checked += 1
    assert checked >= 2


def test_padded_and_list_batches(program):
    """Padding says where it is, and what is valid is what the list has; whole numbers are filled with -1."""
    dataset = ScenarioDataset(program, ["front.rgb", "points", "front.boxes2d"], variants=3, frames=1)
    samples = list(dataset)
    padded, lists = collate_padded(samples), collate_lists(samples)
    assert padded["front.rgb"].shape == lists["front.rgb"].shape == (3, 3, 16, 24)
    assert padded["variant"].tolist() == [0, 1, 2] and padded["variant"].dtype == torch.int64
    counts = [len(s["roof.points"]["xyz"]) for s in samples]
    assert len(set(counts)) > 1  # else nothing is padded
    points = padded["roof.points"]
    assert points["valid"].sum(1).tolist() == counts and points["xyz"].shape == (3, max(counts), 3)
    for row, count in enumerate(counts):
        for field, one in lists["roof.points"][row].items():
            assert torch.equal(points[field][row, :count], one)
            assert torch.equal(one, samples[row]["roof.points"][field])
    shortest = int(np.argmin(counts))
    assert (points["instance"][shortest, counts[shortest] :] == -1).all()
    assert (points["xyz"][shortest, counts[shortest] :] == 0).all()


def test_images_of_different_sizes():
    """They cannot be stacked: an error that names the form that can."""
    samples = [{"front.depth": torch.zeros(2, 3)}, {"front.depth": torch.zeros(4, 3)}]
    with pytest.raises(UsageError, match="collate_lists"):
        collate_padded(samples)
    assert [t.shape[0] for t in collate_lists(samples)["front.depth"]] == [2, 4]


def test_a_dataset_travels_to_other_processes(program):
    """Loaders that spawn pickle it."""
    dataset = ScenarioDataset(program, ["front.rgb"], variants=1, frames=1)
    dataset.set_epoch(3)
    copy = pickle.loads(pickle.dumps(dataset))
    assert copy.start.epoch == 3 and copy.identity == dataset.identity


@pytest.mark.parametrize(
    ("options", "message"),
    [({"batch_size": 0}, "batch_size"), ({"variants": 0}, "variants"), ({"channels": ["rgbd"]}, "did you mean 'rgb'")],
)
def test_wrong_options(program, options: dict, message: str):
    """Refused when the dataset is made, not in a worker later."""
    with pytest.raises(UsageError, match=message):
        ScenarioDataset(program, **options)


ODD = (None, -1, 1.5, "3", b"x", [], {}, object(), "\0", float("nan"), True)
OPTIONS = ("batch_size", "variants", "frames", "seed", "plan", "first", "mix", "renderer", "device", "samples", "keep",
           "on_device", "settings")  # fmt: skip
FINE = {"variants": (None,), "frames": (None,), "samples": (None,), "keep": (True,), "on_device": (True,),
        "settings": (None, {})}  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda o: repr(o)[:12])
def test_values_of_the_wrong_kind(program, odd):
    """Options, channels, epochs, states, loaders: one line that is an error of ours, before anything is rendered."""
    dataset = ScenarioDataset(program, ["rgb"], variants=1, frames=1)
    loader, state = dataset.loader(), dataset.state_dict()
    calls = [
        lambda: ScenarioDataset(odd), lambda: ScenarioDataset(program, [odd]), lambda: dataset.set_epoch(odd),
        lambda: dataset.load_state_dict(odd), lambda: loader.set_epoch(odd), lambda: loader.load_state_dict(odd),
        lambda: dataset.loader(odd), lambda: dataset.loader(1, odd), lambda: dataset.loader(1, 0, odd),
        *(lambda k=k: dataset.load_state_dict({**state, k: odd}) for k in state),
        *(lambda k=k: ScenarioDataset(program, ["rgb"], **{k: odd}) for k in OPTIONS if odd not in FINE.get(k, ())),
    ]  # fmt: skip
    for call in [*calls, *([] if odd is None else [lambda: ScenarioDataset(program, odd)])]:
        with pytest.raises(SimEngineError) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_numbers_of_numpy_are_as_good(program):
    """Options often come out of arrays; a state is plain JSON all the same."""
    dataset = ScenarioDataset(program, ["rgb"], seed=np.int64(3), variants=np.int32(2), mix=np.uint8(2))
    dataset.set_epoch(np.int64(4))
    plain = ScenarioDataset(program, ["rgb"], seed=3, variants=2, mix=2)
    assert json.loads(json.dumps(dataset.state_dict())) == {**plain.state_dict(), "epoch": 4}


def test_settings_reach_the_renderer(program):
    """What ``--set`` is to a run. A renderer refuses what it does not have before anything is drawn; the network asked
    twice paints another picture than asked once."""
    with pytest.raises(UsageError, match="renderer 'raytrace' has no setting 'steps'"):
        ScenarioDataset(program, ["rgb"], settings={"steps": "2"})
    pytest.importorskip("simengine_renderers.diffusion", reason="needs the extra 'diffusion'", exc_type=ImportError)
    with pytest.raises(UsageError, match="setting 'steps' must be"):
        ScenarioDataset(program, ["rgb"], renderer="diffusion", settings={"steps": "9"})
    once, twice = (
        next(iter(ScenarioDataset(program, ["rgb"], renderer="diffusion", settings=s))) for s in ({}, {"steps": "2"})
    )
    assert not torch.equal(once["front.rgb"], twice["front.rgb"])


def test_errors_come_out_of_workers(program):
    """What a worker cannot do is an error of ours in the process that trains."""
    from dataclasses import replace

    dataset = ScenarioDataset(program, ["front.rgb"], variants=1)
    dataset.options = replace(dataset.options, device="cuda")
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(SimEngineError, match="no CUDA device"):
        list(dataset.loader(num_workers=1))


@pytest.mark.parametrize("workers", [0, 1])
def test_a_variant_that_cannot_be_rendered_is_named(workers: int):
    """The reason and how to go on, without the traceback that PyTorch puts into the message of a worker's error."""
    lens = SOURCE.replace("fov = 60 deg)", "fov = 90 deg):\n        distortion.k1 ~ {-0.4, -0.41}")
    dataset = ScenarioDataset(parse_text(lens, libraries=libraries())[0], ["front.rgb"], variants=4, first=3)
    with pytest.raises(SensorError, match=r"^variant 3 of the stream cannot be rendered: .* folds .* first=4$"):
        next(iter(dataset.loader(num_workers=workers)))


def test_images_without_a_box_and_scans_without_a_point():
    """A car alone on a bare road whose LiDAR sees 1 m far: all tables are there, with no row, alone and in batches."""
    bare = re.sub(r".*car parked.*\n", "", SOURCE).replace("range = 60 m", "range = 1 m")
    dataset = ScenarioDataset(
        parse_text(bare, libraries=libraries())[0], ["front.boxes2d", "points"], variants=1, frames=2
    )
    padded, lists = (next(iter(dataset.loader(2, collate_fn=c))) for c in (collate_padded, collate_lists))
    assert padded["front.boxes2d"]["visible_box_px"].shape == (2, 0, 4)
    assert padded["roof.points"]["xyz"].shape == (2, 0, 3) and padded["roof.points"]["valid"].shape == (2, 0)
    assert [len(p["xyz"]) for p in lists["roof.points"]] == [0, 0]


def test_a_killed_worker_is_an_error_and_not_a_wait(program):
    """The training process hears of it at the next batch, and goes on from there with a new loader."""
    loader = ScenarioDataset(program, ["front.rgb"], frames=1, variants=40).loader(num_workers=1, prefetch_factor=1)
    batches = iter(loader)
    seen = [next(batches)]
    (worker,) = multiprocessing.active_children()
    worker.kill()
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        seen.extend(batches)
    assert len(seen) < 40 and loader.state_dict()["sample"] == int(seen[-1]["number"]) + 1


IMAGES = tuple(c for c in EVERYTHING if c not in ("boxes2d", "boxes3d"))


def test_arrays_of_the_device_are_the_memory_of_the_tensors(program):
    """By DLPack, no copy: the tensor's address is the array's, and what one writes the other reads. The values are
    those that pass through NumPy; only ``normal`` is not rounded to the 1 / 32767 of files."""
    from simengine.engine.stream import Cursor, Stream
    from simengine.torch.samples import sample_of

    dataset = ScenarioDataset(program, IMAGES, variants=1, frames=1, on_device=True, device="cpu")
    entry, frame, _ = next(Stream(program, dataset.wanted, dataset.options).frames(Cursor()))
    sample = sample_of(entry, frame, dataset.wanted)
    host = next(iter(ScenarioDataset(program, IMAGES, variants=1, frames=1, device="cpu")))
    for key in host:
        sensor, _, channel = key.partition(".")
        if channel in ("rgb", "depth", "normal", "semantic", "instance", "flow"):
            array = frame.readings[sensor].channels[channel]
            assert not isinstance(array, np.ndarray) and sample[key].data_ptr() == array.ptr, key
            slack = 1 / 32767 if channel == "normal" else 0.0
            assert sample[key].shape == host[key].shape and sample[key].dtype == host[key].dtype
            assert torch.allclose(sample[key].double(), host[key].double(), rtol=0.0, atol=slack, equal_nan=True)
        elif channel == "points":
            for field, values in host[key].items():
                assert sample[key][field].data_ptr() == frame.readings[sensor].points[field].ptr
                assert torch.equal(sample[key][field], values)
    sample["front.depth"][3, 4] = -7.0
    assert frame.readings["front"].channels["depth"].numpy()[3, 4] == -7.0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_arrays_of_a_cuda_device_stay_there(program):
    """Tensors are on the GPU, at the addresses of the renderer's arrays."""
    from simengine.engine.stream import Cursor, Stream
    from simengine.torch.samples import sample_of

    dataset = ScenarioDataset(program, IMAGES, variants=1, frames=1, on_device=True, device="cuda")
    entry, frame, _ = next(Stream(program, dataset.wanted, dataset.options).frames(Cursor()))
    sample = sample_of(entry, frame, dataset.wanted)
    for channel, array in frame.readings["front"].channels.items():
        tensor = sample[f"front.{channel}"]
        assert tensor.is_cuda and tensor.data_ptr() == array.ptr, channel


def test_what_cannot_stay_on_a_device(program):
    """Boxes need arrays of the processor, a worker process cannot hand device memory over, some renderers use NumPy."""
    with pytest.raises(UsageError, match="without on_device"):
        ScenarioDataset(program, ["front.boxes2d"], on_device=True)
    dataset = ScenarioDataset(program, ["front.rgb"], variants=1, on_device=True)
    with pytest.raises(UsageError, match="num_workers=0"):
        list(dataset.loader(num_workers=1))
    with pytest.raises(UsageError, match="NumPy arrays only"):
        list(ScenarioDataset(program, ["front.rgb"], variants=1, on_device=True, renderer="reference"))


def test_the_page_lists_every_key():
    """docs/training.md: each row's dtype and shape are those of a sample, and no key of a sample is missing there."""
    from simengine.engine.catalogue import libraries
    from simengine.language import parse_text

    radar = "    sensor bumper on ego = radar()\n    record bumper: detections at 10 hz\n"
    program = parse_text(SOURCE + radar, libraries=libraries())[0]
    channels = [*CAMERA_CHANNELS, "intrinsics", "front.pose", "roof.pose", "front.boxes2d", "roof.boxes3d", "points"]
    channels += ["detections", "front.keypoints", "front.amodal", "front.poses6d"]
    sample = next(iter(ScenarioDataset(program, channels, variants=1, frames=1)))
    found = {}
    for key, value in sample.items():
        fields = {f"{key}/{k}": v for k, v in value.items()} if isinstance(value, dict) else {key: value}
        found |= {k: v for k, v in fields.items() if isinstance(v, torch.Tensor)}
    page = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
    rows: list[tuple[str, str, str]] = []
    for names, dtypes, shapes in re.findall(r"^\| (`[^|]+`) \| ([\w, ]+) \| (\([^|]*\)) \|", page, re.MULTILINE):
        first, *others = re.findall(r"`([^`]+)`", names)  # `roof.points/xyz`, or `front.poses6d/orientation`, `/size_m`
        keys = [first, *(first.split("/")[0] + other for other in others)]
        columns = [dtypes.split(", "), re.findall(r"\(([^)]*)\)", shapes)]  # one for all, or one each
        rows += zip(keys, *(column * (len(keys) // len(column)) for column in columns), strict=True)
    assert {key for key, _, _ in rows} == set(found)
    for key, dtype, shape in rows:
        known = {"H": 16, "W": 24, "N": len(found[key]) if found[key].ndim else -1}
        sizes = [known[w] if w in known else int(w) for w in shape.split(", ")]
        assert list(found[key].shape) == sizes and str(found[key].dtype) == f"torch.{dtype}", key
