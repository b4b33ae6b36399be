"""Every way of writing a row writes its control record, and nothing else does."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import Error, connection, transaction

from zengzhi.records.control import records
from zengzhi.records.control.models import Act, Record, Tail
from zengzhi.records.control.records import fits, values_of
from zengzhi.records.control.sealing import (
    UNREADABLE,
    all_rows,
    mac_of,
    once_each,
    personal,
    plain,
    text_of,
)
from zengzhi.records.members.models import Member, Rank, Sponsorship, Suspension, User
from zengzhi.records.store.clock import microseconds

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)


def versions(row) -> list[dict | None]:
    """What the records of a row say, oldest first."""
    table, key = type(row)._meta.db_table, str(row.pk)
    found = Record.objects.filter(of_table=table, row_key=key).order_by("version")
    assert [record.version for record in found] == list(range(1, len(found) + 1))
    return [values_of(record.content) for record in found]


def all_rows_of(model) -> dict[str, dict]:
    return dict(all_rows(model))


def rank(level=1, **more):
    return Rank.objects.create(level=level, code=f"V{level}", name_zh="一", name_en="One", **more)


def test_creating_changing_and_deleting_a_row_are_three_versions(db):
    row = rank()
    row.name_en = "First"
    row.save()
    key = row.pk
    row.delete()
    row.pk = key
    names = [values and values["name_en"] for values in versions(row)]
    assert names == ["One", "First", None]


def test_a_write_that_changes_nothing_makes_no_version(db):
    row = rank()
    row.save()
    Rank.objects.filter(pk=row.pk).update(name_en="One")
    assert len(versions(row)) == 1


def test_sets_of_rows_are_recorded_row_by_row(db):
    made = Rank.objects.bulk_create(
        [Rank(level=n, code=f"V{n}", name_zh="级", name_en="x") for n in (1, 2, 3)]
    )
    assert Rank.objects.filter(level__gte=2, name_en="x").update(name_en="y") == 2
    for row in made:
        row.rule = 'own_spend = "7.00"'
    Rank.objects.bulk_update(made, ["rule"])
    Rank.objects.filter(level=3).delete()
    assert [len(versions(row)) for row in made] == [2, 3, 4]
    assert versions(made[2])[-1] is None
    assert versions(made[1])[-1]["name_en"] == "y"
    assert versions(made[1])[-1]["rule"] == 'own_spend = "7.00"'


def test_get_or_create_and_update_or_create_are_recorded(db):
    row, _made = Rank.objects.get_or_create(
        level=1, defaults={"code": "V1", "name_zh": "一", "name_en": "One"}
    )
    row, _made = Rank.objects.update_or_create(level=1, defaults={"name_en": "Two"})
    assert [values["name_en"] for values in versions(row)] == ["One", "Two"]


def undone(act) -> None:
    """An act whose savepoint is given up."""
    with suppress(ZeroDivisionError), transaction.atomic():
        act()
        raise ZeroDivisionError


def test_what_is_written_together_has_one_version_at_its_end(db):
    with once_each():
        row = rank()
        row.name_en = "First"
        row.save()
        member = Member.objects.create(nickname="王磊")
        with once_each():
            Rank.objects.filter(pk=row.pk).update(name_en="Last")
        undone(lambda: rank(2))
        undone(lambda: Member.objects.filter(pk=member.pk).update(nickname="李娜"))
        rank(3).delete()
        assert not Record.objects.filter(of_table__in=("members_rank", "members_member")).exists()
    assert [values["name_en"] for values in versions(row)] == ["Last"]
    assert versions(member) == [all_rows_of(Member)[str(member.pk)]]
    assert Record.objects.filter(of_table="members_rank").count() == 1
    Rank.objects.filter(pk=row.pk).update(name_en="Later")
    assert [values["name_en"] for values in versions(row)] == ["Last", "Later"]


def test_what_fails_together_leaves_nothing_behind(db):
    with suppress(ZeroDivisionError), once_each():
        rank()
        undone(lambda: rank(2))
        raise ZeroDivisionError
    assert not Record.objects.filter(of_table="members_rank").exists()
    assert len(versions(rank())) == 1


def test_a_row_and_its_record_come_and_go_together(db):
    with transaction.atomic():
        rank()
        transaction.set_rollback(True)
    assert not Record.objects.filter(of_table="members_rank").exists()


def test_a_refused_write_leaves_no_record(db, member):
    first = Suspension.objects.create(member=member, since=AT, reason="first")
    with pytest.raises(Error), transaction.atomic():
        Suspension.objects.create(member=member, since=AT, reason="overlaps")
    assert len(versions(first)) == 1
    assert Record.objects.filter(of_table="members_suspension").count() == 1


def test_personal_columns_are_kept_as_keyed_digests(db):
    row = Member.objects.create(nickname="王磊")
    text = Record.objects.get(of_table="members_member", row_key=row.pk).content
    assert "王磊" not in text
    assert values_of(text)["nickname"].startswith("hmac:")
    same = Member.objects.create(nickname="王磊")
    assert versions(same)[0]["nickname"] == versions(row)[0]["nickname"]


def test_the_form_of_what_is_sealed_stays(settings, tmp_path):
    """Databases are verified against these bytes: they change with the form's number or never."""
    settings.DIGEST_KEY_FILE = tmp_path / "digest.key"
    settings.DIGEST_KEY_FILE.write_text("07" * 32)
    at = datetime(2026, 5, 1, 9, 0, 0, 123456, tzinfo=UTC)
    kept = {"b": "x" * 121, "a": at, "c": b"\x00", "d": {"k": [1]}, "e": None, "f": True, "g": "王"}
    text = text_of({name: plain(value) for name, value in kept.items()})
    assert text == (
        '{"a":"2026-05-01T09:00:00.123456+00:00",'
        '"b":"sha256:79072a47bfaa54e6057a9ee21e0dea64b9edbfd160c4ccadbb657e64b6d22ee4",'
        '"c":"sha256:6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",'
        '"d":"sha256:7fdbf05e59d92c122f913c71f8267c15575faf0bd72faa94f778c54ca2626133",'
        '"e":null,"f":true,"g":"王"}'
    )
    digests = (
        personal("members_member", "nickname", "王磊"),
        personal("payments_callback", "body", b"{}"),
        mac_of("mall_order", "7", 3, microseconds(at), text),
    )
    assert digests == (
        "hmac:66bbde8be3ad784638dd34508fbed66fade937c589ed485de65a26fb35693b42",
        "hmac:aa8ac41b4cafd01ebf6c63d575039ab8c78c10bd18a89d3b57603c9b409b6427",
        "73e822d3ce75a221dea27d63e9d90104c1ccc84f1381b9a07ce5d05c8f2d3a95",
    )


def test_signing_in_makes_no_version_a_new_password_does(db):
    user = User.objects.create_user("wang", password="correct horse")
    user.last_login = AT
    user.save(update_fields=["last_login"])
    assert len(versions(user)) == 1
    user.set_password("battery staple")
    user.save()
    old, new = (values["password"] for values in versions(user))
    assert old != new


def test_roles_of_users_and_rights_of_roles_are_sealed(db):
    user = User.objects.create_user("wang")
    group = Group.objects.get(name="finance")
    right = Permission.objects.get(codename="change_user")
    user.groups.add(group)
    user.groups.add(group)
    user.user_permissions.add(right)
    group.permissions.add(right)
    role = User.groups.through.objects.get(user=user)
    own = User.user_permissions.through.objects.get(user=user)
    granted = Group.permissions.through.objects.get(group=group, permission=right)
    assert versions(role) == [{"user_id": user.pk, "group_id": group.pk}]
    assert versions(own) == [{"user_id": user.pk, "permission_id": right.pk}]
    assert versions(granted) == [{"group_id": group.pk, "permission_id": right.pk}]
    user.groups.set([])
    user.user_permissions.clear()
    group.permissions.remove(right)
    assert [versions(row)[-1] for row in (role, own, granted)] == [None] * 3


def test_what_the_migrations_filled_is_recorded(db):
    for model in (ContentType, Permission, Group, Group.permissions.through):
        kept = {
            record.row_key: values_of(record.content)
            for record in records.latest(model._meta.db_table)
        }
        assert kept == all_rows_of(model)
        assert kept


def test_the_digest_covers_every_part_of_a_record(db):
    rank()
    record = Record.objects.get(of_table="members_rank")
    assert fits(record)
    for name, value in (
        ("of_table", "members_member"),
        ("row_key", "77"),
        ("version", 2),
        ("at", AT),
        ("content", record.content.replace("One", "Two")),
    ):
        before = getattr(record, name)
        setattr(record, name, value)
        assert not fits(record), name
        setattr(record, name, before)


@pytest.mark.parametrize("table", ["control_record", "control_act"])
@pytest.mark.parametrize(
    "verb", ["UPDATE {} SET id = id + 1000000", "DELETE FROM {}"], ids=["update", "delete"]
)
def test_the_database_refuses_to_change_records_and_audited_acts(db, table, verb):
    Act.objects.create(what="price", about="rice", why="harvest")
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))


def test_a_version_comes_once(db):
    row = rank()
    record = Record.objects.get(of_table="members_rank", row_key=row.pk)
    record.pk = None
    with pytest.raises(Error), transaction.atomic():
        record.save(force_insert=True)


def test_new_records_are_in_the_tail_until_they_are_sealed(db):
    before = set(Tail.objects.values_list("pk", flat=True))
    assert before == set(Record.objects.values_list("pk", flat=True))
    rank(1)
    rank(2)
    waiting = records.unsealed(10_000)
    assert [row.key for row in waiting if row.table == "members_rank"]
    assert {row.id for row in waiting} == set(Record.objects.values_list("pk", flat=True))
    ids = [row.id for row in waiting]
    assert records.mark_sealed(ids) == len(ids)
    assert records.mark_sealed(ids) == 0
    assert records.unsealed(10) == []


def test_sealed_bytes_say_every_record_again(db, member):
    Sponsorship.objects.create(member=member, sponsor=rankless(), since=AT, how="staff")
    waiting = records.unsealed(10_000)
    payload = records.encode(waiting)
    assert records.decode(payload) == waiting
    for row in waiting:
        assert fits(row)
    with pytest.raises(ValueError, match="form 2"):
        records.decode(b"\x02" + payload[1:])


def rankless() -> Member:
    return Member.objects.create(nickname="李娜")


def test_a_row_that_cannot_be_read_is_still_named(db):
    """SQLite keeps a value of any type; PostgreSQL refuses it."""
    row = rank()
    user = User.objects.create_user("wang")
    forged = "2026-13-45 09:00:00"
    order = "UPDATE members_user SET date_joined = %s WHERE id = %s"
    if connection.vendor == "postgresql":
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(order, [forged, user.pk])
        return
    with connection.cursor() as cursor:
        cursor.execute(order, [forged, user.pk])
        cursor.execute("UPDATE members_rank SET name_en = CAST(x'ff' AS TEXT)")
    assert all_rows_of(User)[str(user.pk)]["date_joined"] == UNREADABLE
    assert all_rows_of(Rank)[str(row.pk)]["name_en"] == UNREADABLE
