"""Static files: read from where they are installed, or collected once with a hash in each name.

``zengzhi serve`` and ``zengzhi demo`` collect: each file gets its hash into its name (the browser
keeps it for a year) and is compressed beforehand with gzip and brotli.
"""

import hashlib
import io
import shutil
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

MANIFEST = "staticfiles.json"
MARK = "collected.sha256"
UNUSED = ["*.sha256", "LICENSE*", "README*", "crispy", "*.map"]
"""What no page asks for."""


class Storage(CompressedManifestStaticFilesStorage):
    """Names with a hash once the files were collected, before that plain ones."""

    def url(self, name: str | None, force: bool = False) -> str:
        """The address of a file."""
        if self.hashed_files:
            return str(super().url(name, force))
        return str(self._plain_url(name))

    def _plain_url(self, name: str | None) -> str:
        assert self.base_url is not None  # noqa: S101 (settings name it)
        return self.base_url + (name or "")


def collected(root: Path) -> bool:
    """Whether the files were collected here, completely."""
    return (root / MANIFEST).exists() and (root / MARK).exists()


def collect() -> None:
    """Collect what is not collected yet, or has changed; then nothing is read from elsewhere."""
    from django.core.management import call_command

    root = Path(settings.STATIC_ROOT)
    wanted = _mark()
    mark = root / MARK
    if not (collected(root) and mark.read_text().strip() == wanted):
        shutil.rmtree(root, ignore_errors=True)
        quiet = {"interactive": False, "verbosity": 0, "stdout": io.StringIO()}
        call_command("collectstatic", ignore_patterns=UNUSED, **quiet)
        mark.write_text(wanted + "\n")
    staticfiles_storage.hashed_files, staticfiles_storage.manifest_hash = (
        staticfiles_storage.load_manifest()
    )
    settings.WHITENOISE_USE_FINDERS = False


def _mark() -> str:
    """One digest over every file's name, size and time."""
    total = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            total.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return total.hexdigest()
