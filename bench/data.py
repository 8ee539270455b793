"""Shops and sales by the million, made by the database itself."""

from datetime import datetime, timedelta

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Organisation, Role, User
from merchants.models import Consent, Merchant
from transactions.services.totals import rebuild_daily_totals

PASSWORD = "lembayung-kopi-tubruk-91"

_SALES = """
INSERT INTO transactions_transaction (
    code, merchant_id, occurred_at, amount, method, channel, status, refund_status, refunded_amount,
    chargeback, paid_at, settlement_tracked, settled_at, fee_amount, net_amount, customer_ref,
    description, product_name, items, recorded_at, updated_at)
SELECT md5(%(merchant)s::text || ':' || n), %(merchant)s, t, amount, 'QRIS', '', 'SUCCESS', 'NONE', 0,
    false, t, true, CASE WHEN t < %(now)s - interval '1 day' THEN t + interval '1 day' END,
    0, amount, '', '', 'Kopi', '[]', t, t
FROM (
    SELECT n, %(now)s - (n + 0.5) * (%(days)s * interval '1 day') / %(count)s AS t,
        (10 + n %% 90) * 1000 AS amount
    FROM generate_series(0, %(count)s - 1) AS n
) AS sale
"""

_MERCHANTS = """
INSERT INTO merchants_merchant (
    code, company_name, city, category, scale, joined_at, phone, phone_index, address, tax_id,
    tax_id_index, national_id, national_id_index)
SELECT 'BENCH-' || n, 'Toko ' || n, (ARRAY['Jakarta','Bandung','Medan','Surabaya'])[1 + n %% 4],
    'Retail', 'MICRO', now() - interval '1 year', '', '', '', '', '', '', ''
FROM generate_series(1, %(count)s) AS n
ON CONFLICT (code) DO NOTHING
"""

_CONSENTS = """
INSERT INTO merchants_consent (code, merchant_id, scope, text_version, granted_at)
SELECT gen_random_uuid(), id, 'PARTNER_BANKS', 'bench', now() - interval '1 year'
FROM merchants_merchant AS m
WHERE code LIKE 'BENCH-%%' AND NOT EXISTS (
    SELECT 1 FROM merchants_consent AS c WHERE c.merchant_id = m.id)
"""

_TOTALS = """
INSERT INTO transactions_dailytotal (
    merchant_id, day, paid_count, paid_amount, pending_count, pending_amount, failed_count, failed_amount,
    refunded_count, refunded_amount, fee_amount, settled_count, settlement_seconds, waiting_count,
    waiting_paid_epoch, refunds_made_count, refunds_made_amount)
SELECT m.id, d::date, 3 + m.id %% 20, (3 + m.id %% 20) * (20000 + (m.id * 7 + n * 13) %% 9000), 0, 0, 0, 0,
    (n %% 30 = 0)::int, (n %% 30 = 0)::int * 20000, 0, 3 + m.id %% 20, (3 + m.id %% 20) * 86400 * (1 + m.id %% 4),
    0, 0, 0, 0
FROM merchants_merchant AS m,
    generate_series(%(first)s::date, %(last)s::date, interval '1 day') WITH ORDINALITY AS day(d, n)
WHERE m.code LIKE 'BENCH-%%'
ON CONFLICT (merchant_id, day) DO NOTHING
"""


def a_person(email: str, role: str, **details) -> User:
    """Return the person with this address, made when absent, signing in with PASSWORD."""
    person = User.objects.filter(email=email).first()
    if person is None:
        person = User.objects.create_user(email, PASSWORD, full_name=email, role=role, **details)
    return person


def a_merchant(name: str) -> Merchant:
    """Return the merchant of this name with an owner who can sign in, made when absent."""
    owner = a_person(f"{name}@bench.example", Role.MERCHANT)
    shop, is_new = Merchant.objects.get_or_create(
        owner=owner, defaults={"company_name": name, "joined_at": timezone.now()}
    )
    if is_new:
        Consent.objects.create(merchant=shop, text_version="bench", granted_at=timezone.now())
    return shop


def a_bank_officer() -> User:
    bank, _ = Organisation.objects.get_or_create(
        code="BENCH", defaults={"name": "Bank Bench", "kind": Organisation.Kind.BANK}
    )
    return a_person("officer@bench.example", Role.BANK_OFFICER, organisation=bank)


def merchant_with_sales(count: int, *, days: int = 90) -> Merchant:
    """Return a merchant with `count` paid sales spread over the last `days` days, totals exact."""
    shop = a_merchant(f"sales-{count}")
    if shop.transactions.count() < count:
        now = timezone.now()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(_SALES, {"merchant": shop.pk, "now": now, "days": days, "count": count})
        rebuild_daily_totals(merchants=[shop], repair=True)
        vacuum()
    return shop


def many_merchants(count: int, *, now: datetime, days: int = 100) -> None:
    """Make sure of `count` merchants with daily totals over the last `days` days."""
    last = timezone.localtime(now).date()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(_MERCHANTS, {"count": count})
        cursor.execute(_CONSENTS, {})
        cursor.execute(_TOTALS, {"first": last - timedelta(days=days), "last": last})
    vacuum()


def vacuum() -> None:
    # The application's role owns no table; without this the planner and the visibility map lag behind.
    parameters = connection.get_connection_params() | {
        "user": settings.OWNER_CREDENTIALS["USER"],
        "password": settings.OWNER_CREDENTIALS["PASSWORD"],
    }
    allowed = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(
        **{name: parameters[name] for name in allowed if name in parameters}, autocommit=True
    ) as owner:
        owner.execute("VACUUM ANALYZE")
