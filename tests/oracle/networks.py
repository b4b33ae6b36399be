"""Random networks, plans and orders from a seed: small, so that every rule meets every other."""

import json
import random

RANKS = ("V1", "V2", "V3", "V4")
AGENT_REGIONS = (
    "440305", "440306", "4403", "44", "110101", "110000", "441901", "429004", "42", "4604", "46",
    "500105", "50", "370116", "3712", "37",
)  # fmt: skip
REGIONS = (
    *AGENT_REGIONS, "440300", "440305001", "440305001002", "441900", "4419", "1101", "110100",
    "4290", "429000", "429099", "440399", "4499", "990000", "44030", "4403051", "440", "4", "44a",
    "500112", "500157", "500199", "469003", "460400", "371202", "4403050010020", "",
)  # fmt: skip
PAID_AT = (
    "2026-01-31T10:00:00+08:00", "2026-01-31T15:59:59Z", "2026-01-31T16:00:00Z", "2026-01-31",
    "2026-02-01T00:00:00", "2026-02-28T23:59:59.999999", "2025-12-31T23:30:00-01:00",
)  # fmt: skip
NO_MOMENTS = ("yesterday", "2026-13-01", "", "2026-02-30T00:00:00", "01.02.2026", "1769900000")
KINDS = ("direct", "indirect", "area", "rank_difference", "peer", "dividend")


def _percent(rng, most):
    if rng.random() < 0.7:
        return f"{rng.randint(0, most)}%"
    return f"{rng.randint(0, most * 10_000) / 10_000:.4f}%"


def _ranks(rng):
    names = RANKS[: rng.randint(1, 4)]
    rates = sorted(rng.sample(range(0, 250_000, 5), len(names)))
    return {name: f"{rate / 10_000:.4f}%" for name, rate in zip(names, rates, strict=True)}


def random_plan(rng):
    plan = {"base": rng.choice(["paid", "paid", "paid", "budget", "profit"])}
    on = [kind for kind in KINDS if rng.random() < 0.75]
    tables = {
        "direct": lambda: {"rate": _percent(rng, 15)},
        "indirect": lambda: {
            "rates": [_percent(rng, 8) for _ in range(rng.randint(0, 3))],
            "compression": rng.random() < 0.5,
        },
        "area": lambda: {
            "mode": rng.choice(["difference", "independent"]),
            **{
                level: _percent(rng, 8)
                for level in ("district", "city", "province")
                if rng.random() < 0.8
            },
        },
        "rank_difference": lambda: _ranks(rng),
        "peer": lambda: {
            "rate": _percent(rng, 50),
            "per_rank": rng.choice([1, 1, 2, 3]),
            "jump": rng.random() < 0.5,
            **(
                {"target": rng.choice(["0.00", "0.01", "500.00", "20000"])}
                if rng.random() < 0.6
                else {}
            ),
        },
        "dividend": lambda: {
            "rate": _percent(rng, 5),
            **({"source": rng.choice(["orders", "profit"])} if rng.random() < 0.4 else {}),
        },
    }
    plan.update({kind: tables[kind]() for kind in on})
    if rng.random() < 0.6:
        plan["priority"] = rng.sample(KINDS, len(KINDS))
    if rng.random() < 0.3:
        plan["remainder"] = rng.choice(["platform", "pool"])
    return plan


def random_members(rng, count):
    """Rows in any order; some forests are chains, some are bushes."""
    reach = rng.choice([1, 2, count])
    ranks = rng.choice([("", "V1"), ("", *RANKS), RANKS, ("", "V1", "V1", "V2", "gold")])
    rows = []
    for place in range(count):
        sponsor = (
            ""
            if place == 0 or rng.random() < 0.04
            else f"m{rng.randint(max(0, place - reach), place - 1)}"
        )
        sales = rng.choice(["", "", "", "0", "0.01", "499.99", "30000.00"])
        rows.append((f"m{place}", sponsor, rng.choice(ranks), sales))
    rng.shuffle(rows)
    return rows


def random_agents(rng, members):
    return [(rng.choice(members)[0], region) for region in AGENT_REGIONS if rng.random() < 0.6]


def random_split(rng):
    return {
        "cost": f"{rng.randint(0, 30)}%",
        "distribution": rng.choice(["30%", "5%", "12.3456%", "60%", "0%"]),
        "platform": f"{rng.randint(0, 10)}%",
    }


def _paid(rng):
    fen = rng.choice([rng.randint(1, 200), rng.randint(1, 10**6), rng.randint(1, 10**10), 100_000])
    return f"{fen // 100}.{fen % 100:02d}"


def _padded(rng, text):
    return rng.choice([" ", "\u3000", "\t"]) + text + " " if rng.random() < 0.1 else text


def random_orders(rng, members, count):
    """JSON lines, now and then one that must be refused."""
    lines = []
    for number in range(count):
        order = {"id": f"o{number}", "member": rng.choice(members)[0], "paid": _paid(rng)}
        if rng.random() < 0.8:
            order["region"] = _padded(rng, rng.choice(REGIONS))
        if rng.random() < 0.6:
            order["paid_at"] = rng.choice(PAID_AT)
        order["member"] = _padded(rng, order["member"])
        roll = rng.random()
        if roll < 0.02:
            order["member"] = "nobody"
        elif roll < 0.04:
            order["paid"] = rng.choice(["0", "-1", "1.", ".5", "1e3", "100000000.01"])
        elif roll < 0.06:
            order["id"] = f"o{rng.randint(0, number)}"
        elif roll < 0.10 and lines:
            order = json.loads(rng.choice(lines))
        elif roll < 0.11:
            order["paid_at"] = rng.choice(NO_MOMENTS)
        elif roll < 0.13:
            del order[rng.choice(["id", "member", "paid"])]
        lines.append(json.dumps(order))
    return lines


def random_case(seed, orders=12):
    """(plan, split, members, agents, order lines) of a seed."""
    rng = random.Random(seed)
    members = random_members(rng, rng.randint(2, 24))
    agents = random_agents(rng, members)
    lines = random_orders(rng, members, orders)
    return random_plan(rng), random_split(rng), members, agents, lines
