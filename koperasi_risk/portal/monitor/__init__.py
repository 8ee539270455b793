"""The monitor: what the rules decide over time, and how well the loans are paid."""

from koperasi_risk.portal.monitor.views import csv_file, page, pdf_file

__all__ = ["csv_file", "page", "pdf_file"]
