import pytest

from accounts.models import Role, User
from config.tests.browser.visitor import IN_A_BROWSER, PAGE_BYTES

pytestmark = IN_A_BROWSER
DESK = [
    "/portal/",
    "/portal/merchant/",
    "/portal/peringatan/",
    "/portal/pengajuan/",
    "/portal/pengajuan/?tampilan=papan",
    "/portal/pengajuan/baru/",
    "/portal/pinjaman/",
    "/portal/simulasi/",
    "/portal/pemberitahuan/",
    "/portal/keberatan/",
]
TABS = ["ringkasan", "transaksi", "pinjaman", "peringatan", "riwayat"]


def test_the_desk_of_a_bank_without_merchants(visit, budi):
    with visit(budi) as visitor:
        visitor.glance([*DESK, "/portal/merchant/MRC-TIDAK-ADA/"])

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_the_desk_of_a_bank(visit, budi, lending, busy_kios):
    with visit(budi) as visitor:
        visitor.inspect(DESK)

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_the_page_of_a_merchant(visit, budi, lending, busy_warung, busy_kios):
    place = f"/portal/merchant/{busy_warung.code}/"
    compared = f"?kode={busy_warung.code}&kode={busy_kios.code}"
    with visit(budi) as visitor:
        visitor.inspect(
            [
                *(f"{place}?tab={tab}" for tab in TABS),
                f"{place}memo/",
                f"/portal/merchant/bandingkan/{compared}",
                f"/portal/simulasi/?merchant={busy_warung.code}",
                f"/portal/peringatan/{lending.warning.code}/",
            ]
        )

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_the_pages_of_loans(visit, tuti, lending, busy_warung):
    with visit(tuti) as visitor:
        visitor.inspect(
            [
                f"/portal/pengajuan/baru/?merchant={busy_warung.code}",
                *(f"/portal/pengajuan/{loan.code}/" for loan in lending.loans.values()),
                f"/portal/keberatan/{lending.objection.code}/",
            ]
        )

    assert not visitor.complaints, "\n".join(visitor.complaints)


@pytest.mark.parametrize(
    "path", ["/portal/", "/portal/merchant/", "/portal/merchant/{}/", "/portal/pengajuan/"]
)
def test_the_pages_of_a_bank_are_light(visit, budi, busy_warung, path):
    with visit(budi) as visitor:
        assert visitor.weigh(path.format(busy_warung.code)) <= PAGE_BYTES


def test_the_pages_of_the_koperasi_and_of_the_analysts(visit, wayan, db):
    analyst = User.objects.create(
        email="dewi@example.com", full_name="Dewi", role=Role.FRAUD_ANALYST
    )
    with visit(wayan) as visitor:
        visitor.glance(["/koperasi/"])
    with visit(analyst) as other:
        other.glance(["/fraud/"])

    assert not visitor.complaints + other.complaints, visitor.complaints + other.complaints
