"""One sentence for every reason code of `scoring.domain.reasons`."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from scoring.wording.numbers import count, days, number, percent

SENTENCES = {
    "volume_low": _("You make %(monthly_sales)s sales a month; full points begin at %(target)s."),
    "volume_high": _("You make %(monthly_sales)s sales a month, which is plenty."),
    "consistency_low": _("Revenue differs from month to month by %(cv_percent)s on average."),
    "consistency_no_revenue": _("After refunds, none of the last months brought any revenue."),
    "consistency_not_measurable": _(
        "How steady revenue is can be told after %(needed_days)s of sales; so far: %(observed_days)s."
    ),
    "consistency_high": _(
        "Revenue is steady: it differs by only %(cv_percent)s from month to month."
    ),
    "growth_negative": _(
        "Revenue of the last 30 days fell against the 30 days before, by %(growth_percent)s more"
        " than chance explains."
    ),
    "growth_flat": _(
        "Revenue of the last 30 days is about that of the 30 days before; the difference may be chance."
    ),
    "growth_modest": _(
        "Revenue of the last 30 days grew by %(growth_percent)s beyond chance; full points begin at"
        " %(target)s."
    ),
    "growth_not_measurable": _(
        "Growth can be told after %(needed_days)s of sales; so far: %(observed_days)s."
    ),
    "growth_no_earlier_revenue": _(
        "The 30 days before the last 30 brought no revenue, so growth cannot be told."
    ),
    "growth_strong": _("Revenue of the last 30 days grew by %(growth_percent)s beyond chance."),
    "refund_high": _("%(refund_percent)s of your sales were refunded."),
    "refund_low": _("Only %(refund_percent)s of your sales were refunded."),
    "settlement_slow": _(
        "Money arrives %(settlement_days)s after payment on average; full points need %(target)s."
    ),
    "settlement_not_measurable": _(
        "There is neither a settlement statement nor a cash sale, so settlement time is unknown."
    ),
    "settlement_fast": _("Money arrives %(settlement_days)s after payment on average."),
}

# The same to somebody who reads about the shop: a bank.
OF_THE_SHOP = {
    "volume_low": _(
        "The shop makes %(monthly_sales)s sales a month; full points begin at %(target)s."
    ),
    "volume_high": _("The shop makes %(monthly_sales)s sales a month, which is plenty."),
    "refund_high": _("%(refund_percent)s of the shop's sales were refunded."),
    "refund_low": _("Only %(refund_percent)s of the shop's sales were refunded."),
}

# A fall is worded as a fall: without its minus sign.
_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "monthly_sales": count,
    "cv_percent": percent,
    "needed_days": days,
    "observed_days": days,
    "settlement_days": days,
    "refund_percent": percent,
    "growth_percent": lambda value: percent(str(value).removeprefix("-")),
    "raw_growth_percent": lambda value: percent(str(value).removeprefix("-")),
}

# A target is measured as its component is.
_TARGETS = {"volume": count, "growth": percent, "settlement": days}


def reason_text(reason: Mapping[str, Any], *, to_bank: bool = False) -> str:
    """
    Word one stored reason in the active language, to the owner or to a bank.

    Raises KeyError for a code without words; a test keeps the two lists equal.
    """
    code, params = reason["code"], reason["params"]
    written = {
        name: _WRITERS.get(name, number)(value)
        for name, value in params.items()
        if value is not None
    }
    if "target" in written:
        written["target"] = _TARGETS[reason["component"]](params["target"])
    sentences = SENTENCES | OF_THE_SHOP if to_bank else SENTENCES
    return str(sentences[code]) % written
