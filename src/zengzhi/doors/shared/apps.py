"""What the doors share."""

from django.apps import AppConfig


class SharedConfig(AppConfig):
    """How amounts, moments and refusals look, and how forms are read."""

    name = "zengzhi.doors.shared"
    label = "doors_shared"
