"""``zengzhi serve``: the web processes of a production mall."""

import socket

import click

from zengzhi.cli.files import stop
from zengzhi.site.django_setup import set_up


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers",
    default=2,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes; one a core.",
)
@click.option(
    "--threads",
    default=8,
    show_default=True,
    type=click.IntRange(1, 256),
    help="Requests that one process answers at once.",
)
@click.option(
    "--per-client",
    default=32,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Requests of one client's address under way in one process.",
)
@click.option(
    "--slow-after",
    default=20.0,
    show_default=True,
    type=click.FloatRange(1, 600),
    help="Seconds for the head of a request, and as many for its body.",
)
@click.option(
    "--trusted-proxy",
    "trusted",
    multiple=True,
    help="Address or network of a proxy that passes Host on and whose X-Forwarded-For and -Proto "
    "are believed; may be repeated.",
)
def command(
    host: str,
    port: int,
    workers: int,
    threads: int,
    per_client: int,
    slow_after: float,
    trusted: tuple[str, ...],
) -> None:
    """Serve the mall with Granian; put a TLS proxy in front of it. SIGTERM: what is under way is
    answered, then it stops."""
    set_up(may_be_empty=True)
    from zengzhi.site.fit import problems
    from zengzhi.site.gate import Limits
    from zengzhi.site.proxy import Proxies
    from zengzhi.site.server import serve

    if found := problems():
        stop(*found)
    try:
        proxies = Proxies(trusted)
    except ValueError as error:
        stop(f"--trusted-proxy: {error}")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        stop(f"{host}:{port}: {error.strerror}")
    click.echo(f"Zengzhi 增值 on http://{host}:{port}")
    limits = Limits(threads=threads, of_one=per_client, slow_after_s=slow_after)
    serve(host, port, workers, limits, proxies)
