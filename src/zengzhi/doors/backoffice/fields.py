"""Form fields of the desks: money in yuan and shares in percent, typed as text."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from unfold.widgets import UnfoldAdminTextInputWidget

from zengzhi.core.errors import InvalidAmount, UnusableRules
from zengzhi.core.units import ORDER_FEN_MAX, format_rate, format_yuan, parse_rate, parse_yuan


class YuanField(forms.CharField):
    """A price in yuan as text, kept as fen."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> Any:
        """Fen, or what is wrong with the text."""
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            fen = parse_yuan(str(text))
        except InvalidAmount as error:
            raise ValidationError(
                gettext("Enter an amount above 0 in plain digits, with at most 2 decimals.")
            ) from error
        if fen > ORDER_FEN_MAX:
            raise ValidationError(gettext("At most ¥100,000,000.00."))
        return fen

    def prepare_value(self, value: Any) -> Any:
        """The text of a stored price."""
        return format_yuan(value) if isinstance(value, int) else value


class RateField(forms.CharField):
    """A share such as 12.5% as text, kept as ppm; empty: the pool's."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> Any:
        """Ppm, or what is wrong with the text."""
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            return parse_rate(str(text))
        except UnusableRules as error:
            raise ValidationError(
                gettext("Enter a share from 0% to 100%, such as 12.5%.")
            ) from error

    def prepare_value(self, value: Any) -> Any:
        """The text of a stored share."""
        return format_rate(value) if isinstance(value, int) else value
