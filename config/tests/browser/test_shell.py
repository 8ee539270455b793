"""What every page stands in: palette, keys; and the pages of jobs."""

from django.utils import timezone

from config.tests.browser.visitor import IN_A_BROWSER
from core.models import Job

pytestmark = IN_A_BROWSER


def test_the_palette_and_the_keys_lead_to_pages(visit, budi, warung):
    with visit(budi) as visitor:
        page = visitor.page
        visitor.open("/portal/pemberitahuan/")
        page.keyboard.press("Control+k")
        page.wait_for_selector("#palette[open]")
        page.keyboard.type("warung")
        page.wait_for_selector("#palette-found a")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/portal/merchant/*/")

        page.keyboard.press("/")
        page.wait_for_selector("#palette[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector("#palette:not([open])", state="attached")
        # Focus leaves what is no longer drawn a frame later.
        page.wait_for_selector("#palette:focus-within", state="detached")
        page.keyboard.press("u")
        page.wait_for_url("**/portal/merchant/")

        page.keyboard.press("g")
        page.keyboard.press("p")
        page.wait_for_url("**/portal/pengajuan/")
        page.keyboard.press("?")
        page.wait_for_selector("#keys[open] >> text=Pintasan papan ketik")
        assert not visitor.complaints, "\n".join(visitor.complaints)


def test_the_pages_of_jobs(visit, sari, warung):
    now = timezone.now()
    jobs = [
        Job.objects.create(
            kind="transactions.import_sales",
            owner_code=str(sari.code),
            state=state,
            done=40,
            total=100,
            result={"read": 40, "message": "Berkas kosong."},
            created_at=now,
            progressed_at=now,
            finished_at=now,
        )
        for state in ("FAILED", "DONE")
    ]
    with visit(sari) as visitor:
        visitor.inspect(
            ["/m/penjualan/impor/", "/pekerjaan/", *(f"/pekerjaan/{job.code}/" for job in jobs)]
        )

    assert not visitor.complaints, "\n".join(visitor.complaints)
