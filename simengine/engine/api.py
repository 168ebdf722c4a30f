"""The same chain from Python: scenarios and episodes as streams of frames, nothing on disk."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from simengine.engine.episode import LiveEpisode, render_options
from simengine.engine.loading import load, require_runnable
from simengine.engine.options import check_draw, check_rendering, check_settings
from simengine.engine.outside import Controller
from simengine.engine.variation import Failed, Variation, chosen_indices
from simengine.errors import UsageError
from simengine.language import Program
from simengine.language.chosen import ENDLESS
from simengine.language.scenario import Scenario
from simengine.render.opening import check_options, warm_up
from simengine.render.protocol import RenderOptions

__all__ = ["episodes", "sample"]


def sample(
    program: Program | str | Path, variants: int = 10, *, seed: int = 0, plan: str = "random", first: int = 0
) -> list[Scenario]:
    """Draw variants: concrete scenarios with values, units and a digest.

    Args:
        program: a loaded program, or a name or path for :func:`simengine.load`.
        variants: how many (plans "grid" and "cover": 0 = all).
        seed, plan, first: as for the command ``simengine sample``.

    Raises:
        BudgetError: the constraints reject too much; the message holds the table of which.
    """
    plan = check_draw(variants, first, seed, plan)
    checked = program if isinstance(program, Program) else load(program)
    require_runnable(checked)
    variation = Variation(checked, seed, plan)
    indices = chosen_indices(variation.sampler, first, variants, variation.geometry)
    draws = variation.sampler.draw(indices, variation.geometry)
    return [draws.scenario(k) for k in range(len(draws))]


def episodes(
    program: Program | str | Path, variants: int = 10, *, seed: int = 0, plan: str = "random", first: int = 0,
    renderer: str = "raytrace", device: str = "auto", samples: int | None = None, keep: bool = False,
    max_frames: int | None = None, settings: Mapping[str, str] | None = None,
    controllers: Mapping[str, Controller] | None = None,
) -> Iterator[LiveEpisode]:  # fmt: skip
    """Episodes of the first variants that come true, one at a time; frames are rendered as you iterate.

    Args:
        program: a loaded program, or a name or path for :func:`simengine.load`.
        variants: how many episodes (plans "grid" and "cover": 0 = all).
        seed, plan, first: which variants.
        renderer, device, samples, settings: how they are rendered; settings are the renderer's own.
        keep: yield variants whose ``ensure`` failed, too.
        max_frames: only the first so many frames of each episode, instants at which any sensor fires; verdicts and
            results are of the whole simulation.
        controllers: functions that drive vehicles, by name, each asked in every tick (10 ms) for a batch of variants at
            once; see :mod:`simengine.engine.outside`.

    Yields:
        Each episode; it is closed when the next one is asked for.

    Raises:
        SimEngineError: an argument, the program or the renderer cannot be used; at once, before the first episode. And
            what is wrong with the variants, if all of the first ones fail.

    A variant that meets an error of its own is left out, with a warning that names it, as if its ``ensure`` had failed.
    """
    plan = check_draw(variants, first, seed, plan)
    check_rendering(renderer, device, samples, max_frames)
    checked = program if isinstance(program, Program) else load(program)
    require_runnable(checked)
    options = render_options(device, samples, check_settings(settings or {}))
    check_options(renderer, options)
    return _episodes(Variation(checked, seed, plan, controllers), variants, first, renderer, options, keep, max_frames)


def _episodes(
    variation: Variation, variants: int, first: int, renderer: str, options: RenderOptions, keep: bool,
    max_frames: int | None,
) -> Iterator[LiveEpisode]:  # fmt: skip
    warm_up(renderer, options, lambda _: None)
    made = tried = failed = 0
    for indices in variation.batches(first, min(8, variants or 8)):
        tried += len(indices)
        for simulated in variation.attempt(indices):
            if isinstance(simulated, Failed):
                failed += 1
                if failed == tried:
                    raise simulated.error
                warnings.warn(f"variant {simulated.index} is left out: {simulated.reason}", stacklevel=2)
            elif simulated.valid or keep:
                with LiveEpisode(variation.program, simulated, renderer, options, max_frames) as episode:
                    yield episode
                made += 1
                if made == variants:
                    return
        if variation.sampler.plan.name in ENDLESS and tried > max(200, 20 * variants):
            raise UsageError(
                f"only {made} of {variants} variants came true; 'ensure' discards too many: loosen it or keep=True"
            )
