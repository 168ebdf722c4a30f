"""A dataset in the formats of others: KITTI object, COCO instances, WebDataset shards."""

from simengine.datasets.exports.registry import EXPORTERS, ExportSummary, export

__all__ = ["EXPORTERS", "ExportSummary", "export"]
