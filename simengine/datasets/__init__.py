"""What a dataset is on disk: an atomic writer, a reader that trusts nothing, a report page."""

from simengine.datasets.episode import EpisodeContent, EpisodeWriter
from simengine.datasets.reader import Dataset, Episode, Frame
from simengine.datasets.report import contact_sheet, write_report
from simengine.datasets.variants import VariantRow, Verdict
from simengine.datasets.verify import verify
from simengine.datasets.writer import DatasetWriter

__all__ = [
    "Dataset", "DatasetWriter", "Episode", "EpisodeContent", "EpisodeWriter", "Frame", "VariantRow", "Verdict",
    "contact_sheet", "verify", "write_report",
]  # fmt: skip
