"""Random scenario texts that are right in syntax (names and types mean nothing), for formatter and printer.

Blanks, comments and line breaks in brackets are drawn too, so that the same program comes in many spellings.
"""

from __future__ import annotations

import random

_NAMES = ("ego", "kid", "gap", "parked", "v", "step", "at", "left", "by", "of", "front", "m", "s", "x1", "for_", "over")
_FIELDS = ("speed", "lane", "stop", "do", "in", "not", "label", "sun", "m")
_UNITS = ("m", "km/h", "s", "ms", "deg", "%", "m/s2", "hz")
_NUMBERS = ("0", "1", "2", "10", "0.5", "3.25", "1e3", "1.5e-3", "007", "2E+2")


class Text:
    """A random file; ``text()`` is its source."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows: list[str] = []

    def pick(self, *items: str) -> str:
        return self.random.choice(items)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # ---- expressions: lists of tokens

    def name(self) -> str:
        return self.pick(*_NAMES)

    def number(self) -> str:
        return self.pick(*_NUMBERS)

    def quantity(self) -> str:
        return self.number() + self.pick("", " ") + self.pick(*_UNITS)

    def atom(self, depth: int) -> list[str]:
        kind = self.random.randrange(10)
        if kind < 3 or depth <= 0:
            return [self.pick(self.number(), self.quantity(), self.name())]
        if kind < 5:
            return [*self.atom(0)[:0], self.name(), ".", self.pick(*_FIELDS)]
        if kind == 5:
            return ["(", *self.expr(depth - 1), ")"]
        if kind == 6:
            return ["(", *self.expr(depth - 1), ",", *self.expr(depth - 1), ")"]
        if kind == 7:
            return ["[", *self.expr(depth - 1), ",", *self.expr(depth - 1), "]"]
        if kind == 8:
            return [self.name(), "[", *self.expr(depth - 1), "]"]
        return [self.name(), *self.arguments(depth - 1)]

    def arguments(self, depth: int) -> list[str]:
        out: list[str] = ["("]
        for k in range(self.random.randrange(5)):
            out += [","] if k else []
            kind = self.random.randrange(5)
            if kind < 2:
                out += [self.name(), "=", *self.expr(depth)]
            elif kind == 2:
                out += [self.name(), "~", *self.dist(depth)]
            elif kind == 3:
                out += [self.name(), "in", self.name(), ":", *self.comparison(depth)]
            else:
                out += self.expr(depth)
        return [*out, ")"]

    def sum(self, depth: int) -> list[str]:
        out = self.product(depth)
        for _ in range(self.random.randrange(3) if self.chance(0.3) else 0):
            out += [self.pick("+", "-"), *self.product(depth)]
        return out

    def product(self, depth: int) -> list[str]:
        out = self.unary(depth)
        for _ in range(self.random.randrange(3) if self.chance(0.3) else 0):
            out += [self.pick("*", "/"), *self.unary(depth)]
        return out

    def unary(self, depth: int) -> list[str]:
        return ["-"] * (self.random.randrange(3) if self.chance(0.2) else 0) + self.atom(depth)

    def comparison(self, depth: int) -> list[str]:
        out, kind = self.sum(depth), self.random.randrange(6)
        if kind == 0:
            return [*out, self.pick("<", "<=", "==", "!="), *self.sum(depth)]
        if kind == 1:
            return [*out, "<", *self.sum(depth), "<=", *self.sum(depth)]
        if kind == 2:
            return [*out, "in", *self.pick_list(self.range(depth), self.set(depth))]
        return out

    def pick_list(self, *items: list[str]) -> list[str]:
        return self.random.choice(items)

    def expr(self, depth: int = 2) -> list[str]:
        kind = self.random.randrange(12)
        if kind == 0:
            return ["not", *self.comparison(depth)]
        if kind == 1:
            return [*self.comparison(depth), self.pick("and", "or"), *self.comparison(depth)]
        if kind == 2:
            return [*self.sum(depth), "if", *self.comparison(depth), "else", *self.sum(depth)]
        if kind == 3:
            bound = self.pick_list([], ["within", self.quantity()], ["after", "gap"], ["during", "dart"])
            return [self.pick("always", "eventually"), *bound, *self.comparison(depth)]
        if kind == 4:
            return [
                "(",
                *self.expr(depth - 1),
                "or",
                *self.comparison(depth),
                ")",
                "and",
                "not",
                "(",
                "a",
                "or",
                "b",
                ")",
            ]
        return self.comparison(depth)

    def range(self, depth: int) -> list[str]:
        out = [*self.sum(depth), "..", *self.sum(depth)]
        return [*out, "step", *self.sum(depth)] if self.chance(0.3) else out

    def set(self, depth: int) -> list[str]:
        out: list[str] = ["{"]
        weights = self.chance(0.4)
        for k in range(self.random.randrange(1, 12)):
            out += [","] if k else []
            out += self.pick_list(self.sum(depth), ["(", self.quantity(), ",", self.quantity(), ")"], ["word"])
            out += [":", self.number()] if weights else []
        return [*out, "}", *([self.pick(*_UNITS)] if self.chance(0.2) else [])]

    def dist(self, depth: int = 1) -> list[str]:
        kind = self.random.randrange(3)
        if kind == 0:
            return self.set(depth)
        body = self.range(depth) if kind == 1 else [self.name(), *self.arguments(depth)]
        return [*body, "within", *self.range(0)] if self.chance(0.2) else body

    def bind(self) -> list[str]:
        return ["=", *self.expr()] if self.chance(0.5) else ["~", *self.dist()]

    def amount(self) -> list[str]:
        return self.sum(1) if self.chance(0.6) else ["~", *self.dist()]

    # ---- statements

    def put(self, indent: int, words: list[str], block: bool = False) -> None:
        """One line with random blanks, and in brackets random line breaks and comments."""
        out, level = " " * indent, 0
        for k, word in enumerate(words):
            if k:
                before = words[k - 1]
                glued = not (before[-1].isalnum() or before[-1] in '%_"') or not (word[0].isalnum() or word[0] in '_"%')
                close = (word in _UNITS and before in ("]", "}")) or (before == "." or word == ".")
                out += " " if close and before in ("]", "}") else "" if close else self.gap(level, glued, before)
            level += (word in ("(", "[", "{")) - (word in (")", "]", "}"))
            out += word
        self.rows.append(out + (":" if block else "") + self.pick("", "", "", "  ", "  # note", '#x: ("y'))

    def gap(self, level: int, glued: bool, before: str) -> str:
        if level and self.chance(0.06):
            return self.pick("\n", " # why\n", "\n\n    # inside\n") + " " * self.random.randrange(12)
        if before[:1].isdigit() and not before[-1].isalpha() and before[-1] != "%":
            return "  "  # so that the next word is not its unit
        return self.pick("", " ") if glued else self.pick(" ", "  ")

    def between(self, indent: int) -> None:
        if self.chance(0.2):
            self.rows.append(
                self.pick("", "\n", "  ", " " * indent + "# a comment", "# left", " " * 9 + "# right", "\n\n\n")
            )

    def settings(self, indent: int) -> None:
        for _ in range(self.random.randrange(1, 3)):
            self.between(indent)
            self.put(indent, [self.name(), *([".", "kind"] if self.chance(0.4) else []), *self.bind()])

    def timeline(self, indent: int, depth: int) -> None:
        for _ in range(self.random.randrange(1, 4)):
            self.between(indent)
            tag = ["dart", ":"] if self.chance(0.3) else []
            kind = self.random.randrange(6 if depth else 3)
            if kind == 0:
                self.put(indent, self.pick_list(["wait", "until", *self.expr()], ["wait", *self.amount()]))
            elif kind == 1:
                end = self.pick_list([], ["until", *self.expr()], ["for", *self.amount()])
                self.put(indent, [*tag, "kid", ".", "run", *self.arguments(1), *end])
            elif kind == 2:
                self.put(indent, ["ego", ".", "speed", *self.bind()])
            elif kind == 3:
                self.put(indent, [*tag, "repeat", "3"], True)
                self.timeline(indent + 2, depth - 1)
            elif kind == 4:
                self.put(
                    indent, [*tag, self.pick("serial", "parallel"), *self.pick_list([], ["until", *self.expr()])], True
                )
                self.timeline(indent + 4, depth - 1)
            else:
                self.put(indent, [*tag, "one_of"], True)
                for _ in range(2):
                    self.put(indent + 3, ["case", self.pick("0.5", "30 %", "2")], True)
                    self.timeline(indent + 7, depth - 1)

    def clauses(self) -> list[str]:
        out: list[str] = []
        for _ in range(self.random.randrange(3)):
            prep = self.pick_list(["on"], ["ahead", "of"], ["left", "of"], ["at"], ["along"])
            out += [*prep, *self.sum(1), *self.pick_list([], ["by", *self.amount()], ["and", *self.sum(1)])]
        return [*out, *self.pick_list([], [], ["facing", *self.amount()])]

    def statement(self, indent: int) -> None:
        kind = self.random.randrange(16)
        text = ["\"some  'text' # here\""] if self.chance(0.4) else []
        if kind == 0:
            self.put(indent, ["param", "a", ",", "b", ":", "speed", *self.bind(), *text])
        elif kind == 1:
            self.put(indent, ["let", self.name(), "=", *self.expr()])
        elif kind == 2:
            self.put(indent, ["world", "street", *self.arguments(1)], True)
            self.settings(indent + 4)
        elif kind == 3:
            count = self.pick_list([], ["[", "3", "]"], ["[", "~", "3", "..", "5", "]"])
            block = self.chance(0.5)
            self.put(indent, ["car", self.name(), *count, *self.clauses()], block)
            if block:
                self.settings(indent + 2)
        elif kind == 4:
            self.put(indent, [self.pick("require", "ensure", "expect"), *self.expr(), *text])
        elif kind == 5:
            self.put(indent, ["do"], True)
            self.timeline(indent + 4, 2)
        elif kind == 6:
            self.put(indent, ["when", *self.expr(), *self.pick_list([], ["holds", *self.sum(0)])], True)
            self.timeline(indent + 4, 1)
        elif kind == 7:
            bins = self.pick_list([], ["by", *self.sum(0)], ["by", "2", "over", *self.range(0)],
                                  ["bins", "[", "1", ",", "2", "]", "m"])  # fmt: skip
            self.put(indent, ["cover", *self.sum(1), *self.pick_list([], ["as", "c"]),
                              *self.pick_list([], ["at", "a", ".", "b"]), *bins])  # fmt: skip
        elif kind == 8:
            self.put(indent, ["record", "front", ":", "rgb", ",", "depth", *self.pick_list([], ["at", "10 hz"]),
                              *self.pick_list([], ["during", "dart"])])  # fmt: skip
        elif kind == 9:
            self.put(indent, ["choose", "c"], True)
            for name in ("one", "two"):
                self.put(indent + 4, ["case", *self.pick_list([], ["2"]), name], True)
                self.settings(indent + 8)
        elif kind == 10:
            self.put(indent, ["sensor", "front", "on", "ego", ".", "tool", "=", "camera", *self.arguments(1)])
        elif kind == 11:
            self.put(indent, ["cross", "a", ",", "b", ".", "c", *self.pick_list([], ["ways", "2"])])
        elif kind == 12:
            self.put(indent, ["each", "g", "in", "goods"], True)
            self.settings(indent + 1)
        elif kind == 13:
            self.put(indent, self.pick_list(["stop", "when", *self.expr()], ["stop", "after", *self.amount()]))
        elif kind == 14:
            self.put(indent, self.pick_list(["tags", "a", ".", "4.4", ",", "b"], ["label", "g", "as", "class"]))
        else:
            self.put(indent, [*self.pick_list([], ["override"]), "ego", ".", "speed", *self.bind()])

    def text(self) -> str:
        if self.chance(0.7):
            self.put(0, ["use", "driving"])
        for k in range(self.random.randrange(1, 3)):
            self.between(0)
            params = self.pick_list([], ["(", "v", ":", "speed", "=", "3 m/s", ",", "n", ":", "int", ")"])
            base = ["extends", "base"] if self.chance(0.2) else []
            self.put(0, ["scenario", f"t{k}", *params, *base, *self.pick_list([], ['"a title"'])], True)
            for _ in range(self.random.randrange(1, 9)):
                self.between(4)
                self.statement(4)
            self.between(4)
        return "\n".join(self.rows) + self.pick("", "\n", "\n\n")
