"""Masking against the usual handful of patterns: characters a second, and how much of what is planted is gone."""

import importlib.util
import random
import re
from collections.abc import Callable
from pathlib import Path
from time import process_time
from types import ModuleType

from crawlers.clean import clean
from crawlers.mask import mask

_USUAL = [
    re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"),
    re.compile(r"(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)"),
    re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"),
    re.compile(r"(?<!\d)\d{16,19}(?!\d)"),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9]{5,6}"),
    re.compile(r"(?:微信|QQ|qq|VX|vx)号?[:：]?\s*[A-Za-z0-9_-]{5,20}"),
    re.compile(r"@\S{1,30}"),
    re.compile(r"网友[“\"][^”\"]{1,30}[”\"]"),
    re.compile(r"\d+栋\d+单元\d+室?"),
]


def _usual(text: str) -> str:
    for pattern in _USUAL:
        text = pattern.sub("〔〕", text)
    return text


def _planted() -> ModuleType:
    path = Path(__file__).parents[1] / "crawlers" / "test_mask_planted.py"
    spec = importlib.util.spec_from_file_location("planted", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _texts(planted: ModuleType) -> list[str]:
    """Messages of some 300 characters; one in three gives something away, as on a real board."""
    chance = random.Random(11)
    sentences = [
        "小区门口的路灯坏了半个月，晚上看不清路，老人孩子出行很不安全。",
        "物业说要等维修基金，已经拖了三个月，打热线也没有结果。",
        "2026年3月5日开始停水，到今天还没有恢复，请问什么时候能修好？",
        "开发商承诺去年12月交房，合同写得清清楚楚，现在连电梯都没装。",
        "人民路138号门前的井盖松动，15路公交车经过时响声很大。",
        "公司拖欠工资五个月，共计3.2万元，劳动监察大队说正在处理。",
        "希望有关部门高度重视，尽快给我们一个满意的答复，谢谢！",
    ]
    texts = ["".join(chance.choices(sentences, k=10)) for _ in range(3_000)]
    for place in range(0, len(texts), 3):
        texts[place] += chance.choice(planted.KINDS)(chance)[0]
    return texts


def _speed(texts: list[str], masker: Callable[[str], str]) -> float:
    start = process_time()
    for text in texts:
        masker(text)
    return sum(map(len, texts)) / (process_time() - start)


def _gone(planted: ModuleType, masker: Callable[[str], str], official: Callable[[str], str]) -> float:
    hidden = total = 0
    for kind in planted.KINDS:
        chance = random.Random(kind.__name__)
        for _ in range(200):
            text, value = kind(chance)
            work = official if kind in planted.OFFICIAL else masker
            hidden += not planted.left_over(value, work(clean(text)))
            total += 1
    return hidden / total * 100


def rows() -> list[tuple[str, float, str]]:
    """What carefulness costs and what it buys."""
    planted = _planted()
    texts = _texts(planted)
    return [
        ("遮盖", _speed(texts, mask), "字/CPU 秒"),
        ("遮盖（约 300 字一条）", _speed(texts, mask) / 300, "条/CPU 秒"),
        ("常见正则", _speed(texts, _usual), "字/CPU 秒"),
        ("植入个人信息遮盖率", _gone(planted, mask, lambda text: mask(text, official=True)), "%"),
        ("常见正则遮盖率", _gone(planted, _usual, _usual), "%"),
    ]
