"""examples/train_segmentation.py does what it says: the loss falls, and held-out scenes are told apart."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("torch", reason="needs the extra 'torch'")


@pytest.fixture(scope="module")
def example() -> ModuleType:
    path = Path(__file__).parents[2] / "examples" / "train_segmentation.py"
    spec = importlib.util.spec_from_file_location("train_segmentation", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_short_training(example: ModuleType):
    """32 steps on four streets tell road, houses and sky apart: at least two groups, so twice a constant answer's mIoU.

    Rendered in this process, so that no second one has to start. The full run (slow) asks for the margin of the page.
    """
    losses, reached, constant = example.main(variants=4, workers=0, uses=8)
    assert sum(losses[-4:]) < 0.6 * sum(losses[:4])
    assert reached > 2 * constant


@pytest.mark.slow
def test_the_whole_training(example: ModuleType):
    """Two minutes on two cores. Constant answers have at most 1 / 8 of an IoU; the margin is the example's own."""
    losses, reached, constant = example.main()
    assert sum(losses[-20:]) < 0.3 * sum(losses[:20])
    assert reached > constant + example.MARGIN
