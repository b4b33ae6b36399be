"""What the vectors of ``economy/`` are made from: rules, events, and the sentences they show.

An event is a dict, or a string where the line is not what a writer of JSON would produce.
"""

SPLIT_ALL = {"cost": "0%", "distribution": "0%", "platform": "0%"}
NO_FEES = {"split": SPLIT_ALL, "reward": {"rate": "100%"}, "sale": {"retention": "0%"}}


def order(name, member, paid, **more):
    return {"op": "order", "id": name, "member": member, "paid": paid, **more}


def sell(name, member, points, **more):
    return {"op": "sell", "id": name, "member": member, "points": points, **more}


def convert(name, member, points):
    return {"op": "convert", "id": name, "member": member, "points": points}


def expire(name, member, points):
    return {"op": "expire", "id": name, "member": member, "points": points}


def subsidise(name, amount):
    return {"op": "subsidise", "id": name, "amount": amount}


def grant(name, member, amount):
    return {"op": "grant", "id": name, "member": member, "amount": amount}


def wind_down(name, **more):
    return {"op": "wind_down", "id": name, **more}


def refund(name, of, **more):
    return {"op": "refund", "id": name, "order": of, **more}


def orders(count, paid="1000.00", members=7):
    return [order(f"o{i}", f"m{i % members}", paid) for i in range(1, count + 1)]


BAD_AMOUNTS = (
    "0", "0.00", "-1", "+1", "1e3", "1e400", "NaN", "Infinity", "1.234", "1.", ".5", "", " 1", "1 ",
    "1,000", "1_000", "0x10", "１００", "٣", "1.00\n", "1/2",
)  # fmt: skip
MALFORMED = (
    "nonsense", "{", "[]", "null", "5", '"order"', "{}", '{"op":"order"}',
    '{"op":"order","id":"x","member":"m"}', '{"op":"order","id":5,"member":"m","paid":"1"}',
    '{"op":"order","id":"x","member":"m","paid":1}',
    '{"op":"order","id":"x","member":"m","paid":"1","colour":"green"}',
    '{"op":"order","id":"x","member":"","paid":"1"}',
    '{"op":"order","id":"","member":"m","paid":"1"}',
    '{"op":"order","id":"x","member":null,"paid":"1"}',
    '{"op":"order","id":"x","member":"m","paid":"1","split":"30%"}',
    '{"op":"order","id":"x","member":"m","paid":"1","split":{}}',
    '{"op":"order","id":"x","member":"m","paid":"1","split":{"cost":"1%","distribution":"1%"}}',
    '{"op":"order","id":"x","member":"m","paid":"1","split":'
    '{"cost":"101%","distribution":"0%","platform":"0%"}}',
    '{"op":"order","id":"x","member":"m","paid":"1","split":'
    '{"cost":"-1%","distribution":"0%","platform":"0%"}}',
    '{"op":"order","id":"x","member":"m","paid":"1","split":'
    '{"cost":"50%","distribution":"50%","platform":"0.0001%"}}',
    '{"op":"order","id":"x","member":"m","paid":"1","split":'
    '{"cost":"1.23456%","distribution":"0%","platform":"0%"}}',
    '{"op":"order","id":"x","member":"m","paid":"1","split":'
    '{"cost":"30","distribution":"0%","platform":"0%"}}',
    '{"op":"order","id":"x","member":"m","paid":"1","split":'
    '{"cost":0.3,"distribution":"0%","platform":"0%"}}',
    '{"op":"order","id":"x","member":"m","paid":"1","split":'
    '{"cost":"1%","distribution":"0%","platform":"0%","pool":"1%"}}',
    '{"op":"order","id":"x","member":"m","paid":"1","at":5}',
    '{"op":"gift","id":"x"}', '{"op":5,"id":"x"}', '{"id":"x"}',
    '{"op":"sell","id":"x","member":"m"}', '{"op":"sell","id":"x","member":"m","points":5}',
    '{"op":"sell","id":"x","member":"m","points":"1","amount":"1"}',
    '{"op":"sell","id":"x","member":"m","points":"1","order":""}',
    '{"op":"subsidise","id":"x","amount":"1","member":"m"}',
    '{"op":"grant","id":"x","amount":"1"}', '{"op":"convert","id":"x","member":"m"}',
    '{"op":"convert","id":"x","member":"m","points":"1","order":"o1"}',
    '{"op":"refund","id":"x"}', '{"op":"refund","id":"x","order":"o1","amount":null}',
    '{"op":"expire","id":"x","member":"m","points":["1"]}',
)  # fmt: skip

SCENARIOS = {
    "growth": (
        ["points = ⌊r·S/A⌋ at the price before the order's own contribution", "1.8's table"],
        {},
        orders(20),
    ),
    "order-split": (
        [
            "cost, distribution and platform are rounded down to the fen, the pool takes the rest",
            "an order may carry its own split; `at` is allowed on every op",
        ],
        {"split": {"cost": "33.3333%", "distribution": "12.5%", "platform": "0.0001%"}},
        [
            *[order(f"o{i}", "m", paid) for i, paid in enumerate(["0.01", "0.07", "9.99", "1000"])],
            order(
                "own",
                "m",
                "77.77",
                split={"cost": "50%", "distribution": "0.5%", "platform": "49.5%"},
            ),
            order("all", "m", "77.77", split=SPLIT_ALL, at="whenever"),
            sell("s", "m", "1", at=""),
            refund("r", "all", at="x"),
        ],
    ),
    "sale": (
        [
            "payout = ⌊k·A·(10⁶ − retention)/(S·10⁶)⌋, one floor",
            "first-in first-out unless one is named; attributed pro rata, the last takes the rest",
            '"all" sells everything, of nothing it is insufficient_points',
            "unknown_member never had a lot; unknown_order is not the member's own lot",
        ],
        {},
        [
            *orders(9, "321.07", members=2),
            sell("s1", "m1", "0.00000001"),
            sell("s2", "m1", "100"),
            sell("s3", "m1", "3.14159265", order="o7"),
            sell("s4", "m1", "all", order="o5"),
            sell("s5", "m1", "0.1", order="o5"),
            sell("s6", "m1", "1", order="o2"),
            sell("s7", "m1", "1", order="none"),
            sell("s8", "nobody", "1", order="o1"),
            sell("s9", "m0", "100000"),
            sell("s10", "m1", "all"),
            sell("s11", "m1", "all"),
            refund("r1", "o1"),
            refund("r3", "o3"),
            refund("r9", "o9"),
        ],
    ),
    "forced-exit": (
        [
            "a lot exits when n·A ≥ m·V·S, when its value reaches the multiple",
            "a lot never takes out more than its multiple; what is above stays in the pool",
            "exits run after every verb, lowest exit price first, until none is due",
            "lots with nothing left are not listed",
        ],
        {},
        [
            *orders(6),
            sell("s", "m2", "all"),
            subsidise("f1", "2000.00"),
            subsidise("f2", "4000.00"),
            order("late", "m9", "10.00"),
            subsidise("f3", "100000.00"),
        ],
    ),
    "exit-exactly-reached": (
        ["n·A = m·V·S exits, one fen less does not", "ties leave by lot sequence"],
        {"split": SPLIT_ALL, "reward": {"rate": "100%"}, "exit": {"multiple": "2"}},
        [
            order("a", "m1", "100.00"),
            order("b", "m2", "100.00"),
            order("c", "m3", "50.00"),
            subsidise("almost", "249.99"),
            subsidise("reached", "0.01"),
        ],
    ),
    "exit-fraction-and-retention": (
        [
            "the multiple is any rational of at least 1",
            "the exit's own retention; the gross value stays exact, one floor at the payout",
        ],
        {"exit": {"multiple": "7/3", "retention": "12.3456%"}, "sale": {"retention": "5%"}},
        [*orders(5, "333.33"), subsidise("f1", "1234.56"), subsidise("f2", "9876.54")],
    ),
    "exit-retention-defaults-to-the-sales": (
        ["exit retention defaults to the sale's"],
        {"exit": {"multiple": "1"}, "sale": {"retention": "33.3333%"}},
        [*orders(3, "10.01"), subsidise("f", "50.00")],
    ),
    "exit-off": (
        ["replay accepts off: a lot may be worth any multiple"],
        {"exit": {"multiple": "off"}},
        [*orders(3), subsidise("f", "1000000.00"), sell("s", "m1", "all")],
    ),
    "exit-by-member": (
        [
            "a cycle is all the member's lots since the last exit, key ΣV/Σn, first sequence",
            "sold, refunded and granted lots count as first granted",
            "one floor over the whole, attributed by points left, the last takes the rest",
            "after an exit the cycle closes and a new purchase opens the next",
        ],
        {"exit": {"basis": "member", "multiple": "2"}},
        [
            order("a1", "a", "100.00"),
            order("b1", "b", "250.00"),
            order("a2", "a", "33.33"),
            grant("ag", "a", "40.00"),
            sell("as", "a", "10"),
            order("b2", "b", "0.01"),
            refund("br", "b2"),
            order("a3", "a", "71.07"),
            subsidise("f1", "900.00"),
            order("a4", "a", "100.00"),
            order("b3", "b", "50.00"),
            subsidise("f2", "5000.00"),
            sell("gs", "a", "all"),
        ],
    ),
    "subsidise-and-grant": (
        [
            "points of a grant = ⌊d·S/A⌋ at the price before it, ⌊d / opening price⌋ while S = 0",
            "its spend is d: it exits at m × d; a refund of a grant is unknown_order",
            "contribution is also the money of subsidise and grant",
        ],
        {"opening_price": "0.30"},
        [
            grant("g1", "legacy", "100.00"),
            order("o1", "m1", "1000.00"),
            grant("g2", "legacy", "0.01"),
            subsidise("f1", "55.55"),
            grant("g3", "m1", "77.77"),
            subsidise("f2", "90000.00"),
            refund("r1", "g1"),
            sell("s1", "legacy", "1", order="g1"),
            sell("s2", "m1", "all"),
            sell("s3", "legacy", "all"),
        ],
    ),
    "grant-exits": (
        [
            "a grant is a lot like any other: it exits at m × d, in the order of exit prices",
            "the one unit that is kept exits at once and swallows no later order",
        ],
        {"exit": {"multiple": "2"}},
        [
            grant("g1", "a", "100.00"),
            order("o1", "b", "1000.00"),
            grant("g2", "a", "0.01"),
            grant("g3", "c", "400.00"),
            sell("s1", "a", "99.99999999"),
            subsidise("f1", "2000.00"),
            order("o2", "d", "1000.00"),
            subsidise("f2", "100000.00"),
            grant("g4", "a", "1.00"),
            refund("r1", "g4"),
            refund("r2", "g4", amount="x"),
        ],
    ),
    "grant-at-multiple-1": (
        ["with m = 1 a grant at an exact price is due at once; an empty pool is swept"],
        {"exit": {"multiple": "1"}},
        [grant("g1", "a", "5.00"), grant("g2", "a", "0.01"), order("o1", "b", "10.00")],
    ),
    "grant-in-a-cycle": (
        [
            "Σ V and Σ n run over all lots of the cycle, granted ones included",
            "attributed by points left, the last takes the rest; all of them leave the cycle",
        ],
        {"exit": {"basis": "member", "multiple": "3/2", "retention": "0%"}},
        [
            grant("a1", "a", "10.00"),
            order("b1", "b", "77.77"),
            order("a2", "a", "33.33"),
            sell("as", "a", "10"),
            grant("b2", "b", "0.07"),
            grant("a3", "a", "12.34"),
            subsidise("f1", "40.00"),
            grant("a4", "a", "1.00"),
            order("a5", "a", "5.00"),
            subsidise("f2", "5000.00"),
        ],
    ),
    "legacy-split": (
        [
            "legacy is rounded down before c, which takes the remainder; it is in none of put_in …",
            "an order's own split may carry it or not: then it is 0 %; the sum counts it",
        ],
        {"split": {"cost": "30%", "distribution": "20%", "platform": "10%", "legacy": "7.7777%"}},
        [
            *orders(3, "99.99"),
            order("own", "m1", "77.77", split={**SPLIT_ALL, "legacy": "33.3333%"}),
            order("none", "m1", "77.77", split=SPLIT_ALL),
            order("all", "m1", "77.77", split={**SPLIT_ALL, "legacy": "100%"}),
            order("over", "m1", "1", split={**SPLIT_ALL, "cost": "0.0001%", "legacy": "100%"}),
            order("bad", "m1", "1", split={**SPLIT_ALL, "legacy": "1"}),
            order("three", "m1", "1", split={"cost": "1%", "distribution": "1%", "legacy": "1%"}),
            refund("r1", "own", amount="33.33"),
            refund("r2", "own"),
            refund("r3", "all"),
            wind_down("end"),
        ],
    ),
    "wind-down": (
        [
            "the whole pool to the open lots by points: floors, the rest by largest remainder",
            "no retention, no multiple; points and payout are the whole; the epoch stays",
            "pool_closed right after the syntax of amounts to order, grant, subsidise, wind_down",
            "the other verbs answer as they do when nothing is left; a lot's payout counts in y",
        ],
        {},
        [
            *orders(7, "321.07", members=3),
            grant("g", "legacy", "50.00"),
            sell("s1", "m1", "all"),
            refund("r2", "o2", amount="100.00"),
            subsidise("f", "55.55"),
            wind_down("w", at="the end"),
            wind_down("w", at="the end"),
            wind_down("w"),
            wind_down("again"),
            order("late", "m1", "x"),
            order("later", "m1", "1000.00"),
            order("large", "m1", "100000001"),
            order("later", "m1", "1000.00"),
            grant("g2", "m1", "0"),
            grant("g3", "m1", "1.00"),
            subsidise("f2", "1.234"),
            subsidise("f3", "1.00"),
            sell("s2", "m1", "all"),
            sell("s3", "m2", "1", order="o3"),
            sell("s4", "nobody", "1"),
            convert("c", "m2", "1"),
            expire("e", "m2", "all"),
            refund("r3", "o3", amount="100.00"),
            refund("r4", "o3"),
            refund("r5", "o2"),
            refund("r6", "g"),
            '{"op":"wind_down","id":"m","amount":"1.00"}',
        ],
    ),
    "wind-down-ties": (
        ["the rest of the fen by largest remainder, ties to the earlier lot"],
        {},
        [
            *(grant(f"g{i}", f"m{i % 2}", "1.00") for i in range(5)),
            subsidise("f", "0.03"),
            wind_down("w"),
        ],
    ),
    "wind-down-of-nothing": (
        ["with S = 0 it answers ok with zeros and closes the pool"],
        {"opening_price": "2.50"},
        [
            subsidise("f", "3.00"),
            wind_down("w"),
            order("o", "m", "1000.00"),
            sell("s", "m", "1"),
            wind_down("w2"),
        ],
    ),
    "names": (
        [
            "member names are trimmed as str.strip() does, ids are not",
            "a name of blanks alone is empty; names are trimmed before contents are compared",
        ],
        {},
        [
            order("o1", " m1", "1000.00"),
            order("o1", "m1\t", "1000.00"),
            order(" o1", "m1", "1000.00"),
            order("o2", "\u3000m1\xa0\x1c", "1000.00"),
            order("o3", "m 1", "1000.00"),
            order("o4", " \u3000\t", "1000.00"),
            order("  ", "m1", "1000.00"),
            sell("s1", "m1 ", "1", order="o2"),
            sell("s2", "m1", "1", order=" o2"),
            sell("s3", "m1\u200b", "1"),
            grant("g1", "\nm1", "1.00"),
            convert("c1", "m1\r", "1"),
            expire("e1", "  m1  ", "all"),
        ],
    ),
    "convert": (
        [
            "x = ⌊k·A/S⌋ leaves the pool, no retention, lots taken as in a sale",
            "a conversion's x is attributed like a payout and counts in y of a refund",
        ],
        {},
        [
            *orders(8, "100.00", members=2),
            convert("c1", "m1", "35.5"),
            convert("c2", "m1", "1000000"),
            convert("c3", "nobody", "1"),
            refund("r1", "o1"),
            refund("r3", "o3", amount="12.34"),
            convert("c4", "m1", "all"),
            convert("c5", "m1", "all"),
        ],
    ),
    "expire": (
        ["S' = S − k, nothing is paid; the others' price rises", '"all" serves expire too'],
        {},
        [
            *orders(4, "50.00", members=2),
            expire("e1", "m1", "3.00000001"),
            expire("e2", "m1", "5000"),
            expire("e3", "nobody", "1"),
            expire("e4", "m1", "all"),
            expire("e5", "m1", "all"),
            expire("e6", "m0", "all"),
        ],
    ),
    "refund": (
        [
            "by count: all remaining points burnt, x = min(c, ⌊q·A/S⌋), the reserve bears the rest",
            "what the lot had paid out is set off; the reserve receives when negative",
            "already_refunded; a refunded order keeps its member known",
        ],
        {},
        [
            *orders(5),
            refund("r5", "o5"),
            subsidise("f", "300.00"),
            refund("r1", "o1"),
            sell("s2", "m2", "100"),
            refund("r2", "o2"),
            refund("again", "o2"),
            refund("unknown", "o99"),
            sell("s", "m1", "1"),
            subsidise("f2", "50000.00"),
            refund("r3", "o3"),
            refund("r4", "o4", amount="1000.00"),
        ],
    ),
    "partial-refund": (
        [
            "burn min(q, ⌊n·R/V⌋ − ⌊n·R₀/V⌋); when R reaches V all remaining q is burnt",
            "y by the same floors of what the lot has been paid up to now, in both terms",
            "V, n and c never change; more than is left of V is invalid_amount",
        ],
        {"sale": {"retention": "0%"}, "exit": {"multiple": "5"}},
        [
            *orders(4, "99.97"),
            refund("r1", "o1", amount="33.33"),
            sell("s1", "m1", "5.5"),
            refund("r2", "o1", amount="0.01"),
            refund("too-much", "o1", amount="66.64"),
            sell("s2", "m1", "7"),
            refund("r3", "o1", amount="66.62"),
            refund("r4", "o1", amount="0.01"),
            refund("r5", "o1", amount="0.01"),
            subsidise("f", "300.00"),
            refund("r6", "o2", amount="50"),
            subsidise("f2", "5000.00"),
        ],
    ),
    "empty-pool": (
        [
            "S = 0 with A > 0: A goes to the pool reserve, the epoch ends, the opening price again",
            "a subsidy or a 0-point order into a pool with S = 0 is swept like any other",
        ],
        {},
        [
            subsidise("f0", "1.23"),
            order("dust", "m1", "0.03"),
            order("o1", "m1", "1000.00"),
            sell("s1", "m1", "all"),
            order("o2", "m2", "1000.00"),
            refund("r2", "o2"),
            order("o3", "m3", "1000.00"),
            expire("e3", "m3", "all"),
            order("o4", "m4", "1000.00"),
            subsidise("f4", "100000.00"),
            order("thief", "t", "1.00"),
            sell("loot", "t", "all"),
        ],
    ),
    "empty-together": (
        ["when S and A become 0 together nothing is swept and the epoch stays"],
        NO_FEES,
        [
            order("o1", "m1", "10.00"),
            sell("s1", "m1", "all"),
            order("o2", "m2", "10.00"),
            convert("c2", "m2", "all"),
            order("o3", "m3", "10.00"),
            refund("r3", "o3"),
            order("o4", "m4", "10.00"),
        ],
    ),
    "zero-points": (
        [
            "an order whose points would be 0 settles with 0 points and opens a lot all the same",
            "it can be refunded, and its member is known",
        ],
        {"exit": {"multiple": "off"}},
        [
            order("o1", "m1", "1000.00"),
            sell("s1", "m1", "209.99999999"),
            order("o2", "m2", "0.10"),
            sell("s2", "m2", "all"),
            sell("s3", "m2", "1"),
            refund("r2", "o2"),
            order(
                "free", "m3", "5.00", split={"cost": "100%", "distribution": "0%", "platform": "0%"}
            ),
            refund("rf", "free", amount="2.50"),
        ],
    ),
    "same-id": (
        [
            "the same id with the same content answers word for word what it answered before",
            "other content is id_reused; a refused event takes its id, a malformed line does not",
            "same content means the same JSON object, whatever the order of its fields",
        ],
        {},
        [
            order("o1", "m1", "1000.00"),
            order("o2", "m2", "1000.00"),
            order("o1", "m1", "1000.00"),
            ' { "paid":"1000.00" , "member":"m1","op":"order","id":"o1"} ',
            order("o1", "m1", "1000"),
            order("o1", "m1", "1000.00", at="now"),
            sell("o2", "m2", "1"),
            sell("s", "m1", "1000"),
            order("o3", "m1", "100000.00"),
            sell("s", "m1", "1000"),
            sell("s", "m1", "1"),
            order("bad", "m1", "0"),
            order("bad", "m1", "0"),
            order("bad", "m1", "1"),
            '{"op":"order","id":"later","member":"m1","paid":1}',
            order("later", "m1", "1"),
            "",
            "   ",
        ],
    ),
    "order-of-checks": (
        ["malformed → id seen before → amount syntax → unknown member or order → limits, balances"],
        {},
        [
            order("o1", "m1", "1000.00"),
            order("o1", "", "x"),
            order("o1", "m1", "x"),
            sell("s1", "nobody", "x", order="none"),
            sell("s2", "nobody", "99999", order="none"),
            sell("s3", "m1", "99999", order="none"),
            sell("s4", "m1", "99999", order="o1"),
            refund("r1", "none", amount="x"),
            refund("r2", "none", amount="9999999"),
            refund("r3", "o1", amount="9999999"),
            refund("r4", "o1"),
            refund("r5", "o1", amount="9999999"),
            refund("r6", "o1", amount="x"),
        ],
    ),
    "malformed": (
        [
            "a missing, extra, empty or non-string field, an unknown op, no object, a bad split",
            "`id` is null when no string id can be read; malformed lines take no id but count",
        ],
        {},
        [*MALFORMED, order("x", "m", "1000.00")],
    ),
    "invalid-amounts": (
        [
            "an amount is ASCII digits with at most 2 decimals (points: 8), greater than 0",
            "leading zeros are fine; a number of any length is a number",
        ],
        {},
        [
            order("ok", "m", "0001000.1"),
            *[order(f"o{i}", "m", text) for i, text in enumerate(BAD_AMOUNTS)],
            *[sell(f"s{i}", "m", text) for i, text in enumerate(BAD_AMOUNTS) if text != "1.234"],
            *[subsidise(f"f{i}", text) for i, text in enumerate(BAD_AMOUNTS)],
            *[refund(f"r{i}", "ok", amount=text) for i, text in enumerate(BAD_AMOUNTS)],
            sell("p8", "m", "1.12345678"),
            sell("p9", "m", "1.123456789"),
            sell("All", "m", "ALL"),
            order("long", "m", "9" * 80),
            sell("slong", "m", "9" * 80 + ".00000001"),
            subsidise("flong", "9" * 80),
            grant("glong", "m", "9" * 80),
            refund("rlong", "ok", amount="9" * 80),
            sell("zeros", "m", "0" * 80 + "1"),
        ],
    ),
    "limits": (
        [
            "one order ≤ 10⁸ yuan (itself allowed), A < 2⁵³ fen, S < 2⁶⁰ units",
            "judged after the verb's own step, before exits; nothing changes",
            "10⁸ yuan bounds orders only, subsidies and grants are bounded by A",
        ],
        {"opening_price": "0.01", "exit": {"multiple": "1000000"}},
        [
            order("o1", "m1", "100000000.01"),
            order("o2", "m1", "100000000.00"),
            subsidise("f1", "90071992547409.91"),
            subsidise("f2", "90071962547409.91"),
            subsidise("f3", "0.01"),
            order("o3", "m1", "0.04"),
            sell("s", "m1", "all"),
            grant("g1", "m2", "115292150.46"),
            grant("g2", "m2", "90000000.00"),
            grant("g3", "m2", "25292150.46"),
            grant("g4", "m2", "25292150.45"),
            grant("g5", "m2", "25292150.47"),
            order("o4", "m2", "1.00"),
        ],
    ),
    "conservation": (
        ["put_in = pool + pool_reserve + paid_out + converted + what refunds took out"],
        {"exit": {"multiple": "2"}},
        [
            *orders(12, "123.45", members=3),
            sell("s1", "m1", "20"),
            convert("c1", "m2", "15.5"),
            expire("e1", "m0", "3"),
            refund("r1", "o4", amount="23.45"),
            grant("g1", "m1", "66.66"),
            subsidise("f1", "777.77"),
            refund("r2", "o5"),
            sell("s2", "m1", "all"),
            sell("s3", "m2", "all"),
            sell("s4", "m0", "all"),
        ],
    ),
    "shown-price": (
        ["4 decimals, half up; the opening price while S = 0"],
        NO_FEES | {"exit": {"multiple": "off"}, "opening_price": "1.00"},
        [
            sell("s0", "m", "1"),
            order("o1", "m", "100.00"),
            subsidise("f1", "0.01"),
            sell("s1", "m", "20"),
            subsidise("f2", "0.04"),
            subsidise("f3", "3.33"),
            sell("s2", "m", "79.99999999"),
        ],
    ),
}
