"""Commands that work on the mall's database load Django first."""

import os
from pathlib import Path


def set_up() -> None:
    """Load Django with the product's settings; ``ZENGZHI_DATABASE`` names the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zengzhi.site.settings")
    variable = os.environ.get("ZENGZHI_VAR")
    if variable:
        (Path(variable) / "static").mkdir(parents=True, exist_ok=True)
    import django

    django.setup()
