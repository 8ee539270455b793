"""The people of the demo: the source document's accounts, and one for every other home."""

from dataclasses import dataclass

from accounts.models import Organisation, Role, User


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in. The passwords are the source document's: short, known, for show."""

    email: str
    password: str
    full_name: str
    role: Role
    organisation: str | None = None
    # What somebody does there, where the role alone does not tell.
    does: str = ""

    @property
    def what(self) -> str:
        return self.does or str(self.role.label)


ORGANISATIONS = {
    "BCA": ("PT Bank Central Asia", Organisation.Kind.BANK),
    "MANDIRI": ("PT Bank Mandiri", Organisation.Kind.BANK),
    "BNI": ("PT Bank BNI", Organisation.Kind.BANK),
    "KSP-MEKAR": ("KSP Mekar Jaya", Organisation.Kind.KOPERASI),
    "KSPPS-AMANAH": ("KSPPS Amanah Umat", Organisation.Kind.KOPERASI),
    "KSU-TANI": ("KSU Tani Makmur", Organisation.Kind.KOPERASI),
}

MEKAR, AMANAH, TANI = "KSP-MEKAR", "KSPPS-AMANAH", "KSU-TANI"


def _in_koperasi(email: str, full_name: str, code: str | None, does: str) -> Account:
    return Account(email, "KoperasiPass123", full_name, Role.KOPERASI_STAFF, code, does)


KOPERASI_PEOPLE = (
    _in_koperasi("wayan@mekar.example", "Wayan Sudana", MEKAR, "Manajer risiko, KSP Mekar Jaya"),
    _in_koperasi(
        "manajer2@mekar.example", "Ratih Pramesti", MEKAR, "Manajer risiko kedua, KSP Mekar Jaya"
    ),
    _in_koperasi(
        "petugas@mekar.example", "Komang Arta", MEKAR, "Petugas pembiayaan, KSP Mekar Jaya"
    ),
    _in_koperasi("pengurus@mekar.example", "Gusti Rai", MEKAR, "Pengurus, KSP Mekar Jaya"),
    _in_koperasi(
        "manajer@amanah.example", "Nurul Aini", AMANAH, "Manajer risiko, KSPPS Amanah Umat"
    ),
    _in_koperasi(
        "manajer2@amanah.example",
        "Faisal Rahman",
        AMANAH,
        "Manajer risiko kedua, KSPPS Amanah Umat",
    ),
    _in_koperasi(
        "petugas@amanah.example", "Hana Salsabila", AMANAH, "Petugas pembiayaan, KSPPS Amanah Umat"
    ),
    _in_koperasi("pengurus@amanah.example", "Ust. Mansur", AMANAH, "Pengurus, KSPPS Amanah Umat"),
    _in_koperasi("manajer@tani.example", "Sutrisno", TANI, "Manajer risiko, KSU Tani Makmur"),
    _in_koperasi(
        "petugas@tani.example",
        "Wagiman",
        TANI,
        "Petugas pembiayaan dan manajer risiko, KSU Tani Makmur",
    ),
    _in_koperasi("pengurus@tani.example", "Sri Mulyati", TANI, "Pengurus, KSU Tani Makmur"),
    _in_koperasi(
        "pendamping@koperasi.example",
        "Lukas Sitorus",
        None,
        "Petugas pembiayaan, Mekar Jaya dan Tani Makmur",
    ),
)

ACCOUNTS = (
    Account("merchant.a@example.com", "DummyPass123", "Andi Wijaya", Role.MERCHANT),
    Account("merchant.b@example.com", "DummyPass123", "Bella Lestari", Role.MERCHANT),
    Account("merchant.c@example.com", "DummyPass123", "Cahyo Nugroho", Role.MERCHANT),
    Account("bank1@bca.com", "BankPass123", "Dina Kusuma", Role.BANK_OFFICER, "BCA"),
    Account("bank2@mandiri.com", "BankPass123", "Rudi Hermawan", Role.BANK_OFFICER, "MANDIRI"),
    Account("bank3@bni.com", "BankPass123", "Siti Nurhaliza", Role.BANK_OFFICER, "BNI"),
    Account("approver1@bca.com", "BankPass123", "Hendra Gunawan", Role.BANK_APPROVER, "BCA"),
    Account("approver2@mandiri.com", "BankPass123", "Maya Sari", Role.BANK_APPROVER, "MANDIRI"),
    Account("approver3@bni.com", "BankPass123", "Agus Salim", Role.BANK_APPROVER, "BNI"),
    *KOPERASI_PEOPLE,
    Account("fraud@saksama.example", "FraudPass123", "Fitri Handayani", Role.FRAUD_ANALYST),
    Account("operator@saksama.example", "OperatorPass123", "Olivia Tan", Role.OPERATOR),
    Account("admin@saksama.example", "AdminPass123", "Adi Pratama", Role.ADMIN),
)


def add_people() -> int:
    """Add the organisations and accounts that are missing, changing none; return how many people came."""
    organisations = {
        code: Organisation.objects.get_or_create(code=code, defaults={"name": name, "kind": kind})[
            0
        ]
        for code, (name, kind) in ORGANISATIONS.items()
    }
    known = set(User.objects.values_list("email", flat=True).filter(email__in=_addresses()))
    missing = [account for account in ACCOUNTS if account.email not in known]
    for account in missing:
        User.objects.create_user(
            account.email,
            account.password,
            full_name=account.full_name,
            role=account.role,
            organisation=organisations.get(account.organisation),
            is_superuser=account.role == Role.ADMIN,
        )
    return len(missing)


def _addresses() -> list[str]:
    return [account.email for account in ACCOUNTS]
