from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """The sign-in pages' decisions."""

    def is_open_for_signup(self, request):
        return False
