"""The role under which a mall is served on PostgreSQL: what it may do, table by table.

It owns nothing, so that it can neither switch a guard off nor drop a table; what is only added to
(the tables with the trigger of ``records/store/append_only.py``) it may read and add to, no more.
The owner's role migrates, and is needed for nothing else.
"""

from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from zengzhi.core.errors import ZengzhiError

ONLY_READ = frozenset(("django_migrations",))
"""What tells the form of the database is written by migrations alone."""
TABLES = """
SELECT c.relname, EXISTS (
    SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_append_only'
) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = current_schema() ORDER BY 1
"""
POWERS = """
SELECT EXISTS (
        SELECT 1 FROM pg_roles r WHERE r.rolsuper AND pg_has_role(current_user, r.oid, 'MEMBER')),
    rolcreaterole OR rolbypassrls OR rolreplication,
    EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
        AND pg_has_role(current_user, c.relowner, 'MEMBER')),
    (SELECT pg_has_role(current_user, nspowner, 'MEMBER')
        FROM pg_namespace WHERE nspname = current_schema())
FROM pg_roles WHERE rolname = current_user
"""
TOO_MUCH = """
SELECT c.relname FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid
WHERE t.tgname = c.relname || '_append_only'
AND (has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
    OR has_any_column_privilege(c.oid, 'UPDATE')) ORDER BY 1 LIMIT 1
"""


OTHERS = """
SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
    OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid)
    OR EXISTS (SELECT 1 FROM pg_shdepend d
        WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'o')
FROM pg_roles r WHERE rolname = %s
"""
"""Whether a role that is there is somebody's who does other things."""


class NoSuchRole(ZengzhiError):
    """A role that cannot be made."""

    code = "no_such_role"


@dataclass(frozen=True, slots=True)
class Rights:
    """How many tables a role reads, adds to and changes."""

    reads: int
    adds: int
    changes: int


def grant(name: str, password: str = "") -> Rights:
    """Make the role if there is none, and give it exactly what serving a mall needs.

    Errors: ``no_such_role``.
    """
    if connection.vendor != "postgresql":
        raise NoSuchRole("SQLite has no roles: its file is its owner's alone")
    if not name.isidentifier() or name != name.lower() or name.startswith("pg_"):
        raise NoSuchRole(f"{name!r} is no name for a role: small letters, digits and _")
    role = sql.Identifier(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database(), current_schema()")
        me, database, schema = cursor.fetchone()
        if name == me:
            raise NoSuchRole(f"{name} is the owner's own role: name another one")
        cursor.execute(OTHERS, [name])
        there = cursor.fetchone()
        if there is not None and there[0]:
            raise NoSuchRole(f"the role {name} has powers or owns something: name a new one")
        verb = "CREATE" if there is None else "ALTER"
        options = sql.SQL("NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS LOGIN")
        if password:
            options = sql.SQL("{} PASSWORD {}").format(options, sql.Literal(password))
        cursor.execute(sql.SQL(verb + " ROLE {} {}").format(role, options))
        cursor.execute(TABLES)
        tables = dict(cursor.fetchall())
        adds = [table for table in tables if table not in ONLY_READ]
        changes = [table for table in adds if not tables[table]]
        whole = sql.Identifier(schema)
        for statement in (
            sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}").format(whole, role),
            sql.SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(whole, role),
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), role),
            sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(whole, role),
            sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(whole, role),
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {} TO {}").format(whole, role),
            sql.SQL("GRANT INSERT ON {} TO {}").format(_names(adds), role),
            sql.SQL("GRANT UPDATE, DELETE ON {} TO {}").format(_names(changes), role),
        ):
            cursor.execute(statement)
    return Rights(len(tables), len(adds), len(changes))


def _names(tables: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, tables))


def excess() -> str:
    """What the role of this connection may do that no serving role may; "": nothing."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(POWERS)
        superuser, powers, owner, of_the_schema = cursor.fetchone()
        cursor.execute(TOO_MUCH)
        changed = cursor.fetchone()
    if superuser:
        return "is a superuser"
    if owner or of_the_schema:
        return "owns the tables, and could switch their guards off"
    if powers:
        return "may make roles, replicate or pass the guards of rows"
    if changed:
        return f"may change {changed[0]}, which is only added to"
    return ""
