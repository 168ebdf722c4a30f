"""Make docs/gallery.md and its pictures from the program itself: lenses, light, weather, bands, instruments, faults.

usage: python tools/make_gallery.py [NAME ...]     the page, and the pictures of these names (none: all)
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import simengine
from simengine.engine.catalogue import libraries
from simengine.language import parse_text
from simengine.render.colours import classes_to_colour, depth_to_colour, flow_to_colour, ids_to_colour
from simengine.render.pictures import normals_to_colour

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures" / "gallery"
SIZE_PX, QUALITY, SAMPLES = (480, 360), 80, 8
STREET = """use driving
scenario gallery:
    world street(lanes = 2, parking = right, length = 140 m):
        {world}
    car ego on lane(1) at s(14 m):
        speed = 30 km/h
    car lead on lane(1) at s(36 m):
        model = hatchback
        speed = 30 km/h
    car parked[3] along curb(right) by 1.2 m
    pedestrian walker between parked[1] and parked[2]
    pedestrian kid on lane(1) ahead of ego by 7 m facing 90 deg
    do:
        {action}
    stop after 0.6 s
    sensor front on ego = camera(size = (480, 360), fov = {fov} deg, mount = (1.2 m, 0 m, 1.5 m)):
        {camera}
    record front: {channel} at 10 hz
"""
ABOVE = STREET.replace("mount = (1.2 m, 0 m, 1.5 m)", "mount = (-8 m, 0 m, 40 m), pitch = 60 deg")
WOOD = """use driving
scenario gallery:
    world woodland(length = 120 m):
        {world}
    car ego on lane(1) at s(10 m)
    pedestrian kid on lane(1) ahead of ego by 7 m facing 90 deg
    animal beast along curb(left) at s(24 m):
        model = deer
    do:
        {action}
    stop after 0.6 s
    sensor front on ego = camera(size = (480, 360), fov = {fov} deg):
        {camera}
    record front: {channel} at 10 hz
"""
MOON = "moon.elevation = 45 deg; moon.azimuth = 60 deg; cloud = 0.1"
MUNICH = "place.latitude = 48.1 deg; place.longitude = 11.6 deg; date.month = 6; date.day = 21"
NIGHT = "sun.elevation = -20 deg; lamps.lit = true; air.temperature = 6 C"


@dataclass(frozen=True)
class Picture:
    """A picture and how it is made; settings are separated by semicolons."""

    name: str
    caption: str
    camera: str = "roll = 0 deg"
    world: str = "sun.elevation = 40 deg; sun.azimuth = 60 deg"
    action: str = "wait 0.1 s"
    fov: float = 70.0
    channel: str = "rgb"
    place: str = STREET
    preset: str = "standard"

    @property
    def said(self) -> str:
        """What is special about it, in the words of the language."""
        default = Picture.__dataclass_fields__
        own = [v for k, v in (("world", self.world), ("camera", self.camera), ("action", self.action))
               if v != default[k].default]  # fmt: skip
        return "; ".join(own) if self.preset == "standard" else f"--set preset={self.preset}"


GALLERY: dict[str, tuple[Picture, ...]] = {
    "Lenses": (
        Picture("pinhole", "a plane, 70°"),
        Picture("barrel", "Brown-Conrady", "distortion.k1 = -0.28; distortion.k2 = 0.07", fov=90),
        Picture("fisheye", "190°, Kannala-Brandt", "lens = fisheye; distortion.k1 = -0.01", fov=190),
        Picture("ftheta", "150°, f-theta", "lens = ftheta; distortion.k2 = -0.04", fov=150),
        Picture("double_sphere", "170°", "lens = double_sphere; distortion.xi = -0.2; distortion.alpha = 0.6", fov=170),
        Picture("orthographic", "160°", "lens = orthographic", fov=160),
        Picture("equirectangular", "all around", "lens = equirectangular", fov=360),
        Picture("prism", "thin prism", "distortion.s1 = 0.06; distortion.s3 = -0.05", fov=90),
        Picture("telecentric", "parallel projection from above", "lens = telecentric; lens.width = 24 m", fov=60,
                place=ABOVE),
    ),
    "Presets of light": (
        Picture("preview", "nothing but the sun and the sky", preset="preview"),
        Picture("standard", "contact shadows and reflections of the sky"),
        Picture("high", "high", preset="high"),
        Picture("reference", "paths: no bias, but noise at 32 rays a pixel", preset="reference"),
    ),
    "Time of day": (
        Picture("morning", "low sun ahead", world="sun.elevation = 8 deg; sun.azimuth = 8 deg"),
        Picture("noon", "high sun", world="sun.elevation = 65 deg; cloud = 0"),
        Picture("sunset", "low, with lamps", world="sun.elevation = 1.5 deg; sun.azimuth = 25 deg; lamps.lit = true"),
        Picture("dusk", "blue hour", world="sun.elevation = -5 deg; lamps.lit = true"),
        Picture("night", "lamps", world=NIGHT),
        Picture("unlit", "an overcast night without lamps", world="sun.elevation = -20 deg; cloud = 1"),
        Picture("moonlight", "a full moon", world=f"sun.elevation = -20 deg; {MOON}"),
        Picture("clock", "the sun by place and clock", world=f"{MUNICH}; date.hour = 19 h; date.zone = 2 h"),
    ),
    "Weather": (
        Picture("overcast", "no shadows", world="sun.elevation = 40 deg; cloud = 1"),
        Picture("rain", "25 mm/h", world="sun.elevation = 30 deg; rain = 25 mm/h"),
        Picture("night_rain", "wet at night", world=f"{NIGHT}; rain = 12 mm/h"),
        Picture("fog", "visibility 60 m", world="sun.elevation = 30 deg; fog.visibility = 60 m"),
        Picture("night_fog", "halos", world=f"{NIGHT}; fog.visibility = 80 m"),
        Picture("puddles", "after the rain", world="sun.elevation = 30 deg; wetness = 1"),
        Picture("haze", "turbid air", world="sun.elevation = 30 deg; turbidity = 9; cloud = 0"),
        Picture("night_snow", "flakes in the beams", world=f"{NIGHT}; snow = 1.5 mm/h"),
    ),
    "Snow that lies": (
        Picture("snow_street", "a street in winter", world="sun.elevation = 18 deg; snow.cover = 0.9; wetness = 0.3"),
        Picture("snow_dusk", "at dusk",
                world="sun.elevation = -4 deg; lamps.lit = true; snow.cover = 0.6; wetness = 0.4"),
        Picture("snow_wood", "a wood", world="sun.elevation = 25 deg; snow.cover = 1", place=WOOD),
        Picture("snow_labels", "labels say what is below", world="snow.cover = 0.9", channel="semantic"),
    ),
    "Bands": (
        Picture("nir", "near infrared: leaves are bright", "band = nir"),
        Picture("nir_wood", "a wood in it", "band = nir", place=WOOD),
        Picture("nir_lamp", "at night by its own lamp", "band = nir; illuminator = 10", NIGHT),
        Picture("lwir_day", "heat by day", "band = lwir"),
        Picture("lwir_night", "and by night", "band = lwir", NIGHT),
        Picture("lwir_rain", "rain evens out", "band = lwir; thermal.netd = 0.1 K", f"{NIGHT}; rain = 15 mm/h"),
        Picture("lwir_wood", "a deer in a wood", "band = lwir", place=WOOD),
        Picture("temperature", "the truth: blue 0 °C, red 40 °C", channel="temperature"),
    ),
    "Instruments": (
        Picture("vignetting", "cos^4 and more", "vignetting = natural; vignetting.a1 = -0.3", fov=90),
        Picture("glare", "a veil around lamps", "glare.share = 0.15; glare.size = 2 deg", NIGHT),
        Picture("focus", "near focus", "lens.focus = 2 m; lens.f_number = 1.2; lens.focal_length = 25 mm"),
        Picture("chromatic", "colour fringes", "chromatic.red = 0.012; chromatic.blue = -0.012"),
        Picture("noise", "gain 24", "noise.gain = 24"),
        Picture("hot_pixels", "a warm sensor", "exposure.time = 30 ms; lens.f_number = 4; imager.hot_pixels = 0.004; "
                "imager.hot_current = 20000; imager.temperature = 70 C", NIGHT),
        Picture("bayer", "colour filters", "imager.cfa = rggb; noise.gain = 4"),
        Picture("rolling", "80 ms of readout, passing cars", "rolling_shutter = 80 ms",
                fov=100),
        Picture("motion", "30 ms of exposure in nine instants",
                "exposure.time = 30 ms; exposure.samples = 9; lens.f_number = 64; lens.focal_length = 1 mm; "
                "imager.full_well = 100000", fov=100, action="wait 0.3 s"),
        Picture("sharpened", "unsharp masking, and JPEG of quality 30", "isp.sharpen = 2; isp.jpeg = 30"),
    ),
    "Faults": (
        Picture("fault_noise", "noise", action="front.fault(noise, gain = 12) for 0.5 s"),
        Picture("fault_blur", "out of focus", action="front.fault(blur, radius = 4 px) for 0.5 s"),
        Picture("fault_dirt", "dirt on the lens", action="front.fault(lens_dirt, area = 0.2) for 0.5 s"),
        Picture("fault_droplets", "drops on the lens", action="front.fault(droplets, area = 0.25) for 0.5 s"),
        Picture("fault_saturate", "too bright", action="front.fault(saturate, gain = 6) for 0.5 s"),
        Picture("fault_blackout", "a part is black", action="front.fault(blackout, area = 0.2) for 0.5 s"),
        Picture("fault_turned", "mounted turned", action="front.fault(miscalibrate, roll = 12 deg) for 0.5 s"),
        Picture("fault_rolling", "rows", action="front.fault(rolling_shutter, delay = 90 ms) for 0.5 s"),
    ),
    "Labels": (
        Picture("depth", "depth", channel="depth"),
        Picture("normal", "normals", channel="normal"),
        Picture("semantic", "classes", channel="semantic"),
        Picture("instance", "things", channel="instance"),
        Picture("flow", "motion to the next frame", channel="flow"),
        Picture("flow_mask", "white: seen in the next frame, too", channel="flow_mask"),
        Picture("matte", "share of the second thing in each pixel", channel="matte"),
    ),
}  # fmt: skip


def _celsius(kelvin: np.ndarray) -> np.ndarray:
    level = np.clip((kelvin - 273.15) / 40.0, 0.0, 1.0)
    return cv2.applyColorMap((level * 255).astype(np.uint8), cv2.COLORMAP_TURBO)[..., ::-1]


def _grey(share: np.ndarray) -> np.ndarray:
    return np.repeat((share * 255 * 2).clip(0, 255).astype(np.uint8)[..., None], 3, -1)


SHOWN = {
    "rgb": lambda v: v, "depth": depth_to_colour, "normal": normals_to_colour, "semantic": classes_to_colour,
    "instance": ids_to_colour, "flow": flow_to_colour,
    "flow_mask": lambda v: np.repeat(v[..., None], 3, -1), "temperature": _celsius, "matte": lambda v: _grey(v[..., 3]),
}  # fmt: skip


def text(picture: Picture) -> str:
    """The scenario that a picture is of."""

    def lines(settings: str) -> str:
        return "\n        ".join(part.strip() for part in settings.split(";"))

    return picture.place.format(
        world=lines(picture.world), camera=lines(picture.camera), action=picture.action, fov=f"{picture.fov:g}",
        channel=picture.channel,
    )  # fmt: skip


def made(picture: Picture) -> np.ndarray:
    """Its first frame; the third one where something is done."""
    program = parse_text(text(picture), libraries=libraries())[0]
    samples = {"preview": 1, "reference": 32}.get(picture.preset, SAMPLES if picture.channel == "rgb" else 1)
    settings = {"preset": picture.preset}
    (episode,) = simengine.episodes(program, variants=1, seed=3, samples=samples, settings=settings, max_frames=3)
    frame = next(f for f in episode if f.index == (0 if picture.action == Picture.action else 2))
    return np.ascontiguousarray(SHOWN[picture.channel](frame["front"][picture.channel]))


def page() -> str:
    """The text of docs/gallery.md."""
    out = [
        "# Gallery", "",
        f"Pictures of the ray tracer, {SIZE_PX[0]} x {SIZE_PX[1]} px, {SAMPLES} rays a pixel, made by "
        "`python tools/make_gallery.py` from scenarios that differ in what stands below each.", "",
    ]  # fmt: skip
    for title, pictures in GALLERY.items():
        out += [f"## {title}", "", "| | |", "|---|---|"]
        for k in range(0, len(pictures), 2):
            pair = pictures[k : k + 2]
            cells = [f"![{p.name}](pictures/gallery/{p.name}.webp)<br>{p.caption}"
                     + (f"<br>`{p.said}`" if p.said else "") for p in pair]  # fmt: skip
            out.append("| " + " | ".join(cells + [""] * (2 - len(cells))) + " |")
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def main(names: list[str]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for pictures in GALLERY.values():
        for picture in pictures:
            if names and picture.name not in names:
                continue
            image = made(picture)
            cv2.imwrite(str(PICTURES / f"{picture.name}.webp"), image[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    (ROOT / "docs" / "gallery.md").write_text(page())


if __name__ == "__main__":
    main(sys.argv[1:])
