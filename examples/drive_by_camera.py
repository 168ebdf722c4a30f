"""Drive a car by what its camera sees: an environment with the calls of Gymnasium, and a policy that brakes by depth.

    python examples/drive_by_camera.py [SCENARIO] [VARIANTS]

Gymnasium itself is not needed; who has it derives ``Street`` from ``gymnasium.Env`` and names the two spaces.
"""

import sys
from pathlib import Path

import numpy as np

import simengine

SCENARIO = Path(__file__).parent / "approach.scn"


class Street:
    """One variant of a scenario at a time: observations are depth images and ego's speed, actions are accelerations."""

    def __init__(self, scenario=SCENARIO, camera="front", rate_hz=20, **options):
        self.scenario, self.camera, self.rate_hz, self.options = scenario, camera, rate_hz, options
        self.loop = None

    def reset(self, *, seed=0):
        """Begin the variant of this number."""
        self.close()
        self.loop = simengine.closed_loop(
            self.scenario, first=seed, rate_hz=self.rate_hz, sensors=[self.camera], **self.options
        )
        return self._observed(self.loop.reset()), {}

    def step(self, action):
        """Drive on for one control period with an acceleration in m/s2."""
        seen = self.loop.step({"ego": float(action)})
        over = not bool(seen.running[0])
        info = {"verdicts": self.loop.results()[0].verdicts} if over else {}
        return self._observed(seen), seen.speed_mps[0, seen.slot("ego")] / self.rate_hz, over, False, info

    def _observed(self, seen):
        (frame,) = self.loop.frames()  # None until the first image is complete
        depth = None if frame is None else frame[self.camera]["depth"]
        return {"depth": depth, "speed": seen.speed_mps[0, seen.slot("ego")]}

    def close(self):
        """Free the renderer."""
        if self.loop is not None:
            self.loop.close()


def brake_by_depth(observed, ahead_m=3.0, margin_m=5.0):
    """Brake as hard as it takes to stop a margin before whatever stands up in the middle of the image."""
    if observed["depth"] is None:
        return 0.0
    rows, columns = observed["depth"].shape
    near = np.median(observed["depth"][rows // 2 - 2 : rows // 2 + 1, columns // 2 - 2 : columns // 2 + 2])
    left = max(near - ahead_m - margin_m, 0.1)  # depth counts from the camera, which is behind the bumper
    needed = observed["speed"] ** 2 / (2.0 * left)
    return -min(needed, 8.0) if needed > 1.5 else 0.0


def main(scenario=SCENARIO, variants=3, **options):
    """Drive some variants and say what came of them."""
    street, found = Street(scenario, **options), []
    for seed in range(int(variants)):
        observed, _ = street.reset(seed=seed)
        over, way_m, info = False, 0.0, {}
        while not over:
            observed, reward, over, _, info = street.step(brake_by_depth(observed))
            way_m += reward
        found.append([(v.message or v.text, v.passed, round(v.robustness, 2)) for v in info["verdicts"]])
        print(f"variant {seed}: {way_m:.1f} m, {found[-1]}")
    street.close()
    return found


if __name__ == "__main__":
    sys.exit(__doc__) if {"-h", "--help"} & set(sys.argv) else main(*sys.argv[1:3])
