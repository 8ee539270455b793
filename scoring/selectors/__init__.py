"""Questions about scores and what they are measured from."""

from scoring.selectors.scores import latest_score, score_history
from scoring.selectors.series import historical_series_of, series_of

__all__ = ["historical_series_of", "latest_score", "score_history", "series_of"]
