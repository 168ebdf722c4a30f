"""The checker: a scenario's syntax tree to a ``Program``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from simengine.errors import an, did_you_mean
from simengine.language import syntax as ast
from simengine.language.areas import on_any_lane
from simengine.language.behaviour import Behaviour
from simengine.language.buildable import check_world
from simengine.language.cameras import check_camera, check_equipment
from simengine.language.declare import Declarations
from simengine.language.diagnostics import Label, Sink
from simengine.language.expressions import expression
from simengine.language.extending import Family, extended, few, heads
from simengine.language.implausible import check_starts
from simengine.language.junctions import check_junctions
from simengine.language.lidars import check_lidar
from simengine.language.names import dotted, lower_index
from simengine.language.outputs import Outputs
from simengine.language.place import clauses, relative_ring
from simengine.language.program import Definition, EntityDecl, Program, SensorDecl, WorldDecl
from simengine.language.radars import check_radar
from simengine.language.scope import Context, Where
from simengine.language.shutters import check_shutters
from simengine.language.supports import constant
from simengine.language.terms import EntityRef, Span
from simengine.language.unreached import check_unreached
from simengine.sensors.vocabulary import SensorKind
from simengine.world.library import INT, Library, ValueType, WorldKind
from simengine.world.vocabulary import entity_properties

__all__ = ["Checked", "check_file"]


@dataclass(frozen=True)
class Checked:
    """What the checker knows of a scenario, also of one with errors.

    Attributes:
        statement: as it was written.
        whole: the same with what it extends.
        context: its names and definitions, as far as they were made.
    """

    statement: ast.Statement
    whole: ast.Statement
    context: Context


def check_file(
    statements: Sequence[ast.Statement], tainted: set[str], libraries: Mapping[str, Library], text: str, sink: Sink,
    seen: list[Checked], scenarios: Mapping[str, str], parents: dict[str, str],
) -> tuple[Program, ...]:  # fmt: skip
    """The programs of a file; errors go into the sink (the programs then mean nothing).

    Args:
        statements: of the file.
        tainted: names in lines that could not be read.
        libraries: what ``use`` may name.
        text: the source.
        sink: for errors and warnings.
        seen: filled scenario by scenario, so that it holds what was known when the run ended early.
        scenarios: texts of what ``extends`` may name beside the file's own scenarios.
        parents: filled with those of them that are extended.
    """
    used = _used(statements, libraries, sink)
    if not used and "use" in tainted:  # its line could not be read
        used = dict(libraries)
    named, size = heads(statements), len(text.encode("utf-8", "surrogatepass"))
    families: list[Family] = []
    for s in statements:
        if s.kind != "scenario":
            continue
        name = s.names[0]
        if named[name.id] is not s:
            first = named[name.id].names[0]
            sink.error(
                "E0202",
                name.span,
                f"the scenario '{name.id}' is declared twice",
                labels=[Label(first.span, "first here")],
            )
            continue
        families.append(extended(s, named, scenarios, size, sink))
        parents.update(families[-1].parents)
    if not few(families, sink):
        return ()
    lines = {name: source.split("\n") for name, source in {**parents, "": text}.items()}
    programs: list[Program] = []
    for family in families:
        words = {**_used(family.uses, libraries, sink, again=True), **used}
        check = _Check(family, words, tainted, text, lines, sink)
        seen.append(Checked(family.own, check.s, check.ctx))
        programs.append(check.run())
    return tuple(programs)


def _used(
    statements: Sequence[ast.Statement], libraries: Mapping[str, Library], sink: Sink, again: bool = False
) -> dict[str, Library]:
    """The libraries of some ``use`` statements; ``again``: several texts may name the same."""
    used: dict[str, Library] = {}
    for s in statements:
        if s.kind != "use":
            continue
        name = s.names[0]
        if name.id not in libraries:
            near = did_you_mean(name.id, list(libraries))
            sink.error(
                "E0211", name.span, f"no library '{name.id}' is installed",
                help=f"did you mean '{near}'?" if near else "",
                note=f"installed: {', '.join(libraries) or 'none'}",
            )  # fmt: skip
            for guess in [near] if near else libraries:  # to check the rest as it was probably meant
                used.setdefault(guess, libraries[guess])
        elif name.id in used and not again:
            sink.error("E0202", name.span, f"'{name.id}' is used twice", help="remove one of the two")
        else:
            used[name.id] = libraries[name.id]
    return used


class _Check:
    """One scenario."""

    def __init__(
        self, family: Family, used: dict[str, Library], tainted: set[str], text: str,
        lines: Mapping[str, Sequence[str]], sink: Sink,
    ) -> None:  # fmt: skip
        self.family, self.s, self.used, self.text = family, family.statement, used, text
        self.ctx = Context(sink, lines, used, tainted)
        self.declarations = Declarations(self.ctx)
        self.outputs = Outputs(self.ctx)
        self.behaviour = Behaviour(self.ctx)

    def each(self, *kinds: str) -> list[ast.Statement]:
        return [s for s in self.s.body if s.kind in kinds]

    def run(self) -> Program:
        ctx, declarations = self.ctx, self.declarations
        ctx.extends = self.s.type_name is not None
        ctx.partial = self.family.broken
        for second in self.each("do")[1:]:
            first = self.each("do")[0]
            ctx.sink.error(
                "E0202", second.span, "a scenario has one 'do:' block", labels=[Label(first.span, "the first one")],
                help="put the second behind the first: steps of a timeline follow each other",
            )  # fmt: skip
        world = self.world()
        declarations.collect(self.s.body)
        for s in self.each("world")[:1]:
            if world is not None:
                declarations.world(s)
        for kinds in (("param", "let", "choose_name"), ("entity", "sensor"), ("each", "choose", "assign", "override")):
            for s in self.each(*kinds):
                declarations.plan(s, self.family.generations.get(s.span, 0))
        declarations.defaults()
        declarations.counts()
        for path, (span, _) in list(ctx.pending.items()):
            ctx.demand(path, span)
        entities = self.entities()
        sensors = self.sensors()
        self.outputs.declare_types(self.s.body)
        for s in self.s.body:
            self.behaviour.statement(s)
        self.rest()
        if world is None and ctx.entities and not self.each("world") and not ctx.tainted and not ctx.partial:
            ctx.sink.error(
                "E0217", self.s.names[0].span, "the scenario has entities and no world", help="add 'world street(...)'"
            )
        self.unused()
        program = self.program(world, entities, sensors)
        if not any(item.severity == "error" for item in self.ctx.sink.items):
            check_world(self.ctx, program)
            check_junctions(self.ctx, program)
            check_unreached(self.ctx, program)
            check_starts(self.ctx, program)
        return program

    def unused(self) -> None:
        """Warn of parameters that nothing uses; those of another scenario are not ours to remove.

        After an error nothing is said: what could not be read may use them.
        """
        if self.ctx.sink.errors:
            return
        for s in self.family.own.body:
            if s.kind not in ("param", "let"):
                continue
            for name in s.names:
                symbol = self.ctx.symbols.get(name.id)
                mine = symbol is not None and symbol.span == name.span and name.id not in self.ctx.failed
                if mine and name.id not in self.ctx.used:
                    what = "parameter" if s.kind == "param" else "value"
                    message = f"the {what} '{name.id}' is never used"
                    self.ctx.sink.warning("W0301", name.span, message, help="remove it, or cover it")

    def world(self) -> WorldDecl | None:
        worlds = self.each("world")
        if not worlds:
            if "world" in self.ctx.tainted:  # its line could not be read
                self.taint_worlds()
            return None
        ctx, s = self.ctx, worlds[0]
        for other in worlds[1:]:
            ctx.sink.error(
                "E0202", other.span, "a scenario has one world", labels=[Label(s.span, "the first one")],
                help="remove one",
            )  # fmt: skip
        found = self.world_kind(s.names[0])
        if found is None:
            ctx.tainted.update(_all_words(s))
            self.taint_worlds()
            return None
        library, kind = found
        ctx.world, ctx.world_span = kind, s.span
        ctx.regions = tuple(dict.fromkeys((*kind.regions, *self.used[library].regions)))
        if kind.lanes is None or kind.build is None:
            what = f"the world '{kind.name}' of the library '{library}'"
            ctx.later(s.span, what, placing=kind.lanes is None)
        return WorldDecl(kind.name, library, s.span, tuple(p.name for p in kind.properties if not p.spatial))

    def taint_worlds(self) -> None:
        """Names that the world which could not be read may have: none of them is called unknown."""
        for library in self.used.values():
            self.ctx.tainted.update(library.regions)
            for kind in library.worlds.values():
                self.ctx.tainted.update(p.name.split(".")[0] for p in kind.properties)
                self.ctx.tainted.update(kind.regions)

    def world_kind(self, name: ast.Name) -> tuple[str, WorldKind] | None:
        for library, content in self.used.items():
            if name.id in content.worlds:
                return library, content.worlds[name.id]
        found = {w: (library, k) for library, content in self.used.items() for w, k in content.worlds.items()}
        if not self.used:
            self.ctx.no_library("world", name)
            return None
        self.ctx.unknown("world", name, list(found), f"worlds: {', '.join(found)}")
        return found.get(did_you_mean(name.id, list(found)) or "")  # to check the rest as it was probably meant

    def entities(self) -> tuple[EntityDecl, ...]:
        out: list[EntityDecl] = []
        for s in self.each("entity"):
            info = self.ctx.entities.get(s.names[1].id)
            if info is None or info.span != s.names[1].span:
                continue
            count = f"{info.name}.count" if info.array else None
            placed = clauses(self.ctx, info, s)
            apart = [p.name for p in entity_properties(info.kind) if not p.spatial]
            fills = any(on_any_lane(c.kind, c.place) for c in placed)  # at distances that its speed needs
            out.append(
                EntityDecl(
                    info.name, info.kind.name, info.library, info.kind.category, placed, s.span,
                    count, info.count_max,
                    unplaced=tuple(n for n in apart if not (fills and n == "speed")),
                )
            )  # fmt: skip
        relative_ring(self.ctx, out)
        return tuple(out)

    def sensors(self) -> tuple[SensorDecl, ...]:
        out: list[SensorDecl] = []
        for s in self.each("sensor"):
            info = self.ctx.sensors.get(s.names[0].id)
            carrier = self.carrier(cast(ast.Expression, s.expr), info.kind) if info else None
            if info is not None and info.kind.name == "lidar":
                check_lidar(self.ctx, info)
            if info is not None and info.kind.name == "radar":
                check_radar(self.ctx, info)
            if info is not None and info.kind.name == "camera":
                check_camera(self.ctx, info)
            if info is not None and carrier is not None:
                on = self.drawn_carrier(info.name, carrier[0])
                out.append(SensorDecl(info.name, info.kind.name, carrier[0], s.span, carrier[1], on))
        return tuple(out)

    def carrier(self, node: ast.Expression, kind: SensorKind) -> tuple[EntityRef, str] | None:
        """The entity that carries a sensor, and the named point on it ("tool", "windscreen")."""
        base, names = node, list[ast.Name]()
        while isinstance(base, ast.Attribute):
            base, names = base.base, [base.name, *names]
        found = self.carrying_element(base) if isinstance(base, ast.Index) else self.carrying_entity(base)
        if found is None:
            return None
        entity = self.ctx.entities[found.name]
        point = ".".join(n.id for n in names)
        allowed = entity.kind.point_names
        if point and point not in allowed:
            near = f"points: {', '.join(allowed)}" if allowed else "set 'mount = (x, y, z)' instead"
            self.ctx.unknown(f"mounting point|the {entity.kind.name}", ast.Name(point, names[0].span), allowed, near)
            return None
        if (
            point == "tool" and kind.channel("box3d") is None
        ):  # an imu: no rates and no accelerations of joints are simulated
            self.ctx.sink.error(
                "E0204", node.span, f"{an(kind.name)} rides on things, not on tools",
                help=f"write 'on {self.ctx.text(base.span)}', which is its foot, or carry a camera, LiDAR or radar "
                "there",
            )  # fmt: skip
            return None
        return replace(found, span=node.span), point

    def carrying_entity(self, node: ast.Expression) -> EntityRef | None:
        """An entity by its name."""
        name = node if isinstance(node, ast.Name) else ast.Name(self.ctx.text(node.span), node.span)
        entity = self.ctx.entities.get(name.id)
        if entity is None:
            self.ctx.unknown("entity", name, list(self.ctx.entities))
            return None
        if entity.array:
            self.ctx.sink.error(
                "E0204", node.span, f"'{entity.name}' is an array: a sensor sits on one entity",
                help=f"write '{entity.name}[1]'",
            )  # fmt: skip
            return None
        return EntityRef(entity.name, ValueType("entity", of=entity.kind.category), node.span)

    def carrying_element(self, node: ast.Index) -> EntityRef | None:
        """An element of an array."""
        made = lower_index(self.ctx, node, Where(place="a sensor"), expression)
        return made if isinstance(made, EntityRef) else None

    def drawn_carrier(self, sensor: str, carrier: EntityRef) -> str | None:
        """The definition of which element carries a sensor, where that is not always the same one."""
        if carrier.index is None or constant(carrier.index) is not None:
            return None
        return self.ctx.add(Definition(f"{sensor}.@on", carrier.index, INT, carrier.span)).path

    def rest(self) -> None:
        outputs = self.outputs
        calls = {"require": outputs.require, "record": outputs.record, "label": outputs.label}
        for s in self.s.body:
            if s.kind in calls:
                calls[s.kind](s)
        check_shutters(self.ctx, outputs.records, outputs.unsure)
        check_equipment(self.ctx, outputs.records, outputs.unsure)
        outputs.check_labels()
        for s in self.each("cross"):
            outputs.cross(s)

    def program(
        self, world: WorldDecl | None, entities: tuple[EntityDecl, ...], sensors: tuple[SensorDecl, ...]
    ) -> Program:  # fmt: skip
        ctx, outputs, behaviour = self.ctx, self.outputs, self.behaviour
        entities = tuple(  # the timeline may give them controllers
            replace(e, controllers=ctx.entities[e.name].controllers, controller=ctx.entities[e.name].at_first)
            for e in entities
        )
        return Program(
            name=self.s.names[0].id, title=self.s.text, source=self.text, file=ctx.sink.file, uses=tuple(self.used),
            tags=tuple(n.id for s in self.each("tags") for n in s.names),
            cites=tuple(s.text for s in self.each("cite")),
            world=world, definitions=ctx.definitions, entities=entities, sensors=sensors,
            requires=(*outputs.requires, *{r.text: r for r in ctx.implied}.values()),
            monitors=tuple(behaviour.monitors), timeline=tuple(behaviour.timeline),
            whens=tuple(behaviour.whens), stop_when=tuple(behaviour.stop_when), stop_after=tuple(behaviour.stop_after),
            covers=tuple(outputs.covers), crosses=tuple(outputs.crosses), records=tuple(outputs.records),
            labels=tuple(outputs.labels), supports=ctx.supports,
            not_yet=tuple(sorted(ctx.not_yet.values(), key=lambda i: i.span.order)),
            parents=self.family.parents, span=_whole(self.family.own),
        )  # fmt: skip


def _whole(s: ast.Statement) -> Span:
    """From a statement to the end of its block."""
    last = s
    while len(last.body) > last.parameters:
        last = last.body[-1]
    return s.span.to(last.span)


def _all_words(s: ast.Statement) -> set[str]:
    """Words that a world which could not be read may have meant."""
    words: set[str] = set()
    for item in s.body:
        if item.expr is not None:
            words.update(n.id for n in dotted(item.expr)[0])
    return words
