"""Presets that ship with the package, as texts."""

from importlib import resources


def plan_preset(name: str) -> str:
    """The text of a bonus plan."""
    return resources.files("zengzhi.presets.plans").joinpath(f"{name}.toml").read_text("utf-8")
