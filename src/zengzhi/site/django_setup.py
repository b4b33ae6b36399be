"""Commands that work on the mall's database load Django first."""

import os
import sys
from pathlib import Path

EXIT_UNUSABLE = 2


def set_up(*, check_form: bool = True, may_be_empty: bool = False) -> None:
    """Load Django with the product's settings; ``ZENGZHI_DATABASE`` names the database.

    A database of another form or of another key ends the command with one line and exit status 2,
    untouched, and so do one whose data keys are not there and, unless it ``may_be_empty``, one
    without tables; ``check_form`` is false where the command does not look at the database.
    """
    os.umask(0o077)  # databases, keys and copies are their owner's alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zengzhi.site.settings")
    variable = os.environ.get("ZENGZHI_VAR")
    if variable:
        (Path(variable) / "static").mkdir(parents=True, exist_ok=True)
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except (ImproperlyConfigured, RuntimeError) as error:
        sys.stderr.write(f"zengzhi: {error}\n")
        sys.exit(EXIT_UNUSABLE)
    if check_form:
        _check_form(may_be_empty)


def _check_form(may_be_empty: bool) -> None:
    from django.db import DatabaseError

    from zengzhi.core.errors import ZengzhiError
    from zengzhi.records.store.rotation import check_keys
    from zengzhi.site import form

    try:
        if form.check_form(may_be_empty=may_be_empty):
            form.check_key()
            check_keys()
    except ZengzhiError as error:
        sys.stderr.write(f"zengzhi: {error.message}\n")
        sys.exit(EXIT_UNUSABLE)
    except DatabaseError:
        return  # the command itself says what is wrong with the database
