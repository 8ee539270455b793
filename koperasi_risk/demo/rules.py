"""How the rules of the demo's koperasi came about: who changed what in the last year, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import User
from koperasi_risk.models import Tenant
from koperasi_risk.selectors.rules import active_rules
from koperasi_risk.services.proposals import decide_proposal
from koperasi_risk.services.rule_book import RuleContent
from koperasi_risk.services.rules import delete_rule, save_rule
from koperasi_risk.services.rulesets import install_starter_rules
from koperasi_risk.services.settings import save_settings

APPROVE, REVIEW, REJECT = "APPROVE", "MANUAL_REVIEW", "REJECT"
WAYAN, RATIH = "wayan@mekar.example", "manajer2@mekar.example"
NURUL, FAISAL = "manajer@amanah.example", "manajer2@amanah.example"
SUTRISNO = "manajer@tani.example"


@dataclass(frozen=True)
class Deed:
    """Something that was done with the rules so many days before the demo was first seeded."""

    days_ago: int
    by: str
    why: str
    do: Callable[[Tenant, User, datetime, str], object]

    def happen(self, tenant: Tenant, *, now: datetime) -> None:
        self.do(tenant, User.objects.get(email=self.by), now, self.why)


def start(tenant: Tenant, by: User, now: datetime, why: str) -> None:
    install_starter_rules(tenant=tenant, by=by, now=now, why=why)


def rule(factor: str, weight, threshold, category: str, action: str, payload=None) -> Callable:
    """Return what writes a rule, or overwrites the one of this factor."""
    content = RuleContent(factor, Decimal(weight), Decimal(threshold), category, action, payload)

    def write(tenant: Tenant, by: User, now: datetime, why: str):
        known = active_rules(tenant).filter(factor_key=content.key).first()
        rule_id = known.pk if known else None
        return save_rule(
            tenant=tenant, content=content, rule_id=rule_id, by=by, now=now, why=why, via="ADMIN"
        )

    return write


def without(factor: str) -> Callable:
    def delete(tenant: Tenant, by: User, now: datetime, why: str) -> None:
        known = active_rules(tenant).get(factor_key=factor)
        delete_rule(tenant=tenant, rule_id=known.pk, by=by, now=now, why=why, via="ADMIN")

    return delete


def settings(**changes) -> Callable:
    def change(tenant: Tenant, by: User, now: datetime, why: str) -> None:
        save_settings(tenant=tenant, by=by, now=now, why=why, **changes)

    return change


def approved(write: Callable, *, checker: str) -> Callable:
    """Return what proposes a change, to which a second person agrees at once."""

    def propose_and_approve(tenant: Tenant, by: User, now: datetime, why: str) -> None:
        proposal = write(tenant, by, now, why).proposal
        decide_proposal(
            tenant=tenant,
            proposal_id=proposal.pk,
            approve=True,
            by=User.objects.get(email=checker),
            now=now,
            note="Sesuai hasil simulasi.",
        )

    return propose_and_approve


DSR, LATE, BEHIND = (
    "debt_service_ratio",
    "late_installment_ratio_12m",
    "mandatory_savings_arrears_months",
)
HISTORY = {
    "KSP-MEKAR": (
        Deed(400, WAYAN, "Aturan awal", start),
        Deed(399, WAYAN, "Mengikuti batas kebijakan lama", rule(DSR, 15, 40, "sedang", REVIEW)),
        Deed(236, WAYAN, "Rapat pengurus: batas angsuran diperketat", rule(DSR, 15, 35, "sedang", REVIEW)),
        Deed(150, RATIH, "Anggota aktif lebih patuh membayar",
             rule("rat_attendance_rate_3y", 5, 50, "rendah", APPROVE)),
        Deed(97, RATIH, "Uji coba: tunggakan simpanan sejak bulan pertama", rule(BEHIND, 5, 0, "sedang", REVIEW)),
        Deed(68, WAYAN, "Terlalu banyak anggota baik ikut terjaring", rule(BEHIND, 5, 2, "sedang", REVIEW)),
        Deed(33, WAYAN, "Temuan audit: restrukturisasi berulang",
             rule("restructured_loan_count", 10, 0, "sedang", REVIEW)),
    ),
    "KSPPS-AMANAH": (
        Deed(400, NURUL, "Aturan awal", start),
        Deed(180, NURUL, "Skor total ikut menentukan", settings(use_score_bands=True)),
        Deed(120, NURUL, "Prinsip empat mata untuk perubahan aturan", settings(rules_need_approval=True)),
        Deed(45, NURUL, "Keterlambatan kecil pun perlu terlihat",
             approved(rule(LATE, 10, 15, "rendah", APPROVE), checker=FAISAL)),
        Deed(2, NURUL, "Pembiayaan baru harus ditopang simpanan lebih besar",
             rule("savings_to_loan_ratio", 12, 25, "sedang", REVIEW)),
    ),
    "KSU-TANI": (
        Deed(390, SUTRISNO, "Aturan pertama koperasi", rule("kolektibilitas_worst", 25, 2, "tinggi", REJECT)),
        Deed(390, SUTRISNO, "Batas satu musim panen", rule("dpd", 15, 120, "sedang", REVIEW)),
        Deed(389, SUTRISNO, "Anggota baru menunggu satu tahun", rule("membership_years", 10, 1, "sedang", REVIEW)),
        Deed(389, SUTRISNO, "Percobaan", rule("net_savings_flow_6m", 5, 0, "rendah", APPROVE)),
        Deed(240, SUTRISNO, "Simpanan petani naik turun mengikuti panen", without("net_savings_flow_6m")),
        Deed(200, SUTRISNO, "Paling banyak satu pinjaman; tiga ditolak",
             rule("loan_count", 5, 1, "rendah", APPROVE,
                  {"tiers": [{"threshold": 2, "weight": 20, "auto_action": "reject"}]})),
        Deed(12, SUTRISNO, "Permintaan penyuluh; datanya menyusul",
             rule("kelompok_tani_aktif", 5, 1, "rendah", REVIEW)),
    ),
}  # fmt: skip
