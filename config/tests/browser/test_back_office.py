from config.tests.browser.visitor import AXE_OF_THE_THEME, IN_A_BROWSER

pytestmark = IN_A_BROWSER


def test_the_desks_of_the_back_office(visit, admin_user, lending, busy_warung):
    score = busy_warung.credit_scores.get()
    with visit(admin_user) as visitor:
        visitor.stroll(
            [
                "/admin/",
                "/admin/accounts/user/",
                f"/admin/accounts/user/{admin_user.pk}/change/",
                "/admin/transactions/transaction/",
                "/admin/core/auditentry/",
                f"/admin/scoring/creditscore/{score.pk}/change/",
                f"/admin/banking/objection/{lending.score_objection.pk}/change/",
            ],
            rules=AXE_OF_THE_THEME,
        )

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_suspending_from_the_desk_of_people(visit, operator, sari):
    with visit(operator) as visitor:
        page = visitor.page
        visitor.open(f"/admin/accounts/user/{sari.pk}/change/")
        page.click("text=Tangguhkan")
        page.fill("textarea[name=reason]", "Ponselnya hilang")
        page.click("#dialog button[type=submit]")
        page.wait_for_selector("text=Sari ditangguhkan.")

    sari.refresh_from_db()
    assert not sari.is_active
    assert not visitor.complaints, "\n".join(visitor.complaints)
