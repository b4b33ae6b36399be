"""``zengzhi serve``: the web process of a production mall."""

import click

from zengzhi.site.django_setup import set_up


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 256))
@click.option(
    "--trusted-proxy",
    default=None,
    help="Address of the proxy whose X-Forwarded headers are believed.",
)
def command(host: str, port: int, threads: int, trusted_proxy: str | None) -> None:
    """Serve the mall with Waitress; put a TLS proxy in front of it."""
    set_up(may_be_empty=True)
    from waitress import serve

    from zengzhi.site.wsgi import application

    click.echo(f"Zengzhi 增值 on http://{host}:{port}")
    proxy = {}
    if trusted_proxy:
        proxy = {
            "trusted_proxy": trusted_proxy,
            "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto x-forwarded-host",
            "clear_untrusted_proxy_headers": True,
        }
    serve(application, host=host, port=port, threads=threads, ident="zengzhi", **proxy)
