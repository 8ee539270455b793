"""Tables come from the migrations alone: on an empty database, by the documented command."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection
from psycopg import sql


@pytest.fixture
def empty_database(db):
    """Yield the owner's address of a new database, which is dropped again."""
    name = f"{connection.settings_dict['NAME']}_empty"
    owner = urlsplit(os.environ["MIGRATION_DATABASE_URL"])
    with psycopg.connect(owner._replace(path="/postgres").geturl(), autocommit=True) as server:
        drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"/{name}"
        server.execute(drop)


def at(database: str, variable: str) -> str:
    return urlsplit(os.environ[variable])._replace(path=database).geturl()


def test_migrating_an_empty_database_makes_every_table_for_the_application(empty_database):
    application = at(empty_database, "DATABASE_URL")
    variables = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": application,
        "MIGRATION_DATABASE_URL": at(empty_database, "MIGRATION_DATABASE_URL"),
    }

    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=settings.BASE_DIR,
        env=os.environ | variables,
        check=True,
    )

    with psycopg.connect(application) as as_application:
        for model in apps.get_models():
            table = sql.Identifier(model._meta.db_table)
            as_application.execute(sql.SQL("SELECT * FROM {} LIMIT 1").format(table))


def test_the_models_need_no_further_migration(db):
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_application_cannot_change_a_table(db):
    with pytest.raises(ProgrammingError, match="must be owner"), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE transactions_transaction ADD COLUMN surprise int")
