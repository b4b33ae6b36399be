"""Benches: each measures against a baseline in the same run; the command line prints."""


class NotTheSame(Exception):
    """What is compared does not agree: no figure is worth reporting."""
