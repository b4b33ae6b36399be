"""The wallet (零钱) has no balance of its own: it is the member's accounts in the journal."""
