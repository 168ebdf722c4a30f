"""Scenarios as a stream of training samples for PyTorch (extra ``torch``).

from simengine.torch import ScenarioDataset

dataset = ScenarioDataset("child_dart_out", ["front.rgb", "front.semantic"], frames=8, mix=16, seed=1)
for batch in dataset.loader(batch_size=8, num_workers=4):
    image, classes = batch["front.rgb"], batch["front.semantic"]  # (8, 3, H, W) uint8, (8, H, W) int32
"""

from __future__ import annotations

from simengine.errors import MissingExtraError

try:
    import torch as _torch  # noqa: F401  # pyright: ignore
except ImportError as error:
    raise MissingExtraError.of("torch", "simengine.torch", error) from None

from simengine.torch.collate import collate_lists, collate_padded
from simengine.torch.dataset import ScenarioDataset
from simengine.torch.loader import StreamLoader
from simengine.torch.samples import CLASS_NAMES, Sample

__all__ = ["CLASS_NAMES", "Sample", "ScenarioDataset", "StreamLoader", "collate_lists", "collate_padded"]
