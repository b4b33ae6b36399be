"""Leases of pools: who settles which pool until when, taken and renewed in one statement."""

from datetime import timedelta

from django.db import connection

from zengzhi.records.settlement.models import Lease


def take(pool_pk: int, holder: str, duration: timedelta) -> bool:
    """Take or renew the lease of a pool; false while another holds it. The clock is the
    database's, so that settlers on different machines agree."""
    seconds = int(duration.total_seconds())
    if connection.vendor == "postgresql":
        now, expires = "clock_timestamp()", f"clock_timestamp() + interval '{seconds} seconds'"
    else:
        now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
        expires = f"strftime('%Y-%m-%d %H:%M:%f', 'now', '+{seconds} seconds')"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO settlement_lease (pool_id, holder, expires_at) "  # noqa: S608 (own texts)
            f"VALUES (%s, %s, {expires}) ON CONFLICT (pool_id) DO UPDATE "
            "SET holder = excluded.holder, expires_at = excluded.expires_at "
            "WHERE settlement_lease.holder = excluded.holder "
            f"OR settlement_lease.expires_at < {now}",
            [pool_pk, holder],
        )
        return int(cursor.rowcount) == 1


def give_back(holder: str) -> None:
    """Let go of every lease of this settler."""
    Lease.objects.filter(holder=holder).delete()
