"""
The second lock: row-level security on every table of tenants' rows, forced on the owner, too.

Foreign keys between such rows hold the tenant, because row-level security does not look at what a
foreign key points to.
"""

from django.db import migrations

TENANT = "NULLIF(current_setting('app.tenant', true), '')::bigint"
PERSON = "NULLIF(current_setting('app.person', true), '')::bigint"


def rows(apps):
    """Yield each model whose rows are a tenant's."""
    for model in apps.get_app_config("koperasi_risk").get_models():
        if any(field.name == "tenant" for field in model._meta.local_fields):
            yield model


def inner_keys(model):
    """Yield (column, referred table, its key) of each foreign key to a row of the same tenant."""
    for field in model._meta.local_fields:
        if field.is_relation and not field.db_constraint:
            target = field.related_model._meta
            yield field.column, target.db_table, target.pk.column


def lock(apps, schema_editor):
    models = list(rows(apps))
    quote = schema_editor.quote_name
    referred = {(table, key) for model in models for _, table, key in inner_keys(model)}
    for table, key in sorted(referred):
        name = quote(f"{table}_tenant_key")
        schema_editor.execute(
            f"ALTER TABLE {quote(table)} ADD CONSTRAINT {name} UNIQUE (tenant_id, {quote(key)})"
        )
    for model in models:
        table = model._meta.db_table
        for column, target, key in inner_keys(model):
            schema_editor.execute(
                f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(f'{table}_{column}_own')}"
                f" FOREIGN KEY (tenant_id, {quote(column)})"
                f" REFERENCES {quote(target)} (tenant_id, {quote(key)})"
                " DEFERRABLE INITIALLY DEFERRED"
            )
        secure(schema_editor, table, f"tenant_id = {TENANT}")
    secure(schema_editor, "koperasi_risk_tenant", f"organisation_id = {TENANT}")
    # Whoever signs in must find out where they belong before a tenant is chosen.
    schema_editor.execute(
        "CREATE POLICY own_membership ON koperasi_risk_tenantmembership FOR SELECT"
        f" USING (user_id = {PERSON})"
    )


def secure(schema_editor, table, condition):
    quoted = schema_editor.quote_name(table)
    schema_editor.execute(f"ALTER TABLE {quoted} ENABLE ROW LEVEL SECURITY")
    schema_editor.execute(f"ALTER TABLE {quoted} FORCE ROW LEVEL SECURITY")
    schema_editor.execute(
        f"CREATE POLICY own_tenant ON {quoted} USING ({condition}) WITH CHECK ({condition})"
    )


def unlock(apps, schema_editor):
    quote = schema_editor.quote_name
    tables = [model._meta.db_table for model in rows(apps)]
    schema_editor.execute("DROP POLICY own_membership ON koperasi_risk_tenantmembership")
    for table in [*tables, "koperasi_risk_tenant"]:
        schema_editor.execute(f"DROP POLICY own_tenant ON {quote(table)}")
        schema_editor.execute(f"ALTER TABLE {quote(table)} NO FORCE ROW LEVEL SECURITY")
        schema_editor.execute(f"ALTER TABLE {quote(table)} DISABLE ROW LEVEL SECURITY")
    for model in rows(apps):
        table = model._meta.db_table
        for column, _, _ in inner_keys(model):
            schema_editor.execute(
                f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(f'{table}_{column}_own')}"
            )
    for table, _ in sorted({(t, k) for m in rows(apps) for _, t, k in inner_keys(m)}):
        schema_editor.execute(
            f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(f'{table}_tenant_key')}"
        )


class Migration(migrations.Migration):
    dependencies = [("koperasi_risk", "0001_initial")]

    operations = [migrations.RunPython(lock, unlock)]
