"""Random event streams and rules, the same for the same seed."""

import json
import random

PROFILES = ("orders", "mixed", "degenerate", "cascade", "refunds", "grants", "end")


def _yuan(cents):
    return f"{cents // 100}.{cents % 100:02d}"


def random_rules(seed):
    """Valid rules of every kind."""
    rng = random.Random(f"rules-{seed}")
    cost, distribution = rng.randrange(0, 60), rng.randrange(0, 30)
    platform = rng.randrange(0, 100 - cost - distribution)
    return {
        "name": f"r{seed}",
        "opening_price": rng.choice(["1.00", "0.01", "7.77", "1", "1000.00"]),
        "split": {
            "cost": f"{cost}%",
            "distribution": f"{distribution}.5%" if platform else "0%",
            "platform": f"{max(0, platform - 1)}%",
            **rng.choice([{}, {"legacy": "0%"}, {"legacy": "0.7777%"} if platform else {}]),
        },
        "reward": {"rate": rng.choice(["70%", "0%", "100%", "33.3333%", "1%", "95%"])},
        "sale": {"retention": rng.choice(["20%", "0%", "100%", "12.5%"])},
        "exit": {
            "multiple": rng.choice(["1", "2", "3", "5/2", "1.25", "off"]),
            "basis": rng.choice(["lot", "member"]),
            **rng.choice([{}, {"retention": "0%"}, {"retention": "35%"}]),
        },
    }


class Stream:
    """Writes lines; knows roughly who has lots."""

    def __init__(self, seed, profile):
        self.rng = random.Random(f"{profile}-{seed}")
        self.profile = profile
        self.members = [f"m{i}" for i in range(self.rng.choice([3, 12, 40]))]
        self.orders = []
        self.lines = []

    def put(self, **fields):
        self.lines.append(json.dumps(fields))

    def paid(self):
        rng = self.rng
        if self.profile == "orders":
            return 100_000
        if self.profile == "degenerate":
            return rng.choice([1, 2, 3, 4, 7, 99, 101, 10**10, 10**10 - 1, 10**10 + 1, 28_000])
        if self.profile == "cascade":
            return rng.choice([100_000, 100_000, 100_000, 50_000, 50_001])
        return max(1, int(rng.lognormvariate(10, 1.2)))

    def order(self):
        rng, number = self.rng, len(self.lines)
        fields = {
            "op": "order",
            "id": f"o{number}",
            "member": rng.choice(self.members),
            "paid": _yuan(self.paid()),
        }
        if self.profile not in ("orders", "cascade") and rng.random() < 0.25:
            cost = rng.randrange(0, 70)
            fields["split"] = {
                "cost": f"{cost}%",
                "distribution": "12.3456%",
                "platform": f"{rng.randrange(0, 87 - cost)}%",
            }
            if rng.random() < 0.5:
                fields["split"]["legacy"] = rng.choice(["0%", "0.5%", "0.6543%"])
        if rng.random() < 0.04:
            fields["member"] = rng.choice([" {}", "{} ", "\t{}\n", "\u3000{}\xa0"]).format(
                fields["member"]
            )
        if rng.random() < 0.05:
            fields["at"] = "2026-01-01T00:00:00Z"
        self.orders.append((fields["id"], fields["member"]))
        self.put(**fields)

    def points(self):
        rng = self.rng
        return rng.choice(
            [
                "all",
                "0.00000001",
                f"{rng.random() * 3:.8f}",
                f"{rng.random():.4f}",
                str(rng.randrange(1, 400)),
                f"{rng.lognormvariate(1, 2):.8f}",
            ]
        )

    def leave(self):
        rng, number = self.rng, len(self.lines)
        op = rng.choice(["sell"] * 6 + ["convert", "expire"])
        fields = {
            "op": op,
            "id": f"s{number}",
            "member": rng.choice(self.members),
            "points": self.points(),
        }
        if op == "sell" and self.orders and rng.random() < 0.3:
            fields["order"], owner = rng.choice(self.orders[-60:])
            if rng.random() < 0.8:
                fields["member"] = owner
        self.put(**fields)

    def fund(self):
        rng, number = self.rng, len(self.lines)
        cents = max(1, int(rng.lognormvariate(12, 2)))
        if self.profile == "cascade":
            cents = int(len(self.orders) * 30_000 * rng.choice([0.05, 0.4, 3]) + 1)
        if self.profile == "degenerate" and rng.random() < 0.1:
            cents = rng.choice([2**53 // 3, 2**53, 10**15])
        if self.profile in ("grants", "end"):
            # As much as an order brings, or so much that the price hardly matters.
            cents = max(1, int(rng.lognormvariate(rng.choice([3, 9, 12]), 1.5)))
        if rng.random() < (0.8 if self.profile == "grants" else 0.35):
            self.put(
                op="grant", id=f"g{number}", member=rng.choice(self.members), amount=_yuan(cents)
            )
            self.orders.append((f"g{number}", "?"))
        else:
            self.put(op="subsidise", id=f"f{number}", amount=_yuan(cents))

    def refund(self):
        rng, number = self.rng, len(self.lines)
        order = rng.choice(self.orders)[0] if self.orders else "o0"
        fields = {"op": "refund", "id": f"r{number}", "order": order}
        if rng.random() < 0.6:
            fields["amount"] = _yuan(max(1, int(rng.lognormvariate(8, 1.6))))
        self.put(**fields)

    def wind_down(self):
        self.put(op="wind_down", id=f"w{len(self.lines)}")

    def bad(self):
        rng, number = self.rng, len(self.lines)
        amount = rng.choice(
            [
                "0",
                "0.00",
                "-1",
                "1e400",
                "NaN",
                "1.234",
                "１００",
                " 1",
                "1,000",
                "+1",
                "",
                ".5",
                "1.",
                "0x10",
                "9" * 60,
                "٣",
            ]
        )
        name = f"b{number}"
        choice = rng.randrange(10)
        if choice == 0 and self.lines:
            self.lines.append(rng.choice(self.lines))
        elif choice == 1 and self.orders:
            self.put(op="order", id=self.orders[-1][0], member="other", paid="12.34")
        elif choice == 2:
            self.lines.append(
                rng.choice(
                    [
                        "{",
                        "[]",
                        "null",
                        "not json",
                        '{"op":"order"}',
                        "  ",
                        '{"op":"sell","id":5}',
                        '{"op":"x","id":"x"}',
                        '{"op":"expire","id":"q","id":"q"}',
                        "[" * 3000,
                    ]
                )
            )
        elif choice == 3:
            self.put(
                op="order",
                id=name,
                member="m0",
                paid="1",
                split=rng.choice(
                    [
                        {},
                        "30%",
                        {"cost": "50%", "distribution": "50%", "platform": "1%"},
                        {"cost": "1.23456%", "distribution": "0%", "platform": "0%"},
                        {"cost": "101%", "distribution": "0%", "platform": "0%"},
                        {"cost": "1%", "distribution": "1%", "platform": "1%", "legacy": "97.1%"},
                        {"cost": "1%", "distribution": "1%", "legacy": "1%"},
                    ]
                ),
            )
        elif choice == 4:
            self.put(op="sell", id=name, member=rng.choice(self.members), points=amount)
        elif choice == 5:
            self.put(op=rng.choice(["subsidise", "grant"]), id=name, amount=amount, member="m0")
        elif choice == 6:
            self.put(op="sell", id=name, member="nobody", points="1")
        elif choice == 8:
            self.lines.append(
                rng.choice(
                    [
                        '{"op":"wind_down","id":"x","amount":"1"}',
                        '{"op":"wind_down","id":""}',
                        '{"op":"wind_down"}',
                        '{"op":"order","id":"x","member":" \\u3000\\t","paid":"1"}',
                    ]
                )
            )
        elif choice == 7:
            self.put(op="refund", id=name, order=rng.choice(["nothing", "o0", ""]))
        else:
            self.put(op="order", id=name, member=rng.choice(["m0", "", "数"]), paid=amount)

    WEIGHTS = {  # order, leave, fund, refund, bad
        "orders": (1, 0, 0, 0, 0),
        "mixed": (60, 20, 6, 6, 8),
        "degenerate": (45, 30, 10, 8, 7),
        "cascade": (80, 6, 8, 4, 2),
        "refunds": (45, 18, 4, 30, 3),
        "grants": (30, 20, 40, 6, 4),
        "end": (50, 20, 20, 6, 4),
    }
    """``end`` winds the pool down after three quarters and goes on."""

    def write(self, events):
        steps = (self.order, self.leave, self.fund, self.refund, self.bad)
        while len(self.lines) < events:
            if self.profile == "end" and len(self.lines) in (events * 3 // 4, events * 7 // 8):
                self.wind_down()
            self.rng.choices(steps, self.WEIGHTS[self.profile])[0]()
        return self.lines


def random_stream(seed, events, profile):
    """Lines of an event file."""
    return Stream(seed, profile).write(events)


def equal_grants(count):
    """Grants keep the price, so that equal money gives equal lots; two fen are left over."""
    lines = [
        json.dumps({"op": "grant", "id": f"g{i}", "member": f"m{i % 3}", "amount": "1.00"})
        for i in range(count)
    ]
    lines.append(json.dumps({"op": "subsidise", "id": "f", "amount": "0.02"}))
    return [*lines, json.dumps({"op": "wind_down", "id": "w"})]
