"""Build a large mall: ``python -m bench.big_data [--members N] [--orders N] [--goods N]
[--paid N]`` on the database of ``ZENGZHI_DATABASE``, which has to be empty."""

import argparse
import sys

from zengzhi.bench.big_data import Size, build
from zengzhi.site.django_setup import set_up


def main() -> None:
    """Read the sizes, build, say what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in Size.__slots__:
        default = getattr(Size(), name)
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default {default:,}")
    size = Size(**vars(parser.parse_args()))
    set_up(check_form=False)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from zengzhi.records.settlement.models import Pool

    if Pool.objects.exists():
        sys.exit("the database is not empty")
    build(size, lambda text: print(text, flush=True))


if __name__ == "__main__":
    main()
