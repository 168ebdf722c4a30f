"""``index.html``: a dataset to look at, in one file that needs nothing else."""

from simengine.datasets.report.page import write_report
from simengine.datasets.report.sheet import contact_sheet

__all__ = ["contact_sheet", "write_report"]
