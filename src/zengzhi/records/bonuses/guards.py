"""What the database itself refuses about bonuses.

- The amounts of an order's lines together never pass its ``lines_fen``, which a check keeps
  within the budget.
- What a distribution and its lines say never changes: how they stand is the order's hold.
- Two shareholdings of one member, two weights of one level never overlap.
"""

from zengzhi.records.store.exclusive import Exclusive, postgresql_exclusive, sqlite_exclusive
from zengzhi.records.store.guards import Guards

EXCLUSIVE = (
    Exclusive("bonuses_shareholding", "member_id"),
    Exclusive("bonuses_rankweight", "level", "int4"),
)
SQLITE = [
    "CREATE TRIGGER bonuses_line_sum AFTER INSERT ON bonuses_bonusline WHEN "
    "(SELECT sum(amount_fen) FROM bonuses_bonusline WHERE order_id = NEW.order_id) > "
    "(SELECT lines_fen FROM bonuses_orderbonus WHERE id = NEW.order_id) "
    "BEGIN SELECT RAISE(ABORT, 'bonus lines pass what the order gives'); END",
    "CREATE TRIGGER bonuses_line_facts BEFORE UPDATE ON bonuses_bonusline "
    "BEGIN SELECT RAISE(ABORT, 'a bonus line is never changed: it is reversed'); END",
    "CREATE TRIGGER bonuses_order_facts BEFORE UPDATE ON bonuses_orderbonus "
    "BEGIN SELECT RAISE(ABORT, 'the distribution of an order is never changed'); END",
    "CREATE TRIGGER bonuses_plan_fixed BEFORE UPDATE ON bonuses_plan "
    "WHEN OLD.state = 'approved' AND (NEW.text <> OLD.text OR NEW.approved_by_id IS NOT "
    "OLD.approved_by_id OR NEW.created_by_id <> OLD.created_by_id OR (OLD.active_from IS NOT NULL "
    "AND (NEW.active_from IS NOT OLD.active_from OR NEW.state <> OLD.state))) "
    "BEGIN SELECT RAISE(ABORT, 'an approved plan is never changed'); END",
]
POSTGRESQL = [
    """
    CREATE FUNCTION bonuses_line_sum() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (
        SELECT 1 FROM bonuses_orderbonus AS head
          JOIN (SELECT order_id, sum(amount_fen) AS fen FROM bonuses_bonusline
                 WHERE order_id IN (SELECT order_id FROM added) GROUP BY 1) AS lines
            ON lines.order_id = head.id
         WHERE lines.fen > head.lines_fen
      ) THEN
        RAISE EXCEPTION 'bonus lines pass what the order gives' USING ERRCODE = '23514';
      END IF;
      RETURN NULL;
    END $$
    """,
    "CREATE TRIGGER bonuses_line_sum AFTER INSERT ON bonuses_bonusline "
    "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION bonuses_line_sum()",
    """
    CREATE FUNCTION bonuses_facts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'bonuses are never changed: they are reversed' USING ERRCODE = '23514';
    END $$
    """,
    "CREATE TRIGGER bonuses_line_facts BEFORE UPDATE ON bonuses_bonusline "
    "FOR EACH ROW EXECUTE FUNCTION bonuses_facts()",
    "CREATE TRIGGER bonuses_order_facts BEFORE UPDATE ON bonuses_orderbonus "
    "FOR EACH ROW EXECUTE FUNCTION bonuses_facts()",
    "CREATE TRIGGER bonuses_plan_fixed BEFORE UPDATE ON bonuses_plan FOR EACH ROW "
    "WHEN (OLD.state = 'approved' AND (NEW.text <> OLD.text OR NEW.approved_by_id IS DISTINCT FROM "
    "OLD.approved_by_id OR NEW.created_by_id <> OLD.created_by_id OR (OLD.active_from IS NOT NULL "
    "AND (NEW.active_from IS DISTINCT FROM OLD.active_from OR NEW.state <> OLD.state)))) "
    "EXECUTE FUNCTION bonuses_facts()",
]
GUARDS = Guards(
    [*sqlite_exclusive(EXCLUSIVE), *SQLITE], [*postgresql_exclusive(EXCLUSIVE), *POSTGRESQL]
)
install, remove = GUARDS.install, GUARDS.remove
