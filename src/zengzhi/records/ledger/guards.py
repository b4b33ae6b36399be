"""The database holds the journal's rules: append-only, complete, zero-sum.

SQLite: legs come first and the head seals them; the head is refused when its legs are not complete
or do not sum to zero per unit, and legs are refused once the head is there.

PostgreSQL: a deferred constraint trigger looks at every new head at commit; legs are refused
unless all of an entry's legs come in one statement, with their head.

:func:`remove` exists for tests that empty the database; nothing else calls it.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

APPEND_ONLY = ("ledger_transaction", "ledger_leg")

SQLITE = [
    *(
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        for table in APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER ledger_leg_before_head BEFORE INSERT ON ledger_leg "
    "WHEN EXISTS (SELECT 1 FROM ledger_transaction WHERE id = NEW.transaction_id) "
    "BEGIN SELECT RAISE(ABORT, 'the journal entry is complete: correct it by a new one'); END",
    "CREATE TRIGGER ledger_transaction_zero_sum AFTER INSERT ON ledger_transaction "
    "WHEN (SELECT count(*) FROM ledger_leg WHERE transaction_id = NEW.id) <> NEW.leg_count "
    "OR NEW.leg_count = 0 OR EXISTS (SELECT 1 FROM ledger_leg WHERE transaction_id = NEW.id "
    "GROUP BY unit HAVING sum(amount) <> 0) "
    "BEGIN SELECT RAISE(ABORT, 'the legs of a journal entry must sum to zero'); END",
]
POSTGRESQL = [
    """
    CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$
    """,
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
        for table in APPEND_ONLY
    ),
    """
    CREATE FUNCTION ledger_zero_sum() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE legs bigint; money numeric; points numeric;
    BEGIN
      SELECT count(*), coalesce(sum(amount) FILTER (WHERE unit = 1), 0),
             coalesce(sum(amount) FILTER (WHERE unit = 2), 0)
        INTO legs, money, points FROM ledger_leg WHERE transaction_id = NEW.id;
      IF legs = 0 OR legs <> NEW.leg_count OR money <> 0 OR points <> 0 THEN
        RAISE EXCEPTION 'the legs of a journal entry must sum to zero: %', NEW.id;
      END IF;
      RETURN NULL;
    END $$
    """,
    "CREATE CONSTRAINT TRIGGER ledger_transaction_zero_sum AFTER INSERT ON ledger_transaction "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_zero_sum()",
    """
    CREATE FUNCTION ledger_leg_with_head() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (
        SELECT 1 FROM (SELECT transaction_id, count(*) AS legs FROM added GROUP BY 1) AS new
          LEFT JOIN ledger_transaction AS head ON head.id = new.transaction_id
         WHERE head.leg_count IS DISTINCT FROM new.legs
      ) THEN
        RAISE EXCEPTION 'the legs of a journal entry come all at once, with their head';
      END IF;
      RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER ledger_leg_with_head AFTER INSERT ON ledger_leg "
    "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_leg_with_head()",
    "ALTER TABLE ledger_leg ADD CONSTRAINT leg_position CHECK (position >= 0)",
]

SQLITE_NAMES = [statement.split()[2] for statement in SQLITE]
POSTGRESQL_REMOVE = [
    *(f"DROP TRIGGER {table}_append_only ON {table}" for table in APPEND_ONLY),
    "DROP TRIGGER ledger_transaction_zero_sum ON ledger_transaction",
    "DROP TRIGGER ledger_leg_with_head ON ledger_leg",
    "DROP FUNCTION ledger_append_only(), ledger_zero_sum(), ledger_leg_with_head()",
    "ALTER TABLE ledger_leg DROP CONSTRAINT leg_position",
]


def install(editor: BaseDatabaseSchemaEditor) -> None:
    """Create the guards."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


def remove(editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the guards."""
    if editor.connection.vendor == "postgresql":
        statements = POSTGRESQL_REMOVE
    else:
        statements = [f"DROP TRIGGER {name}" for name in SQLITE_NAMES]
    for statement in statements:
        editor.execute(statement, params=None)
