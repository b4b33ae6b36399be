"""R4: a byte-order mark or GBK in JSON Lines dropped events. R5: ``" V5"`` counted as no rank.
R6: the export dated entries in UTC. R7: card numbers as bare digits in the bank file.
"""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from zengzhi.cli.main import main
from zengzhi.records.store.clock import day_of

ORDER = '{"op":"order","id":"%s","member":"王","paid":"1000.00"}\n'
RULES = 'name = "seed"\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules.toml").write_text(RULES)
    return tmp_path


def replay(folder, content: bytes):
    (folder / "events.jsonl").write_bytes(content)
    words = ["replay", str(folder / "events.jsonl"), "--rules", str(folder / "rules.toml")]
    return CliRunner().invoke(main, words)


def test_r4_a_byte_order_mark_and_crlf_change_nothing(folder):
    plain = (ORDER % "o1" + ORDER % "o2").encode()
    marked = b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")
    assert replay(folder, marked).stdout == replay(folder, plain).stdout
    assert json.loads(replay(folder, plain).stdout.splitlines()[-1])["refused"] == 0


def test_r4_a_file_that_is_not_utf_8_is_refused_whole(folder):
    good = (ORDER % "o1").encode()
    done = replay(folder, good + (ORDER % "o2").encode("gbk") + good)
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "line 2" in done.stderr


PLAN = 'name = "p"\n[rank_difference]\nV5 = "10%"\n'


def bonuses(folder, members: str, order: str, *more: str):
    (folder / "plan.toml").write_text(PLAN)
    (folder / "members.csv").write_text(members, "utf-8")
    (folder / "orders.jsonl").write_text(order, "utf-8")
    words = ["bonuses", str(folder / "orders.jsonl"), "--plan", str(folder / "plan.toml")]
    return CliRunner().invoke(main, [*words, "--members", str(folder / "members.csv"), *more])


def test_r5_blanks_around_a_rank_are_cut_and_unknown_ranks_are_said_once(folder):
    order = '{"id":"o1","member":"C ","paid":"1000.00"}\n'
    done = bonuses(folder, "member,sponsor,rank\nA,,v5\nB,A, V5\nC,B,\nD,A,v5\n", order)
    [line] = json.loads(done.stdout)["lines"]
    assert (line["member"], line["amount"]) == ("B", "100.00")
    [said] = [text for text in done.stderr.splitlines() if "v5" in text]
    assert "2" in said
    strict = bonuses(folder, "member,sponsor,rank\nA,,v5\nC,A,\n", order, "--strict")
    assert (strict.exit_code, strict.stdout) == (2, "")


def test_r6_half_past_midnight_in_shanghai_is_the_new_day():
    assert day_of(datetime(2026, 1, 31, 16, 30, tzinfo=UTC)).isoformat() == "2026-02-01"


def test_r7_no_spreadsheet_takes_a_card_number_for_a_number():
    from zengzhi.records.store.safe_csv import safe_csv

    [_header, row] = safe_csv(("card",), [("6214830012366620",)]).decode("utf-8-sig").splitlines()
    cell = row.strip().strip('"')
    assert not cell.isdigit()
    assert "".join(filter(str.isdigit, cell)) == "6214830012366620"
