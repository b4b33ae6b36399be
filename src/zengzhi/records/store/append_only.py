"""Tables that are only added to: the database refuses to change or delete their rows."""

from collections.abc import Sequence


def sqlite_append_only(tables: Sequence[str], refusal: str) -> list[str]:
    """Triggers that refuse UPDATE and DELETE."""
    return [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        for table in tables
        for verb in ("UPDATE", "DELETE")
    ]


def postgresql_append_only(tables: Sequence[str], function: str, refusal: str) -> list[str]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE."""
    return [
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$",
        *(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            for table in tables
        ),
    ]
