"""为什么我得到这笔: a line's trace in words, made when somebody asks."""

from collections.abc import Callable

from zengzhi.core.distribution.lines import Line
from zengzhi.core.distribution.upline import Member
from zengzhi.core.units import format_rate, format_yuan

_LEVELS_ZH = {"district": "区代", "city": "市代", "province": "省代"}


Naming = Callable[[Member], str]
"""How members are called in a sentence: in files by their name, on pages masked."""


def _english(line: Line, naming: Naming) -> str:
    trace = line.trace
    if line.kind == "direct":
        return "the buyer's sponsor"
    if line.kind == "indirect":
        skipped = ", counted without members who have no rank" if trace.compressed else ""
        return f"generation {trace.generation} above the buyer{skipped}"
    if line.kind == "peer":
        return f"next {trace.name} above {naming(trace.below)}, share of that difference bonus"
    own = f"{trace.name} {format_rate(trace.own_ppm)}"
    if not trace.taken_name:
        return own
    return f"{own} − {trace.taken_name} {format_rate(trace.taken_ppm)} already taken"


def _chinese(line: Line, naming: Naming) -> str:
    trace = line.trace
    if line.kind == "direct":
        return "直接推荐人"
    if line.kind == "indirect":
        skipped = "(紧缩：跳过无级别会员)" if trace.compressed else ""
        return f"向上第 {trace.generation} 代{skipped}"
    if line.kind == "peer":
        return f"{naming(trace.below)} 之上的同级 {trace.name}，按其级差奖计"
    name, taken = (_LEVELS_ZH.get(text, text) for text in (trace.name, trace.taken_name))
    own = f"{name} {format_rate(trace.own_ppm)}"
    if not taken:
        return own
    return f"{own} − {taken} 已取 {format_rate(trace.taken_ppm)}"


def why(line: Line, language: str = "en", naming: Naming = str) -> str:
    """The arithmetic of a line in one sentence, English or Chinese ("zh").

    >>> from zengzhi.core.distribution.lines import Trace
    >>> trace = Trace(name="V3", own_ppm=120_000, taken_name="V1", taken_ppm=50_000)
    >>> line = Line("C", "rank_difference", 70_000, 100_000, 7_000, 6_000, trace)
    >>> why(line)
    'V3 12% − V1 5% already taken = 7% × 1000.00 = 70.00; cut to 60.00, all that was left of the \
budget'
    >>> why(line, "zh")
    'V3 12% − V1 已取 5% = 7% × 1000.00 = 70.00；预算只剩 60.00，按此发放'
    """
    chinese = language == "zh"
    words = _chinese(line, naming) if chinese else _english(line, naming)
    rate, base = format_rate(line.rate_ppm), format_yuan(line.base_fen)
    if line.trace.taken_name:
        sum_text = f"{words} = {rate} × {base}"
    elif line.trace.name and line.kind != "peer":
        sum_text = f"{words} × {base}"
    else:
        sum_text = f"{words}{'：' if chinese else ': '}{rate} × {base}"
    text = f"{sum_text} = {format_yuan(line.due_fen)}"
    if line.amount_fen == line.due_fen:
        return text
    amount = format_yuan(line.amount_fen)
    if chinese:
        return f"{text}；预算只剩 {amount}，按此发放"
    return f"{text}; cut to {amount}, all that was left of the budget"
