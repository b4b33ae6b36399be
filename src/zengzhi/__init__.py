"""Zengzhi (增值): an exact, auditable and honest consumption value-add mall."""

__version__ = "0.1.0"
