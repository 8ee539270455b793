"""`python -m bench [NAME …] [--quick]`: run benchmarks, print tables, write JSON."""

import argparse
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from bench import endpoints, imports, koperasi, lists, pages, recalculation, settlement, warnings  # noqa: E402

BENCHMARKS = {
    "recalculate-one": recalculation.one_merchant,
    "recalculate-all": recalculation.all_merchants,
    "scan-warnings": warnings.every_merchant,
    "import": imports.rows_per_second,
    "settlement": settlement.lines_per_second,
    "endpoints": endpoints.requests,
    "others-wait": endpoints.crowd_at_the_door,
    "long-lists": lists.million_sales,
    "pages": pages.officers_pages,
    "rescore-koperasi": koperasi.every_member,
    "simulate-koperasi": koperasi.rule_changes,
}
QUICK = {
    "recalculate-one": {"sizes": [1_000, 10_000]},
    "recalculate-all": {"count": 1_000},
    "scan-warnings": {"count": 1_000},
    "import": {"rows": 20_000},
    "settlement": {"lines": 10_000},
    "endpoints": {"seconds": 1.0, "merchants": 1_000, "sales": 10_000},
    "others-wait": {"seconds": 2.0},
    "long-lists": {"sales": 50_000},
    "pages": {"merchants": 1_000, "sales": 10_000, "loads": 5},
    "rescore-koperasi": {"count": 500},
    "simulate-koperasi": {"count": 500},
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    chosen = parser.parse_args()
    for name in chosen.names or BENCHMARKS:
        table = BENCHMARKS[name](**(QUICK[name] if chosen.quick else {}))
        table.show()
        print(f"  {table.save()}")


if __name__ == "__main__":
    main()
