"""How members come to be."""

from django.db import transaction

from zengzhi.records.members.models import Member, User


def member_of(user: User) -> Member:
    """The member behind a signed-in user; made on first use, once, also when raced."""
    member = Member.objects.filter(user=user).first()
    if member is None:
        with transaction.atomic():
            member, _made = Member.objects.get_or_create(
                user=user, defaults={"nickname": user.get_username()[:40]}
            )
    return member
