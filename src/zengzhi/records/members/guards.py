"""What the database itself refuses about members: overlapping periods."""

from zengzhi.records.store.exclusive import Exclusive, postgresql_exclusive, sqlite_exclusive
from zengzhi.records.store.guards import Guards

EXCLUSIVE = (
    Exclusive("members_sponsorship", "member_id"),
    Exclusive("members_memberrank", "member_id"),
    Exclusive("members_suspension", "member_id"),
    Exclusive("members_regionagent", "region", "int4"),
)
GUARDS = Guards(sqlite_exclusive(EXCLUSIVE), postgresql_exclusive(EXCLUSIVE))
install, remove = GUARDS.install, GUARDS.remove
