"""An independent model of the economy, written from the specification alone.

Made to be obviously right: exact fractions, plain lists, and one sorted list of everybody who may
exit, lowest exit price first. It imports nothing of the project. ``replay`` gives the answers that
``zengzhi replay`` must give, without ``message`` and ``digest``.

``Scan`` is the same model without any index: it looks at all lots every time. Streams too long for
it are left to ``Model``, which must agree with it on short ones.
"""

import json
import re
from bisect import bisect_left, insort
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
    "wind_down": {"id"},
}
SPLIT = {"cost": "30%", "distribution": "30%", "platform": "10%", "legacy": "0%"}
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
        self.split = {k: rate(get("split", k, default)) for k, default in SPLIT.items()}
        self.reward = rate(get("reward", "rate", "70%"))
        self.keep = rate(get("sale", "retention", "20%"))
        multiple = get("exit", "multiple", "3")
        self.multiple = None if multiple == "off" else Fraction(multiple)
        self.basis = get("exit", "basis", "lot")
        self.exit_keep = rate(get("exit", "retention", get("sale", "retention", "20%")))
        self.A = self.S = Fraction(0)
        self.epoch = 1
        self.closed = False
        self.reserve = self.refund_reserve = self.put_in = Fraction(0)
        self.paid_out = self.converted = self.refunded = Fraction(0)
        self.lots = []
        self.by_id = {}
        self.by_member = {}
        self.empty = {}  # member: how many of the first lots are known to be empty
        self.held = {}
        self.cycles = {}  # what exits together, by lot id or by member
        self.queue = []  # (V/n, first lot's number, its place in cycles), always sorted

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

    def lots_of(self, member):
        """The member's lots in sequence, without the empty ones at the beginning."""
        mine = self.by_member[member]
        while self.empty[member] < len(mine) and not mine[self.empty[member]]["q"]:
            self.empty[member] += 1
        for place in range(self.empty[member], len(mine)):
            yield mine[place]

    def held_by(self, member):
        return self.held[member]

    def choose(self, member, text, order=None):
        if text != "all" and (not POINTS.fullmatch(text) or Fraction(text) == 0):
            raise No("invalid_amount")
        if member not in self.by_member:
            raise No("unknown_member")
        if order is None:
            lots, held = self.lots_of(member), self.held_by(member)
        else:
            if order not in self.by_id or self.by_id[order]["member"] != member:
                raise No("unknown_order")
            lots, held = [self.by_id[order]], self.by_id[order]["q"]
        want = held if text == "all" else Fraction(text)
        if want == 0 or want > held:
            raise No("insufficient_points")
        chosen = []
        for lot in lots:
            part = min(lot["q"], want)
            if part:
                chosen.append((lot, part))
                want -= part
            if not want:
                return chosen
        raise AssertionError("held more than there is")

    def take(self, lot, part):
        """Points of a lot leave circulation."""
        lot["q"] -= part
        self.held[lot["member"]] -= part
        self.S -= part
        if not lot["gone"]:
            self.requeue(lot)

    def open(self, lot):
        lot |= {"number": len(self.lots), "q": lot["n"], "gone": False}
        lot |= {"p": Fraction(0), "R": Fraction(0)}
        member = lot["member"]
        self.lots.append(lot)
        self.by_id[lot["id"]] = lot
        self.by_member.setdefault(member, []).append(lot)
        self.empty.setdefault(member, 0)
        self.held[member] = self.held.get(member, 0) + lot["n"]
        self.requeue(lot, joins=True)

    def leave(self, chosen, amount):
        """Points leave; the amount is shared pro rata, floors, the last takes the rest."""
        total = sum(part for _lot, part in chosen)
        left = amount
        shares = []
        for number, (lot, part) in enumerate(chosen):
            share = left if number == len(chosen) - 1 else down(amount * part / total, 2)
            left -= share
            self.take(lot, part)
            lot["p"] += share
            shares.append((lot, part, share))
        self.A -= amount
        return total, shares

    # -- verbs ---------------------------------------------------------------------------------
    def still_open(self):
        if self.closed:
            raise No("pool_closed")

    def order(self, e):
        paid = money(e["paid"])
        self.still_open()
        split = {k: rate(v) for k, v in e["split"].items()} if "split" in e else self.split
        if paid > 10**8:
            raise No("limit_exceeded")
        c = paid - sum(down(paid * share, 2) for share in split.values())
        n = self.points_for(down(c * self.reward, 2))
        self.limits(self.A + c, self.S + n)
        self.A += c
        self.S += n
        self.put_in += c
        lot = {"id": e["id"], "member": e["member"], "V": paid, "c": c, "n": n, "grant": False}
        self.open(lot)
        return {"points": n, "contribution": c}

    def grant(self, e):
        d = money(e["amount"])
        self.still_open()
        n = self.points_for(d)
        self.limits(self.A + d, self.S + n)
        self.A += d
        self.S += n
        self.put_in += d
        self.open({"id": e["id"], "member": e["member"], "V": d, "c": d, "n": n, "grant": True})
        return {"points": n, "contribution": d}

    def subsidise(self, e):
        d = money(e["amount"])
        self.still_open()
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
        lot = self.by_id.get(e["order"])
        if lot is None or lot["grant"]:
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
        self.take(lot, burnt)
        self.A -= x
        return {"points": burnt, "from_pool": x}

    def wind_down(self, e):
        """Everything to everybody: floors first, then one fen each to the largest remainders."""
        self.still_open()
        self.closed = True
        whole, points = self.A, self.S
        holders = [lot for lot in self.lots if lot["q"]]
        due = [self.worth(lot["q"]) for lot in holders]
        shares = [down(value, 2) for value in due]
        rest = int((whole - sum(shares)) * 100)
        lost = sorted(range(len(holders)), key=lambda i: (shares[i] - due[i], i))
        for i in lost[:rest]:
            shares[i] += Fraction(1, 100)
        exits = []
        for lot, share in zip(holders, shares, strict=True):
            exits.append(
                {"order": lot["id"], "points": points_text(lot["q"]), "payout": yuan(share)}
            )
            self.take(lot, lot["q"])
            lot["p"] += share
        self.A -= sum(shares)
        self.paid_out += sum(shares)
        return {"points": points, "payout": whole, "exits": exits}

    # -- exits ---------------------------------------------------------------------------------
    def requeue(self, lot, joins=False):
        """Set the place in the queue of what exits with this lot: itself, or its member's cycle."""
        place = lot["member"] if self.basis == "member" else lot["id"]
        cycle = self.cycles.setdefault(place, {"lots": [], "V": 0, "n": 0, "entry": None})
        if cycle["entry"] and (joins or not self.left(cycle)):
            del self.queue[bisect_left(self.queue, cycle["entry"])]
            cycle["entry"] = None
        if joins:
            cycle["lots"].append(lot)
            cycle["V"] += lot["V"]
            cycle["n"] += lot["n"]
            if self.left(cycle):
                cycle["entry"] = (cycle["V"] / cycle["n"], cycle["lots"][0]["number"], place)
                insort(self.queue, cycle["entry"])

    @staticmethod
    def left(cycle):
        return any(lot["q"] for lot in reversed(cycle["lots"]))

    def due(self):
        """The lots of the lowest exit price, if it is reached: nobody else's can be before."""
        if not self.queue:
            return None
        price, _number, place = self.queue[0]
        if self.multiple * price * self.S > self.A:
            return None
        return self.cycles[place]["lots"]

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
            self.cycles.pop(group[0]["member" if self.basis == "member" else "id"])
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
            "exits": did.get("exits", []) + exits,
        }


class Scan(Model):
    """The same without an index: looks at every lot, every time."""

    def lots_of(self, member):
        return [lot for lot in self.lots if lot["member"] == member]

    def held_by(self, member):
        return sum(lot["q"] for lot in self.lots_of(member))

    def due(self):
        groups = {}
        for lot in self.lots:
            if not lot["gone"]:
                place = lot["member"] if self.basis == "member" else lot["id"]
                groups.setdefault(place, []).append(lot)
        best = None
        for group in groups.values():
            V, n = sum(x["V"] for x in group), sum(x["n"] for x in group)
            left = any(x["q"] for x in group)
            due = n and left and n * self.A >= self.multiple * V * self.S
            if due and (best is None or V / n < best[0]):
                best = (V / n, group)
        return best and best[1]


def well_formed(e):
    """Raise unless the fields are exactly the op's, strings, names not empty."""
    op = e.get("op")
    if not isinstance(op, str) or op not in NEEDED:
        raise No("malformed")
    if not NEEDED[op] <= e.keys() <= NEEDED[op] | ALLOWED.get(op, set()) | {"op", "at"}:
        raise No("malformed")
    for key, value in e.items():
        if key == "split":
            if not isinstance(value, dict) or value.keys() | {"legacy"} != SPLIT.keys():
                raise No("malformed")
            if sum(rate(share) for share in value.values()) > 1:
                raise No("malformed")
        elif not isinstance(value, str) or (key in ("id", "member", "order") and not value):
            raise No("malformed")


def parse(line):
    """The object of a line, and whether a field stands in it twice."""
    repeats = []

    def pairs_seen(pairs):
        repeats.append(len(dict(pairs)) < len(pairs))
        return dict(pairs)

    try:
        e = json.loads(line, object_pairs_hook=pairs_seen)
    except (ValueError, RecursionError):
        return None, False
    return (e, any(repeats)) if isinstance(e, dict) else (None, False)


def replay(lines, rules, kind=Model):
    """The answer to every non-blank line, then the summary."""
    model, seen, answers = kind(rules), {}, []
    for line in lines:
        if not line.strip():
            continue
        e, repeated = parse(line)
        name = e.get("id") if e else None
        name = name if isinstance(name, str) else None
        try:
            if e is None or repeated:
                raise No("malformed")
            if isinstance(e.get("member"), str):
                e["member"] = e["member"].strip()
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
