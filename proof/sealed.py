"""
What the rotation proof does inside the product, each in a process of its own:
`manage.py shell -c "from proof.sealed import fill; fill(500)"`. Answers are the last line, in JSON.

Row `n` belongs to the shop named `Kunci n`; whoever reads it knows what it must say.
"""

import json
import random
import time
from pathlib import Path

NAME_OF_ROW = "Kunci {}"


def phones(number: int) -> tuple[str, str]:
    """What row `number` says at first, and once a writer was there."""
    return f"+62811{number:08}", f"+62815{number:08}"


def addresses(number: int) -> tuple[str, str]:
    return f"Jalan Kunci {number}", f"Jalan Gembok {number}"


def fill(rows: int) -> None:
    from django.utils import timezone

    from merchants.models import Merchant

    now = timezone.now()
    for start in range(0, rows, 5_000):
        Merchant.objects.bulk_create(
            Merchant(
                company_name=NAME_OF_ROW.format(number),
                phone=phones(number)[0],
                address=addresses(number)[0],
                tax_id=f"{number:016}",
                joined_at=now,
            )
            for number in range(start, min(rows, start + 5_000))
        )
    _say(rows=rows)


def read(rows: int, seed: int, until: str) -> None:
    """Read rows at random until the file `until` is there; say how many, and how many read wrongly."""
    rng, counts = random.Random(seed), {"reads": 0, "wrong": 0, "errors": []}
    first = _first_row()
    while not Path(until).exists():
        for pk in rng.sample(range(first, first + rows), min(rows, 50)):
            _read_one(pk, counts)
    _say(**counts)


def _read_one(pk: int, counts: dict) -> None:
    from merchants.models import Merchant

    shop = Merchant.objects.get(pk=pk)
    number = int(shop.company_name.rpartition(" ")[2])
    counts["reads"] += 1
    try:
        said = shop.phone in phones(number) and shop.address in addresses(number)
        counts["wrong"] += not (said and shop.tax_id == f"{number:016}")
    except Exception as error:  # noqa: BLE001  (any error is what this looks for)
        counts["errors"] = [*counts["errors"], repr(error)][:5]


def write(rows: int, seed: int, until: str) -> None:
    """Save rows at random until the file is there; say which were saved."""
    from merchants.models import Merchant

    rng, first, saved = random.Random(seed), _first_row(), set()
    while not Path(until).exists():
        shop = Merchant.objects.get(pk=first + rng.randrange(rows))
        number = int(shop.company_name.rpartition(" ")[2])
        shop.phone, shop.address = phones(number)[1], addresses(number)[1]
        shop.save(update_fields=["phone", "phone_index", "address"])
        saved.add(number)
        time.sleep(0.01)
    _say(saved=sorted(saved))


def judge(saved_in: str) -> None:
    """Read every row; each must say what was saved last."""
    from core.services.key_rotation import values_left
    from merchants.models import Merchant

    saved, wrong, errors = set(json.loads(Path(saved_in).read_text())), 0, 0
    for shop in _rows().order_by("pk").iterator(chunk_size=2_000):
        number = int(shop.company_name.rpartition(" ")[2])
        try:
            said = (shop.phone, shop.address)
        except Exception:  # noqa: BLE001
            errors += 1
            continue
        wanted = (phones(number)[number in saved], addresses(number)[number in saved])
        found = shop.phone_index == Merchant._meta.get_field("phone_index").index_of(shop.phone)
        wrong += said != wanted or not found
    _say(wrong=wrong, errors=errors, left=sum(values_left().values()))


def tamper(flips: int, seed: int) -> None:
    """Flip one bit of a stored value, or move it to another row or column, in memory; count who reads it."""
    from core.encryption import Sealed, Undecryptable, decrypt
    from merchants.models import Merchant

    rng, read_all_the_same, other_errors = random.Random(seed), 0, []
    fields = {name: Merchant._meta.get_field(name) for name in ("phone", "address", "tax_id")}
    rows = list(_rows().order_by("pk")[:500])
    cells = [
        (shop.__dict__[name].token, field.context_of(shop))
        for shop in rows
        for name, field in fields.items()
    ]
    for count in range(flips):
        token, context = rng.choice(cells)
        if count % 10 == 0:
            others = [cell for cell in rng.sample(cells, 2) if cell[1] != context]
            spoilt = others[0][0]
        else:
            spoilt = bytearray(token.encode())
            spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
            spoilt = spoilt.decode("latin-1")
        try:
            decrypt(Sealed(spoilt), context=context)
            read_all_the_same += 1
        except Undecryptable:
            continue
        except Exception as error:  # noqa: BLE001
            other_errors = [*other_errors, repr(error)][:5]
    _say(read=read_all_the_same, errors=other_errors)


def _rows():
    from merchants.models import Merchant

    return Merchant.objects.filter(company_name__startswith=NAME_OF_ROW.format(""))


def _first_row() -> int:
    return _rows().order_by("pk").values_list("pk", flat=True).first()


def _say(**facts) -> None:
    print(json.dumps(facts))
