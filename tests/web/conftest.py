"""What the wallet's pages need besides."""

from tests.wallet.conftest import staff as staff
