"""What the database itself refuses about members: overlapping periods."""

from zengzhi.records.store.exclusive import Exclusive, postgresql_exclusive, sqlite_exclusive
from zengzhi.records.store.guards import Guards

EXCLUSIVE = (
    Exclusive("members_sponsorship", "member_id"),
    Exclusive("members_memberrank", "member_id"),
    Exclusive("members_suspension", "member_id"),
    Exclusive("members_regionagent", "region", "int4", "{}approved_by_id IS NOT NULL"),
)
GUARDS = Guards(sqlite_exclusive(EXCLUSIVE), postgresql_exclusive(EXCLUSIVE))
install, remove = GUARDS.install, GUARDS.remove
