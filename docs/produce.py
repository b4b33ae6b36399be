"""Write the numbers of the documents by running the code: ``make docs``; ``--check`` only compares.

A block between ``<!-- produced: NAME -->`` and ``<!-- end -->`` belongs to the function of that
name below; nobody edits it by hand.
"""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

from zengzhi.core.economy.replay import Replay, replay_lines
from zengzhi.core.economy.rules import Rules, rules_from_mapping
from zengzhi.core.units import format_yuan

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "README.zh-CN.md")
BLOCK = re.compile(r"(<!-- produced: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
EXITS_OFF = rules_from_mapping({"exit": {"multiple": "off"}})


def _orders(count: int) -> list[str]:
    return [
        json.dumps({"op": "order", "id": f"o{i}", "member": f"m{i}", "paid": "1000.00"})
        for i in range(1, count + 1)
    ]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---:",) * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _growth(head: tuple[str, ...]) -> str:
    answers = list(replay_lines(_orders(300), Rules()))
    rows = [
        (str(n), answer["pool"], answer["points"], answer["outstanding"], answer["price"])
        for n in (1, 2, 3, 20, 300)
        for answer in [answers[n - 1]]
    ]
    return _table(head, rows)


def growth() -> str:
    """The growth table of the specification, in English."""
    return _growth(("after order", "pool", "points granted", "outstanding", "price"))


def growth_zh() -> str:
    """The growth table of the specification, in Chinese."""
    return _growth(("第几单之后", "盈利池", "送出积分", "流通积分", "价格"))


def _milestones() -> dict[str, str]:
    replay = Replay(Rules())
    exited, payout = "", ""
    for number, line in enumerate(_orders(2965), 1):
        answer = replay.answer(line)
        if answer["exits"]:
            exited, payout = f"{number:,}", answer["exits"][0]["payout"]
    off = Replay(EXITS_OFF)
    broke_even = 0
    for number, line in enumerate(_orders(768), 1):
        off.answer(line)
        lot = off.economy.lots[0]
        worth_fen = off.economy.value_fen(lot.granted_units)
        if worth_fen >= lot.spend_fen and not broke_even:
            broke_even = number
    value = format_yuan(off.economy.value_fen(off.economy.lots[0].granted_units))
    sale = off.answer('{"op":"sell","id":"s","member":"m1","points":"210"}')
    return {
        "broke_even": str(broke_even),
        "exited": exited,
        "payout": payout,
        "value": value,
        "sold": sale["payout"],
        "price": sale["price"],
    }


def milestones() -> str:
    """What becomes of the first lot, in English."""
    return (
        "The first lot (1000 yuan, 210 points) is worth its spend at order {broke_even} and is "
        "sold by force at\n3× at order {exited}, which pays {payout}. Sold by its holder after "
        "order 768 it is worth {value} and pays\n{sold}; the price becomes {price}.\n"
    ).format(**_milestones())


def milestones_zh() -> str:
    """What becomes of the first lot, in Chinese."""
    return (
        "第一批（消费 1000 元，210 积分）在第 {broke_even} 单时价值等于消费额，在第 {exited} 单时"
        "到 3× 自动退出，到账 {payout} 元。\n第 768 单之后自己卖出：价值 {value}，到账 {sold}，"
        "之后价格 {price}。\n"
    ).format(**_milestones())


def replayed() -> str:
    """A small event file and what ``zengzhi replay`` answers."""
    events = [
        *_orders(2),
        '{"op":"sell","id":"s1","member":"m1","points":"211"}',
    ]
    answers = list(replay_lines(events, Rules()))[:-1]
    lines = [json.dumps(answer, separators=(",", ":")) for answer in answers]
    return "```\n" + "\n".join(lines) + "\n```\n"


PRODUCERS: dict[str, Callable[[], str]] = {
    function.__name__: function
    for function in (growth, growth_zh, milestones, milestones_zh, replayed)
}


def produced(text: str) -> str:
    """The text with every produced block written anew."""
    return BLOCK.sub(lambda found: found[1] + PRODUCERS[found[2]]() + found[4], text)


def main() -> int:
    """Write the pages, or with ``--check`` say which ones are stale."""
    stale = []
    for name in PAGES:
        page = ROOT / name
        text = page.read_text("utf-8")
        new = produced(text)
        if new != text:
            stale.append(name)
            if "--check" not in sys.argv:
                page.write_text(new, "utf-8")
    if stale and "--check" in sys.argv:
        print("stale, run make docs:", *stale)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
