"""The seed map is true: symbols import, parameters are read, tests exist, vectors give."""

import ast
import importlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from zengzhi.core.distribution.plan import plan_from_mapping
from zengzhi.core.economy.replay import replay_lines
from zengzhi.core.economy.rules import rules_from_mapping, rules_from_toml
from zengzhi.core.errors import UnusableRules
from zengzhi.site.demo import preset

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "seed-map.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|")
][2:]
VECTORS = dict(re.findall(r"^### (\w+)\n```json\n(.*?)\n```", PAGE, re.MULTILINE | re.DOTALL))
DEMANDS = [
    "",
    "消费积分回馈与盈利池",
    "每笔订单利润的70%以同等价值积分赠予",
    "积分起盘价 1 元；1.43 → 1.68 → 1.87",
    "卖出扣留20%回流盈利池",
    "2倍或3倍收益强制退出 → 零钱余额；需重新投入",
    "单边上扬",
    "天使轮、A、B、C、D 轮；部分资金用于消费补贴",
    "反并购上市，积分兑换上市公司股份",
    "创始人、核心团队配股，锁定期后交易",
    "直推奖、间推奖",
    "多级别级差奖、平级奖",
    "区代、市代、省代",
    "股东加权分红",
    "实体行业清库存",
    "老会员历史泡沫转化：消费币、提货交付、分批释放",
    "怕走分销涉传 → 用户返利，二级分销 + 区域代理",
    "新手启动平台",
    "商业模式设计 + 平台运营；运营后台、演示账号",
    "小程序商城、公众号商城、原生 app",
    "新零售：线上服务、线下体验、现代物流",
    "大数据、人工智能",
    "亿万级会员、千万级订单并发",
    "",
][1:-1]


def in_ticks(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def column(place: int) -> list[str]:
    return sorted({item for row in ROWS for item in in_ticks(row[place])})


def test_every_demand_of_the_source_has_a_row():
    assert [demand for demand in DEMANDS if demand not in {row[0] for row in ROWS}] == []
    assert all(len(row) == 5 for row in ROWS)


def test_a_row_is_planned_or_has_code_and_evidence():
    for row in ROWS:
        assert (row[2] == "*planned*") == (row[4] == "–"), row[0]


@pytest.mark.parametrize("symbol", column(2))
def test_every_symbol_exists(symbol):
    module, _, name = symbol.partition(":")
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    assert found.__doc__, f"{symbol} says nothing of itself"


RULE_VALUES = {"name": "x", "opening_price": "2.00", "exit.multiple": "2", "exit.basis": "member"}


@pytest.mark.parametrize("parameter", column(3))
def test_every_parameter_is_read(parameter):
    kind, _, key = parameter.partition(":")
    if kind == "settings":
        assert hasattr(settings, key)
        return
    table, _, last = key.rpartition(".")
    if kind == "plan":
        value = ["11%"] if last == "rates" else "11%"
        assert plan_from_mapping({table: {last: value}}) != plan_from_mapping({})
        with pytest.raises(UnusableRules):
            plan_from_mapping({table: {last: 0.11}})
        return
    assert kind == "rules"
    value = RULE_VALUES.get(key, "11%")
    mapping = {table: {last: value}} if table else {last: value}
    assert rules_from_mapping(mapping) != rules_from_mapping({})
    wrong = {table: {f"{last}x": value}} if table else {f"{last}x": value}
    with pytest.raises(UnusableRules):
        rules_from_mapping(wrong)


@pytest.mark.parametrize("evidence", column(4))
def test_all_evidence_exists(evidence):
    if evidence.startswith("vector:"):
        assert evidence.removeprefix("vector:") in VECTORS
        return
    path, _, name = evidence.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", VECTORS)
def test_every_vector_gives_what_it_says(name):
    vector = json.loads(VECTORS[name])
    lines = [json.dumps(event) for event in vector["events"]]
    answers = list(replay_lines(lines, rules_from_mapping(vector["rules"])))
    assert len(vector["expect"]) == len(lines)
    for answer, expected in zip(answers, vector["expect"], strict=False):
        assert {key: answer.get(key) for key in expected} == expected


@pytest.mark.parametrize(
    "name", ["seed", "clear-inventory", "legacy-conversion", "two-level-rebate", "starter"]
)
def test_every_preset_is_usable(name):
    rules = rules_from_toml(preset(name))
    assert rules.name == name
    assert rules.exit_multiple is not None
