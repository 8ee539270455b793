from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from core.keys import UnknownKey, current_wrapping_key
from core.services.key_rotation import (
    reencrypt,
    replace_data_key,
    rewrap_data_keys,
    values_left,
)


class Command(BaseCommand):
    help = (
        "Change the keys of personal data while the product runs. By default: a new data key, and every"
        " value re-encrypted under it. A run that stopped goes on with --resume."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--wrapping",
            action="store_true",
            help="Only wrap the data keys anew, under the first key of ENCRYPTION_KEYS.",
        )
        parser.add_argument(
            "--resume", action="store_true", help="Make no new key: go on with what is left."
        )

    def handle(self, *, wrapping: bool, resume: bool, **options):
        if wrapping:
            self._rewrap()
            return
        if not resume:
            self.stdout.write(f"New data key: {replace_data_key(now=timezone.now())}")
        self._reencrypt()

    def _rewrap(self):
        try:
            count = rewrap_data_keys(now=timezone.now())
        except UnknownKey as error:
            raise CommandError(f"Nothing was changed: {error}.") from error
        self.stdout.write(f"{count} data keys wrapped anew under {current_wrapping_key()}.")

    def _reencrypt(self):
        total, unreadable = sum(values_left().values()), 0
        with tqdm(total=total, unit=" values", disable=None) as bar:
            for done in reencrypt():
                bar.update(done.renewed + done.overtaken + done.unreadable)
                unreadable += done.unreadable
        left = sum(values_left().values())
        self.stdout.write(f"{total - left} of {total} values re-encrypted, {left} left.")
        if unreadable:
            raise CommandError(
                f"{unreadable} values cannot be decrypted and were left as they are."
            )
