"""Who stands where: declared units, reporting lines, and the rule that a complaint never goes to its target (S7)."""

from collections.abc import Iterable

from crawlers.office import Office, Person
from ledger.record.cases import Case
from ledger.record.refusals import Refusal, Scene
from ledger.units import barred, normalised, superior_of, unit_named


def own_unit(person: Person, office: Office) -> str:
    """The declared name of a person's unit."""
    unit = unit_named(person.unit, office)
    return unit.name if unit else normalised(person.unit)


def stands_in(person: Person, units: Iterable[str], office: Office) -> bool:
    """Whether a person belongs to one of the units, to a unit below one, or to what one was merged into."""
    return own_unit(person, office) in barred(tuple(units), office)


def of_units(person: Person, units: Iterable[str], office: Office) -> tuple[str, ...]:
    """Those of the units that a person may speak for."""
    return tuple(unit for unit in units if stands_in(person, (unit,), office))


def assignable(units: Iterable[str], scene: Scene) -> Refusal | None:
    """Units that a case may go to: declared ones in force, the office as a whole, its superior, supervision."""
    office = scene.office
    outside = {normalised(name) for name in (office.superior, office.supervision, office.name) if name}
    return declared([name for name in units if normalised(name) not in outside], scene)


def declared(units: Iterable[str], scene: Scene) -> Refusal | None:
    """Units must be declared by name, be no group, and exist today."""
    office, today = scene.office, scene.now.date()
    for name in units:
        unit = unit_named(name, office)
        if unit is None or unit.name != name:
            hint = f"，应写全称“{unit.name}”" if unit else "，请先在 huiying.toml 用 [[unit]] 登记"
            return Refusal("unit", f"“{name}”不是登记的单位名称{hint}")
        if unit.members:
            return Refusal("unit", f"“{name}”是一组单位，须先逐一写明：{'、'.join(unit.members)}")
        if unit.valid_to is not None and unit.valid_to < today:
            heir = f"，由“{unit.successor}”承接" if unit.successor else ""
            return Refusal("unit", f"“{name}”自 {unit.valid_to} 起已不存在{heir}")
    return None


def conduct_route(about: Iterable[str], units: Iterable[str], office: Office) -> Refusal | None:
    """S7 (信访工作条例 第30条): only the superior of every unit complained of, or supervision, may receive it."""
    about = tuple(about)
    if not about:
        return Refusal("conduct", "反映作风、公信力的案件，交办前须先研判写明被反映的单位")
    allowed = superiors(about, office)
    closed = barred(about, office)
    wrong = [unit for unit in units if unit in closed or normalised(unit) not in allowed]
    if not wrong:
        return None
    return Refusal(
        "conduct",
        f"反映{'、'.join(about)}的案件不得交给“{'、'.join(wrong)}”（信访工作条例第三十条）",
        f"只能交给其上级或监督机构：{'、'.join(sorted(allowed)) or '（尚未登记 superior、supervision）'}",
    )


def superiors(about: Iterable[str], office: Office) -> set[str]:
    """Who may receive a complaint about these units: every unit above all of them, the superior, supervision."""
    lines = [_line_above(name, office) for name in about]
    common = set.intersection(*lines) if lines else set()
    closed = barred(tuple(about), office)
    return {name for name in common | {normalised(office.superior), normalised(office.supervision)} if name} - closed


def conflicted(case: Case | None, scene: Scene) -> Refusal | None:
    """Whoever belongs to the unit complained of decides nothing about the complaint (S7)."""
    if case is None or not case.about_units or scene.system:
        return None
    if not stands_in(scene.actor, case.about_units, scene.office):
        return None
    who = "、".join(sorted(superiors(case.about_units, scene.office)))
    return Refusal(
        "conduct", f"{scene.actor.name}所在单位正是被反映的单位，不得处理本案", f"其上级或监督机构的人：{who}"
    )


def _line_above(name: str, office: Office) -> set[str]:
    """Everybody above a declared unit up to the office and its superior; an unknown name has only the superior."""
    found: set[str] = set()
    unit = unit_named(name, office)
    if unit is None and normalised(name) != normalised(office.name):
        return {normalised(office.superior)}
    above = superior_of(unit.name if unit else name, office)
    while above and normalised(above) not in found:
        found.add(normalised(above))
        above = superior_of(above, office)
    return found
