"""A production mall as a process: ``zengzhi serve`` on a port of its own, killable."""

import fcntl
import hashlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from zengzhi.records.store import encrypted
from zengzhi.records.store.keys import create
from zengzhi.site.scratch import Server

ROOT = Path(__file__).resolve().parents[2]
ZENGZHI = Path(sys.executable).parent / "zengzhi"
STATIC = ROOT / "build" / "collected"
COLLECT = "from zengzhi.site.static import collect; collect()"


def environment_of(var: Path, url: str = "") -> dict[str, str]:
    """Of a production mall with its keys in ``var``; static files are collected once for all."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("ZENGZHI_", "DJANGO_"))}
    var.mkdir(exist_ok=True)
    create(var / "keys" / "digest.key", var / "keys" / "seal.key")
    encrypted.create_keys(var / "keys" / "data.key")
    environment = {
        **keep,
        "ZENGZHI_VAR": str(var),
        "ZENGZHI_SECRET_KEY": "long and random " * 4,
        "DJANGO_SETTINGS_MODULE": "zengzhi.site.settings",
    }
    if url:
        environment["ZENGZHI_DATABASE"] = url
    _collect_once({**environment, "ZENGZHI_VAR": str(STATIC)})
    with suppress(FileExistsError):
        (var / "static").symlink_to(STATIC / "static")
    return environment


def _collect_once(environment: dict[str, str]) -> None:
    (STATIC / "static").mkdir(parents=True, exist_ok=True)
    with (STATIC / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = f"import django; django.setup(); {COLLECT}"
        subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=ROOT)


def run(environment: dict[str, str], *command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], env=environment, capture_output=True, text=True, cwd=ROOT
    )


def migrated(environment: dict[str, str]) -> None:
    """Bring the database to this version, with the seed's pool. What a SQLite file then holds is
    made once for this state of the code, with its keys, and copied."""
    from zengzhi.presets import __file__ as presets

    command = (ZENGZHI, "migrate", "--rules", Path(presets).parent / "seed.toml")
    var = Path(environment["ZENGZHI_VAR"])
    url = environment.get("ZENGZHI_DATABASE", f"sqlite:///{var / 'zengzhi.sqlite3'}")
    if not url.startswith("sqlite:"):
        done = run(environment, *command)
        assert done.returncode == 0, done.stderr
        return
    made = STATIC / f"migrated-{_state_of_the_code()}"
    with (STATIC / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            draft = Path(tempfile.mkdtemp(dir=STATIC))
            create(draft / "keys" / "digest.key", draft / "keys" / "seal.key")
            encrypted.create_keys(draft / "keys" / "data.key")
            own = {**environment, "ZENGZHI_VAR": str(draft)}
            done = run({**own, "ZENGZHI_DATABASE": f"sqlite:///{draft / 'mall'}"}, *command)
            assert done.returncode == 0, done.stderr
            draft.rename(made)
    shutil.copytree(made / "keys", var / "keys", dirs_exist_ok=True)
    file = Path(url.removeprefix("sqlite:///"))
    shutil.copy(made / "mall", file)
    file.chmod(0o600)


def _state_of_the_code() -> str:
    total = hashlib.sha256()
    for path in sorted((ROOT / "src" / "zengzhi").rglob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def serving_role(environment: dict[str, str], name: str) -> dict[str, str]:
    """The same, under a role that owns nothing; on SQLite there are no roles."""
    url = environment.get("ZENGZHI_DATABASE", "sqlite:")
    if url.startswith("sqlite:"):
        return environment
    done = run(environment, ZENGZHI, "role", name)
    assert done.returncode == 0, done.stderr
    return {**environment, "ZENGZHI_DATABASE": url.replace("//postgres@", f"//{name}@")}


@contextmanager
def production(var: Path) -> Iterator[dict[str, str]]:
    """A migrated production mall on the database of this run, and its serving role."""
    from django.conf import settings

    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        environment = environment_of(var)
        migrated(environment)
        yield environment
        return
    with production_on_postgresql(var) as environment:
        yield environment


@contextmanager
def production_on_postgresql(var: Path) -> Iterator[dict[str, str]]:
    """The same on a PostgreSQL of its own, whatever the run's database is: that of the tests does
    not write through."""
    cluster = var / "pg"
    cluster.mkdir(parents=True)
    server = Server(cluster).start()
    try:
        owner = environment_of(var, server.url())
        migrated(owner)
        yield serving_role(owner, "serving")
    finally:
        server.stop()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def workers_of(pid: int) -> list[int]:
    """The processes that a server started."""
    with suppress(OSError):
        return [int(pid) for pid in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def is_there(pid: int) -> bool:
    """Whether a process lives; one that only waits to be reaped does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def until(holds, what: str, seconds: float = 120):
    """Wait for a condition, however busy the machine is; its value."""
    ends = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < ends, what
        time.sleep(0.05)
    return found


class Served:
    """The server while a block lasts."""

    def __init__(self, environment: dict[str, str], *options: str, log: Path) -> None:
        self.port = free_port()
        self.log = log
        with log.open("ab") as lines:
            self.process = subprocess.Popen(
                [str(ZENGZHI), "serve", "--port", str(self.port), *options],
                env=environment,
                stdout=lines,
                stderr=lines,
                cwd=ROOT,
            )

    def __enter__(self) -> "Served":
        until(self.listens, "it listens")
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=120)

    def listens(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        with suppress(OSError):
            return bool(self.ask("/static/none")[0])
        return False

    def connect(self) -> socket.socket:
        """A connection that waits a minute for an answer."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def ask(self, path: str = "/", method: str = "GET", **kept) -> tuple[int, dict, bytes]:
        """Status, headers, body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, **kept)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()
