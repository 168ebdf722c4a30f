"""Training of the own network on pairs, from nothing to a folder with weights, configuration and model card."""

from __future__ import annotations

import fcntl
import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from simengine.arrays import Array
from simengine.errors import DatasetError, UsageError
from simengine.rng import stream, stream_key
from simengine_renderers.diffusion.backend import Bench, torch
from simengine_renderers.diffusion.card import model_card
from simengine_renderers.diffusion.gbuffer import Conditions
from simengine_renderers.diffusion.gradients import Gradients
from simengine_renderers.diffusion.model import PRESETS, denoiser
from simengine_renderers.diffusion.pairs import LookInto, Shards
from simengine_renderers.diffusion.scoring import score

__all__ = ["Looks", "Plan", "train"]

Tell = Callable[[str], None]
Looks = Callable[[int, int, int, bool], LookInto]
_CHECKPOINT_S = 120.0
_TELL_EVERY = 50
_TARGET_SCALE = 1.0 / 127.5
_HELD_SEED = 1_000_003


@dataclass(frozen=True)
class Plan:
    """What a training does.

    Attributes:
        preset: size of the network.
        scenarios: names of where the scenes come from.
        scenes, each: scenes to learn from, and looks into each.
        held_out, held_each: scenes of another seed and looks into each, kept for the score.
        size_px: of the pictures to learn from. held_size_px: of those held out.
        crop_px: of the pieces of them that make a batch.
        samples, held_samples: rays a pixel of the targets.
        steps, batch, rate: of the optimiser (AdamW; warm-up, then half a cosine).
        limit_s: wall time of the whole; a slow machine makes fewer steps; the rate falls in time all the same.
        seed: of scenes, initial weights and order. held_seed: of held-out scenes, another one.
        source: digest of what the scenes are made by; other scenes are another training.
        command: what a person typed, for the model card.
    """

    preset: str
    scenarios: tuple[str, ...]
    scenes: int
    each: int
    held_out: int
    held_each: int
    size_px: int
    held_size_px: int
    crop_px: int
    samples: int
    held_samples: int
    steps: int
    batch: int
    rate: float
    limit_s: float = 1800.0
    seed: int = 0
    held_seed: int = _HELD_SEED
    source: str = ""
    command: str = ""

    @classmethod
    def of(
        cls, preset: str, scenarios: tuple[str, ...], seed: int, limit_s: float, command: str, source: str = ""
    ) -> Plan:
        """The plan of a preset."""
        held = _HELD_SEED + (seed == _HELD_SEED)
        return cls(
            preset, scenarios, **_PLANS[preset], seed=seed, limit_s=limit_s, held_seed=held, source=source,
            command=command,
        )  # fmt: skip

    @property
    def digest(self) -> str:
        """What decides the pairs and the course of the training."""
        told = {k: v for k, v in asdict(self).items() if k not in ("command", "limit_s")}
        return f"{stream_key(0, json.dumps(told, sort_keys=True)):032x}"


_PLANS: Mapping[str, Mapping[str, Any]] = {
    "nano": {
        "scenes": 3, "each": 4, "held_out": 3, "held_each": 1, "size_px": 64, "held_size_px": 96, "crop_px": 32,
        "samples": 16, "held_samples": 16, "steps": 100, "batch": 8, "rate": 3e-3,
    },
    "tiny": {
        "scenes": 18, "each": 16, "held_out": 9, "held_each": 2, "size_px": 128, "held_size_px": 256, "crop_px": 64,
        "samples": 32, "held_samples": 64, "steps": 2400, "batch": 8, "rate": 2e-3,
    },
}  # fmt: skip


@dataclass
class _Course:
    """Where a training is.

    Attributes:
        step: steps done.
        spent_s: in earlier processes and this one.
        losses: (step, mean loss since the last entry).
    """

    step: int = 0
    spent_s: float = 0.0
    losses: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])


def train(plan: Plan, looks: Looks, out: Path, tell: Tell) -> dict[str, Any]:
    """Make pairs, train, score on held-out scenes and write ``out``.

    Work in progress lies in a folder beside ``out``: pairs, one file a scene, and a checkpoint every two minutes. The
    same call goes on from there. ``out`` appears when it is complete.

    Args:
        plan: what is done.
        looks: gives looks into scenes by number: (size in px, looks a scene, seed, from anywhere or as the scenario
            has it).
        out: folder to make.
        tell: hears one line about each stage.

    Returns:
        The scores (``scoring.score``), ``losses``, ``seconds``, ``parameters``.

    Raises:
        DatasetError: the folder is there already, another process makes it, or files cannot be written or read.
        UsageError: the time was over before the first step.
    """
    if out.exists() or out.is_symlink():
        raise DatasetError(f"'{out}' is already there; choose another --out or delete it")
    work = out.with_name(f".{out.name}.{plan.digest[:8]}")
    with _alone(work):
        return _train(plan, looks, work, out, tell)


def _train(plan: Plan, looks: Looks, work: Path, out: Path, tell: Tell) -> dict[str, Any]:
    began = time.monotonic()
    shards = Shards(work / "pairs", looks(plan.size_px, plan.each, plan.seed, True), plan.samples)
    held = Shards(
        work / "held", looks(plan.held_size_px, plan.held_each, plan.held_seed, False), plan.held_samples
    )  # fmt: skip
    _make(shards, plan.scenes, "pairs to learn from", tell)
    _make(held, plan.held_out, "held-out pairs", tell)
    data = shards.load(range(plan.scenes))
    course = _Course(spent_s=time.monotonic() - began)
    model = _trained(plan, data, work / "checkpoint", course, tell)
    if course.step == 0:
        raise UsageError(
            f"all of the {plan.limit_s / 60.0:g} minutes went into the making of pairs and none into a step; run the "
            "same command again, with more --minutes if need be: the pairs are kept"
        )
    tell("scoring on held-out scenes")
    bench = Bench()
    try:
        scores = bench.run(lambda: score(model, held.load(range(plan.held_out))))
    finally:
        bench.close()
    result = {**scores, "losses": course.losses, "seconds": round(course.spent_s, 1), "steps": course.step,
              "pairs": len(data["target"]), "parameters": sum(p.numel() for p in model.parameters())}  # fmt: skip
    _publish(model, plan, result, work, out)
    return result


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """Keep other processes out of the folder of work in progress, which is made."""
    work.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(work, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatasetError(f"another process is at this training ('{work}'); wait for it, or end it") from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Errors of safetensors, which are of a kind of its own, as ours."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        raise DatasetError(f"'{path}' cannot be written ({error}); make room and run the same command again") from None


def _make(shards: Shards, scenes: int, what: str, tell: Tell) -> None:
    told = time.monotonic()
    for scene in range(scenes):
        shards.make(scene)
        if time.monotonic() - told > 10.0 or scene + 1 == scenes:
            told = time.monotonic()
            tell(f"{what}: {scene + 1} of {scenes} scenes")


def _trained(plan: Plan, data: Mapping[str, Array], checkpoint: Path, course: _Course, tell: Tell) -> Any:
    """The averaged network after the last step."""
    t = torch()
    t.manual_seed(stream_key(plan.seed, "weights") % 2**63)
    model, average = denoiser()(**PRESETS[plan.preset]), denoiser()(**PRESETS[plan.preset])
    average.load_state_dict(model.state_dict())
    model.train().to(memory_format=t.channels_last)
    optimiser = t.optim.AdamW(model.parameters(), lr=plan.rate, betas=(0.9, 0.99), weight_decay=1e-4)
    _resume(checkpoint, model, average, optimiser, course, tell)
    since, saved, running = time.monotonic(), time.monotonic(), list[float]()
    begun_s = course.spent_s
    with Gradients(model, lambda: denoiser()(**PRESETS[plan.preset])) as gradients:
        for batch in _batches(plan, data, course.step):
            course.spent_s = begun_s + time.monotonic() - since
            progress = _progress(plan, course)
            if progress >= 1.0:
                break
            warm = min(1.0, (course.step + 1) / 100.0)
            for group in optimiser.param_groups:
                group["lr"] = plan.rate * warm * 0.5 * (1.0 + math.cos(math.pi * progress))
            running.append(gradients.of(batch))
            course.step += 1
            gradients.apart(lambda: _update(model, average, optimiser, course.step))
            if course.step % _TELL_EVERY == 0:
                course.losses.append((course.step, round(float(np.mean(running)), 6)))
                running.clear()
                tell(f"step {course.step} of {plan.steps}: loss {course.losses[-1][1]:.5f}")
            if time.monotonic() - saved > _CHECKPOINT_S:
                _save(checkpoint, model, average, optimiser, course)
                saved = time.monotonic()
    return average.eval()


def _progress(plan: Plan, course: _Course) -> float:
    """How far the training is, 0..1: by steps, which is the same every time, or by the clock where that is late."""
    late = course.spent_s / plan.limit_s
    return max(course.step / plan.steps, late if late > 0.5 else 0.0)


def _update(model: Any, average: Any, optimiser: Any, step: int) -> None:
    """One step of the optimiser, and of the average over steps, which is what is kept in the end."""
    t = torch()
    t.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    keep = min(0.995, step / (step + 20.0))
    with t.no_grad():
        for ours, theirs in zip(average.parameters(), model.parameters(), strict=True):
            ours.lerp_(theirs, 1.0 - keep)


def _batches(plan: Plan, data: Mapping[str, Array], done: int) -> Iterator[dict[str, Any]]:
    """Batches of tensors without end; batch k is the same whenever it is made."""
    t = torch()
    count = len(data["target"])
    step = done
    while True:
        rng = stream(plan.seed, "batches", step)
        rows = rng.integers(0, count, plan.batch)
        flips = rng.uniform(size=plan.batch) < 0.5
        places = rng.integers(0, plan.size_px - plan.crop_px + 1, (plan.batch, 2))
        parts = [
            _example(data, int(row), bool(flip), place, plan.crop_px)
            for row, flip, place in zip(rows, flips, places.tolist(), strict=True)
        ]
        batch = {name: t.from_numpy(np.stack([p[name] for p in parts])) for name in parts[0]}
        # half of the examples begin with noise alone, which one-step generation meets; the others anywhere
        share = 1.0 / (1.0 + np.exp(-rng.normal(size=plan.batch)))
        sigma = np.where(rng.uniform(size=plan.batch) < 0.5, 1.0, share).astype(np.float32)
        noise = rng.standard_normal((*batch["target"].shape,), np.float32)
        batch["sigma"], wide = t.from_numpy(sigma), t.from_numpy(sigma)[:, None, None, None]
        batch["noisy"] = (1.0 - wide) * batch["target"] + wide * t.from_numpy(noise)
        yield batch
        step += 1


def _example(data: Mapping[str, Array], row: int, flip: bool, place: list[int], size_px: int) -> dict[str, Array]:
    """A piece of one pair as the network takes it; flipped ones are seen in a mirror."""
    arrays: dict[str, Array] = {}
    for name, every in data.items():
        image = every[row]
        k = image.shape[0] // data["target"].shape[1]
        y, x = (k * p for p in place)
        piece = image[y : y + k * size_px, x : x + k * size_px]
        arrays[name] = piece[:, ::-1] if flip else piece
    if flip:
        arrays["normal"] = arrays["normal"] * np.array([-1, 1, 1], np.int8)
    target = np.moveaxis(arrays.pop("target"), -1, 0).astype(np.float32) * np.float32(_TARGET_SCALE) - np.float32(1.0)
    return {**Conditions(**arrays).tensors(), "target": target}


def _save(path: Path, model: Any, average: Any, optimiser: Any, course: _Course) -> None:
    from safetensors.torch import save_file

    tensors = {f"model.{k}": v.contiguous() for k, v in model.state_dict().items()}
    tensors |= {f"average.{k}": v.contiguous() for k, v in average.state_dict().items()}
    for index, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"moment.{index}.{k}": v.contiguous() for k, v in moments.items()}
    partial = path.with_suffix(".partial")
    note = {"step": str(course.step), "spent_s": str(course.spent_s), "losses": json.dumps(course.losses)}
    with _written(partial):
        save_file(tensors, str(partial), note)
    partial.replace(path.with_suffix(".safetensors"))


def _resume(path: Path, model: Any, average: Any, optimiser: Any, course: _Course, tell: Tell) -> None:
    from safetensors import safe_open

    file = path.with_suffix(".safetensors")
    if not file.exists():
        return
    try:
        with safe_open(str(file), "pt") as found:
            tensors, note = {k: found.get_tensor(k) for k in found.keys()}, found.metadata()  # noqa: SIM118
        for prefix, network in (("model.", model), ("average.", average)):
            network.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
    except Exception as error:  # whatever safetensors and torch raise about damaged files
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DatasetError(f"'{file}' is damaged ({reason[:200]}); delete it and run again") from None
    state: dict[int, dict[str, Any]] = {}
    for key, value in tensors.items():
        if key.startswith("moment."):
            _, index, name = key.split(".")
            state.setdefault(int(index), {})[name] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    course.step, course.spent_s = int(note["step"]), course.spent_s + float(note["spent_s"])
    course.losses = [(int(a), float(b)) for a, b in json.loads(note["losses"])]
    tell(f"going on from step {course.step}")


def _publish(model: Any, plan: Plan, result: Mapping[str, Any], work: Path, out: Path) -> None:
    """Write the model's folder beside its place and move it there whole; work in progress is removed."""
    partial = work / "model"
    shutil.rmtree(partial, ignore_errors=True)
    with _written(partial):
        model.half().save_pretrained(str(partial), safe_serialization=True)
    for path in partial.iterdir():
        path.chmod(0o644)  # safetensors writes for the owner alone
    told = {**asdict(plan), **{k: v for k, v in result.items() if k != "images"}}
    (partial / "training.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (partial / "README.md").write_text(model_card(plan, result), encoding="utf-8")
    out.parent.mkdir(parents=True, exist_ok=True)
    partial.replace(out)
    shutil.rmtree(work, ignore_errors=True)
