"""The page: content, escaping, size, and how a browser sees it."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from simengine.datasets import DatasetWriter, EpisodeContent, VariantRow, Verdict, contact_sheet, write_report
from simengine.datasets.report.markup import el
from simengine.datasets.report.summary import summarise
from simengine.datasets.report.tables import number_text
from simengine.errors import DatasetError
from simengine.render.protocol import CAMERA_CHANNELS
from simengine.world.taxonomy import CLASS_ID, CLASSES
from tests.datasets.fakes import ENTITIES, MANIFEST, camera, camera_reading, lidar, lidar_reading, row, write_dataset

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)> \"quote\" 'single' & \u202e"


class _Page(HTMLParser):
    """Text, tags and image sources of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.images: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "img":
            self.images.append(dict(attrs)["src"] or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("report")
    write_dataset(root, (0, 1, 2, 4, 5), (3,))
    return write_report(root)


def test_the_page_says_what_was_run_and_what_came_of_it(page: Path) -> None:
    """Title, seed, plan, counts, every drawn value that differs with its unit, verdicts and margins."""
    seen = _Page(page.read_text())
    for word in ("A child runs out", "child_dart_out", "5 of 6", "ego.speed", "km/h", "always distance(ego, kid)",
                 "holds", "fails", "\u22120.2 m", "discarded", "never seen", "bin 2", "duration"):  # fmt: skip
        assert word in seen.text, word
    assert "gap" in seen.text and "12.5 m" in seen.text  # the same in every variant: in the list of constants
    assert seen.tags.count("table") >= 3


def test_the_page_needs_nothing_else(page: Path) -> None:
    """All pictures are inline and decode; no attribute and no style names another resource."""
    text = page.read_text()
    seen = _Page(text)
    assert len(seen.images) >= 5 + 2 * 8  # contact sheet, and two variants with all channels and points
    for source in seen.images:
        head, data = source.split(",", 1)
        assert head == "data:image/jpeg;base64"
        image = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
        assert image is not None and image.shape[0] > 8
    assert not re.search(r"https?:|url\(|@import|//[a-z]", re.sub(r"data:image/jpeg;base64,[^\"]*", "", text))
    links = [v for k, v in seen.attributes if k == "href"]
    assert links and all(v and re.fullmatch(r"episodes/\d{6}/", v) for v in links)


def test_colours_of_classes_are_explained(page: Path) -> None:
    """Each class in the semantic picture has a swatch of exactly its colour, and depth says how far its scale goes."""
    text = page.read_text()
    keys = dict(re.findall(r'<span class="key"><i style="background:rgb\(([\d, ]+)\)"></i>([a-z_]+)</span>', text))
    found = {name: tuple(map(int, colour.split(", "))) for colour, name in keys.items()}
    assert found == {n: CLASSES[CLASS_ID[n]].colour for n in ("road", "sky", "car", "child")}
    assert re.search(r"on a logarithmic scale, \d+ to \d+ m", text)


def test_verdicts_are_not_told_by_colour_alone(page: Path) -> None:
    """Each mark has a sign and a word besides its colour."""
    marks = re.findall(r'class="mark (\w+)">([^<]*)<', page.read_text())
    assert {m[0] for m in marks} >= {"pass", "fail", "idle"}
    signs = {"pass": "\u2713", "fail": "\u2717", "idle": "\u25cb"}
    assert all(text.startswith(signs[kind] + " ") and len(text) > 4 for kind, text in marks)


def test_text_from_a_scenario_is_inert(tmp_path: Path) -> None:
    """Every text that a stranger's scenario controls: title, names, values, formulas, messages, reasons, tags."""
    manifest = {**MANIFEST, "renderer": EVIL, "about": {"title": EVIL, "scenario": EVIL}}
    verdict = Verdict("expect", EVIL, False, -1.0, EVIL, 0.5)
    bad = replace(
        row(0, "discarded"), values={EVIL: EVIL, "n": 1}, verdicts=(verdict,), tags=(EVIL,), coverage={EVIL: EVIL},
        summary={EVIL: EVIL}, reason=EVIL,
    )  # fmt: skip
    with DatasetWriter.create(tmp_path, manifest) as writer:
        writer.record(bad)
        writer.record(replace(bad, variant=1, values={EVIL: "other"}))
        writer.finish()
    text = write_report(tmp_path).read_text()
    seen = _Page(text)
    assert seen.tags.count("script") == 1 and "img" not in seen.tags
    assert not [k for k, _ in seen.attributes if k.startswith("on")]
    assert "<script>alert" not in text and seen.text.count("<script>alert(1)</script>") >= 8


def test_the_policy_allows_only_the_pages_own_script(page: Path) -> None:
    """A second lock behind the escaping: the browser runs only what has the digest in the policy."""
    text = page.read_text()
    script = re.search(r"<script>(.*)</script>", text, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src &#x27;sha256-{digest}&#x27;" in text and "default-src &#x27;none&#x27;" in text


def test_the_budget_holds_and_is_told(tmp_path: Path) -> None:
    """A page over its budget leaves pictures out and says how many."""
    write_dataset(tmp_path, (0, 1, 2), ())
    path = write_report(tmp_path, budget_bytes=40_000)
    text = path.read_text()
    assert sum(len(s) for s in _Page(text).images) <= 40_000
    assert re.search(r"\d+ pictures were left out", text)


def test_the_page_is_the_same_for_the_same_files(tmp_path: Path) -> None:
    """It is made from the files alone; no time, no order of dictionaries."""
    write_dataset(tmp_path, (0, 1), (2,))
    assert write_report(tmp_path).read_bytes() == write_report(tmp_path).read_bytes()


def test_unfinished_and_empty_datasets_have_a_page(tmp_path: Path) -> None:
    """A run of which everything was discarded is when a person most needs the page."""
    with DatasetWriter.create(tmp_path, MANIFEST) as writer:
        assert "has not finished" in write_report(tmp_path).read_text()
        writer.record(row(0, "discarded"))
        writer.finish()
    text = write_report(tmp_path).read_text()
    assert "0 of 1" in text and "No frames were recorded" in text


def test_rows_are_bounded_but_counts_are_not() -> None:
    """10,000 variants: 500 rows kept, all counted, the lowest margin found wherever it is."""

    def many() -> Iterator[VariantRow]:
        for k in range(10_000):
            weak = (Verdict("expect", "x", k != 7777, -5.0 if k == 7777 else 1.0),)
            yield replace(row(k), verdicts=weak, frames=2)

    summary = summarise(many(), 12)
    assert len(summary.rows) == 500 and summary.counts["kept"] == 10_000 and summary.frames == 20_000
    assert summary.monitors[0].worst_variant == 7777 and summary.monitors[0].failed == 1
    assert 7777 in summary.chosen and len(summary.chosen) == 12 and summary.detailed[0] == 7777


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\u2013"),
        (True, "yes"),
        (-3, "\u22123"),
        (0.123456, "0.1235"),
        (float("-inf"), "\u2212\u221e"),
        ("a", "a"),
    ],
)
def test_numbers_are_written_for_people(value: object, text: str) -> None:
    """Four digits, a true minus, words for booleans."""
    assert number_text(value) == text  # type: ignore[arg-type]


def test_markup_escapes_text_and_keeps_elements() -> None:
    """Text is data; an element inside an element is not escaped again."""
    assert el("p", "a<b", el("b", "&"), title='"') == '<p title="&quot;">a&lt;b<b>&amp;</b></p>'


# ---- contact sheets --------------------------------------------------------------------------------------------


def test_a_contact_sheet_places_every_picture_where_it_belongs() -> None:
    """Plain pictures of known colours: each colour must be found at the centre of its cell."""
    colours = [(200, 30, 30), (30, 160, 60), (40, 60, 200), (230, 200, 20)]
    images = [np.full((90, 120, 3), c, np.uint8) for c in colours]
    sheet = contact_sheet(images, [f"picture {k}" for k in range(4)], 3, cell_px=120)
    gap = 8
    for k, colour in enumerate(colours):
        x, y = gap + (k % 3) * (120 + gap) + 60, gap + 45
        column = sheet[:, x]
        rows = np.flatnonzero((column == colour).all(-1))
        assert len(rows) == 90, "unscaled: 120 px wide pictures in 120 px cells"
        assert (rows[0] == y - 45) == (k < 3)
    ink = (sheet.astype(int).sum(-1) < 300).sum()
    assert ink > 200, "captions are written"


def test_a_contact_sheet_takes_pictures_of_any_size_and_long_captions() -> None:
    """Tall, wide and tiny ones are fitted; a caption never leaves its cell (its right neighbour's stays clean)."""
    images = [np.zeros((h, w, 3), np.uint8) for h, w in ((500, 50), (20, 300), (1, 1))]
    sheet = contact_sheet(images, ["x" * 500, "", "\u00e9\u4e2d"], 3, title="T" * 400, cell_px=100)
    assert sheet.dtype == np.uint8 and sheet.shape[1] == 8 + 3 * 108
    right = sheet[-22:, 8 + 108 : 8 + 208]
    assert (right == right[0, 0]).all(), "the empty caption's place is empty"


def test_a_contact_sheet_of_nothing_is_refused() -> None:
    """With what was given."""
    with pytest.raises(DatasetError, match="got 0 pictures"):
        contact_sheet([], [])


# ---- a browser -------------------------------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip


def _browse(page: Path, profile: Path, *options: str) -> str:
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *options, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout


needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (apt-get install chromium)")


@needs_browser
@pytest.mark.parametrize(("scheme", "width"), [(1, 1280), (0, 400)])
def test_chromium_draws_the_page(page: Path, tmp_path: Path, scheme: int, width: int) -> None:
    """Light and wide, dark and narrow: the ground is light or dark, pictures are painted, nothing runs out sideways.

    Blink's preferredColorScheme is 0 for dark and 1 for light.
    """
    shot = tmp_path / "shot.png"
    _browse(page, tmp_path / "p", f"--blink-settings=preferredColorScheme={scheme}", f"--window-size={width},1600",
            f"--screenshot={shot}")  # fmt: skip
    image = cv2.imread(str(shot))
    assert image is not None and image.shape[:2] == (1600, width)
    corner = image[2, 2].mean()
    assert corner > 220 if scheme else corner < 50
    assert (image[:, -2:].reshape(-1, 3) == image[2, 2]).all(), "the right margin is empty: no sideways scrolling"
    blue = (image[..., 0] > 200) & (image[..., 2] < 180) & (image[..., 1] > 150)
    assert blue.sum() > 2000, "the sky of the thumbnails"


@needs_browser
def test_chromium_runs_the_tables_script_and_nothing_else(page: Path, tmp_path: Path) -> None:
    """The script gives headings a button; a foreign script put into the file is stopped by the policy."""
    changed = tmp_path / "index.html"
    foreign = "<script>document.title='broken into'</script></body>"
    changed.write_text(page.read_text().replace("</body>", foreign))
    dom = _browse(changed, tmp_path / "p", "--dump-dom")
    assert "<title>A child runs out</title>" in dom
    assert re.search(r"<th[^>]*><button>Variant</button>", dom)


def test_all_channels_have_a_picture_or_a_reason() -> None:
    """What the page shows of the closed set of channels; the rest is data without a natural picture."""
    from simengine.datasets.report.views import _CHANNEL_PICTURES  # pyright: ignore[reportPrivateUsage]

    assert set(CAMERA_CHANNELS) - set(_CHANNEL_PICTURES) - {"rgb"} == {
        "albedo", "part", "material", "position", "radiance", "lens_occlusion",
    }  # fmt: skip


def test_a_camera_without_rgb_and_a_lidar_alone_have_thumbnails(tmp_path: Path) -> None:
    """Depth-only and LiDAR-only recordings are common; their page must have pictures too."""
    front, roof = camera(), lidar()
    with DatasetWriter.create(tmp_path, MANIFEST) as writer:
        for variant, record in enumerate(({"front": ("depth",)}, {"roof": ("points",)})):
            content = EpisodeContent(row(variant), b"{}", (front, roof), ENTITIES, record)
            with writer.episode(content) as episode:
                readings = {"front": camera_reading(front, 0), "roof": lidar_reading(roof, 0)}
                episode.write_frame(0, 0, readings)
        writer.finish()
    seen = _Page(write_report(tmp_path).read_text())
    assert len(seen.images) == 6  # two thumbnails, one view each, one strip picture each
