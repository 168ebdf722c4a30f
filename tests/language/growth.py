"""Random small programs, mostly well typed, with the numbers that break things among them."""

from __future__ import annotations

import random

_UNITS = {
    "number": ("",),
    "length": (" m", " cm"),
    "time": (" s", " ms"),
    "speed": (" m/s", " km/h"),
    "angle": (" deg",),
}
_NUMBERS = ("0", "1", "2", "3", "5", "10", "0.5", "0.1", "7.25", "1e-3", "40", "100")
_NASTY = ("1e-300", "1e308", "1e-320", "1e16", "9007199254740993", "1e300", "0.30000000000000004")


class Program:
    """One random program; ``text()`` is its source."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.known: dict[str, str] = {}  # name -> its type: a dimension, "words", "flag"
        self.words: dict[str, list[str]] = {}
        self.lines: list[str] = []

    def pick(self, *items: str) -> str:
        return self.random.choice(items)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # ---- values

    def number(self, dim: str) -> str:
        sign = "-" if self.chance(0.2) else ""
        return sign + self.pick(*(_NASTY if self.chance(0.06) else _NUMBERS)) + self.pick(*_UNITS[dim])

    def value(self, dim: str, depth: int = 2) -> str:
        names = [n for n, d in self.known.items() if d == dim]
        if names and self.chance(0.5):
            return self.pick(*names)
        kind = self.random.randrange(9) if depth else 0
        if kind <= 2:
            return self.number(dim)
        one, two = self.value(dim, depth - 1), self.value(dim, depth - 1)
        if kind <= 4:
            return f"({one} {self.pick('+', '-')} {two})"
        plain = self.value("number", depth - 1)
        if kind == 5:
            return f"{one} {self.pick('*', '/')} {plain}" if self.chance(0.7) else f"-({one})"
        if kind == 6:
            return f"{self.pick('min', 'max')}({one}, {two})"
        if kind == 7:
            return f"({one} if {self.condition(depth - 1)} else {two})"
        if dim == "number":
            return f"{self.pick('sqrt', 'exp', 'log', 'abs', 'floor', 'round')}({one})"
        return f"abs({one})"

    def condition(self, depth: int = 2) -> str:
        dim = self.pick("number", "length", "time", "speed")
        kind = self.random.randrange(8) if depth else 0
        if kind <= 2:
            return f"{self.value(dim, 1)} {self.pick('<', '<=', '>', '>=', '==', '!=')} {self.value(dim, 1)}"
        if kind == 3:
            return f"not ({self.condition(depth - 1)})"
        if kind == 4:
            return f"({self.condition(depth - 1)} {self.pick('and', 'or')} {self.condition(depth - 1)})"
        if kind == 5 and self.words:
            name = self.pick(*self.words)
            return f"{name} {self.pick('==', '!=')} {self.pick(*self.words[name])}"
        if kind == 6:
            return f"{self.value(dim, 1)} in {self.number(dim)}..{self.number(dim)}"
        flags = [n for n, d in self.known.items() if d == "flag"]
        return self.pick(*flags) if flags else f"{self.value(dim, 0)} > {self.number(dim)}"

    # ---- distributions

    def distribution(self, dim: str) -> str:
        r = self.random
        arg = (lambda d: self.value(d, 1)) if self.chance(0.3) else self.number
        within = f" within {arg(dim)}..{arg(dim)}" if self.chance(0.3) else ""
        kind = r.randrange(9 if dim == "number" else 7)
        if kind <= 1:
            step = f" step {arg(dim)}" if self.chance(0.4) else ""
            return f"{arg(dim)}..{arg(dim)}{step}{within}"
        if kind == 2:
            weighted = self.chance(0.4)
            values = [arg(dim) for _ in range(r.randint(1, 4))]
            weights = [f": {self.pick('0', '1', '2.5', '1e308')}" if weighted else "" for _ in values]
            return "{" + ", ".join(v + w for v, w in zip(values, weights, strict=True)) + "}"
        if kind == 3:
            return f"normal({arg(dim)}, {arg(dim)}){within}"
        if kind == 4:
            return f"lognormal({arg(dim)}, {arg('number')}){within}"
        if kind == 5:
            return f"triangular({arg(dim)}, {arg(dim)}, {arg(dim)}){within}"
        if kind == 6:
            edges = r.randint(1, 4)
            lists = (
                ", ".join(arg(dim) for _ in range(edges)),
                ", ".join(self.number("number") for _ in range(edges - 1)),
            )
            return f"histogram([{lists[0]}], [{lists[1]}]){within}"
        return f"beta({arg('number')}, {arg('number')}){within}" if kind == 7 else f"poisson({arg('number')}){within}"

    # ---- statements

    def statement(self, k: int) -> None:
        r, name = self.random, f"v{k}"
        dim = self.pick("number", "length", "time", "speed", "angle")
        kind = r.randrange(12)
        if kind <= 4:
            self.lines.append(f"param {name}: {dim} ~ {self.distribution(dim)}")
            self.known[name] = dim
        elif kind == 5:
            self.lines.append(f"param {name}: int ~ {self.distribution('number')}")
            self.known[name] = "number"
        elif kind == 6:
            self.lines.append(f"let {name} = {self.value(dim)}")
            self.known[name] = dim
        elif kind == 7:
            words = r.sample(["red", "green", "blue", "black"], r.randint(1, 4))
            self.lines.append(f"param {name} ~ {{{', '.join(words)}}}")
            self.known[name], self.words[name] = "words", words
        elif kind == 8:
            rows = ", ".join(f"({self.number(dim)}, {self.number(dim)})" for _ in range(r.randint(1, 4)))
            self.lines.append(f"param {name}, {name}b: {dim} ~ {{{rows}}}")
            self.known[name] = self.known[f"{name}b"] = dim
        elif kind == 9:
            self.lines.append(f"let {name} = {self.condition()}")
            self.known[name] = "flag"
        else:
            self.lines.append(f"require {self.condition()}")

    def text(self) -> str:
        """The source."""
        for k in range(self.random.randint(1, 7)):
            self.statement(k)
        return "scenario t:\n" + "".join(f"    {line}\n" for line in self.lines)
