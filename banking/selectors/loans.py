"""Everything that is asked about loans: applications, their checks, and the loans that run."""

from banking.selectors.assessment import assessment_for, offers_for, score_at, terms_of
from banking.selectors.book import (
    LoanStanding,
    Portfolio,
    loan_book,
    loan_standing,
    portfolio,
)
from banking.selectors.pipeline import (
    ApplicationNotFound,
    PipelineFilter,
    PipelinePage,
    PipelineRow,
    StageCount,
    application_of,
    applications_of,
    pipeline_counts,
    pipeline_page,
)

__all__ = [
    "ApplicationNotFound",
    "LoanStanding",
    "PipelineFilter",
    "PipelinePage",
    "PipelineRow",
    "Portfolio",
    "StageCount",
    "application_of",
    "applications_of",
    "assessment_for",
    "loan_book",
    "loan_standing",
    "offers_for",
    "pipeline_counts",
    "pipeline_page",
    "portfolio",
    "score_at",
    "terms_of",
]
