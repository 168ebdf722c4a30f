"""Train a small segmentation network from nothing on a stream of scenes, and judge it on scenes that it never saw.

    python examples/train_segmentation.py [VARIANTS]

With 160 variants it takes about two minutes on two processors. No picture is written or read: one process renders while
this one trains. Training and judging scenes come from different seeds, so they have no draw in common.
"""

import os
import sys
import time
from itertools import pairwise
from pathlib import Path

from simengine.torch import CLASS_NAMES, ScenarioDataset  # before torch: where that is missing, it says what to do

# isort: split
import torch
from torch import nn

SCENARIO = Path(__file__).with_name("small_street.scn")
GROUPS = {"sky": "sky", "road": "road lane_marking", "pavement": "pavement kerb terrain", "plants": "vegetation",
          "building": "building wall fence", "vehicle": "car van truck bus motorcycle bicycle",
          "person": "adult child rider", "thing": "everything else"}  # fmt: skip
NUMBERS = {name: k for k, names in enumerate(GROUPS.values()) for name in names.split()}
GROUP_OF = torch.tensor([NUMBERS.get(name, len(GROUPS) - 1) for name in CLASS_NAMES])
MARGIN = 0.4  # by so much the mIoU must be above that of the best constant answer


def convolutions(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """Two 3 x 3 convolutions."""
    first = [nn.Conv2d(inputs, outputs, 3, stride, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*first, nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU())


class Network(nn.Module):
    """Down to an eighth of the size and up to a half, with what was seen on the way down (a U-Net)."""

    def __init__(self, widths: tuple[int, ...] = (24, 48, 96)) -> None:
        super().__init__()
        self.down = nn.ModuleList(convolutions(a, b, stride=2) for a, b in pairwise((3, *widths)))
        self.up = nn.ModuleList(convolutions(a + b, a) for a, b in pairwise(widths))
        self.answer = nn.Conv2d(widths[0], len(GROUPS), 1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) uint8 to (B, groups, H, W) scores."""
        x, seen = image.float() / 255 - 0.5, []
        for layer in self.down:
            x = layer(x)
            seen.append(x)
        for before, layer in zip(reversed(seen[:-1]), reversed(self.up), strict=True):
            x = layer(torch.cat([before, nn.functional.interpolate(x, scale_factor=2)], 1))
        return nn.functional.interpolate(self.answer(x), scale_factor=2, mode="bilinear")


def stream(seed: int, variants: int) -> ScenarioDataset:
    """Eight instants of each variant; those of eight variants come mixed."""
    return ScenarioDataset(SCENARIO, ["front.rgb", "front.semantic"], frames=8, mix=8, variants=variants, seed=seed)


def mean_iou(table: torch.Tensor) -> float:
    """From counts by (truth, answer): mean over the groups that are there."""
    there = table.sum(1) > 0
    return float((table.diag() / (table.sum(0) + table.sum(1) - table.diag()).clamp(min=1))[there].mean())


@torch.no_grad()
def judge(network: Network, batches: list) -> tuple[float, float]:
    """Mean IoU of the network, and of answering the most frequent group everywhere."""
    network.eval()
    table = torch.zeros(len(GROUPS), len(GROUPS), dtype=torch.int64)
    for batch in batches:
        truth, answer = GROUP_OF[batch["front.semantic"]], network(batch["front.rgb"]).argmax(1)
        table += torch.bincount((truth * len(GROUPS) + answer).flatten(), minlength=table.numel()).view_as(table)
    network.train()
    constant = torch.zeros_like(table)
    constant[:, table.sum(1).argmax()] = table.sum(1)
    return mean_iou(table), mean_iou(constant)


def main(variants: int = 160, workers: int = 1, uses: int = 2) -> tuple[list[float], float, float]:
    """Train, print, and return the losses, the mIoU on held-out scenes and that of a constant answer.

    A step costs less than a picture, so each batch has several uses.
    """
    torch.manual_seed(0)
    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))  # one is left to the worker
    began, losses, network = time.monotonic(), [], Network()
    held_out = list(stream(2, max(3, variants // 10)).loader(batch_size=8, num_workers=workers))
    batches = stream(1, variants).loader(batch_size=8, num_workers=workers)
    optimiser = torch.optim.AdamW(network.parameters(), 4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=uses * variants + 1)
    for number, batch in enumerate(batches):
        truth = GROUP_OF[batch["front.semantic"]]
        for _ in range(uses):
            loss = nn.functional.cross_entropy(network(batch["front.rgb"]), truth)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        if number % 20 == 19:
            print(f"{time.monotonic() - began:4.0f} s, {8 * number + 8:5} pictures: loss {sum(losses[-40:]) / 40:.3f}, "
                  f"held-out mIoU {judge(network, held_out)[0]:.3f}", flush=True)  # fmt: skip
    reached, constant = judge(network, held_out)
    print(f"held-out mIoU {reached:.3f}; most frequent group everywhere: {constant:.3f} (margin asked: {MARGIN})")
    return losses, reached, constant


if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv):
        sys.exit(__doc__)
    _, reached, constant = main(*map(int, sys.argv[1:2]))
    sys.exit(reached < constant + MARGIN)
