"""People of the demo decide otherwise than the engine: some agreed, one refused, some waiting."""

from datetime import datetime, timedelta

from accounts.models import User
from koperasi_risk.demo.koperasi import BOARD, MANAGER, Koperasi
from koperasi_risk.models import Decision, DecisionOverride, RiskResult, Tenant
from koperasi_risk.services.overrides import ask_override, decide_override

REASON = DecisionOverride.Reason
# From what to what, why, for how long, how many days ago, and what the board said: None is waiting.
ASKED = (
    (Decision.REJECT, Decision.REVIEW, REASON.NEW_COLLATERAL,
     "Sertifikat tanah tambahan sudah diserahkan dan dinilai.", 60, 9, True),
    (Decision.REVIEW, Decision.APPROVE, REASON.GUARANTEE,
     "Dua anggota lain menjamin secara tanggung renteng.", 30, 6, True),
    (Decision.REJECT, Decision.APPROVE, REASON.RECOVERED,
     "Usaha sudah berjalan lagi menurut anggota.", 30, 5, False),
    (Decision.REVIEW, Decision.APPROVE, REASON.DATA_ERROR,
     "Slip gaji terbaru belum tercatat di buku.", 45, 1, None),
    (Decision.REJECT, Decision.REVIEW, REASON.RECOVERED,
     "Tiga angsuran terakhir dibayar penuh di kantor cabang.", 60, 0, None),
)  # fmt: skip


def ask_for_overrides(koperasi: Koperasi, tenant: Tenant, *, now: datetime) -> None:
    manager, board = _with(koperasi, MANAGER), _with(koperasi, BOARD)
    taken: list[int] = []
    for came_from, went_to, reason, note, days, days_ago, agreed in ASKED:
        result = (
            RiskResult.objects.of(tenant)
            .filter(decision=came_from, member__status="ACTIVE")
            .exclude(member__in=taken)
            .order_by("member")
            .first()
        )
        if result is None:
            continue
        taken.append(result.member_id)
        asked_at = now - timedelta(days=days_ago, hours=3)
        override = ask_override(
            tenant=tenant,
            member_id=result.member_id,
            went_to=went_to,
            reason_code=reason,
            note=note,
            valid_until=tenant.today(asked_at) + timedelta(days=days),
            by=manager,
            now=asked_at,
        )
        if agreed is not None:
            decide_override(
                tenant=tenant,
                code=override.code,
                approve=agreed,
                by=board,
                now=asked_at + timedelta(hours=2),
                note="Berkas sudah diperiksa." if agreed else "Belum ada bukti tertulis.",
            )


def _with(koperasi: Koperasi, role: str) -> User:
    email = next(email for email, roles in koperasi.seats.items() if role in roles)
    return User.objects.get(email=email)
