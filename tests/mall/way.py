"""The way of one act through the house: which files it calls, and how often it goes from one of
them to another."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import zengzhi

ROOT = f"{Path(zengzhi.__file__).parent}/"


@dataclass
class Way:
    """Each step is a call into a file that is not the one called before. What a function writes
    inline (comprehensions, lambdas) is part of it and no call."""

    steps: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """The files, in the order in which they are first called."""
        return list(dict.fromkeys(self.steps))

    def note(self, frame: FrameType, event: str, _arg: Any) -> None:
        """What Python calls for each call and return."""
        code = frame.f_code
        if event != "call" or code.co_name.startswith("<"):
            return
        if not code.co_filename.startswith(ROOT):
            return
        file = code.co_filename.removeprefix(ROOT)
        if not self.steps or self.steps[-1] != file:
            self.steps.append(file)

    def __str__(self) -> str:
        counted = Counter(self.steps)
        lines = [f"{counted[file]:4} {file}" for file in self.files]
        return "\n".join([f"{len(self.files)} files, {len(self.steps)} changes of file", *lines])


def walked(act: Callable[[], object]) -> Way:
    """The way of an act."""
    way, before = Way(), sys.getprofile()
    sys.setprofile(way.note)
    try:
        act()
    finally:
        sys.setprofile(before)
    return way
