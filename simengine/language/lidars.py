"""What is known of a LiDAR before a draw: that its model exists and says alone which beams it has, and its range."""

from __future__ import annotations

from simengine.errors import did_you_mean
from simengine.language.diagnostics import Label
from simengine.language.program import Choice
from simengine.language.scope import Context, SensorInfo
from simengine.language.terms import Const, Expr, Ref
from simengine.sensors.beams import beam_names

__all__ = ["check_lidar"]


def check_lidar(ctx: Context, sensor: SensorInfo) -> None:
    """Report models that no table has, beams given twice, and a smallest range that may reach the largest."""
    _beams_once(ctx, sensor)
    known = {_plain(name): name for name in beam_names()}
    for word in _words(ctx, f"{sensor.name}.model"):
        if _plain(str(word.value)) not in known:
            near = did_you_mean(_plain(str(word.value)), list(known))
            ctx.sink.error(
                "E0201", word.span, f"unknown LiDAR model '{str(word.value)[:64]}'",
                help=f"did you mean '{known[near]}'?" if near else "", note=f"models: {', '.join(known.values())}",
            )  # fmt: skip
    least, most = (ctx.definitions.get(f"{sensor.name}.{p}") for p in ("range_min", "range"))
    low, high = (ctx.supports.get(f"{sensor.name}.{p}") for p in ("range_min", "range"))
    if least and most and low and high and low[1] >= high[0]:
        span = max(least.span, most.span, key=lambda s: (s.line, s.column))
        verb = "is" if low[0] >= high[1] else "may be"
        ctx.sink.error(
            "E0208", span, f"'range_min' of '{sensor.name}' {verb} not below its 'range': nothing would be measured",
            help="make 'range_min' smaller or 'range' larger",
        )  # fmt: skip


def _beams_once(ctx: Context, sensor: SensorInfo) -> None:
    model, channels = (ctx.definitions.get(f"{sensor.name}.{p}") for p in ("model", "channels"))
    if model is not None and channels is not None and channels.span != sensor.span:  # not its default
        ctx.sink.error(
            "E0205", channels.span, f"'{sensor.name}' has a model, which says how many channels there are",
            labels=[Label(model.span, "the model")], help="remove one of the two",
        )  # fmt: skip


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c not in " _-")


def _words(ctx: Context, path: str) -> list[Const]:
    definition = ctx.definitions.get(path)
    binding = definition.binding if definition else None
    values: tuple[Expr, ...] = ()
    if isinstance(binding, Ref) and binding.path in ctx.definitions:  # a 'param' that holds the name
        return _words(ctx, binding.path)
    if isinstance(binding, Choice):
        values = binding.values
    elif isinstance(binding, Const):
        values = (binding,)
    return [v for v in values if isinstance(v, Const) and isinstance(v.value, str)]
