"""The third door: scenarios written in Python, for those who want loops, functions and a type checker around them.

    from simengine.build import Builder, always, at, beyond, on, uniform, words

    s = Builder("step_out", "Somebody steps out", use=["driving"])
    s.world("street", lanes=2, length="120 m")
    ego = s.add("car", "ego", on("lane(1)"), at("s(10 m)"), speed=uniform(20, 40, "km/h"), controller="aeb()")
    ...
    program = s.program()  # what simengine.load gives; s.text() and s.json() are the other two doors

It makes the syntax tree, which is printed, read and checked like any text: mistakes are the usual diagnostics, on the
printed text, and no name or string can become a statement.
"""

from __future__ import annotations

from simengine.build.builder import Builder
from simengine.build.distribution import (
    Draw,
    beta,
    choice,
    histogram,
    lognormal,
    normal,
    poisson,
    triangular,
    uniform,
)
from simengine.build.expression import (
    Expr,
    all_of,
    always,
    any_of,
    count_of,
    eventually,
    member,
    quantity,
    when_else,
    words,
)
from simengine.build.placing import (
    Placing,
    above,
    ahead_of,
    along,
    at,
    behind,
    between,
    beyond,
    facing,
    inside,
    left_of,
    on,
    right_of,
)
from simengine.build.timeline import Alternatives, Choices, Settings, Timeline

__all__ = [
    "Alternatives", "Builder", "Choices", "Draw", "Expr", "Placing", "Settings", "Timeline", "above", "ahead_of",
    "all_of", "along", "always", "any_of", "at", "behind", "beta", "between", "beyond", "choice", "count_of",
    "eventually", "facing", "histogram", "inside", "left_of", "lognormal", "member", "normal", "on", "poisson",
    "quantity", "right_of", "triangular", "uniform", "when_else", "words",
]  # fmt: skip
