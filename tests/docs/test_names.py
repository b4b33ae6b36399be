"""A name of the field leads to its rule: one file, named in English, whose first line says it."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent.parent / "src" / "zengzhi"
NAMES = {
    "强制退出": "forced_exit",
    "平级奖": "peer",
    "级差奖": "rank_difference",
    "区代": "area_agent",
    "股东加权分红": "dividend",
    "紧缩": "compression",
    "空池": "empty_pool",
    "退款": "refund",
    "代扣个税": "withholding_tax",
    "提现冷静期": "cooling",
    "起盘价": "opening_price",
    "拨比": "payout_ratio",
}
FIRST_LINES = {
    path: (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]
    for path in sorted(SOURCE.rglob("*.py"))
}


@pytest.mark.parametrize(("name", "english"), NAMES.items())
def test_a_name_begins_one_file_that_bears_the_english_term(name, english):
    found = [path for path, line in FIRST_LINES.items() if name in line]
    assert [path.stem for path in found] == [english]
