"""Everything that is asked about loans: applications, their checks, and the loans that run."""

from banking.selectors.assessment import (
    assessment_for,
    newest_scores,
    offers_for,
    score_at,
    terms_of,
    visible_merchant,
)
from banking.selectors.book import (
    LoanStanding,
    Portfolio,
    loan_book,
    loan_standing,
    portfolio,
    standings_of,
)
from banking.selectors.pipeline import (
    NEWEST_FIRST,
    SORTS,
    ApplicationNotFound,
    PipelineFilter,
    PipelinePage,
    PipelineRow,
    StageCount,
    application_of,
    applications_of,
    applications_of_code,
    pipeline_counts,
    pipeline_page,
)

__all__ = [
    "NEWEST_FIRST",
    "SORTS",
    "ApplicationNotFound",
    "LoanStanding",
    "PipelineFilter",
    "PipelinePage",
    "PipelineRow",
    "Portfolio",
    "StageCount",
    "application_of",
    "applications_of",
    "applications_of_code",
    "assessment_for",
    "loan_book",
    "loan_standing",
    "newest_scores",
    "offers_for",
    "pipeline_counts",
    "pipeline_page",
    "portfolio",
    "score_at",
    "standings_of",
    "terms_of",
    "visible_merchant",
]
