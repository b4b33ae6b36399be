"""The guarantees G1–G7 of the specification, looked at after every event of a running pool."""

import json
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle import economy as oracle
from zengzhi.core.economy.digest import digest
from zengzhi.core.economy.replay import Replay


def state_of(economy):
    """Everything a verb could change, as plain values."""
    return (
        economy.pool_fen,
        economy.outstanding_units,
        economy.epoch,
        economy.pool_reserve_fen,
        economy.refund_reserve_fen,
        economy.put_in_fen,
        economy.paid_out_fen,
        economy.converted_fen,
        economy.refunded_fen,
        economy.closed,
        tuple(
            (lot.event_id, lot.remaining_units, lot.paid_fen, lot.refunded_fen, lot.exited)
            for lot in economy.lots
        ),
    )


def fen(text):
    whole, decimals = text.split(".")
    return int(whole + decimals)


@dataclass
class Before:
    pool: int
    outstanding: int
    epoch: int
    state: tuple


class Watched:
    """A reference pool that is looked at from all sides after every event."""

    def __init__(self, rules):
        self.replay = Replay(rules)
        self.seen = {}

    @property
    def economy(self):
        return self.replay.economy

    def apply(self, fields):
        """One event through the pool; raises AssertionError when a guarantee is broken."""
        economy = self.economy
        before = Before(
            economy.pool_fen, economy.outstanding_units, economy.epoch, state_of(economy)
        )
        line = fields if isinstance(fields, str) else json.dumps(fields)
        answer = self.replay.answer(line)
        self.price_never_falls(before)
        self.money_is_conserved()
        self.points_are_conserved()
        self.lots_keep_their_bounds()
        if not answer["ok"]:
            assert state_of(economy) == before.state, "a refused event changed something (G4)"
        if answer.get("error") == "malformed":
            return answer
        fields = json.loads(line)
        if fields["id"] in self.seen:
            first, first_answer = self.seen[fields["id"]]
            same_again = fields == first and answer == first_answer
            assert same_again or answer.get("error") == "id_reused", "an id served twice"
            assert state_of(economy) == before.state, "a repeated event moved something"
            return answer
        self.answer_is_true(before, fields, answer)
        self.closed_is_closed(before, fields, answer)
        self.ids_answer_once(fields, answer)
        return answer

    def price_never_falls(self, before):
        """G1: A'·S ≥ A·S' within an epoch."""
        economy = self.economy
        if economy.epoch == before.epoch and before.outstanding and economy.outstanding_units:
            left = economy.pool_fen * before.outstanding
            assert left >= before.pool * economy.outstanding_units, "the price fell (G1)"

    def money_is_conserved(self):
        """G2, G3: the pool pays only what it holds; what came in is somewhere."""
        e = self.economy
        assert 0 <= e.pool_fen < 2**53
        assert 0 <= e.outstanding_units < 2**60
        assert e.pool_reserve_fen >= 0
        gone = e.paid_out_fen + e.converted_fen + e.refunded_fen
        assert e.put_in_fen == e.pool_fen + e.pool_reserve_fen + gone, "money was made or lost"
        assert gone <= e.put_in_fen, "more went out than came in (G3)"
        assert sum(lot.paid_fen for lot in e.lots) == e.paid_out_fen + e.converted_fen
        assert e.outstanding_units or not e.pool_fen, "money without points was left in the pool"

    def points_are_conserved(self):
        """G2: Σ points of open lots = S."""
        left = sum(lot.remaining_units for lot in self.economy.lots)
        assert left == self.economy.outstanding_units, "points were made or lost (G2)"

    def lots_keep_their_bounds(self):
        """Nobody takes more than the multiple of the spend by exits; nothing is due and stays."""
        e, multiple = self.economy, self.economy.rules.exit_multiple
        for lot in e.lots:
            assert 0 <= lot.remaining_units <= lot.granted_units
            assert 0 <= lot.refunded_fen <= lot.spend_fen
            if lot.is_grant:
                assert lot.spend_fen == lot.contribution_fen, "the spend of a grant is its money"
                assert not lot.refunded_fen, "a grant was refunded"
            if multiple is None or e.rules.exit_basis != "lot":
                continue
            due = lot.granted_units * e.pool_fen >= multiple * lot.spend_fen * e.outstanding_units
            assert not (lot.remaining_units and due), "a due lot stayed (1.4)"

    def closed_is_closed(self, before, fields, answer):
        """Winding down pays everything, to open lots, and nothing comes in after it."""
        e = self.economy
        opens = fields["op"] in ("order", "grant", "subsidise", "wind_down")
        was_closed = before.state[9]
        if was_closed:
            assert e.closed, "a closed pool was opened again"
            assert e.pool_fen == e.outstanding_units == 0, "a closed pool holds something"
            assert not (opens and answer["ok"]), "money came into a closed pool"
        assert opens or answer.get("error") != "pool_closed"
        if fields["op"] == "wind_down" and answer["ok"]:
            assert e.closed, "a pool that was wound down stayed open"
            paid = [fen(exit_["payout"]) for exit_ in answer["exits"]]
            points = [fen(exit_["points"]) for exit_ in answer["exits"]]
            assert sum(paid) == before.pool == fen(answer["payout"]), "not the whole pool was paid"
            assert sum(points) == before.outstanding == fen(answer["points"])
            S = before.outstanding
            floors = [before.pool * units // S for units in points]
            losses = [before.pool * units % S for units in points]
            first = sorted(range(len(points)), key=lambda i: (-losses[i], i))
            for place in first[: before.pool - sum(floors)]:
                floors[place] += 1
            assert paid == floors, "not by points, or the rest to the wrong lots"

    def answer_is_true(self, before, fields, answer):
        """What an answer says moved is what moved."""
        e = self.economy
        assert (fen(answer["pool"]), fen(answer["outstanding"])) == (
            e.pool_fen,
            e.outstanding_units,
        )
        if not answer["ok"]:
            return
        if fields["op"] == "order":
            self.order_is_split_as_said(fields, answer)
        multiple = e.rules.exit_multiple
        exits = [] if fields["op"] == "wind_down" else answer["exits"]
        paid = sum(fen(exit_["payout"]) for exit_ in exits)
        lots = {exit_["order"]: exit_ for exit_ in exits}
        if e.rules.exit_basis == "lot" and multiple is not None:
            for event_id, exit_ in lots.items():
                lot = e.lot_by_id[event_id]
                share = multiple * lot.spend_fen * fen(exit_["points"]) / lot.granted_units
                assert fen(exit_["payout"]) <= share, "an exit paid more than the multiple (1.4)"
        out = fen(answer["payout"]) + fen(answer["from_pool"]) + paid
        swept = before.pool + fen(answer["contribution"]) - out - e.pool_fen
        assert swept >= 0, "the pool gave more than the answer says"
        assert (swept > 0) == (e.epoch > before.epoch), "a sweep without an epoch, or the reverse"

    def order_is_split_as_said(self, fields, answer):
        """The parts are rounded down and the pool takes the rest; the member is who was named."""
        lot, split = self.economy.lot_by_id[fields["id"]], self.economy.rules.split
        assert lot.member == fields["member"].strip(), "blanks made another member"
        rates = [Fraction(rate, 10**6) for rate in split.rates_ppm]
        if "split" in fields:
            rates = [Fraction(rate[:-1]) / 100 for rate in fields["split"].values()]
        parts = [lot.spend_fen * rate // 1 for rate in rates]
        assert fen(answer["contribution"]) == lot.spend_fen - sum(parts), "not split as said"

    def ids_answer_once(self, fields, answer):
        """The same id with the same content: the same answer, and nothing moves; else id_reused."""
        now = state_of(self.economy)
        assert self.replay.answer(json.dumps(fields)) == answer, "answered anew"
        other = self.replay.answer(json.dumps(fields | {"at": "another time"}))
        assert other.get("error") == "id_reused"
        assert state_of(self.economy) == now, "a repeated event moved something"
        self.seen[fields["id"]] = fields, answer


def guarantees(lines, rules):
    """The whole stream under watch; returns the digest."""
    watched = Watched(rules)
    for line in lines:
        if line.strip():
            watched.apply(line)
    return digest(watched.economy)


def as_the_model_answers(lines, mapping, rules):
    """Every answer and the summary as the independent model gives them."""
    replay = Replay(rules)
    got = [*replay.answers(lines), replay.summary()]
    got = [{k: v for k, v in a.items() if k not in ("message", "digest")} for a in got]
    wanted = oracle.replay(lines, mapping)
    for number, (one, other) in enumerate(zip(got, wanted, strict=True)):
        assert one == other, f"answer {number} differs from the model's"
