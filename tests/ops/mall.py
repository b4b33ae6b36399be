"""The commands of a mall on a database of its own, as processes."""

import os
import subprocess
import sys
from pathlib import Path

RUN = "from zengzhi.cli.main import main; main()"


class Mall:
    """A database and the folder of its keys."""

    def __init__(self, url: str, var: Path) -> None:
        var.mkdir(exist_ok=True)
        self.environment = {
            **os.environ,
            "ZENGZHI_DATABASE": url,
            "ZENGZHI_VAR": str(var),
            "ZENGZHI_DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "zengzhi.site.settings",
        }

    def run(self, *arguments: str, code: str = RUN) -> subprocess.CompletedProcess:
        """A command, or a piece of code, whatever it answers."""
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, *arguments: str, code: str = RUN) -> str:
        """The same, and it succeeds; what it printed."""
        done = self.run(*arguments, code=code)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
