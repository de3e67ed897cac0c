"""Whether a page can serve as evidence: on the office's own domains, really there, fetched when it is said to be."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta

from ledger.proof.official import official
from ledger.record.parts import Snapshot
from ledger.record.refusals import Refusal, Scene
from ledger.record.states import CLOCK_TOLERANCE

# Free text of the office. Everything else in a command is an id, a code, a hash, a time or an official address.
_FREE = {
    "summary": "摘要", "place": "地点", "reason": "理由", "note": "备注", "criterion": "核查标准", "exact": "原话",
    "quote": "原话", "title": "标题", "body": "内容", "period": "期次", "plan": "文件名称", "error": "错误说明",
    "severity_rule": "定级规则", "channel": "渠道", "told": "告知情况",
}  # fmt: skip


def evidence(page: Snapshot, scene: Scene, *, within: timedelta | None = None) -> Refusal | None:
    """A public official page with status 200, not from the future, at most `within` old (None: any age)."""
    if refusal := official_page(page.url_asked, scene) or official_page(page.url_final, scene):
        return refusal
    if page.status != 200:
        return Refusal("page", f"网页返回 {page.status}，不登录打不开，不能作为公开依据")
    if page.fetched_at > scene.now + CLOCK_TOLERANCE:
        return Refusal("date", "网页取证时间晚于现在，请检查系统时钟")
    if within is not None and scene.now - page.fetched_at > within:
        return Refusal("page", f"取证已超过 {within // timedelta(hours=1)} 小时，请重新取证")
    return None


def official_page(url: str, scene: Scene) -> Refusal | None:
    """No address but the office's own enters the record (S4)."""
    if official(url, scene.office.domains):
        return None
    if not scene.office.domains:
        return Refusal("page", "huiying.toml 没有登记官方域名（domains），任何网页都还不算官方公开")
    return Refusal("page", f"网址不在登记的官方域名内（{'、'.join(scene.office.domains)}）")


def not_in_future(moment: datetime | None, what: str, scene: Scene) -> Refusal | None:
    """What is said to have happened must have happened."""
    if moment is not None and moment > scene.now + CLOCK_TOLERANCE:
        return Refusal("date", f"{what}晚于现在")
    return None


def said(text: str, what: str) -> Refusal | None:
    """Text that must not be empty."""
    return None if text.strip() else Refusal("text", f"须写明{what}")


def impersonal(command: object) -> Refusal | None:
    """No free text of the record holds personal data (S3): it is refused, never silently changed."""
    name = next((name for name, text in _free_texts(command) if _personal(text)), None)
    return Refusal("text", f"{_FREE[name]}含有个人信息（电话、证件号、姓名、住址等），请改写后再录入") if name else None


def context(text: str) -> str:
    """The words before or after a quotation, or "" where they hold personal data.

    A window is cut anywhere (网|友…), so it may look personal where the whole text does not. It only helps to find the
    quotation again; no promise is lost over it.
    """
    return "" if _personal(text) else text


def _personal(text: str) -> bool:
    from crawlers.mask import mask  # only writers need it; it costs the readers' start-up

    return mask(text, official=True) != text


def _free_texts(said: object) -> Iterator[tuple[str, str]]:
    for field in fields(said) if is_dataclass(said) else ():
        value = getattr(said, field.name)
        if isinstance(value, str):
            if value and field.name in _FREE:
                yield field.name, value
        else:
            yield from _free_texts(value)
