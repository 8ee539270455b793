"""Keep a list with its filters under a name, and forget it."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from banking.models import SavedFilter
from banking.selectors.directory import is_personal
from core.errors import Conflict, InvalidInput, NotFound

MOST_PER_PERSON = 50
# Where a list begins is no part of what it shows.
_CURSOR = "setelah"
_SEARCH = "cari"


class NameTaken(Conflict):
    code = "filter_name_taken"


class TooManyFilters(Conflict):
    code = "too_many_filters"


class FilterNotFound(NotFound):
    code = "filter_not_found"


@transaction.atomic
def save_filter(
    *, by: User, page: str, name: str, query: str, is_shared: bool, now: datetime
) -> SavedFilter:
    """
    Keep a list of one page under a name, for oneself or for the whole bank.

    A searched phone, tax ID or national ID is left out: personal data lies nowhere in the clear.
    Raises InvalidInput, NameTaken, TooManyFilters.
    """
    name, query = " ".join(name.split()), kept_query(query)
    _check(page=page, name=name, query=query)
    # Locked, so that two at once cannot both be the fiftieth.
    User.objects.select_for_update().get(pk=by.pk)
    if SavedFilter.objects.filter(owner=by).count() >= MOST_PER_PERSON:
        message = _("You keep %(most)s filters already. Please forget one first.")
        raise TooManyFilters(message % {"most": MOST_PER_PERSON})
    try:
        with transaction.atomic():
            return SavedFilter.objects.create(
                owner=by,
                bank=by.organisation,
                page=page,
                name=name,
                query=query,
                is_shared=is_shared,
                saved_at=now,
            )
    except IntegrityError as error:
        message = _("You already keep a filter named “%(name)s” here. Please choose another name.")
        raise NameTaken(message % {"name": name}) from error


def forget_filter(*, by: User, pk: int) -> SavedFilter:
    """Forget one of one's own filters. Raises FilterNotFound, for others' too."""
    mine = SavedFilter.objects.filter(owner=by, pk=pk).first()
    if mine is None:
        raise FilterNotFound()
    mine.delete()
    return mine


def kept_query(query: str) -> str:
    """Return the filters of an address worth keeping: nothing empty, no cursor, nothing personal."""
    parameters = QueryDict(query.replace("\0", ""), mutable=True)
    for name in list(parameters):
        values = [value for value in parameters.getlist(name) if value]
        if not values or name == _CURSOR or (name == _SEARCH and is_personal(values[-1])):
            del parameters[name]
        else:
            parameters.setlist(name, values)
    return parameters.urlencode()


def _check(*, page: str, name: str, query: str) -> None:
    longest = SavedFilter._meta.get_field("name").max_length
    if page not in SavedFilter.Page.values:
        raise InvalidInput(fields={"page": _("There is no such list.")})
    if not name or "\0" in name:
        raise InvalidInput(_("Please give the filter a name."))
    if len(name) > longest:
        message = _("The name may have %(most)s characters at most.")
        raise InvalidInput(message % {"most": longest})
    if len(query) > SavedFilter._meta.get_field("query").max_length:
        raise InvalidInput(_("These filters are too long to keep."))
