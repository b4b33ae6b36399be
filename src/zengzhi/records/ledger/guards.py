"""The database holds the journal's rules: append-only, complete, zero-sum.

SQLite: legs come first and the head seals them; the head is refused when its legs are not complete
or do not sum to zero per unit, and legs are refused once the head is there.

PostgreSQL works on sets, not on rows, so that the price of a guard is a few microseconds an entry:

* heads come first. One trigger per statement notes which heads came, in ``ledger_posting``;
* legs come in one statement. One trigger per statement looks at every entry among them: all its
  legs are there, numbered from 0 without a gap, and sum to zero per unit;
* a deferred constraint trigger looks at every posting at commit: every head has its legs.

On both, the nets of a sealed batch come before it: the batch is refused when they do not sum to
zero per unit, and later nets are refused.
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from zengzhi.records.store.append_only import postgresql_append_only, sqlite_append_only
from zengzhi.records.store.guards import Guards

APPEND_ONLY = ("ledger_transaction", "ledger_leg", "ledger_batch", "ledger_net", "ledger_root")
REFUSAL = "the journal is append-only"
SQLITE = [
    *sqlite_append_only(APPEND_ONLY, REFUSAL),
    "CREATE TRIGGER ledger_net_before_batch BEFORE INSERT ON ledger_net WHEN EXISTS "
    "(SELECT 1 FROM ledger_batch WHERE stream = NEW.stream AND number = NEW.number) "
    "BEGIN SELECT RAISE(ABORT, 'the batch is sealed: its nets are complete'); END",
    "CREATE TRIGGER ledger_batch_zero_sum BEFORE INSERT ON ledger_batch WHEN EXISTS "
    "(SELECT 1 FROM ledger_net WHERE stream = NEW.stream AND number = NEW.number "
    "GROUP BY unit HAVING sum(amount) <> 0) "
    "BEGIN SELECT RAISE(ABORT, 'the nets of a sealed batch must sum to zero'); END",
    "CREATE TRIGGER ledger_leg_before_head BEFORE INSERT ON ledger_leg "
    "WHEN EXISTS (SELECT 1 FROM ledger_transaction WHERE id = NEW.transaction_id) "
    "BEGIN SELECT RAISE(ABORT, 'the journal entry is complete: correct it by a new one'); END",
    "CREATE TRIGGER ledger_transaction_zero_sum AFTER INSERT ON ledger_transaction "
    "WHEN (SELECT count(*) <> NEW.leg_count OR sum(amount) <> 0 "
    "OR total(CASE unit WHEN 1 THEN amount END) <> 0 "
    "FROM ledger_leg WHERE transaction_id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, 'the legs of a journal entry must sum to zero'); END",
]
_ONE_BY_ONE = (
    "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off"
)
"""The rows to look at are few among many, whatever an old plan believes."""
POSTGRESQL = [
    "CREATE TABLE ledger_posting (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "heads int8multirange NOT NULL, legs bigint NOT NULL)",
    *postgresql_append_only((*APPEND_ONLY, "ledger_posting"), "ledger_append_only", REFUSAL),
    """
    CREATE FUNCTION ledger_note_posting() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO ledger_posting (heads, legs)
      SELECT range_agg(int8range(id, id, '[]')), sum(leg_count) FROM added HAVING count(*) > 0;
      RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER ledger_note_posting AFTER INSERT ON ledger_transaction "
    "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_note_posting()",
    f"""
    CREATE FUNCTION ledger_zero_sum() RETURNS trigger LANGUAGE plpgsql {_ONE_BY_ONE} AS $$
    DECLARE wrong bigint;
    BEGIN
      SELECT entry.id INTO wrong FROM (
        SELECT transaction_id AS id, count(*) AS legs, sum(position) AS positions,
               sum(amount) AS everything, sum(CASE unit WHEN 1 THEN amount END) AS money
          FROM added GROUP BY transaction_id
      ) AS entry LEFT JOIN ledger_transaction AS head ON head.id = entry.id
       WHERE head.leg_count IS DISTINCT FROM entry.legs OR entry.everything <> 0
          OR entry.money <> 0 OR 2 * entry.positions <> entry.legs * (entry.legs - 1) LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'the legs of a journal entry come all at once, after their head, '
          'and must sum to zero: %', wrong;
      END IF;
      RETURN NULL;
    END $$
    """,  # noqa: S608 (own text)
    "CREATE TRIGGER ledger_zero_sum AFTER INSERT ON ledger_leg "
    "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_zero_sum()",
    f"""
    CREATE FUNCTION ledger_complete() RETURNS trigger LANGUAGE plpgsql {_ONE_BY_ONE} AS $$
    DECLARE found_legs bigint;
    BEGIN
      SELECT count(*) INTO found_legs FROM unnest(NEW.heads) AS run JOIN ledger_leg AS leg
          ON leg.transaction_id >= lower(run) AND leg.transaction_id < upper(run);
      IF found_legs <> NEW.legs THEN
        RAISE EXCEPTION 'the legs of a journal entry must sum to zero, and some are missing: %',
          NEW.heads;
      END IF;
      RETURN NULL;
    END $$
    """,  # noqa: S608 (own text)
    "CREATE CONSTRAINT TRIGGER ledger_complete AFTER INSERT ON ledger_posting "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_complete()",
    """
    CREATE FUNCTION ledger_nets() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_TABLE_NAME = 'ledger_batch' THEN
        IF EXISTS (SELECT 1 FROM ledger_net WHERE stream = NEW.stream AND number = NEW.number
                   GROUP BY unit HAVING sum(amount) <> 0) THEN
          RAISE EXCEPTION 'the nets of a sealed batch must sum to zero' USING ERRCODE = '23514';
        END IF;
      ELSIF EXISTS (SELECT 1 FROM ledger_batch
                    WHERE stream = NEW.stream AND number = NEW.number) THEN
        RAISE EXCEPTION 'the batch is sealed: its nets are complete' USING ERRCODE = '23514';
      END IF;
      RETURN NEW;
    END $$
    """,
    *(
        f"CREATE TRIGGER {table}_nets BEFORE INSERT ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION ledger_nets()"
        for table in ("ledger_batch", "ledger_net")
    ),
]

GUARDS = Guards(SQLITE, POSTGRESQL)
install, remove = GUARDS.install, GUARDS.remove


def one_tree(editor: BaseDatabaseSchemaEditor) -> None:
    """On SQLite the legs, half of all rows, live in the tree of their key and in no second one."""
    if editor.connection.vendor != "sqlite":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'ledger_leg' AND sql IS NOT NULL "
            "ORDER BY type DESC"
        )
        table, *indexes = [str(row[0]) for row in cursor.fetchall()]
    for statement in ("DROP TABLE ledger_leg", f"{table} WITHOUT ROWID", *indexes):
        editor.execute(statement, params=None)
