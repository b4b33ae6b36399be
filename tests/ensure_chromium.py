"""Install Chromium and a Chinese font by apt when they are missing and we may.

Without them the browser tests are reported as skipped, with the reason.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("chromium", "fonts-noto-cjk")
FONT = Path("/usr/share/fonts/opentype/noto")


def main() -> None:
    """Try once; a failure is told, not fatal."""
    if shutil.which("chromium") and FONT.exists():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.stderr.write("chromium is missing and cannot be installed here\n")
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", *PACKAGES],
    ):
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL)
        if done.returncode:
            sys.stderr.write(f"{' '.join(command)} failed\n")
            return


if __name__ == "__main__":
    main()
