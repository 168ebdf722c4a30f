"""What shutters ask of the rest of a scenario: time enough between two images."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from simengine.language.diagnostics import Label
from simengine.language.program import Binding, Choice, Family, Range, RecordDecl, exact_rate
from simengine.language.scope import Context
from simengine.language.supports import binding_support
from simengine.language.terms import Ref, Span

__all__ = ["check_shutters", "period_ns"]

_RATE_HZ = 10.0
_WITH_IMAGES = ("camera", "stereo")


def check_shutters(ctx: Context, records: Sequence[RecordDecl], unsure: Collection[str]) -> None:
    """Report exposures and readouts that take longer than an image lasts, faults too.

    As with the bounds of properties, what is fixed or drawn must keep the limit for certain; draws from which a value
    is computed that does not are rejected.

    Args:
        ctx: all definitions are made.
        records: of the scenario.
        unsure: sensors with a rate that could not be read.
    """
    for name, sensor in ctx.sensors.items():
        of_it = [r for r in records if r.sensor == name]
        if sensor.kind.name not in _WITH_IMAGES or name in unsure:
            continue
        for prop in ("exposure.time", "rolling_shutter"):
            if f"{name}.{prop}" in ctx.definitions:
                _check_time(ctx, name, prop, of_it)
    for name, delay in ctx.shutters:
        of_it = [r for r in records if r.sensor == name]
        binding = ctx.definitions[delay.path].binding if isinstance(delay, Ref) and not delay.state else delay
        found = None if name in unsure else _beyond(ctx, binding, period_ns(of_it))
        if found is not None:
            _too_long(ctx, f"'delay' of 'fault(rolling_shutter)' {found}", delay.span, of_it)


def _check_time(ctx: Context, name: str, prop: str, records: Sequence[RecordDecl]) -> None:
    """A time of a camera: no longer than there is between two images."""
    path = f"{name}.{prop}"
    definition = ctx.definitions[path]
    most_ns = period_ns(records)
    found = _beyond(ctx, definition.binding, most_ns)
    if found is not None:
        _too_long(ctx, f"'{prop}' of '{name}' {found}", definition.span, records)
    elif definition.active is None and ctx.supports[path][1] > _limit_s(most_ns):
        ctx.add(replace(definition, bounds=(0.0, _limit_s(most_ns))))


def period_ns(records: Sequence[RecordDecl]) -> int:
    """Time between two images, of the fastest rate at which the sensor is recorded.

    Args:
        records: all those of the sensor.
    """
    rate = max(exact_rate(_RATE_HZ if r.rate_hz is None else r.rate_hz) for r in records) if records else _RATE_HZ
    return int(1_000_000_000 / rate)


def _limit_s(most_ns: int) -> float:
    """What is rounded to so many nanoseconds is still allowed: a period of 1/30 s is none of whole nanoseconds."""
    return (most_ns + 0.499) / 1e9 if most_ns else 0.0


def _beyond(ctx: Context, binding: Binding, most_ns: int) -> str | None:
    """How a value leaves a limit, in words; None: it does not, or not for certain."""
    low, high = binding_support(binding, ctx.supports)
    certain = isinstance(binding, Range | Choice | Family) or low == high
    if low <= _limit_s(most_ns) and not (certain and high > _limit_s(most_ns)):
        return None
    return f"is {_time(low)}" if low == high else f"{'is' if low > _limit_s(most_ns) else 'can be'} up to {_time(high)}"


def _time(seconds: float) -> str:
    return f"{1e3 * seconds:g} ms" if seconds < 1.0 else f"{seconds:g} s"


def _too_long(ctx: Context, what: str, span: Span, records: Sequence[RecordDecl]) -> None:
    between = _time(period_ns(records) / 1e9)
    fastest = max(records, key=lambda r: r.rate_hz or _RATE_HZ, default=None)
    ctx.sink.error(
        "E0208", span, f"{what}, and there are {between} between two images",
        labels=[Label(fastest.span, "recorded here")] if fastest is not None else [],
        help=f"keep it within 0 s..{between}, or record fewer images a second",
    )  # fmt: skip
