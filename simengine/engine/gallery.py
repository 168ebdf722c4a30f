"""The catalogue page of installed libraries: every world in several lights, every family of assets in nine draws."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from simengine.arrays import U8Array
from simengine.datasets.report import contact_sheet
from simengine.datasets.report.markup import Html, el
from simengine.datasets.report.style import STYLE
from simengine.datasets.storage import write_atomic
from simengine.engine.catalogue import libraries
from simengine.engine.episode import render_options
from simengine.engine.events import Event, Report
from simengine.engine.portraits import camera_at, portrait, still
from simengine.errors import DatasetError, UsageError, did_you_mean
from simengine.render.opening import check_options, warm_up
from simengine.render.protocol import RenderOptions
from simengine.rng import stream, stream_key
from simengine.world.builder import SceneBuilder
from simengine.world.library import EntityKind, Library, WorldKind
from simengine.world.scene import Scene
from simengine.world.splits import SPLIT
from simengine.world.weather import Environment

__all__ = ["DRAWS", "SEEDS", "GalleryOptions", "gallery", "world_scene"]

SEEDS, DRAWS = 3, 9
_WIDTH_PX, _PORTRAIT_PX, _SAMPLES = 560, 300, 4
_FOV_RAD = math.radians(70.0)
_OUTDOORS: dict[str, dict[str, Any]] = {
    "day": {"sun.elevation": math.radians(42.0), "sun.azimuth": math.radians(60.0), "cloud": 0.3},
    "dusk": {"sun.elevation": math.radians(2.5), "sun.azimuth": math.radians(25.0), "cloud": 0.4, "lamps.lit": True},
    "night": {"sun.elevation": math.radians(-15.0), "lamps.lit": True},
    "rain": {"sun.elevation": math.radians(25.0), "cloud": 1.0, "rain": 15.0 / 3.6e6},
}
_INDOORS: dict[str, dict[str, Any]] = {
    "LED, 500 lx": {"light.kind": "led", "light.level": 500.0},
    "LED, 150 lx": {"light.kind": "led", "light.level": 150.0},
    "sodium, 300 lx": {"light.kind": "sodium", "light.level": 300.0},
    "daylight, 1,000 lx": {"light.kind": "daylight", "light.level": 1000.0},
}


@dataclass(frozen=True)
class GalleryOptions:
    """What a catalogue shows.

    Attributes:
        out: folder to make.
        only: names of worlds and kinds of entities; nothing: all.
        seed: of what is drawn.
        renderer, device: who renders.
        overwrite: replace an earlier catalogue.
    """

    out: Path
    only: tuple[str, ...] = ()
    seed: int = 0
    renderer: str = "raytrace"
    device: str = "auto"
    overwrite: bool = False


@dataclass(frozen=True)
class _Sheet:
    name: str
    title: str
    text: str
    image: U8Array


def gallery(options: GalleryOptions, report: Report) -> Path:
    """Write ``index.html`` and one sheet of pictures a world and a kind.

    Returns:
        The path of the page.

    Raises:
        UsageError: ``only`` names something that no library has.
        DatasetError: the page is there already, or cannot be written.
    """
    page = options.out / "index.html"
    if page.exists() and not options.overwrite:
        raise DatasetError(f"'{page}' is already there; --overwrite replaces it")
    known = libraries()
    names = [n for library in known.values() for n in (*library.worlds, *library.entities)]
    for name in options.only:
        if name not in names:
            near = did_you_mean(name, names)
            hint = f"did you mean '{near}'?" if near else f"there are {', '.join(names)}"
            raise UsageError(f"no library has a world or an entity '{name}'; {hint}")
    rendering = render_options(options.device, _SAMPLES)
    check_options(options.renderer, rendering)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatasetError(f"cannot make the folder '{options.out}': {error.strerror}") from None
    warm_up(options.renderer, rendering, lambda text: report(Event("stage", text)))
    sections: list[Html] = []
    for library in known.values():
        sheets = list(_sheets(library, options, rendering, report))
        for sheet in sheets:
            write_atomic(options.out / f"{sheet.name}.jpg", _jpeg(sheet.image))
        if sheets:
            sections.append(el("h2", f"use {library.name}"))
            sections.append(el("p", library.doc))
            sections += [_section(s) for s in sheets]
    write_atomic(page, _page(sections).encode())
    return page


def _sheets(library: Library, options: GalleryOptions, rendering: RenderOptions, report: Report) -> Iterator[_Sheet]:
    for world in library.worlds.values():
        if (not options.only or world.name in options.only) and world.build is not None:
            yield _world_sheet(world, options, rendering, report)
    for kind in library.entities.values():
        if (not options.only or kind.name in options.only) and kind.build is not None:
            yield _kind_sheet(kind, options, rendering, report)


# ---- worlds --------------------------------------------------------------------------------------------------------


def world_scene(world: WorldKind, values: Mapping[str, Any], seed: int) -> Scene:
    """The static scene of a world with some of its properties given."""
    assert world.build is not None
    whole = {**{p.name: p.default for p in world.properties if p.default is not None}, **values}
    split = str(whole.get(SPLIT.name, SPLIT.default))
    builder = SceneBuilder(world.environment(whole) if world.environment is not None else Environment(), split)
    return builder.build(world.build(builder, whole, seed))


def _world_sheet(world: WorldKind, options: GalleryOptions, rendering: RenderOptions, report: Report) -> _Sheet:
    own = {p.name for p in world.properties}
    lights = _OUTDOORS if "sun.elevation" in own else _INDOORS
    pictures: list[U8Array] = []
    captions: list[str] = []
    for k in range(SEEDS):
        seed = options.seed + k
        for n, (name, values) in enumerate(lights.items()):
            step = k * len(lights) + n + 1
            report(Event("stage", f"world {world.name}", step - 1, step, SEEDS * len(lights)))
            scene = world_scene(world, {key: v for key, v in values.items() if key in own}, seed)
            pose = _eye(world, scene, stream(seed, "gallery", world.name).uniform(0.2, 0.6))
            size = (_WIDTH_PX, _WIDTH_PX * 5 // 8)
            pictures.append(still(scene, pose, size, _FOV_RAD, options.renderer, rendering))
            captions.append(f"seed {seed}, {name}")
    image = contact_sheet(pictures, captions, len(lights), cell_px=_WIDTH_PX)
    return _Sheet(f"world_{world.name}", f"world {world.name}", world.doc, image)


def _eye(world: WorldKind, scene: Scene, share: float) -> Any:
    """Where somebody stands who looks at a world: a driver in the first lane, or a visitor beside the first place."""
    lanes = scene.lanes
    if lanes.lanes:
        lane = lanes.lanes[0].centre
        s = float(share) * lane.length_m
        if lanes.arms:  # 25 m before the crossing, or the ring
            s = max((1.0 if lanes.ring else 0.45) * lane.length_m - 25.0, 1.0)
        (x, y, z), yaw = lane.at(s)
        eye = np.array([x, y, z + 1.6])
        return camera_at(eye, eye + np.array([20.0 * math.cos(float(yaw)), 20.0 * math.sin(float(yaw)), -0.9]))
    top = lanes.regions[world.spots[0]].top if world.spots else None
    x, y = (top.x_m, top.y_m) if top is not None else (0.0, 0.0)
    target = np.array([x, y, 0.85])
    return camera_at(target + np.array([2.5, -2.1, 1.1]), target)


# ---- things --------------------------------------------------------------------------------------------------------


def _kind_sheet(kind: EntityKind, options: GalleryOptions, rendering: RenderOptions, report: Report) -> _Sheet:
    assert kind.build is not None
    names = list(kind.models) or [n for n in kind.size_m if n] or [""]
    count = DRAWS * math.ceil(len(names) / DRAWS)
    pictures: list[U8Array] = []
    captions: list[str] = []
    for k in range(count):
        model = names[k % len(names)]
        report(Event("stage", f"{kind.name} {model}".strip(), k, k + 1, count))
        looks = {p.name: p.default for p in kind.properties}
        for p in kind.properties:  # words are drawn: paints, tints
            if p.type.choices:
                pick = int(stream(options.seed, "gallery", kind.name, k, p.name).integers(len(p.type.choices)))
                looks[p.name] = p.type.choices[pick]
        asset = kind.build(model, looks, stream_key(options.seed, "gallery", kind.name, k) >> 65)
        pictures.append(portrait(asset, _PORTRAIT_PX, options.renderer, rendering))
        length, width, height = asset.entity.size_m
        captions.append(f"{model or kind.name}\n{length:.3g} x {width:.3g} x {height:.3g} m")
    image = contact_sheet(pictures, captions, DRAWS, cell_px=_PORTRAIT_PX)
    return _Sheet(f"kind_{kind.name}", kind.name, kind.doc, image)


# ---- page ----------------------------------------------------------------------------------------------------------


def _section(sheet: _Sheet) -> Html:
    height, width = sheet.image.shape[:2]
    file = f"{sheet.name}.jpg"
    picture = el("img", src=file, alt=sheet.title, width=str(width), height=str(height), loading="lazy")
    return el("section", el("h3", sheet.title), el("p", sheet.text), el("figure", el("a", picture, href=file)))


def _page(sections: list[Html]) -> str:
    policy = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
    head = el(
        "head", el("meta", charset="utf-8"), el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"), el("title", "Catalogue"),
        el("style", Html(STYLE + "main{max-width:none}")),
    )  # fmt: skip
    note = "Every world with its defaults, three seeds, in four lights; every kind of entity in nine draws or more."
    body = el("body", el("main", el("h1", "Worlds and things"), el("p", note), *sections))
    return "<!doctype html>\n" + el("html", head, body, lang="en") + "\n"


def _jpeg(image: U8Array) -> bytes:
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 86])
    assert done
    return data.tobytes()
