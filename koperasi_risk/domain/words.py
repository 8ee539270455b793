"""What the engine says, in Indonesian and in English: labels, units, causes and sentences."""

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """One text in both languages."""

    id: str
    en: str


def said(words: Words, language: str) -> str:
    """Return the text in English for any `en…` language, else in Indonesian."""
    return words.en if language.startswith("en") else words.id


FACTORS: Mapping[str, Words] = {
    "max_dpd_current": Words("Hari tunggakan terlama", "Current max days past due"),
    "kolektibilitas_worst": Words("Kolektibilitas terburuk", "Worst collectability"),
    "max_dpd_12m": Words("DPD terlama 12 bulan", "Worst DPD in 12 months"),
    "late_installment_ratio_12m": Words(
        "Persentase angsuran terlambat 12 bulan", "Late instalment ratio in 12 months"
    ),
    "arrears_ratio": Words("Rasio tunggakan", "Arrears to outstanding"),
    "restructured_loan_count": Words("Jumlah restrukturisasi", "Restructurings in 36 months"),
    "written_off_loan_count": Words("Riwayat macet/hapus buku", "Write-offs"),
    "active_loan_count": Words("Pinjaman aktif", "Active loans"),
    "membership_months": Words("Lama keanggotaan", "Membership age"),
    "membership_active": Words("Status keanggotaan aktif", "Active member"),
    "mandatory_savings_arrears_months": Words(
        "Tunggakan simpanan wajib", "Mandatory savings arrears"
    ),
    "principal_savings_paid_ratio": Words("Pelunasan simpanan pokok", "Share capital paid"),
    "savings_deposit_consistency_12m": Words("Konsistensi setoran wajib", "Deposit consistency"),
    "net_savings_flow_6m": Words(
        "Arus simpanan sukarela 6 bulan", "Net voluntary savings flow in 6 months"
    ),
    "savings_to_loan_ratio": Words("Rasio simpanan terhadap pinjaman", "Savings to loan"),
    "debt_service_ratio": Words("Rasio angsuran terhadap pendapatan", "Debt service ratio"),
    "collateral_coverage_ratio": Words("Cakupan agunan", "Collateral cover"),
    "guaranteed_npl_count": Words("Penjaminan bermasalah", "Guaranteed bad loans"),
    "rat_attendance_rate_3y": Words("Kehadiran RAT", "AGM attendance"),
    "document_completeness": Words("Kelengkapan dokumen", "Document completeness"),
    "equity_exposure_ratio": Words("Eksposur terhadap modal sendiri", "Exposure to own capital"),
    "external_loan_count": Words("Pinjaman di tempat lain", "External loans"),
    "membership_years": Words("Lama keanggotaan", "Length of membership"),
    "repayment_history": Words("Ketepatan angsuran 12 bulan", "Instalments on time in 12 months"),
    "late_payments": Words("Angsuran terlambat 12 bulan", "Late instalments in 12 months"),
    "total_savings": Words("Jumlah simpanan", "Total savings"),
    "outstanding": Words("Sisa pinjaman", "Outstanding loans"),
    "monthly_income": Words("Pendapatan per bulan", "Income a month"),
    "collateral_value": Words("Nilai agunan", "Value of collateral"),
}

CAUSES: Mapping[str, Words] = {
    # Not available: somebody has to find out.
    "no_income": Words("data pendapatan belum tersedia", "income is not known yet"),
    "income_not_verified": Words(
        "pendapatan belum diverifikasi", "income has not been verified yet"
    ),
    "income_too_old": Words(
        "pendapatan terakhir diverifikasi lebih dari 12 bulan lalu",
        "income was last verified more than 12 months ago",
    ),
    "income_is_zero": Words("pendapatan tercatat nol", "income is recorded as zero"),
    "no_principal_amount": Words(
        "besar simpanan pokok koperasi belum diisi",
        "the koperasi has not set its principal savings",
    ),
    "no_mandatory_amount": Words(
        "besar simpanan wajib koperasi belum diisi",
        "the koperasi has not set its mandatory savings",
    ),
    "no_own_capital": Words(
        "modal sendiri koperasi belum diisi", "the koperasi has not set its own capital"
    ),
    "restructuring_undated": Words(
        "tanggal restrukturisasi belum tercatat", "the date of a restructuring is not recorded"
    ),
    "not_computed": Words("data faktor belum dihitung", "the factor has not been computed yet"),
    # Not applicable: it does not concern the member.
    "no_loan": Words("tidak ada pinjaman aktif", "there is no active loan"),
    "nothing_due": Words(
        "tidak ada angsuran jatuh tempo dalam 12 bulan", "no instalment fell due in 12 months"
    ),
    "few_due": Words(
        "kurang dari 3 angsuran jatuh tempo dalam 12 bulan",
        "fewer than 3 instalments fell due in 12 months",
    ),
    "few_months_obliged": Words(
        "wajib menyetor kurang dari 3 bulan", "savings were mandatory for fewer than 3 months"
    ),
    "nothing_required": Words("tidak diwajibkan koperasi", "the koperasi requires none"),
    "below_unsecured_limit": Words(
        "sisa pinjaman dalam batas tanpa agunan", "loans are within the limit without collateral"
    ),
    "no_meeting": Words("belum ada RAT sejak bergabung", "no annual meeting since joining"),
}

# A number goes where {} stands; English has a second form for one.
UNITS: Mapping[str, Words] = {
    "days": Words("{} hari", "{} days"),
    "class": Words("Kol-{}", "class {}"),
    "percent": Words("{}%", "{}%"),
    "times": Words("{} kali", "{} times"),
    "loans": Words("{} pinjaman", "{} loans"),
    "months": Words("{} bulan", "{} months"),
    "years": Words("{} tahun", "{} years"),
    "flag": Words("{}", "{}"),
    "rupiah": Words("Rp\N{NO-BREAK SPACE}{}", "Rp\N{NO-BREAK SPACE}{}"),
    "ratio": Words("{}", "{}"),
    "points": Words("{} poin", "{} points"),
}
ONE: Mapping[str, str] = {
    "days": "{} day",
    "times": "{} time",
    "loans": "{} loan",
    "months": "{} month",
    "years": "{} year",
    "points": "{} point",
}

YES = Words("ya", "yes")
NO = Words("tidak", "no")

CLASSES: Mapping[int, Words] = {
    1: Words("Lancar", "Current"),
    2: Words("Dalam perhatian khusus", "Special mention"),
    3: Words("Kurang lancar", "Substandard"),
    4: Words("Diragukan", "Doubtful"),
    5: Words("Macet", "Loss"),
}

ACTIONS: Mapping[str, Words] = {
    "APPROVE": Words("setujui", "approve"),
    "MANUAL_REVIEW": Words("tinjau manual", "manual review"),
    "REJECT": Words("tolak", "reject"),
}

STATUSES: Mapping[str, Words] = {
    "PENDING": Words("menunggu penerimaan", "awaiting admission"),
    "ACTIVE": Words("aktif", "active"),
    "INACTIVE": Words("nonaktif", "not active"),
    "LEFT": Words("keluar", "has left"),
}
NOT_ACTIVE = Words("bukan anggota aktif", "not an active member")

HIGHER_IS_RISKIER = Words("Makin besar makin berisiko", "The larger, the riskier")
LOWER_IS_RISKIER = Words("Makin kecil makin berisiko", "The smaller, the riskier")
BREACHED_ABOVE = Words("dilanggar bila > {threshold}", "breached when > {threshold}")
BREACHED_BELOW = Words("dilanggar bila < {threshold}", "breached when < {threshold}")
THE_THRESHOLD = Words("ambang batas", "the threshold")

ABOVE = Words(
    "{label}: {value} melebihi batas {threshold} ({points}, {action})",
    "{label}: {value} exceeds the limit of {threshold} ({points}, {action})",
)
BELOW = Words(
    "{label}: {value} di bawah batas {threshold} ({points}, {action})",
    "{label}: {value} is below the limit of {threshold} ({points}, {action})",
)
FLAG_IS_NOT_SET = Words(
    "{label}: {value}, seharusnya {threshold} ({points}, {action})",
    "{label}: {value}, should be {threshold} ({points}, {action})",
)
DATA_MISSING = Words(
    "{label}: {cause}, perlu tinjauan manual", "{label}: {cause}, needs a manual review"
)
UNKNOWN_FACTOR = Words(
    'Faktor "{factor}" tidak dikenal dan tidak dapat dinilai, perlu tinjauan manual',
    'Factor "{factor}" is not known and cannot be judged, needs a manual review',
)
MEMBER_NOT_ACTIVE = Words(
    "Status keanggotaan: {status}, perlu tinjauan manual",
    "Membership: {status}, needs a manual review",
)
NO_RULES = Words("Belum ada aturan risiko aktif", "There is no active risk rule yet")
NO_BREACH = Words(
    "Tidak ada aturan risiko yang dilanggar ({count} aturan diperiksa)",
    "No risk rule is breached ({count} checked)",
)
BAND_REVIEW = Words(
    "Skor {score} di bawah {limit}: perlu tinjauan manual",
    "Score {score} is below {limit}: needs a manual review",
)
BAND_REJECT = Words(
    "Skor {score} di bawah {limit}: ditolak otomatis",
    "Score {score} is below {limit}: rejected",
)

TIERS_ARE_NO_LIST = Words("tiers harus berupa daftar", "tiers must be a list")
TIER_IS_NO_OBJECT = Words(
    "Tingkat {number}: harus berupa objek", "Tier {number}: must be an object"
)
TIER_THRESHOLD = Words(
    "Tingkat {number}: threshold harus berupa angka", "Tier {number}: threshold must be a number"
)
TIER_WEIGHT = Words(
    "Tingkat {number}: weight harus berupa angka dari 0 sampai 100",
    "Tier {number}: weight must be a number from 0 to 100",
)
TIER_ACTION = Words(
    "Tingkat {number}: auto_action harus approve, manual_review atau reject",
    "Tier {number}: auto_action must be approve, manual_review or reject",
)
TIER_REPEATED = Words(
    "Tingkat {number}: threshold {threshold} sudah dipakai tingkat lain",
    "Tier {number}: threshold {threshold} is another tier's already",
)
TIER_NOT_BEYOND = Words(
    "Tingkat {number}: threshold {threshold} harus melewati ambang batas aturan",
    "Tier {number}: threshold {threshold} must lie beyond the rule's threshold",
)
