"""COCO instances: read and scored by pycocotools."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from simengine.datasets import Dataset
from simengine.datasets.exports import export
from simengine.datasets.exports.coco import MIN_PIXELS
from simengine.errors import UsageError
from simengine.world.taxonomy import CLASS_ID, CLASSES
from tests.datasets.fakes import table_rows

coco_module = pytest.importorskip("pycocotools.coco", reason="pycocotools is not installed (extra 'test')")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def out(mix: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coco") / "out"
    export(mix, "coco", folder)
    return folder


@pytest.fixture(scope="module")
def coco(out: Path):
    with contextlib.redirect_stdout(io.StringIO()):
        return coco_module.COCO(str(out / "annotations" / "instances.json"))


def test_masks_are_the_instances_pixel_for_pixel(coco, out, mix):
    """Every thing's pixels of every image of the cameras with instance ids, once: in its own mask, or, if it is too
    small to be told apart, in a crowd of its class. Areas and boxes are those of the pixels."""
    assert {i["camera"] for i in coco.imgs.values()} == {"front", "wide"}  # "down" records no instances
    assert len(coco.imgs) == 2 * (4 + 2)
    for image in coco.imgs.values():
        episode = mix.episode(image["variant"])
        view = episode.frames[image["frame"]][image["camera"]]
        file = cv2.imread(str(out / "images" / image["file_name"]))
        assert (file[..., ::-1] == view["rgb"]).all() and file.shape[:2] == (image["height"], image["width"])
        classes = np.array([CLASS_ID[e.class_name] for e in episode.entities])
        ids = view["instance"]
        semantic = np.where(ids >= 0, classes[ids], -1)
        left = np.isin(semantic, [k for k, c in enumerate(CLASSES) if c.thing])
        for found in coco.loadAnns(coco.getAnnIds(image["id"])):
            mask = coco.annToMask(found).astype(bool)
            assert (semantic[mask] == found["category_id"]).all() and left[mask].all()
            left &= ~mask
            v, u = np.nonzero(mask)
            assert found["area"] == mask.sum()
            assert found["bbox"] == [u.min(), v.min(), u.max() + 1 - u.min(), v.max() + 1 - v.min()]
            if found["iscrowd"]:
                assert all((ids == i).sum() < MIN_PIXELS for i in np.unique(ids[mask]))
            else:
                assert (mask == (ids == found["instance"])).all() and found["area"] >= MIN_PIXELS
        assert not left.any()


def test_perfect_predictions_score_one(coco, out):
    """The ground truth as predictions has AP 1.0 by masks and by boxes; shifted by 3 px it has not."""
    from pycocotools.cocoeval import COCOeval

    truth = [a for a in coco.anns.values() if not a["iscrowd"]]
    fields = ("image_id", "category_id", "segmentation", "bbox")
    perfect = [{**{k: a[k] for k in fields}, "score": 0.9} for a in truth]
    shifted = [{**p, "bbox": [p["bbox"][0] + 3, *p["bbox"][1:]]} for p in perfect]

    def score(predictions, kind):
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation = COCOeval(coco, coco.loadRes([dict(p) for p in predictions]), kind)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        return evaluation.stats[0]

    assert len(perfect) > 20
    assert score(perfect, "segm") == pytest.approx(1.0)
    assert score(perfect, "bbox") == pytest.approx(1.0)
    assert score(shifted, "bbox") < 0.95


def test_amodal_fields_are_the_labels(coco, mix):
    """Where 2D boxes are recorded, an annotation says how much of the thing is hidden and where the whole of it is; the
    visible box lies in that (up to a pixel: it is in whole pixels). The camera without 2D boxes has none of it."""
    with_labels = [a for a in coco.anns.values() if "occlusion" in a]
    assert {coco.imgs[a["image_id"]]["camera"] for a in with_labels} == {"front"}
    hidden = 0
    for found in with_labels:
        image = coco.imgs[found["image_id"]]
        rows = table_rows(mix.episode(image["variant"]).frames[image["frame"]]["front"].boxes2d)
        row = next(r for r in rows if r["instance"] == found["instance"])
        assert found["area"] == row["visible_pixels"] and found["amodal_area"] == row["amodal_pixels"]
        assert found["occlusion"] == row["occlusion"] and found["truncation"] == row["truncation"]
        x, y, w, h = found["bbox"]
        ax, ay, aw, ah = found["amodal_bbox"]
        assert x >= ax - 1 and y >= ay - 1 and x + w <= ax + aw + 1 and y + h <= ay + ah + 1
        hidden += found["occlusion"] > 0.2
    assert hidden > 0


def test_categories_are_the_taxonomy(coco):
    """Ids are class ids, so that masks, labels and predictions can be compared without a table; only things."""
    assert {c["id"]: c["name"] for c in coco.cats.values()} == {k: c.name for k, c in enumerate(CLASSES) if c.thing}
    assert coco.cats[CLASS_ID["child"]]["supercategory"] == "person" and min(coco.anns) == 1


def test_cocos_own_categories(mix, out, tmp_path):
    """With names of COCO people of all ages are its category 1, cars its 3; what it has no name for is left out. The
    masks are those of the export with our own names."""
    export(mix, "coco", tmp_path / "out", names="coco")
    folders = (out, tmp_path / "out")
    own, theirs = (json.loads((f / "annotations" / "instances.json").read_text()) for f in folders)
    ids = {c["name"]: c["id"] for c in theirs["categories"]}
    assert (ids["person"], ids["car"], ids["dog"]) == (1, 3, 18)
    things = {e.name: e.categories["coco"] for episode in mix.episodes for e in episode.entities}
    known = [a for a in own["annotations"] if not a["iscrowd"] and things[a["name"]] is not None]
    wanted = [{**a, "id": 0, "category_id": ids[things[a["name"]]]} for a in known]
    assert wanted and wanted == [{**a, "id": 0} for a in theirs["annotations"] if not a["iscrowd"]]
    with pytest.raises(UsageError, match="leave --names out"):
        export(mix, "kitti", tmp_path / "kitti", names="coco")


def test_small_things_make_a_crowd(fake, tmp_path, monkeypatch):
    """With a limit above the child's size it becomes a crowd, which pycocotools leaves out of the score, and the car,
    which is larger, does not."""
    monkeypatch.setattr("simengine.datasets.exports.coco.MIN_PIXELS", 200)
    done = export(fake, "coco", tmp_path / "out", split="train=2,val=1")
    assert done.counts == {"cameras": ["front"], "images": 9, "annotations": 18, "crowds": 9}
    data = json.loads((tmp_path / "out" / "annotations" / "instances_train.json").read_text())
    kinds = {(a["category_id"], a["iscrowd"]) for a in data["annotations"]}
    assert kinds == {(CLASS_ID["child"], 1), (CLASS_ID["car"], 0)}
    assert len(list((tmp_path / "out" / "images" / "train").iterdir())) == len(data["images"]) == 6
    other = json.loads((tmp_path / "out" / "annotations" / "instances_val.json").read_text())
    assert not {i["variant"] for i in data["images"]} & {i["variant"] for i in other["images"]}


def test_cameras_are_chosen(mix, tmp_path):
    """By name; a camera without instance ids and a LiDAR cannot be."""
    assert export(mix, "coco", tmp_path / "wide", cameras=["wide"]).counts["images"] == 4
    with pytest.raises(UsageError, match="'down' recorded with rgb, instance"):
        export(mix, "coco", tmp_path / "no", cameras=["down"])
    with pytest.raises(UsageError, match="leave --lidar out"):
        export(mix, "coco", tmp_path / "no", lidars=["roof"])
    assert not (tmp_path / "no").exists()
