"""Opening a pool: under rules that can be read, and never with forced exits off."""

from zengzhi.core.economy.rules import rules_from_toml
from zengzhi.core.errors import UnusableRules
from zengzhi.records.settlement.models import Pool, RulesVersion


def open_pool(code: str, rules_text: str) -> Pool:
    """A new, empty pool under these rules (TOML).

    Errors: ``unusable_rules``; also for ``multiple = "off"``, which is for study only: a holder who
    keeps one unit could swallow later orders.
    """
    rules = rules_from_toml(rules_text)
    if rules.exit_multiple is None:
        raise UnusableRules("exit.multiple", "off", "a multiple: a live pool needs forced exits")
    version = RulesVersion.objects.create(name=rules.name, text=rules_text)
    return Pool.objects.create(code=code, rules=version)
