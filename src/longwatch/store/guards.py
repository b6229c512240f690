"""Triggers that refuse to change or delete what is written once, on SQLite and on PostgreSQL.

They hold for every program that uses the database in the ordinary way, and for the administrator's
slip. Who owns the database can drop them: that is what the chain of the audit log is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

APPEND_ONLY = (
    "store_auditentry",
    "store_message",
    "store_result",
    "store_infusion",
    "store_event",
    "store_protocolinforce",
    "store_alertstate",
    "store_patientlink",
    "store_movedvisit",
    "store_sentresource",
    "store_sendattempt",
    "store_contact",
    "store_askingended",
    "store_followup",
    "store_infusionentry",
    "store_overlay",
    "store_preference",
    "store_booking",
    "store_bookingend",
    "store_diaryentry",
    "store_diaryseen",
    "store_question",
    "store_questionstep",
    "store_signoff",
    "store_preparation",
    "store_hookcard",
    "store_cardfeedback",
    "store_emergencyaccess",
)
"""Tables whose rows are written once."""

_KEY = {"store_auditentry": "number"}
_FUNCTION = "store_refuse_change"


def install_guards(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = APPEND_ONLY) -> None:
    """Puts every missing trigger in place.

    Inputs:
        tables: those to guard; a table that is not there yet is passed over.
    """
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for statement in _statements(connection.vendor, [t for t in tables if t in present]):
            cursor.execute(statement)


def missing_guards(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of the triggers that should be there and are not, sorted."""
    if connection.vendor == "postgresql":
        query = (
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE tgenabled IN ('O', 'A') AND pg_table_is_visible(pg_class.oid)"
        )
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        there = {row[0] for row in cursor.fetchall()}
    kinds = ("change", "empty") if connection.vendor == "postgresql" else _SQLITE
    wanted = {f"{table}_refuse_{kind}" for table in APPEND_ONLY for kind in kinds}
    return sorted(wanted - there)


_SQLITE = ("update", "delete", "replace")


def _statements(vendor: str, tables: list[str]) -> list[str]:
    if vendor == "postgresql":
        return _postgresql(tables)
    statements = []
    for table in tables:
        refusal = f"SELECT RAISE(ABORT, '{table} is append only')"
        key = _KEY.get(table, "id")
        # INSERT OR REPLACE deletes without asking a DELETE trigger where recursive triggers are
        # off, as they are in the sqlite3 program.
        known = f'SELECT 1 FROM "{table}" WHERE "{key}" = NEW."{key}"'  # noqa: S608 (own names)
        for kind, when in (
            ("update", f'BEFORE UPDATE ON "{table}"'),
            ("delete", f'BEFORE DELETE ON "{table}"'),
            ("replace", f'BEFORE INSERT ON "{table}" WHEN EXISTS ({known})'),
        ):
            name = f"{table}_refuse_{kind}"
            statements.append(f"CREATE TRIGGER IF NOT EXISTS {name} {when} BEGIN {refusal}; END")
    return statements


def _postgresql(tables: list[str]) -> list[str]:
    statements = [
        f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append only', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    ]
    for table in tables:
        for kind, when, each in (
            ("change", "UPDATE OR DELETE", "ROW"),
            ("empty", "TRUNCATE", "STATEMENT"),
        ):
            statements.append(
                f"CREATE OR REPLACE TRIGGER {table}_refuse_{kind} BEFORE {when} "
                f"ON {table} FOR EACH {each} EXECUTE FUNCTION {_FUNCTION}()"
            )
    return statements
