"""Numbers with measures, and numbers that are none."""

import pytest

from ledger.proof.amounts import amounts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("改造3条道路", [("3", "条")]),
        ("改造三条道路、十五个小区", [("3", "条"), ("15", "个")]),
        ("投入50万元", [("500000", "元")]),
        ("投入1.2亿元，惠及2万余户", [("120000000", "元"), ("20000", "户")]),
        ("不低于4%", [("4", "%")]),
        ("面积3000平方米", [("3000", "平方米")]),
        ("于2026年3月15日前3个工作日内答复", []),
        ("周六9时至12时开放，9:00起", []),
        ("根据〔2018〕151号文件第3条", []),
        ("两会期间统一安排", []),
        ("拨打12345678901", []),
        ("", []),
    ],
)
def test_numbers_with_their_measures(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(str(found.value.normalize().__format__("f")), found.measure) for found in amounts(text)] == expected
