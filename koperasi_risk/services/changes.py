"""What a member's factors are computed from changed: say so once, in the transaction of the change."""

from collections.abc import Iterable
from datetime import datetime

from core.outbox import announce_many
from koperasi_risk.models import Member, Tenant

# As many as one piece of news names.
MEMBERS_A_PIECE = 500


def note_change(tenant: Tenant, member_ids: Iterable[int], *, now: datetime) -> None:
    """Make results of these members stale, and announce `koperasi.members_changed`."""
    ids = sorted(set(member_ids))
    for start in range(0, len(ids), MEMBERS_A_PIECE):
        # Nobody's change takes another's time back.
        members = Member.objects.of(tenant).filter(pk__in=ids[start : start + MEMBERS_A_PIECE])
        members.filter(changed_at__lt=now).update(changed_at=now)
    announce_many(
        "koperasi.members_changed",
        [
            {"tenant_id": tenant.pk, "member_ids": ids[start : start + MEMBERS_A_PIECE]}
            for start in range(0, len(ids), MEMBERS_A_PIECE)
        ],
    )
