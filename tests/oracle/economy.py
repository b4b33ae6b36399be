"""An independent model of the economy, written from the specification alone.

Made to be obviously right and nothing else: plain lists, exact fractions, a brute-force scan for
due exits after every verb. It imports nothing of the project. ``replay`` gives the answers that
``zengzhi replay`` must give, without ``message`` and ``digest``.
"""

import json
import re
from fractions import Fraction
from math import floor

YUAN = re.compile(r"[0-9]+(\.[0-9]{1,2})?", re.ASCII)
POINTS = re.compile(r"[0-9]+(\.[0-9]{1,8})?", re.ASCII)
RATE = re.compile(r"([0-9]+(?:\.[0-9]{1,4})?)%", re.ASCII)
NEEDED = {
    "order": {"id", "member", "paid"},
    "sell": {"id", "member", "points"},
    "subsidise": {"id", "amount"},
    "grant": {"id", "member", "amount"},
    "convert": {"id", "member", "points"},
    "refund": {"id", "order"},
    "expire": {"id", "member", "points"},
}
ALLOWED = {"order": {"split"}, "sell": {"order"}, "refund": {"amount"}}


class No(Exception):
    """A refusal with its code."""


def rate(text):
    match = RATE.fullmatch(text) if isinstance(text, str) else None
    if not match or Fraction(match[1]) > 100:
        raise No("malformed")
    return Fraction(match[1]) / 100


def money(text):
    if not YUAN.fullmatch(text) or Fraction(text) == 0:
        raise No("invalid_amount")
    return Fraction(text)


def yuan(value):
    cents = floor(value * 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def points_text(value):
    units = floor(value * 10**8)
    return f"{units // 10**8}.{units % 10**8:08d}"


def down(value, decimals):
    return Fraction(floor(value * 10**decimals), 10**decimals)


class Model:
    """Money in yuan, points in points, everything a Fraction."""

    def __init__(self, rules):
        get = lambda table, key, default: rules.get(table, {}).get(key, default)  # noqa: E731
        self.open_price = Fraction(rules.get("opening_price", "1.00"))
        self.split = {
            k: rate(get("split", k, d))
            for k, d in (("cost", "30%"), ("distribution", "30%"), ("platform", "10%"))
        }
        self.reward = rate(get("reward", "rate", "70%"))
        self.keep = rate(get("sale", "retention", "20%"))
        multiple = get("exit", "multiple", "3")
        self.multiple = None if multiple == "off" else Fraction(multiple)
        self.basis = get("exit", "basis", "lot")
        self.exit_keep = rate(get("exit", "retention", get("sale", "retention", "20%")))
        self.A = self.S = Fraction(0)
        self.epoch = 1
        self.reserve = self.refund_reserve = self.put_in = Fraction(0)
        self.paid_out = self.converted = self.refunded = Fraction(0)
        self.lots = []

    # -- helpers -------------------------------------------------------------------------------
    def worth(self, q):
        return q * self.A / self.S if self.S else Fraction(0)

    def points_for(self, value):
        if self.S:
            return down(value * self.S / self.A, 8)
        return down(value / self.open_price, 8)

    def limits(self, A, S):
        if A * 100 >= 2**53 or S * 10**8 >= 2**60:
            raise No("limit_exceeded")

    def choose(self, member, text, order=None):
        mine = [lot for lot in self.lots if lot["member"] == member]
        if text != "all" and (not POINTS.fullmatch(text) or Fraction(text) == 0):
            raise No("invalid_amount")
        if not mine:
            raise No("unknown_member")
        if order is not None:
            mine = [lot for lot in mine if lot["id"] == order]
            if not mine:
                raise No("unknown_order")
        held = sum(lot["q"] for lot in mine)
        want = held if text == "all" else Fraction(text)
        if want == 0 or want > held:
            raise No("insufficient_points")
        chosen = []
        for lot in mine:
            part = min(lot["q"], want)
            if part:
                chosen.append((lot, part))
                want -= part
        return chosen

    def leave(self, chosen, amount):
        """Points leave; the amount is shared pro rata, floors, the last takes the rest."""
        total = sum(part for _lot, part in chosen)
        left = amount
        shares = []
        for number, (lot, part) in enumerate(chosen):
            share = left if number == len(chosen) - 1 else down(amount * part / total, 2)
            left -= share
            lot["q"] -= part
            lot["p"] += share
            shares.append((lot, part, share))
        self.S -= total
        self.A -= amount
        return total, shares

    # -- verbs ---------------------------------------------------------------------------------
    def order(self, e):
        paid = money(e["paid"])
        split = {k: rate(v) for k, v in e["split"].items()} if "split" in e else self.split
        if paid > 10**8:
            raise No("limit_exceeded")
        c = paid - sum(down(paid * share, 2) for share in split.values())
        n = self.points_for(down(c * self.reward, 2))
        self.limits(self.A + c, self.S + n)
        self.A += c
        self.S += n
        self.put_in += c
        self.lots.append(
            {
                "id": e["id"],
                "member": e["member"],
                "V": paid,
                "c": c,
                "n": n,
                "q": n,
                "p": Fraction(0),
                "R": Fraction(0),
                "grant": False,
                "gone": False,
            }
        )
        return {"points": n, "contribution": c}

    def grant(self, e):
        d = money(e["amount"])
        n = self.points_for(d)
        self.limits(self.A + d, self.S + n)
        self.A += d
        self.S += n
        self.put_in += d
        self.lots.append(
            {
                "id": e["id"],
                "member": e["member"],
                "V": Fraction(0),
                "c": d,
                "n": n,
                "q": n,
                "p": Fraction(0),
                "R": Fraction(0),
                "grant": True,
                "gone": False,
            }
        )
        return {"points": n, "contribution": d}

    def subsidise(self, e):
        d = money(e["amount"])
        self.limits(self.A + d, self.S)
        self.A += d
        self.put_in += d
        return {"contribution": d}

    def sell(self, e):
        chosen = self.choose(e["member"], e["points"], e.get("order"))
        k = sum(part for _lot, part in chosen)
        pay = down(self.worth(k) * (1 - self.keep), 2)
        self.leave(chosen, pay)
        self.paid_out += pay
        return {"points": k, "payout": pay}

    def convert(self, e):
        chosen = self.choose(e["member"], e["points"])
        k = sum(part for _lot, part in chosen)
        x = down(self.worth(k), 2)
        self.leave(chosen, x)
        self.converted += x
        return {"points": k, "from_pool": x}

    def expire(self, e):
        k, _shares = self.leave(self.choose(e["member"], e["points"]), Fraction(0))
        return {"points": k}

    def refund(self, e):
        amount = money(e["amount"]) if "amount" in e else None
        lot = next((x for x in self.lots if x["id"] == e["order"] and not x["grant"]), None)
        if lot is None:
            raise No("unknown_order")
        V, R0 = lot["V"], lot["R"]
        if R0 == V:
            raise No("already_refunded")
        R = V if amount is None else R0 + amount
        if R > V:
            raise No("invalid_amount")

        def part(x, decimals):
            return down(x * R / V, decimals) - down(x * R0 / V, decimals)

        burnt = lot["q"] if R == V else min(lot["q"], part(lot["n"], 8))
        due = part(lot["c"], 2)
        x = min(due, down(self.worth(burnt), 2))
        self.refund_reserve += due - x - part(lot["p"], 2)
        self.refunded += x
        lot["R"] = R
        lot["q"] -= burnt
        self.S -= burnt
        self.A -= x
        return {"points": burnt, "from_pool": x}

    # -- exits ---------------------------------------------------------------------------------
    def groups(self):
        """Groups of lots that exit together: single lots, or the open cycle of each member."""
        if self.basis == "lot":
            return [[lot] for lot in self.lots if not lot["grant"] and not lot["gone"]]
        cycles = {}
        for lot in self.lots:
            if not lot["grant"] and not lot["gone"]:
                cycles.setdefault(lot["member"], []).append(lot)
        return list(cycles.values())

    def due(self):
        """The due group with the lowest exit price, the earlier first lot on a tie."""
        best = None
        for group in self.groups():
            V, n = sum(x["V"] for x in group), sum(x["n"] for x in group)
            left = any(x["q"] for x in group)
            if (
                n
                and left
                and n * self.A >= self.multiple * V * self.S
                and (best is None or V / n < best[0])
            ):
                best = (V / n, group)
        return best and best[1]

    def exits(self):
        done = []
        while self.multiple is not None and self.S and (group := self.due()):
            V, n = sum(x["V"] for x in group), sum(x["n"] for x in group)
            Q = sum(x["q"] for x in group)
            gross = min(self.worth(Q), self.multiple * V * Q / n)
            pay = down(gross * (1 - self.exit_keep), 2)
            _k, shares = self.leave([(x, x["q"]) for x in group if x["q"]], pay)
            self.paid_out += pay
            for lot in group:
                lot["gone"] = True
            done += [
                {"order": lot["id"], "points": points_text(part), "payout": yuan(share)}
                for lot, part, share in shares
            ]
        return done

    def state(self):
        if self.S:
            price = floor(self.A / self.S * 10**4 + Fraction(1, 2))
        else:
            price = floor(self.open_price * 10**4 + Fraction(1, 2))
        return {
            "pool": yuan(self.A),
            "outstanding": points_text(self.S),
            "price": f"{price // 10**4}.{price % 10**4:04d}",
        }

    def apply(self, e):
        did = getattr(self, e["op"])(e)
        exits = self.exits()
        if not self.S and self.A:
            self.reserve += self.A
            self.A = Fraction(0)
            self.epoch += 1
        zero = Fraction(0)
        return {
            "id": e["id"],
            "ok": True,
            "points": points_text(did.get("points", zero)),
            "contribution": yuan(did.get("contribution", zero)),
            "payout": yuan(did.get("payout", zero)),
            "from_pool": yuan(did.get("from_pool", zero)),
            **self.state(),
            "exits": exits,
        }


def well_formed(e):
    """Raise unless the fields are exactly the op's, strings, names not empty."""
    op = e.get("op")
    if not isinstance(op, str) or op not in NEEDED:
        raise No("malformed")
    if not NEEDED[op] <= e.keys() <= NEEDED[op] | ALLOWED.get(op, set()) | {"op", "at"}:
        raise No("malformed")
    for key, value in e.items():
        if key == "split":
            if not isinstance(value, dict) or value.keys() != {"cost", "distribution", "platform"}:
                raise No("malformed")
            if sum(rate(share) for share in value.values()) > 1:
                raise No("malformed")
        elif not isinstance(value, str) or (key in ("id", "member", "order") and not value):
            raise No("malformed")


def parse(line):
    def unique(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        e = json.loads(line, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        return None
    return e if isinstance(e, dict) else None


def replay(lines, rules):
    """The answer to every non-blank line, then the summary."""
    model, seen, answers = Model(rules), {}, []
    for line in lines:
        if not line.strip():
            continue
        e = parse(line)
        name = e.get("id") if e else None
        name = name if isinstance(name, str) else None
        try:
            if e is None:
                raise No("malformed")
            well_formed(e)
            if name in seen:
                if seen[name][0] != e:
                    raise No("id_reused")
                answers.append(seen[name][1])
                continue
            try:
                answer = model.apply(e)
            except No as no:
                answer = {"id": name, "ok": False, "error": str(no), **model.state()}
            seen[name] = (e, answer)
        except No as no:
            answer = {"id": name, "ok": False, "error": str(no), **model.state()}
        answers.append(answer)
    answers.append(
        {
            "summary": True,
            "events": len(answers),
            "refused": sum(not answer["ok"] for answer in answers),
            **model.state(),
            "epoch": model.epoch,
            "pool_reserve": yuan(model.reserve),
            "refund_reserve": yuan(model.refund_reserve),
            "put_in": yuan(model.put_in),
            "paid_out": yuan(model.paid_out),
            "converted": yuan(model.converted),
            "open_lots": sum(1 for lot in model.lots if lot["q"]),
        }
    )
    return answers
