"""Controllers of vehicles: fixed, drawn from a set, or chosen by a case; their arguments are definitions.

A fixed one is known from the text, and its arguments are "ego.controller.reaction". Where it varies, "ego.controller"
is the word of the one that counts and "ego.controller.reaction" its argument; the arguments that a set draws for each
of its values stand beside, as "ego.controller.aeb.reaction".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from simengine.language import syntax as ast
from simengine.language.bindings import define, weights
from simengine.language.calls import default_expression, match_arguments
from simengine.language.cases import Own, counting
from simengine.language.diagnostics import Label
from simengine.language.program import Choice, Definition
from simengine.language.scope import Context, EntityInfo, Where
from simengine.language.terms import Const, Expr, Op, Ref, Span
from simengine.world.library import BOOL, Property, Signature, ValueType
from simengine.world.vocabulary import CONTROLLER, CONTROLLERS, controller, required_parameters

__all__ = ["Drivers"]

_WHERE = Where(place="an argument of a controller")


@dataclass(frozen=True)
class _Option:
    """One controller with its arguments."""

    signature: Signature
    given: Mapping[str, tuple[Property, ast.Bind]]
    span: Span


@dataclass(frozen=True)
class _Setting:
    """``controller = ...`` or ``controller ~ {...}``; ``active``: the case in which it counts.

    ``generation`` is the place of its scenario in the chain of ``extends``, ``where`` what its arguments may see.
    """

    span: Span
    options: tuple[_Option, ...]
    weights: tuple[float, ...]
    active: tuple[str, str] | None = None
    generation: int = 0
    where: Where = _WHERE


@dataclass
class _Vehicle:
    info: EntityInfo
    own: _Setting | None = None
    owns: list[Own] = field(default_factory=list[Own])
    cases: list[_Setting] = field(default_factory=list["_Setting"])


@dataclass
class Drivers:
    """Collects the settings of controllers, and makes their definitions."""

    ctx: Context
    vehicles: dict[str, _Vehicle] = field(default_factory=dict[str, _Vehicle])

    def set(
        self, info: EntityInfo, own: Own, bind: ast.Bind, variables: Mapping[str, str],
        active: tuple[str, str] | None = None,
    ) -> None:  # fmt: skip
        """Note a setting; reports a second one for the same vehicle or case.

        Args:
            info: the vehicle.
            own: where the setting stands, and whether it overrides.
            bind: its value.
            variables: entity array of each variable that it may name.
            active: the case in which it counts.
        """
        options = self._options(bind)
        if options is None:
            return
        span, override = own.span, own.override
        vehicle = self.vehicles.setdefault(info.name, _Vehicle(info))
        before = vehicle.own if active is None else next((c for c in vehicle.cases if c.active == active), None)
        earlier = before is not None or any(case.generation < own.generation for case in vehicle.cases)
        if override and not earlier and not self.ctx.extends:
            pass  # it is reported as such
        elif override and not earlier:
            self.ctx.sink.error(
                "E0215", span, f"nothing to override: '{info.name}.controller' is not set before",
                help="remove 'override'",
            )  # fmt: skip
        elif before is not None and not override:
            self.ctx.sink.error(
                "E0202", span, f"'{info.name}.controller' is set twice", labels=[Label(before.span, "first set here")],
                caret_text="set again here", help="keep one of the two",
            )  # fmt: skip
            return
        made = _Setting(span, *options, active, own.generation, replace(_WHERE, variables=variables))
        if active is None:
            vehicle.own = made
            vehicle.owns.append(own)
        else:
            vehicle.cases.append(made)

    def _options(self, bind: ast.Bind) -> tuple[tuple[_Option, ...], tuple[float, ...]] | None:
        node = bind.value
        if not isinstance(node, ast.Dist):
            one = self.option(node)
            return ((one,), (1.0,)) if one else None
        if not isinstance(node.body, ast.SetX) or node.within is not None:
            self.ctx.sink.error(
                "E0212", node.span, "a controller is drawn from a set", help="write '{none: 1, aeb(): 3}'"
            )
            return None
        found = [self.option(value) for value in node.body.values]
        shares = weights(self.ctx, node.body)
        options = tuple(o for o in found if o is not None)
        if shares is None or len(options) < len(found):
            return None
        for k, option in enumerate(options):
            if option.signature in [o.signature for o in options[:k]]:
                name = option.signature.name
                self.ctx.sink.error(
                    "E0212",
                    option.span,
                    f"'{name}' stands in the set twice",
                    help=f"draw its arguments: '{name}(... ~ ...)'",
                )
                return None
        return options, shares

    def option(self, node: ast.Expression) -> _Option | None:
        """``aeb(reaction ~ 0.2..0.6 s)`` or ``none``."""
        ctx, call = self.ctx, node if isinstance(node, ast.CallX) else None
        name, names = call.function if call else node, [c.name for c in CONTROLLERS]
        if not isinstance(name, ast.Name):
            ctx.sink.error("E0204", node.span, "expected a controller", note=f"controllers: {', '.join(names)}")
            return None
        signature = controller(name.id)
        if signature is None:
            ctx.unknown("controller", name, names, f"controllers: {', '.join(names)}")
            return None
        given = match_arguments(
            ctx, f"'{name.id}'", signature.parameters, required_parameters(signature), call.arguments if call else (),
            node.span,
        )  # fmt: skip
        return _Option(signature, given, node.span) if given is not None else None

    # ---- definitions

    def plan(self) -> None:
        """Plan the definitions of all vehicles."""
        for name, vehicle in self.vehicles.items():
            vehicle.cases = counting(self.ctx, f"{name}.controller", vehicle.cases, vehicle.owns)
            settings = [*vehicle.cases, *([vehicle.own] if vehicle.own else [])]
            words = [o.signature.name for s in settings for o in s.options]
            vehicle.info.controllers = tuple(w for w in dict.fromkeys(words) if w != "none")
            path, own = f"{name}.controller", vehicle.own
            if own is not None and not vehicle.cases and len(own.options) == 1:
                vehicle.info.at_first = own.options[0].signature.name
                self._arguments(vehicle.info, own, own.options[0], path)
            elif own is not None and not vehicle.cases:
                self._varied(vehicle.info, own, path)
                self._merge(vehicle, path)
            else:
                for setting in settings:
                    self._varied(vehicle.info, setting, self._base(path, setting))
                self._join(vehicle, path)
                self._merge(vehicle, path)

    def switch(self, info: EntityInfo, bind: ast.Bind, node: int) -> tuple[Const, dict[str, Expr]] | None:
        """``ego.controller = aeb(...)`` while running: its word and its arguments, which are known before the run."""
        if isinstance(bind.value, ast.Dist):
            self.ctx.sink.error(
                "E0212", bind.span, "a controller is not drawn here", help="put the alternatives into 'one_of:'"
            )
            return None
        option = self.option(bind.value)
        if option is None:
            return None
        name, prefix = option.signature.name, f"timeline.{node}"
        if name != "none":
            info.controllers = tuple(dict.fromkeys((*info.controllers, name)))
        self._arguments(info, _Setting(bind.span, (option,), (1.0,)), option, prefix, alone=True)
        args = {p.name: self._ref(f"{prefix}.{p.name}", option.span) for p in option.signature.parameters}
        return Const(name, CONTROLLER, option.span), {k: v for k, v in args.items() if v is not None}

    def _base(self, path: str, setting: _Setting) -> str:
        return f"{setting.active[0]}.{setting.active[1]}.{path}" if setting.active else f"{path}.@otherwise"

    def _arguments(
        self, info: EntityInfo, setting: _Setting, option: _Option, prefix: str, alone: bool = False
    ) -> None:
        """The arguments of a controller as definitions under a prefix; ``alone``: the same for all elements."""
        ctx, array = self.ctx, info.name if info.array and not alone else None
        for prop in option.signature.parameters:
            path = f"{prefix}.{prop.name}"
            if prop.name in option.given:
                bind = option.given[prop.name][1]
                ctx.plan(path, bind.span, self._given(path, prop, bind, array, setting))
            elif (value := default_expression(prop, option.span)) is not None:
                ctx.plan(path, option.span, _fixed(Definition(path, value, prop.type, option.span, array)))

    def _given(
        self, path: str, prop: Property, bind: ast.Bind, array: str | None, setting: _Setting
    ) -> Callable[[], Definition | None]:
        ctx, where, active = self.ctx, setting.where, setting.active
        return lambda: define(ctx, path, bind.span, bind, where, prop.type, prop, array, active=active)

    def _varied(self, info: EntityInfo, setting: _Setting, base: str) -> None:
        """A setting where the controller varies: its word, and the arguments of each option."""
        array = info.name if info.array else None
        words = tuple(Const(o.signature.name, CONTROLLER, o.span) for o in setting.options)
        value = words[0] if len(words) == 1 else Choice(words, setting.weights, setting.span)
        self.ctx.plan(
            base, setting.span, _fixed(Definition(base, value, CONTROLLER, setting.span, array, (), setting.active))
        )
        for option in setting.options:
            self._arguments(info, setting, option, f"{base}.{option.signature.name}")

    # ---- where it varies

    def _join(self, vehicle: _Vehicle, path: str) -> None:
        """The word of the controller that counts in the drawn case."""
        span = vehicle.cases[0].span

        def word(setting: _Setting | None) -> Expr | None:
            return self._ref(self._base(path, setting), span) if setting else Const("none", CONTROLLER, span)

        self._plan_chosen(vehicle, path, CONTROLLER, span, word)

    def _merge(self, vehicle: _Vehicle, path: str) -> None:
        """Each argument that some of the controllers takes, of the one that counts."""
        settings = [*vehicle.cases, *([vehicle.own] if vehicle.own else [])]
        table = {p.name: p for s in settings for o in s.options for p in o.signature.parameters}
        for prop in table.values():
            self._plan_chosen(
                vehicle, f"{path}.{prop.name}", prop.type, settings[0].span, self._argument_of(vehicle, path, prop)
            )

    def _argument_of(
        self, vehicle: _Vehicle, path: str, prop: Property
    ) -> Callable[[_Setting | None], Expr | None]:  # fmt: skip
        """Gives the argument of what one setting draws; what does not take it has its default, which nothing reads."""

        def leaf(base: str, option: _Option) -> Expr | None:
            at = f"{base}.{option.signature.name}.{prop.name}"
            if at in self.ctx.pending:
                return self._ref(at, option.span)
            value = default_expression(prop, option.span)
            return value or self._ref(f"{vehicle.info.name}.speed", option.span)  # an ACC keeps the speed at the start

        def value(setting: _Setting | None) -> Expr | None:
            if setting is None:
                first = next(s for s in vehicle.cases)
                return default_expression(prop, first.span) or self._ref(f"{vehicle.info.name}.speed", first.span)
            base = path if not vehicle.cases else self._base(path, setting)
            result = leaf(base, setting.options[-1])
            for option in reversed(setting.options[:-1]):
                result = self._if(
                    base, Const(option.signature.name, CONTROLLER, option.span), leaf(base, option), result
                )
            return result

        return value

    def _plan_chosen(
        self,
        vehicle: _Vehicle,
        path: str,
        kind: ValueType,
        span: Span,
        value_of: Callable[[_Setting | None], Expr | None],
    ) -> None:
        """Plan what the setting of the drawn case gives, else the vehicle's own, else none."""
        array = vehicle.info.name if vehicle.info.array else None

        def make() -> Definition | None:
            result = value_of(vehicle.own)
            for setting in reversed(vehicle.cases):
                assert setting.active is not None
                choice, case = setting.active
                chosen = self.ctx.demand(choice, span)
                word = Const(case, chosen.type, span) if chosen else None
                result = self._if(choice, word, value_of(setting), result)
            return Definition(path, result, kind, span, array) if result else None

        self.ctx.plan(path, span, make)

    def _if(self, path: str, word: Const | None, then: Expr | None, other: Expr | None) -> Expr | None:
        """``then if path == word else other``."""
        what = self._ref(path, word.span) if word else None
        if what is None or word is None or then is None or other is None:
            return None
        return Op("if", (Op("==", (what, word), BOOL, word.span), then, other), then.type, word.span)

    def _ref(self, path: str, span: Span) -> Expr | None:
        made = self.ctx.demand(path, span)
        return Ref(path, made.type, span) if made else None


def _fixed(definition: Definition) -> Callable[[], Definition]:
    return lambda: definition
