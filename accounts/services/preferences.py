"""How a person wants the pages to look and speak."""

from accounts.models import User

CHOICES = {
    "language": {"id", "en"},
    "theme": set(User.Theme.values),
    "single_keys": set(User.SingleKeys.values),
    "time_zone": {"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"},
}


def save_preferences(*, user: User, **chosen: str) -> None:
    """
    Keep the chosen `language`, `theme`, `single_keys` or `time_zone` on the person's row.

    Choosing the same again is safe. Raises ValueError for a choice that does not exist.
    """
    for name, value in chosen.items():
        if value not in CHOICES[name]:
            raise ValueError(f"{name} cannot be {value}")
        setattr(user, name, value)
    user.save(update_fields=list(chosen))
