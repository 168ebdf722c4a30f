"""What a dataset is on disk: an atomic writer, a reader that trusts nothing, a report page."""

from simengine.datasets.episode import EpisodeContent, EpisodeWriter
from simengine.datasets.frame import EntityInfo, Episode, Frame, SensorView
from simengine.datasets.reader import Dataset, StoredEpisode
from simengine.datasets.report import contact_sheet, write_report
from simengine.datasets.variants import VariantRow, Verdict
from simengine.datasets.verify import verify
from simengine.datasets.writer import DatasetWriter

__all__ = [
    "Dataset", "DatasetWriter", "EntityInfo", "Episode", "EpisodeContent", "EpisodeWriter", "Frame", "SensorView",
    "StoredEpisode", "VariantRow", "Verdict", "contact_sheet", "verify", "write_report",
]  # fmt: skip
