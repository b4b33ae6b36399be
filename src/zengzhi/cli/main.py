"""The command ``zengzhi``: one file per sub-command, loaded only when it is called."""

import importlib

import click

COMMANDS = {
    "replay": "zengzhi.cli.replay",
    "bonuses": "zengzhi.cli.bonuses",
    "dividend": "zengzhi.cli.dividend",
    "check": "zengzhi.cli.check",
    "migrate": "zengzhi.cli.migrate",
    "demo": "zengzhi.cli.demo",
    "ranks": "zengzhi.cli.ranks",
    "bench": "zengzhi.cli.bench",
    "role": "zengzhi.cli.role",
    "serve": "zengzhi.cli.serve",
    "settle": "zengzhi.cli.settle",
    "chores": "zengzhi.cli.chores",
    "verify": "zengzhi.cli.verify",
    "seal": "zengzhi.cli.seal",
    "keys": "zengzhi.cli.keys",
    "backup": "zengzhi.cli.backup",
    "restore": "zengzhi.cli.restore",
    "export": "zengzhi.cli.export",
    "explain": "zengzhi.cli.explain",
    "owner": "zengzhi.cli.owner",
    "approvals": "zengzhi.cli.approvals",
}
"""Sub-command → module that defines ``command``."""


class LazyGroup(click.Group):
    """Finds sub-commands by name without importing all of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every sub-command, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one sub-command and return its ``command``."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="zengzhi")
def main() -> None:
    """Zengzhi (增值): exact green points, an auditable pool, an honest mall."""
