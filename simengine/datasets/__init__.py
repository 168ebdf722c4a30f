"""What a dataset is on disk: an atomic writer, a reader that trusts nothing, a report page."""

from simengine.datasets.episode import EpisodeContent, EpisodeWriter
from simengine.datasets.variants import VariantRow, Verdict
from simengine.datasets.writer import DatasetWriter

__all__ = ["DatasetWriter", "EpisodeContent", "EpisodeWriter", "VariantRow", "Verdict"]
