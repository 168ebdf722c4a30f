"""Search a scenario's own parameters for the worst case of its 'expect', and write that variant out as a dataset.

    python examples/edge_search.py [SCENARIO] [OUT]

Nothing is rendered during the search: monitors judge the simulation alone. It takes a minute on two cores.
"""

import sys

import numpy as np
from scipy.optimize import differential_evolution

import simengine

AXES = ["ego.speed", "ego.controller.reaction", "gap", "kid.speed", "kid.model", "parked.count"]  # what may vary


def main(scenario="child_dart_out", out="out/worst", axes=AXES, generations=10, **options):
    """Search, say what was found, write it. All parameters that are not axes stay as in variant 0."""
    space = simengine.Space(scenario, axes)

    def robustness(u):  # (axes, n) numbers of 0..1 -> (n,) margins, negative where the expectation is violated
        found = space.evaluate(u.T)
        return np.where(found.valid, np.nan_to_num(found.robustness.min(axis=1), nan=100.0), 100.0)

    worst = differential_evolution(
        robustness, [(0.0, 1.0)] * len(space), popsize=4, maxiter=generations, vectorized=True, updating="deferred",
        polish=False, seed=1, callback=lambda x, convergence: print(f"{robustness(x[:, None])[0]:.3f}", end=" "),
    )  # fmt: skip
    print(f"\nworst margin {worst.fun:.3f}: {space.evaluate(worst.x).scenarios[0].row()}")
    run = simengine.RunOptions(scenario, out, variants=1, plan="points", points=space.points(worst.x), **options)
    print(f"wrote {simengine.run(run).frames} frames to {out}")
    return worst


if __name__ == "__main__":
    sys.exit(__doc__) if {"-h", "--help"} & set(sys.argv) else main(*sys.argv[1:3])
