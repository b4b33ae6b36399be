"""What forms carry, read: the token that makes an act happen once, numbers of rows, typed text."""

import uuid

from django.http import Http404


def read_token(text: str) -> uuid.UUID:
    """The token a form was rendered with."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error


def read_id(text: str) -> int | None:
    """The number of a row in a form; ``None``: none, or not a number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None


def clean(text: str, size: int = 60) -> str:
    """What was typed, fit to be shown again."""
    return text[:size]
