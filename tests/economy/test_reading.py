"""The reading rule of spec 4.10 at ``zengzhi replay``: either engine, file or standard input."""

import json

import pytest
from click.testing import CliRunner

from zengzhi.cli.main import main

ORDER = {"op": "order", "id": "订单", "member": "会员", "paid": "1000.00"}
MORE = {"op": "sell", "id": "s", "member": " 会员\u3000", "points": "all"}
TEXT = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in (ORDER, MORE))
MARK = b"\xef\xbb\xbf"


@pytest.fixture(params=["reference", "kernel"])
def replay(request, tmp_path):
    """Runs the command on bytes, from a file or from standard input."""

    def run(data, rules=b"", stdin=False):
        events, rules_path = tmp_path / "e.jsonl", tmp_path / "r.toml"
        events.write_bytes(data)
        rules_path.write_bytes(rules)
        where = "-" if stdin else str(events)
        command = ["replay", where, "--rules", str(rules_path), "--engine", request.param]
        return CliRunner().invoke(main, command, input=data if stdin else None)

    return run


@pytest.mark.parametrize("stdin", [False, True])
def test_a_mark_and_crlf_change_nothing(replay, stdin):
    plain = replay(TEXT.encode(), stdin=stdin)
    assert plain.exit_code == 0
    assert json.loads(plain.stdout.splitlines()[1])["payout"] == "240.00"
    for data in (MARK + TEXT.encode(), TEXT.replace("\n", "\r\n").encode()):
        other = replay(data, stdin=stdin)
        assert (other.stdout, other.exit_code) == (plain.stdout, 0)


@pytest.mark.parametrize("stdin", [False, True])
@pytest.mark.parametrize(
    ("data", "line"),
    [
        (TEXT.encode("gb18030"), 1),
        (TEXT.encode() + '\n{"名"'.encode("gb18030"), 4),
        (TEXT.encode("utf-16"), 1),
        (b"\n" * 9 + b"\xff", 10),
        (TEXT.encode() + '{"a":"\ud800"}'.encode("utf-8", "surrogatepass"), 3),
    ],
)
def test_what_is_not_utf_8_is_refused_whole(replay, data, line, stdin):
    done = replay(data, stdin=stdin)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert f"line {line} " in done.stderr


def test_rules_are_read_by_the_same_rule(replay):
    rules = 'name = "种子"\r\n[sale]\r\nretention = "0%"\r\n'.encode()
    for text in (rules, MARK + rules):
        assert json.loads(replay(TEXT.encode(), text).stdout.splitlines()[1])["payout"] == "300.00"
    done = replay(TEXT.encode(), 'name = "种子"\n'.encode("gb18030"))
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "line 1 " in done.stderr


def test_only_a_line_feed_ends_a_line_and_blank_is_what_strip_cuts(replay):
    joined = json.dumps({**ORDER, "member": "a\u2028b\x85c"}, ensure_ascii=False)
    done = replay(f"\u3000\x0c\n{joined}\n \t\n".encode())
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert [answer.get("ok") for answer in answers] == [True, None]
    assert answers[-1]["events"] == 1
