"""Strips for docs/neural.md: input, the network's picture and the many-sample target, of scenes it has not seen.

usage: python tools/make_neural_strips.py [FOLDER_OF_A_MODEL]
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from simengine.engine.looks import LookOptions, looks
from simengine.engine.neural import SCENARIOS
from simengine.render.lettering import stamp
from simengine.render.opening import open_renderer
from simengine.render.protocol import RenderOptions
from simengine_renderers.diffusion.quality import histogram_matched, psnr_db

ROOT = Path(__file__).parent.parent
SEED, SIZE_PX, SAMPLES = 1_000_003, 256, 64


def strip(scene: int, settings: dict[str, str]) -> np.ndarray:
    """One look: three pictures side by side, each with its PSNR."""
    for look in looks(LookOptions(SCENARIOS, SIZE_PX, 1, SEED, False), scene):
        before = look.take(("rgb",)).channels["rgb"]
        target = look.take(("rgb",), SAMPLES).channels["rgb"]
        painter = open_renderer("diffusion", look.renderer.scene, RenderOptions("cpu", None, 1, extra=settings))
        after = painter.camera(look.spec, look.instants, ("rgb",), look.noise).channels["rgb"]
        painter.close()
        matched = psnr_db(histogram_matched(before, target), target)
        print(f"{look.title}: {psnr_db(before, target):.2f} / {matched:.2f} / {psnr_db(after, target):.2f} dB")
        texts = (
            f"1 sample: {psnr_db(before, target):.1f} dB", f"network: {psnr_db(after, target):.1f} dB",
            f"{SAMPLES} samples",
        )  # fmt: skip
        pictures = [np.ascontiguousarray(np.repeat(np.repeat(p, 2, 0), 2, 1)) for p in (before, after, target)]
        for picture, text in zip(pictures, texts, strict=True):
            stamp(picture, text, 22)
        return np.concatenate(pictures, 1)
    raise RuntimeError("no look")


def main() -> None:
    settings = {"model": sys.argv[1]} if len(sys.argv) > 1 else {}
    for scene, name in ((1, "alks_cut_in"), (2, "ccrm"), (3, "child_dart_out")):
        path = ROOT / "docs" / "pictures" / f"neural_{name}.jpg"
        cv2.imwrite(str(path), strip(scene, settings)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82])
        print(path)


if __name__ == "__main__":
    main()
