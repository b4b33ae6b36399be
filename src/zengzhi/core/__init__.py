"""The exact rules. Pure Python: no I/O, no clock, no random, no float, nothing of ours outside."""
