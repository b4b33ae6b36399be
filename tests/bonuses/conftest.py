"""Orders wait for settlement, as in a live mall."""

import pytest


@pytest.fixture(autouse=True)
def window(settings):
    settings.REFUND_WINDOW_DAYS = 7
