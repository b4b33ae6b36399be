"""M3: with the demo off, the demo channel cannot be chosen, and no channel that is not configured:
a withdrawal never becomes paid while no money moves."""

import subprocess
import sys
import uuid

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from tests.approvals import bank_batch, let_go, send
from tests.wallet.conftest import JUNE, bank_card, everything, give
from zengzhi.payments.demo_payout import DemoChannel
from zengzhi.payments.models import DemoPayout
from zengzhi.payments.payout_channels import configured_channels
from zengzhi.records.members.models import User
from zengzhi.records.wallet import review
from zengzhi.records.wallet.errors import ChannelNotConfigured
from zengzhi.records.wallet.models import State
from zengzhi.records.wallet.payout import ask
from zengzhi.records.wallet.withdraw import request_withdrawal


@pytest.fixture
def finance(db):
    """A member of staff who may pay."""
    user = User.objects.create_user("anna", password="correct horse", is_staff=True)
    user.groups.add(Group.objects.get(name="finance"))
    return user


@pytest.fixture
def approved(member, finance):
    give(member, 1_000_00)
    row = request_withdrawal(member, 100_00, bank_card(member).pk, uuid.uuid4(), at=JUNE)
    return let_go(row.pk, finance)


OFF = [{"DEMO": False}, {"PAYOUT_CHANNELS": ("bank",)}, {"PAYOUT_CHANNELS": ()}]


@pytest.mark.parametrize("change", OFF)
def test_a_channel_that_is_not_configured_pays_nothing(approved, finance, settings, change):
    for name, value in change.items():
        setattr(settings, name, value)
    before = everything()
    with pytest.raises(ChannelNotConfigured) as refused:
        send(approved.pk, DemoChannel(), finance)
    assert refused.value.code == "channel_not_configured"
    assert everything() == before
    assert not DemoPayout.objects.exists()
    assert configured_channels() == {}


def test_what_was_sent_before_is_not_booked_by_a_channel_switched_off(approved, finance, settings):
    review.move(approved, "submit", State.PAYING, finance, "", JUNE, provider=1)
    settings.DEMO = False
    before = everything()
    with pytest.raises(ChannelNotConfigured):
        ask(approved.pk, DemoChannel(), finance)
    assert everything() == before


def test_a_bank_file_needs_its_channel_too(approved, finance, settings):
    settings.PAYOUT_CHANNELS = ("demo",)
    with pytest.raises(ChannelNotConfigured):
        bank_batch(finance, uuid.uuid4(), JUNE)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_desk_offers_only_what_there_is(client, approved, finance, settings, language):
    from tests.backoffice.test_withdrawal_desk import do, sign_in

    client.cookies["django_language"] = language
    sign_in(client, finance)
    record = reverse("admin:wallet_withdrawal_change", args=(approved.pk,))
    assert "/do/submit/" in client.get(record).content.decode()
    assert 'value="demo"' in client.get(do(approved.pk, "submit")).content.decode()
    settings.DEMO = False
    assert "/do/submit/" not in client.get(record).content.decode()
    before = everything()
    for chosen in ({}, {"channel": "demo"}, {"channel": "wechat"}, {"channel": "x"}):
        refused = client.post(do(approved.pk, "submit"), chosen)
        assert refused.status_code == 409
        text = "没有配置" if language == "zh-hans" else "is not configured"
        assert text in refused.content.decode()
        assert everything() == before


@pytest.mark.parametrize(
    ("demo", "channels", "starts"),
    [
        ("1", "demo,bank", True),
        ("", "bank", True),
        ("", "demo,bank", False),
        ("1", "pigeon", False),
    ],
)
def test_the_settings_refuse_a_channel_that_cannot_be(tmp_path, demo, channels, starts):
    environment = {
        "ZENGZHI_DEMO": demo,
        "ZENGZHI_SECRET_KEY": "x" * 60,
        "ZENGZHI_VAR": str(tmp_path),
        "ZENGZHI_PAYOUT_CHANNELS": channels,
    }
    code = "import zengzhi.site.settings as s; print(s.PAYOUT_CHANNELS)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) == starts
    assert starts or "ZENGZHI_PAYOUT_CHANNELS" in done.stderr
