import pgtrigger
from django.db import models

# The owner empties tables between tests; nobody empties one that counts.
_REFUSE_TRUNCATE = """
IF current_database() LIKE 'test\\_%' THEN RETURN NULL; END IF;
RAISE EXCEPTION '% only grows', TG_TABLE_NAME;
"""


class AppendOnly(models.Model):
    """Rows that are only ever added: the database refuses UPDATE, DELETE and TRUNCATE, even to its owner."""

    class Meta:
        abstract = True
        triggers = [
            pgtrigger.Protect(name="refuse_change", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="refuse_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func=_REFUSE_TRUNCATE,
            ),
        ]
