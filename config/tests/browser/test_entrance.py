from config.tests.browser.visitor import IN_A_BROWSER

pytestmark = IN_A_BROWSER


def test_pages_before_signing_in(visit):
    with visit() as visitor:
        visitor.inspect(
            [
                "/accounts/login/",
                "/accounts/password/reset/",
                "/accounts/password/reset/done/",
                "/accounts/password/reset/key/1-a-b/",
                "/nowhere/",
            ]
        )

    assert not visitor.complaints, "\n".join(visitor.complaints)


def test_a_password_can_be_shown(visit):
    with visit() as visitor:
        visitor.open("/accounts/login/")
        visitor.page.click("[data-reveal]")

        assert visitor.page.get_attribute("[name=password]", "type") == "text"
