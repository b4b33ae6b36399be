"""An independent model of the bonuses, written from the specification alone.

Made to be obviously right and nothing else: whole uplines as lists, exact fractions, a walk per
kind, team sales added up anew for everybody. It imports nothing of the project, and reads only the
list of regions. ``answers`` gives what ``zengzhi bonuses`` must print,
without ``why`` and ``message``; ``dividend`` what ``zengzhi dividend`` must.
"""

import json
import re
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from math import floor
from pathlib import Path

YUAN = re.compile(r"[0-9]+(\.[0-9]{1,2})?", re.ASCII)
DEFAULT = ["direct", "indirect", "area", "rank_difference", "peer", "dividend"]
LEVELS = ["district", "city", "province"]
ROWS = Path("src/zengzhi/core/regions.csv").read_text("utf-8").splitlines()
CODES = [row.split(",") for row in ROWS if not row.startswith("#")]
TODAY = {code for code, *rest in CODES if len(rest) == 1}
BECAME = {code: rest[1] for code, *rest in CODES if len(rest) == 2}
NO_CITY, NO_DISTRICT = ("11", "12", "31", "50"), ("4419", "4420", "4604", "6202")
SHANGHAI = timezone(timedelta(hours=8))


def rate(text):
    return Fraction(text.removesuffix("%")) / 100


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


def percent(share):
    ten_thousandths = share * 100 * 10_000
    assert ten_thousandths.denominator == 1
    whole, rest = divmod(int(ten_thousandths), 10_000)
    return (f"{whole}.{rest:04d}".rstrip("0").rstrip(".")) + "%"


def upline(members, buyer):
    """[(member, rank)] from the sponsor up to the root."""
    above = []
    sponsor = members[buyer][0]
    while sponsor:
        above.append((sponsor, members[sponsor][1]))
        sponsor = members[sponsor][0]
    return above


def region_of(text):
    """({level: code}, whether a warning is due), by the rules of spec 4.10 one after the other."""
    text = text.strip()
    if text == "":
        return {}, False
    if not re.fullmatch("[0-9]+", text, re.ASCII) or len(text) == 1:
        return {}, True
    accepted = max(n for n in (2, 4, 6, 9, 12) if n <= len(text))
    warn = accepted < len(text)
    code = text[: min(accepted, 6)]
    while len(code) > 2 and code[-2:] == "00":
        code = code[:-2]
    code = BECAME.get(code, code)
    province, city = code[:2], code[:4]
    if province not in TODAY:
        return {}, True
    named = {"province": province}
    city_exists = city in TODAY and province not in NO_CITY and city[2:] != "90"
    if len(code) >= 4 and city_exists:
        named["city"] = city
    if city in NO_DISTRICT:
        return named, warn
    if len(code) == 4 and not city_exists:
        warn = True
    if len(code) == 6:
        if code in TODAY:
            named["district"] = code
        else:
            warn = True
    return named, warn


def month_of(order):
    """(year, month) of the mall's zone, ``None`` without a moment."""
    if "paid_at" not in order:
        return None
    moment = datetime.fromisoformat(order["paid_at"])
    if moment.tzinfo is not None:
        moment = moment.astimezone(SHANGHAI)
    return moment.year, moment.month


def due(plan, base, above, buyer, named, agents, team):
    """Kind of the plan → [(member, kind, rate, fen)] before any cut."""
    ranks = {rank: rate(text) for rank, text in plan.get("rank_difference", {}).items()}
    order = list(ranks)
    has_rank = (lambda rank: rank in ranks) if "rank_difference" in plan else bool
    found = {kind: [] for kind in DEFAULT}
    if "direct" in plan and above:
        share = rate(plan["direct"]["rate"])
        found["direct"].append((above[0][0], "direct", share, floor(share * base)))
    if "indirect" in plan:
        generations = above[1:]
        if plan["indirect"].get("compression", False):
            generations = [(member, rank) for member, rank in generations if has_rank(rank)]
        for (member, _rank), text in zip(generations, plan["indirect"]["rates"], strict=False):
            share = rate(text)
            found["indirect"].append((member, "indirect", share, floor(share * base)))
    if "area" in plan:
        taken = Fraction(0)
        for level in LEVELS:
            agent = agents.get(named.get(level))
            if level not in plan["area"] or agent is None or agent == buyer:
                continue
            full = rate(plan["area"][level])
            share = full
            if plan["area"].get("mode", "difference") == "difference":
                share = max(Fraction(0), full - taken)
                taken = max(taken, full)
            found["area"].append((agent, f"{level}_agent", share, floor(share * base)))
    if "rank_difference" in plan:
        taken = Fraction(0)
        for place, (member, rank) in enumerate(above):
            if rank not in ranks or ranks[rank] <= taken:
                continue
            share = ranks[rank] - taken
            fen = floor(share * base)
            found["rank_difference"].append((member, "rank_difference", share, fen))
            taken = ranks[rank]
            if "peer" in plan:
                found["peer"] += peers(plan["peer"], order, above[place + 1 :], rank, fen, team)
    if "dividend" in plan and plan["dividend"].get("source", "orders") == "orders":
        share = rate(plan["dividend"]["rate"])
        found["dividend"].append((None, "dividend", share, floor(share * base)))
    return found


def peers(peer, order, above, rank, difference_fen, team):
    """The peers of one difference: ``above`` begins above the one who got it."""
    share, paid = rate(peer["rate"]), []
    target = int(Fraction(peer.get("target", "0")) * 100)
    for member, other in above:
        if len(paid) == peer.get("per_rank", 1):
            break
        if other == rank and team(member) >= target:
            paid.append((member, "peer", share, floor(share * difference_fen)))
            continue
        higher = other in order and order.index(other) > order.index(rank)
        if higher or not peer.get("jump", True):
            break
    return paid


def bonuses(plan, split, members, agents, order, team):
    """The answer to one good order."""
    paid = int(Fraction(order["paid"]) * 100)
    budget = floor(rate(split["distribution"]) * paid)
    bases = {"paid": paid, "budget": budget, "profit": floor(rate(split["platform"]) * paid)}
    base = bases[plan.get("base", "paid")]
    above = upline(members, order["member"])
    named, warn = region_of(order.get("region", ""))
    found = due(plan, base, above, order["member"], named, agents, team)
    left, lines, pool = budget, [], 0
    for kind in plan.get("priority", DEFAULT):
        for member, name, share, fen in found[kind]:
            amount = min(fen, left)
            left -= amount
            if name == "dividend":
                pool += amount
            elif amount:
                line = {"member": member, "kind": name, "rate": percent(share)}
                lines.append({**line, "amount": yuan(amount)})
    answer = {
        "id": order["id"],
        "budget": yuan(budget),
        "lines": lines,
        "dividend_pool": yuan(pool),
        "unallocated": yuan(left),
    }
    return {**answer, "warnings": True} if warn else answer


def problem(members, order):
    """The code that refuses an order that is well-formed and new, or ``None``."""
    if not YUAN.fullmatch(order["paid"]) or Fraction(order["paid"]) == 0:
        return "invalid_amount"
    if order["member"] not in members:
        return "unknown_member"
    return "limit_exceeded" if Fraction(order["paid"]) > 10**8 else None


def is_order(order):
    return (
        isinstance(order, dict)
        and {"id", "member", "paid"} <= order.keys()
        and order.keys() <= {"id", "member", "paid", "region", "at", "paid_at"}
        and all(isinstance(value, str) for value in order.values())
        and bool(order["id"] and order["member"].strip())
        and is_moment(order)
    )


def is_moment(order):
    try:
        month_of(order)
    except (ValueError, OverflowError):
        return False
    return True


def answers(plan, split, member_rows, agent_rows, lines):
    """One answer per non-blank line."""
    members = {row[0].strip(): (row[1].strip(), row[2].strip()) for row in member_rows}
    known = {row[0].strip(): int(Fraction(row[3].strip() or "0") * 100) for row in member_rows}
    agents = {}
    for member, region in agent_rows:
        named, _warn = region_of(region)
        agents[next(named[level] for level in LEVELS if level in named)] = member.strip()
    seen, first, sold = {}, {}, []
    for line in lines:
        if not line.strip():
            continue
        try:
            order = json.loads(line)
        except ValueError:
            order = None
        if isinstance(order, dict):
            for key in ("member", "region"):
                if isinstance(order.get(key), str):
                    order[key] = order[key].strip()
        if not is_order(order):
            name = order.get("id") if isinstance(order, dict) else None
            name = name if isinstance(name, str) else None
            yield {"id": name, "ok": False, "error": "malformed"}
        elif seen.setdefault(order["id"], order) != order:
            yield {"id": order["id"], "ok": False, "error": "id_reused"}
        elif order["id"] in first:
            yield first[order["id"]]
        elif code := problem(members, order):
            yield {"id": order["id"], "ok": False, "error": code}
        else:
            month = month_of(order)

            def team(member, month=month):
                below = [fen for above, fen, when in sold if when == month and member in above]
                return known[member] + sum(below)

            first[order["id"]] = bonuses(plan, split, members, agents, order, team)
            above = [member for member, _rank in upline(members, order["member"])]
            sold.append((above, int(Fraction(order["paid"]) * 100), month))
            yield first[order["id"]]


def dividend(fen, weights):
    """Parts by largest remainder: give the fen that floors leave to the largest fractions."""
    exact = [Fraction(fen) * weight / sum(weights) for weight in weights]
    parts = [floor(part) for part in exact]
    for _ in range(fen - sum(parts)):
        lost = [part - given for part, given in zip(exact, parts, strict=True)]
        parts[lost.index(max(lost))] += 1
    return parts
