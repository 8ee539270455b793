"""What can go wrong with the callbacks of one payment, as a tester orders it."""

from dataclasses import asdict, dataclass, fields

MOMENTS = ("", "before", "after")


class UnknownFault(ValueError):
    """A fault that nobody knows, or with a value of the wrong kind."""


@dataclass(frozen=True)
class Faults:
    """
    The defaults are an honest callback, sent again until it is acknowledged.

    Lies and broken signatures last for the first `faulty_sends` sendings; what follows is honest, as
    when the real callback comes after a forged one. With `retry` off there is one sending only.
    """

    silent: bool = False
    copies: int = 1
    delay: float = 0
    # A callback that says "failed": sent before or after the paid one.
    failed: str = ""
    amount: str = ""
    merchant: str = ""
    bad_signature: bool = False
    no_signature: bool = False
    old_timestamp: bool = False
    # Signed over other bytes than those that travel.
    reserialised: bool = False
    # Rightly signed, but spaced out and with numbers where strings are usual.
    loose: bool = False
    faulty_sends: int = 1
    retry: bool = True

    @classmethod
    def read(cls, values: dict) -> "Faults":
        """Read faults by name. Raises UnknownFault."""
        kinds = {field.name: type(field.default) for field in fields(cls)}
        kinds["delay"] = float
        for name, value in values.items():
            if name not in kinds:
                raise UnknownFault(f"There is no fault {name!r}; there are {', '.join(kinds)}.")
            if type(value) not in (kinds[name], int if kinds[name] is float else kinds[name]):
                raise UnknownFault(f"{name} must be of type {kinds[name].__name__}.")
        faults = cls(**values)
        if faults.failed not in MOMENTS or not 1 <= faults.copies <= 100 or faults.delay < 0:
            raise UnknownFault("failed is before or after, copies 1 to 100, delay at least 0.")
        return faults

    def to_json(self) -> dict:
        """Only what differs from an honest callback."""
        honest = asdict(Faults())
        return {name: value for name, value in asdict(self).items() if value != honest[name]}

    def lies(self) -> dict[str, str]:
        """The callback's fields that say something untrue."""
        lies = {"amount": self.amount, "merchantId": self.merchant}
        return {name: value for name, value in lies.items() if value}
