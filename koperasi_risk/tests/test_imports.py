import io
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from accounts.models import Organisation
from accounts.tests.people import at_once
from core import jobs
from core.models import AuditEntry, Job, OutboxEvent
from core.tenancy import tenant_scope
from koperasi_risk.models import (
    DataImport,
    Guarantor,
    ImportProblem,
    Loan,
    LoanInstallment,
    Member,
    SavingsAccount,
    SavingsMovement,
    Tenant,
)
from koperasi_risk.services import imports, savings
from koperasi_risk.services.imports.batch import Course, Row
from koperasi_risk.services.imports.opening import FileRefused
from koperasi_risk.services.imports.savings import take_savings
from koperasi_risk.services.imports.work import Tally, read_through
from koperasi_risk.tests.factories import (
    NOON,
    TODAY,
    a_koperasi,
    a_loan,
    a_member,
    a_movement,
    an_account,
    an_installment,
)

NIK = "9901014101900001"
_numbers = count()


@pytest.fixture
def take(mekar, wayan):
    """Read lines as a file of some kind: `take("MEMBERS", "no_anggota;…", …)`."""

    def run(kind, *lines, is_trial=False) -> Tally:
        data_import = DataImport.objects.create(
            tenant=mekar, kind=kind, file_name=f"{next(_numbers)}.csv", by=wayan, sent_at=NOON
        )
        content = lines[0] if isinstance(lines[0], bytes) else "\n".join(lines).encode()
        return read_through(
            file=io.BytesIO(content), data_import=data_import, by=wayan, now=NOON, is_trial=is_trial
        )

    return run


def problems() -> list[tuple]:
    latest = DataImport.objects.latest("pk").problems
    return list(latest.order_by("line", "pk").values_list("line", "column", "reason_code"))


MEMBERS = "no_anggota;nama;nik;penghasilan;status;tanggal_masuk;tanggal_keluar"
SRI = f"A-1;Sri Rahayu;{NIK};4.500.000,00;aktif;10/06/2021;"
BUDI = "A-2;Budi Santoso;;;aktif;2023-02-01;"


def test_a_trial_stores_nothing(take):
    assert take("MEMBERS", MEMBERS, SRI, BUDI, is_trial=True) == Tally(rows=2, added=2)
    assert not Member.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_members_come_in_and_are_told_of(take, mekar):
    assert take("MEMBERS", MEMBERS, SRI, BUDI) == Tally(rows=2, added=2)

    sri, budi = Member.objects.of(mekar).order_by("number")
    assert (sri.nik, sri.monthly_income, sri.joined_on) == (NIK, 4_500_000, date(2021, 6, 10))
    assert (budi.nik, budi.monthly_income) == ("", None)
    assert sri.status_events.get().went_to == "ACTIVE"
    news = OutboxEvent.objects.get(topic="koperasi.members_changed").payload
    assert news == {"tenant_id": mekar.pk, "member_ids": [sri.pk, budi.pk]}


def test_the_same_file_again_adds_and_changes_nothing(take, mekar):
    take("MEMBERS", MEMBERS, SRI, BUDI)
    before = list(Member.objects.of(mekar).order_by("pk").values())

    assert take("MEMBERS", MEMBERS, SRI, BUDI) == Tally(rows=2, same=2)
    assert list(Member.objects.of(mekar).order_by("pk").values()) == before


def test_a_row_changes_what_it_says_otherwise_and_empty_cells_change_nothing(take, mekar):
    take("MEMBERS", MEMBERS, SRI)

    tally = take("MEMBERS", MEMBERS, "A-1;Sri Rahayu;;;keluar;10/06/2021;01/02/2026")

    sri = Member.objects.of(mekar).get()
    assert tally == Tally(rows=1, changed=1)
    assert (sri.nik, sri.monthly_income, sri.left_on) == (NIK, 4_500_000, date(2026, 2, 1))
    assert sri.status_events.order_by("pk").last().on == date(2026, 2, 1)


def test_an_identity_number_that_is_added_later_is_sealed_and_found(take, mekar):
    take("MEMBERS", MEMBERS, BUDI)

    take("MEMBERS", MEMBERS, f"A-2;Budi Santoso;{NIK};;;2023-02-01;")

    index = Member._meta.get_field("nik_index").index_of(NIK)
    assert Member.objects.of(mekar).get(nik_index=index).nik == NIK


def test_good_rows_are_taken_in_and_bad_ones_told_of(take, mekar):
    a_member(mekar, number="LAMA", nik="9901014101900009")

    tally = take(
        "MEMBERS",
        MEMBERS,
        SRI,
        "A-1;Sri Lagi;;;aktif;10/06/2021;",
        f"A-3;Kembar;{NIK};;aktif;10/06/2021;",
        "A-4;Milik Orang;9901014101900009;;aktif;10/06/2021;",
        ";Tanpa Nomor;12;50.000;mungkin;10/06/2021;",
        BUDI,
    )

    assert tally == Tally(rows=6, added=2, refused=4)
    assert problems() == [
        (3, "no_anggota", "repeated_row"),
        (4, "nik", "repeated_nik"),
        (5, "nik", "nik_taken"),
        (6, "no_anggota", "missing_value"),
        (6, "nik", "invalid_nik"),
        (6, "penghasilan", "ambiguous_amount"),
        (6, "status", "unknown_word"),
    ]
    assert NIK not in str(list(ImportProblem.objects.values()))


def test_another_koperasi_may_have_the_same_members(take, mekar, wayan):
    take("MEMBERS", MEMBERS, SRI)

    with a_koperasi("KSP Lain", wayan):
        assert not Member.objects.exists()
        assert not DataImport.objects.exists()


SAVINGS = "referensi,no_anggota,jenis_simpanan,mutasi,jumlah,tanggal,status"


def test_savings_are_in_the_balances_once(take, mekar):
    a_member(mekar, number="A-1")
    lines = (
        SAVINGS,
        "S-1,A-1,wajib,setoran,50000,2026-01-05,",
        "S-2,A-1,sukarela,setoran,200000,2026-01-05,disetujui",
        "S-3,A-1,sukarela,penarikan,30000,2026-01-06,",
        "S-4,A-1,sukarela,setoran,70000,2026-01-07,menunggu",
    )

    assert take("SAVINGS", *lines) == Tally(rows=4, added=4)
    assert take("SAVINGS", *lines) == Tally(rows=4, same=4)

    balances = dict(SavingsAccount.objects.of(mekar).values_list("kind", "balance"))
    assert balances == {"MANDATORY": 50_000, "VOLUNTARY": 170_000}
    assert savings.rebuild_balances(tenant=mekar) == []


def test_a_waiting_movement_is_decided_by_the_file(take, mekar):
    a_member(mekar, number="A-1")
    take("SAVINGS", SAVINGS, "S-1,A-1,sukarela,setoran,70000,2026-01-07,menunggu")

    tally = take("SAVINGS", SAVINGS, "S-1,A-1,sukarela,setoran,70000,2026-01-07,terverifikasi")

    assert tally == Tally(rows=1, changed=1)
    assert SavingsAccount.objects.of(mekar).get().balance == 70_000


def test_savings_that_cannot_be_are_refused(take, mekar):
    an_account(a_member(mekar, number="A-1"), "MANDATORY", balance=Decimal(100_000))
    take("SAVINGS", SAVINGS, "S-1,A-1,wajib,setoran,50000,2026-01-05,")

    take(
        "SAVINGS",
        SAVINGS,
        "S-1,A-1,wajib,setoran,60000,2026-01-05,",
        "S-2,A-9,wajib,setoran,50000,2026-01-05,",
        "S-3,A-1,wajib,penarikan,50000,2026-01-05,",
    )

    assert problems() == [
        (2, "referensi", "reference_taken"),
        (3, "no_anggota", "unknown_member"),
        (4, "mutasi", "kept_until_exit"),
    ]


def test_what_overdraws_an_account_is_refused_in_order_of_days(take, mekar):
    an_account(a_member(mekar, number="A-1"), "VOLUNTARY", balance=Decimal(50_000))
    lines = (
        SAVINGS,
        "S-4,A-1,sukarela,penarikan,1,2026-01-09,",
        "S-3,A-1,sukarela,penarikan,80000,2026-01-08,",
        "S-2,A-1,sukarela,penarikan,70000,2026-01-07,",
        "S-1,A-1,sukarela,setoran,100000,2026-01-06,",
    )

    tried = take("SAVINGS", *lines, is_trial=True)

    assert tried == take("SAVINGS", *lines) == Tally(rows=4, added=3, refused=1)
    assert problems() == [(2, "jumlah", "overdrawn")]
    assert SavingsAccount.objects.of(mekar).get().balance == 0
    assert take("SAVINGS", *lines) == Tally(rows=4, same=3, refused=1)


def test_what_is_blocked_stays_and_what_does_not_count_may_be(take, mekar):
    blocked = {"balance": Decimal(100_000), "blocked_amount": Decimal(60_000)}
    an_account(a_member(mekar, number="A-1"), "VOLUNTARY", **blocked)

    take(
        "SAVINGS", SAVINGS,
        "S-1,A-1,sukarela,penarikan,40000,2026-01-05,",
        "S-2,A-1,sukarela,koreksi,-1,2026-01-05,",
        "S-3,A-1,sukarela,penarikan,90000,2026-01-05,menunggu",
        "S-4,A-1,sukarela,penarikan,90000,2026-01-05,ditolak",
        "S-5,A-1,berjangka,penarikan,1,2026-01-05,",
    )  # fmt: skip

    assert problems() == [(3, "jumlah", "overdrawn"), (6, "jumlah", "overdrawn")]
    assert set(SavingsAccount.objects.of(mekar).values_list("kind", "balance")) == {
        ("VOLUNTARY", 60_000)
    }


def test_a_waiting_withdrawal_that_overdraws_stays_waiting(take, mekar):
    a_member(mekar, number="A-1")
    take("SAVINGS", SAVINGS, "S-1,A-1,sukarela,penarikan,70000,2026-01-07,menunggu")

    tally = take("SAVINGS", SAVINGS, "S-1,A-1,sukarela,penarikan,70000,2026-01-07,disetujui")

    assert (tally, problems()) == (Tally(rows=1, refused=1), [(2, "jumlah", "overdrawn")])
    assert SavingsMovement.objects.of(mekar).get().status == "PENDING"


def test_a_file_does_not_decide_for_a_further_term_account(take, mekar):
    first, second = (an_account(member, "TERM") for member in [a_member(mekar, number="A-1")] * 2)
    a_movement(second, Decimal(70_000), TODAY, status="PENDING", reference="S-1")

    take("SAVINGS", SAVINGS, "S-1,A-1,berjangka,setoran,70000,2026-03-02,disetujui")

    first.refresh_from_db()
    assert (problems(), first.balance) == ([(2, "status", "reference_taken")], 0)


@pytest.mark.django_db(transaction=True)
def test_files_and_officers_at_once_never_overdraw(wayan):
    organisation = Organisation.objects.create(code="RACE", name="Race", kind="KOPERASI")
    with tenant_scope(organisation.pk):
        tenant = Tenant.objects.create(organisation=organisation)
        member = a_member(tenant, number="A-1")
        an_account(member, "VOLUNTARY", balance=Decimal(100_000))

    def withdraw(number):
        told = {"reference": f"S-{number}", "kind": "WITHDRAWAL", "amount": Decimal(40_000)}
        if number % 2:
            row = Row(number, told | {"member": "A-1", "account": "VOLUNTARY", "on": TODAY})
            with tenant_scope(tenant.pk):
                return take_savings(Course(tenant, wayan, NOON, is_trial=False), [row]).added
        movement = savings.NewMovement(account_kind="VOLUNTARY", on=TODAY, **told)
        details = {"tenant": tenant, "member_id": member.pk, "by": wayan, "now": NOON}
        with suppress(savings.InsufficientSavings), tenant_scope(tenant.pk):
            savings.record_movement(movement=movement, status="VERIFIED", **details)
            return 1
        return 0

    assert sum(at_once(withdraw, range(6))) == 2
    with tenant_scope(tenant.pk):
        assert SavingsAccount.objects.get().balance == 20_000


@pytest.mark.parametrize("is_trial", [True, False])
def test_a_deposit_many_rows_later_covers_a_withdrawal(take, mekar, monkeypatch, is_trial):
    monkeypatch.setattr("koperasi_risk.services.imports.work.BATCH", 2)
    a_member(mekar, number="A-1")

    tally = take(
        "SAVINGS", SAVINGS,
        "S-5,A-1,sukarela,penarikan,60000,2026-01-09,",
        "S-4,A-1,sukarela,penarikan,40000,2026-01-08,",
        "S-3,A-1,sukarela,penarikan,20000,2026-01-07,",
        "S-2,A-1,sukarela,setoran,50000,2026-01-06,",
        "S-1,A-1,sukarela,setoran,50000,2026-01-05,",
        is_trial=is_trial,
    )  # fmt: skip

    assert (tally, problems()) == (
        Tally(rows=5, added=4, refused=1), [(2, "jumlah", "overdrawn")],
    )  # fmt: skip


LOANS = "no_pinjaman,no_anggota,pokok,tenor,status,tanggal_pengajuan,tanggal_cair,tanggal_tutup"
LINES = "no_pinjaman,angsuran_ke,jatuh_tempo,pokok,jasa,pokok_dibayar,jasa_dibayar,tanggal_lunas"


def test_loans_and_their_instalments_come_in_and_change(take, mekar):
    member = a_member(mekar, number="A-1")
    take("LOANS", LOANS, "P-1,A-1,1000000,2,dicairkan,2026-01-01,2026-01-02,")
    first = "P-1,1,2026-02-02,500000,10000,500000,10000,2026-02-02"
    take("INSTALLMENTS", LINES, first, "P-1,2,2026-03-02,500000,10000,,,")

    paid = take(
        "INSTALLMENTS", LINES, first, "P-1,2,2026-03-02,500000,10000,500000,10000,2026-03-02"
    )
    closed = take("LOANS", LOANS, "P-1,A-1,1000000,2,lunas,2026-01-01,2026-01-02,2026-03-02")

    loan = Loan.objects.of(mekar).get()
    assert (paid, closed) == (Tally(rows=2, changed=1, same=1), Tally(rows=1, changed=1))
    assert (loan.member, loan.status, loan.closed_on) == (member, "SETTLED", TODAY)
    assert LoanInstallment.objects.of(mekar).filter(paid_in_full_on=None).count() == 0


def test_whoever_answers_for_a_loan_is_told_of_its_change(take, mekar):
    loan = a_loan(a_member(mekar, number="A-1"), number="P-1", principal=Decimal(1_000_000))
    sponsor = a_member(mekar, changed_at=NOON - timedelta(days=9))
    Guarantor.objects.create(tenant=mekar, loan=loan, member=sponsor)

    take("LOANS", LOANS, "P-1,A-1,1000000,12,hapus buku,2025-06-01,2025-06-02,2026-03-02")

    sponsor.refresh_from_db()
    assert sponsor.changed_at >= NOON


def test_loans_that_cannot_be_are_refused(take, mekar):
    a_loan(a_member(mekar, number="A-1"), number="P-1", principal=Decimal(5_000_000))

    take("LOANS", LOANS, "P-1,A-1,1000000,2,dicairkan,2026-01-01,2026-01-02,",
         "P-2,A-7,1000000,2,dicairkan,2026-01-01,2026-01-02,")  # fmt: skip

    assert problems() == [(2, "no_pinjaman", "differs"), (3, "no_anggota", "unknown_member")]


def test_instalments_that_cannot_be_are_refused(take, mekar):
    loan = a_loan(a_member(mekar), number="P-1")
    an_installment(loan, 1, TODAY, principal_paid=Decimal(900_000))

    take("INSTALLMENTS", LINES, "P-1,1,2026-03-02,800000,10000,,,", "P-9,1,2026-03-02,1,1,,,")

    assert problems() == [(2, "angsuran_ke", "overpaid"), (3, "no_pinjaman", "unknown_loan")]


def test_schedules_that_do_not_add_up_are_taken_in_and_told_of(take, mekar, monkeypatch):
    monkeypatch.setattr("koperasi_risk.services.imports.work.BATCH", 2)
    member = a_member(mekar)
    for number, status in enumerate(("DISBURSED", "DISBURSED", "DISBURSED", "SETTLED")):
        a_loan(member, number=f"P-{number}", principal=Decimal(1_000_000), status=status)
    lines = [
        f"P-{loan},{number},2026-0{number}-02,{principal},10000,,,"
        for number in (2, 3)
        for loan, principal in enumerate(("500000", "500000.01", "400000", "400000"))
    ]
    found = [(3, "pokok", "principal_more"), (4, "pokok", "principal_less")]

    take("INSTALLMENTS", LINES, *lines, is_trial=True)
    assert problems() == found
    assert take("INSTALLMENTS", LINES, *lines) == Tally(rows=8, added=8)
    assert problems() == found


def test_only_what_changes_a_schedule_is_looked_at(take, mekar):
    loan = a_loan(a_member(mekar), number="P-1", principal=Decimal(3_000_000))
    an_installment(loan, 1, TODAY)

    paid = "P-1,1,2026-03-02,1000000,100000,1000000,100000,2026-03-02"
    take("INSTALLMENTS", LINES, paid)
    assert problems() == []
    take("INSTALLMENTS", LINES, paid, "P-1,2,2026-04-02,2000000,100000,,,")
    assert problems() == []
    take("INSTALLMENTS", LINES, "P-1,2,2026-04-02,2500000,100000,,,")
    assert problems() == [(2, "pokok", "principal_more")]


def test_a_spreadsheet_is_read_with_its_dates_and_numbers(take, mekar):
    book = Workbook()
    book.active.append(["no_anggota", "nama", "penghasilan", "tanggal_masuk", "nik"])
    book.active.append([17, "Sri Rahayu", 4_500_000.5, date(2021, 6, 10), NIK])
    book.active.append([18, "=1+1", 1, date(2021, 6, 10), None])
    file = io.BytesIO()
    book.save(file)

    tally = take("MEMBERS", file.getvalue())

    sri = Member.objects.of(mekar).get()
    assert (tally, sri.number, sri.monthly_income) == (
        Tally(rows=2, added=1, refused=1), "17", Decimal("4500000.50"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b"no_anggota;nama\nA-1;Sri\n", "missing_columns"),
        ("no_anggota;nama;tanggal_masuk\nA-1;S\xe9;x\n".encode("latin-1"), "wrong_encoding"),
        (b"%PDF-1.7\x00\x00", "not_a_text"),
        (b"PK\x03\x04 no archive", "broken_sheet"),
        (b"\x1f\x8b broken", "broken_archive"),
    ],
)
def test_what_is_no_table_is_refused_kindly(take, content, reason):
    with pytest.raises(FileRefused) as refused:
        take("MEMBERS", content)

    assert refused.value.code == reason


def test_too_many_rows_are_refused(take, monkeypatch):
    monkeypatch.setattr("koperasi_risk.services.imports.opening.MAX_ROWS", 1)

    with pytest.raises(FileRefused, match=r"200\.000"):
        take("MEMBERS", MEMBERS, SRI, BUDI)


# ── Sent by somebody ───────────────────────────────────────────────────────────────────
@pytest.fixture
def sent(mekar, wayan):
    file = SimpleUploadedFile("anggota.csv", "\n".join([MEMBERS, SRI, "A-9;;;;;;"]).encode())
    return imports.start_import(tenant=mekar, kind="MEMBERS", file=file, by=wayan, now=NOON)


def work(data_import) -> None:
    """Do what the worker would."""
    job = Job.objects.filter(parameters__import=str(data_import.code)).latest("pk")
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    run = imports.run_check if job.kind == imports.CHECK else imports.run_take_in
    try:
        run(job)
    except imports.FileRefused as refusal:
        jobs.fail(job.pk, message=refusal.message, now=NOON)
    data_import.refresh_from_db()


def decide(service, data_import, tenant, by):
    return service(tenant=tenant, code=data_import.code, by=by, now=NOON)


def test_a_file_is_tried_then_taken_in_and_thrown_away(mekar, wayan, sent):
    work(sent)
    assert (sent.state, sent.rows, sent.added, sent.refused) == ("CHECKED", 2, 1, 1)
    assert default_storage.exists(sent.file)

    file = sent.file
    for _again in range(2):
        decide(imports.save_import, sent, mekar, wayan)
    assert Job.objects.filter(kind=imports.TAKE_IN).count() == 1
    work(sent)

    assert (sent.state, sent.added, sent.file) == ("DONE", 1, "")
    assert Member.objects.of(mekar).get().number == "A-1"
    actions = AuditEntry.objects.filter(subject_code=str(sent.code)).order_by("pk")
    assert [entry.action.removeprefix("koperasi.import_") for entry in actions] == [
        "sent", "checked", "saved", "taken_in",
    ]  # fmt: skip
    with pytest.raises(imports.ImportDecided):
        decide(imports.withdraw_import, sent, mekar, wayan)
    assert file


def test_the_file_goes_with_its_withdrawal(mekar, wayan, sent, django_capture_on_commit_callbacks):
    work(sent)
    file = sent.file

    with django_capture_on_commit_callbacks(execute=True):
        for _again in range(2):
            decide(imports.withdraw_import, sent, mekar, wayan)

    assert not default_storage.exists(file)
    assert not Member.objects.exists()
    with pytest.raises(imports.ImportDecided):
        decide(imports.save_import, sent, mekar, wayan)


def test_nobody_decides_about_a_file_that_is_being_read(mekar, wayan, sent):
    for service in (imports.save_import, imports.withdraw_import):
        with pytest.raises(imports.ImportDecided):
            decide(service, sent, mekar, wayan)


def test_what_was_stopped_before_it_began_can_be_withdrawn(mekar, wayan, sent):
    jobs.cancel(owner=wayan, code=Job.objects.get().code, now=NOON)

    assert decide(imports.withdraw_import, sent, mekar, wayan).state == "WITHDRAWN"


def test_a_file_that_was_stopped_half_way_can_be_gone_on_with(mekar, wayan, sent, monkeypatch):
    work(sent)
    decide(imports.save_import, sent, mekar, wayan)

    def stop(*args, **kwargs):
        raise jobs.Cancelled

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "report", stop)
        work(sent)
    assert sent.state == "CHECKED"

    decide(imports.save_import, sent, mekar, wayan)
    work(sent)
    assert (sent.state, Member.objects.of(mekar).count()) == ("DONE", 1)


def test_a_file_that_is_no_table_says_why(mekar, wayan):
    file = SimpleUploadedFile("surat.pdf", b"%PDF-1.7\x00")
    sent = imports.start_import(tenant=mekar, kind="LOANS", file=file, by=wayan, now=NOON)
    work(sent)

    assert sent.state == "REFUSED"
    assert "CSV" in sent.refusal


def test_nobody_else_finds_a_file(mekar, wayan, sent):
    with a_koperasi("KSP Lain", wayan) as other, pytest.raises(imports.ImportNotFound):
        decide(imports.withdraw_import, sent, other, wayan)


def test_a_large_file_is_refused(mekar, wayan, monkeypatch):
    monkeypatch.setattr(imports, "MAX_BYTES", 3)

    with pytest.raises(imports.FileTooLarge):
        imports.start_import(
            tenant=mekar,
            kind="LOANS",
            file=SimpleUploadedFile("a.csv", b"1234"),
            by=wayan,
            now=NOON,
        )


def test_files_about_which_nobody_decided_are_forgotten(mekar, wayan, sent):
    work(sent)

    assert imports.forget_undecided(tenant=mekar, now=NOON.replace(day=8)) == 0
    assert imports.forget_undecided(tenant=mekar, now=NOON.replace(day=10)) == 1


def test_the_command_takes_a_file_in(mekar, wayan, tmp_path):
    file, out = tmp_path / "a.csv", io.StringIO()
    file.write_text("\n".join([MEMBERS, SRI, "A-9;;;;;;"]))
    options = {"tenant": mekar.organisation.code, "stdout": out, "stderr": io.StringIO()}

    call_command("import_members", str(file), "--dry-run", **options)
    assert not Member.objects.of(mekar).exists()
    call_command("import_members", str(file), **options)

    assert "added 1" in out.getvalue()
    with tenant_scope(mekar.pk):
        assert Member.objects.of(mekar).count() == 1
        assert set(DataImport.objects.values_list("state", flat=True)) == {"WITHDRAWN", "DONE"}
    with pytest.raises(CommandError):
        call_command("import_members", str(tmp_path / "no.csv"), **options)


def test_the_command_tells_what_to_look_at(mekar, wayan, tmp_path):
    a_loan(a_member(mekar), number="P-1")
    file, out = tmp_path / "a.csv", io.StringIO()
    file.write_text("\n".join([LINES, "P-1,1,2026-03-02,1000000,1000,,,"]))
    options = {"tenant": mekar.organisation.code, "stdout": out, "stderr": io.StringIO()}

    call_command("import_members", str(file), "--kind=installments", "--dry-run", **options)

    assert "refused 0, to look at 1\nTo look at:\n  2 · pokok · " in out.getvalue()
