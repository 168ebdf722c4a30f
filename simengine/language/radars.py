"""What a radar's properties must agree about."""

from __future__ import annotations

from simengine.language.diagnostics import Label
from simengine.language.scope import Context, SensorInfo
from simengine.sensors.radar import MOST_CELLS, MOST_FALSE, cell_count, most_false_alarm
from simengine.sensors.vocabulary import default

__all__ = ["check_radar"]

_BELOW = (
    ("range_min", "range", "nothing would be measured"),
    ("resolution.range", "range", "there would be no cell"),
    ("resolution.azimuth", "fov", "there would be one beam"),
    ("resolution.speed", "speed_max", "there would be no cell"),
)


def check_radar(ctx: Context, sensor: SensorInfo) -> None:
    """Report resolutions as coarse as what they divide, and so fine ones that no computer holds the cells."""
    fits = True
    for small, large, why in _BELOW:
        first, second = (ctx.definitions.get(f"{sensor.name}.{p}") for p in (small, large))
        low, high = (ctx.supports.get(f"{sensor.name}.{p}") for p in (small, large))
        if first and second and low and high and low[1] >= high[0]:
            fits = False
            span = max(first.span, second.span, key=lambda s: (s.line, s.column))
            verb = "is" if low[0] >= high[1] else "may be"
            ctx.sink.error(
                "E0208", span, f"'{small}' of '{sensor.name}' {verb} not below its '{large}': {why}",
                help=f"make '{small}' smaller or '{large}' larger",
            )  # fmt: skip
    spans = [ctx.supports.get(f"{sensor.name}.{p}") for p in ("range", "fov", "speed_max")]
    widths = [ctx.supports.get(f"{sensor.name}.resolution.{p}") for p in ("range", "azimuth", "speed")]
    if fits and all(spans) and all(widths):
        (far, across, fast), (deep, wide, slow) = ([s[1] for s in spans if s], [w[0] for w in widths if w])
        count = cell_count(far, deep, across, wide, fast, slow)
        if count > MOST_CELLS:
            told = [ctx.definitions.get(f"{sensor.name}.resolution.{p}") for p in ("range", "azimuth", "speed")]
            labels = [Label(d.span, "") for d in told if d and d.span != sensor.span][:1]
            ctx.sink.error(
                "E0208", labels[0].span if labels else sensor.span,
                f"'{sensor.name}' would have {count:.2g} cells of range, azimuth and speed; at most "
                f"{MOST_CELLS:.0g}",
                help="coarsen a resolution, or lower 'range' or 'speed_max'",
            )  # fmt: skip
            return
        _check_noise(ctx, sensor, count)


def _check_noise(ctx: Context, sensor: SensorInfo, count: int) -> None:
    """Report so many false detections that a scan would hold little else."""
    path = f"{sensor.name}.false_alarm"
    told, most = ctx.definitions.get(path), ctx.supports.get(path)
    rate = most[1] if most else default("radar", "false_alarm")
    if count * rate > MOST_FALSE:
        ctx.sink.error(
            "E0208", told.span if told else sensor.span,
            f"'{sensor.name}' would report {count * rate:,.0f} false detections a scan ({count:.2g} cells x "
            f"false_alarm {rate:g}); at most {MOST_FALSE:,.0f}",
            help=f"lower 'false_alarm' to {most_false_alarm(count):g}, or coarsen a resolution",
        )  # fmt: skip
