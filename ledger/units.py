"""Which units a text names, who inherits their promises, who stands above them, and who may not be told.

Answers and work plans name units loosely (监狱局 / 省监狱局 / 省监狱管理局; 各相关处室; several in one
line). Everything here is pure: a text and the office's declaration in, names and problems out; a person
settles the rest.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from crawlers.office import Office, Unit
from crawlers.workspace import Problem

_HARD = "、，,；;/|\\s"
_SEPARATOR = re.compile(rf"[{_HARD}]+")
_CONJUNCTION = re.compile(r"以及|会同|和|与|及|同")
_LEVEL = re.compile(r"^(?:由|请)?(?:本|我|省|市|县|区|厅|局)*(?:司法(?:厅|局))?")
_ASIDE = re.compile(r"\([^()]*\)|(?:牵头|负责|协办|配合|承办)(?:部门|单位)?[:]?$")
_LABEL = re.compile(r"^(?:牵头|责任|协办|承办|配合)(?:部门|单位|处室)[:]")
_OPEN_GROUP = re.compile(r"^(?:各|有关|相关|全体|所有|厅有关|局有关|其他)|(?:等|等单位|等部门|各处室|各单位)$")
_CONDUCT = "credibility"


@dataclass(frozen=True, slots=True)
class Named:
    """What a unit text says: `units` are declared and in force, `groups` still have to be resolved to names
    by a person, `problems` are the parts that nobody can be held to yet.
    """

    text: str
    units: tuple[str, ...]
    groups: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def settled(self) -> bool:
        """Whether every part of the text is a declared unit, so that it can be assigned as it stands."""
        return bool(self.units) and not self.groups and not self.problems


@dataclass(frozen=True, slots=True)
class Routing:
    """Where a matter goes. `to` is "" where nobody suitable is declared; `barred` may not receive it (S7)."""

    to: str
    reason: str
    barred: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


def normalised(text: str) -> str:
    """NFKC with whitespace folded: full-width brackets, digits and letters compare equal to half-width
    ones.
    """
    return " ".join(unicodedata.normalize("NFKC", text).split())


def resolve(text: str, office: Office, *, on: date | None = None, file: str = "huiying.toml") -> Named:
    """The declared units a text names, in order and without repeats.

    `on` is the day for which validity counts (None: declarations are taken as they are). A unit that no
    longer exists is replaced by its successor; `file` is named in the problems.
    """
    units: list[str] = []
    groups: list[str] = []
    problems: list[Problem] = []
    known = _known(office)
    for part in _parts(normalised(text), known):
        unit = _match(part, known) or _declared_group(part, known)
        if unit is None:
            problems.append(_unknown(part, office, file))
        elif unit.members:
            groups.append(unit.name)
        else:
            heir, problem = _in_force(unit, office, on, file)
            units += [heir] if heir else []
            problems += [problem] if problem else []
    return Named(text, tuple(dict.fromkeys(units)), tuple(dict.fromkeys(groups)), tuple(problems))


def members_of(group: str, office: Office, *, on: date | None = None) -> tuple[str, ...]:
    """The declared members of a group by their names in force: a proposal that a person confirms or cuts
    down.
    """
    unit = unit_named(group, office) or _declared_group(normalised(group), _known(office))
    names = unit.members if unit else ()
    found = (resolve(name, office, on=on).units for name in names)
    return tuple(dict.fromkeys(name for units in found for name in units))


def unit_named(name: str, office: Office) -> Unit | None:
    """The declared unit of that name or alias, or None."""
    return _match(normalised(name), _known(office))


def heir_of(name: str, office: Office, *, on: date) -> str:
    """Who owes today what `name` promised: itself, or the last of its successors; its superior if it left
    none.
    """
    unit = unit_named(name, office)
    seen: set[str] = set()
    while unit is not None and unit.name not in seen:
        seen.add(unit.name)
        if unit.valid_to is None or on <= unit.valid_to:
            return unit.name
        if unit.successor is None:
            return superior_of(unit.name, office)
        name, unit = unit.successor, unit_named(unit.successor, office)
    return name


def superior_of(name: str, office: Office) -> str:
    """Who stands directly above a unit: its parent, the office for a unit without one, the office's
    superior for the office itself ("" if none is declared).
    """
    if normalised(name) == normalised(office.name):
        return office.superior
    unit = unit_named(name, office)
    if unit is None:
        return office.name
    parent = unit_named(unit.parent, office) if unit.parent else None
    return parent.name if parent else (unit.parent or office.name)


def below(name: str, office: Office) -> frozenset[str]:
    """The names of every declared unit under `name`, at any depth; under the office that is all of them."""
    if normalised(name) == normalised(office.name):
        return frozenset(unit.name for unit in office.units)
    found: set[str] = set()
    grown = {name}
    while grown:
        found |= grown
        grown = {unit.name for unit in office.units if unit.parent and _own_name(unit.parent, office) in found} - found
    return frozenset(found - {name})


def barred(about: Sequence[str], office: Office) -> frozenset[str]:
    """Everybody who may not be handed a complaint about the conduct of `about` (S7; 信访工作条例 第30条).

    That is each unit complained of, everything below it, what it was renamed or merged into, and every
    group that holds one of these.
    """
    names: set[str] = set()
    for text in about:
        unit = unit_named(text, office)
        name = unit.name if unit else normalised(text)
        names |= {name} | below(name, office) | _successors(name, office)
    groups = {u.name for u in office.units if any(_own_name(m, office) in names for m in u.members)}
    return frozenset(names | groups)


def route(label: str, about: Sequence[str], office: Office, *, owner: str = "", regions: Sequence[str] = ()) -> Routing:
    """Who is first responsible for a matter.

    `about` names the units whose conduct is complained of, `owner` the unit in charge of the field ("" if a
    person has to say), `regions` the administrative places touched: with more than one the superior answers
    (国办发〔2016〕61号).
    """
    if label == _CONDUCT:
        return _route_conduct(tuple(about) or (office.name,), office)
    if len(set(regions)) > 1:
        if office.superior:
            return Routing(office.superior, f"涉及多个地方（{'、'.join(regions)}），由上级主管部门牵头回应")
        return Routing("", "涉及多个地方，应由上级主管部门牵头回应", problems=(_missing("superior", "上级部门"),))
    if not owner:
        return Routing("", "须由研判员指定牵头单位")
    unit = unit_named(owner, office)
    if unit is None:
        return Routing("", "牵头单位没有登记", problems=(_unknown(owner, office, "huiying.toml"),))
    return Routing(unit.name, "谁主管、谁负责")


def mentioned(text: str, office: Office) -> tuple[str, ...]:
    """Declared units whose name or alias (two characters or more) occurs in a running text, longest names
    first taken.

    Used to propose which unit a complaint is about; a person confirms.
    """
    found: dict[str, int] = {}
    rest = normalised(text)
    for name, unit in sorted(_known(office).items(), key=lambda item: -len(item[0])):
        place = rest.find(name) if len(name) > 1 and not unit.members else -1
        if place >= 0:
            found[unit.name] = min(place, found.get(unit.name, place))
            rest = rest.replace(name, "\0" * len(name))
    return tuple(sorted(found, key=lambda name: found[name]))


def _route_conduct(about: tuple[str, ...], office: Office) -> Routing:
    """The common superior unit; else supervision; else the office's own superior. None of them complained
    of.
    """
    closed = barred(about, office)
    what = f"反映{'、'.join(about)}的行为，不转被反映单位及其下属（信访工作条例第三十条）"
    above = {_superior_unit(name, closed, office) for name in about}
    if len(above) == 1 and (common := above.pop()):
        return Routing(common, f"{what}，交其上级单位", closed)
    whole = office.name in closed
    for to, kind in [(office.superior, "上级部门"), (office.supervision, "监督机构")][:: 1 if whole else -1]:
        if to and _own_name(to, office) not in closed:
            return Routing(to, f"{what}，交{kind}", closed)
    return Routing("", f"{what}，但无处可交", closed, (_missing("supervision", "监督机构"),))


def _superior_unit(name: str, closed: frozenset[str], office: Office) -> str:
    """The nearest declared unit above `name` that is not complained of itself; "" if the office comes
    first.
    """
    above = superior_of(name, office)
    while above in closed and above not in ("", office.name):
        above = superior_of(above, office)
    return above if unit_named(above, office) else ""


@lru_cache(maxsize=8)
def _known(office: Office) -> dict[str, Unit]:
    """Every name and alias, normalised. A declared name wins over another unit's alias."""
    aliases = {normalised(alias): unit for unit in office.units for alias in unit.aliases}
    return aliases | {normalised(unit.name): unit for unit in office.units}


def _own_name(text: str, office: Office) -> str:
    unit = unit_named(text, office)
    return unit.name if unit else normalised(text)


def _parts(text: str, known: dict[str, Unit]) -> Iterator[str]:
    """Cut a list of units at separators and, where both sides are known, at 和/与/及; declared names stay
    whole.
    """
    rest = _LABEL.sub("", text).strip()
    while rest := rest.lstrip("、，,；;/| 。."):
        whole = max((name for name in known if _starts(rest, name)), key=len, default="")
        part = whole or _SEPARATOR.split(rest, maxsplit=1)[0]
        rest = rest[len(part) :]
        yield from [part] if whole or _match(part, known) else _conjoined(part, known)


def _starts(text: str, name: str) -> bool:
    """Whether a list begins with this name as a whole item; a name that holds a separator counts."""
    return text.startswith(name) and (len(text) == len(name) or bool(_SEPARATOR.match(text[len(name) :])))


def _conjoined(part: str, known: dict[str, Unit]) -> list[str]:
    """`part` cut at the first conjunction that leaves a known unit on its left, else uncut."""
    for cut in _CONJUNCTION.finditer(part):
        left, right = part[: cut.start()], part[cut.end() :]
        if left and right and _match(left, known):
            return [left, *([right] if _match(right, known) else _conjoined(right, known))]
    return [part.rstrip("。.")]


def _match(part: str, known: dict[str, Unit]) -> Unit | None:
    """Exactly, then without remarks in brackets, then without the words for the level (省, 市, 本局,
    司法局…).
    """
    plain = _ASIDE.sub("", part).strip()
    bare = _LEVEL.sub("", plain)
    return known.get(part) or known.get(plain) or known.get(bare) or _by_bare_name(bare, known)


def _declared_group(part: str, known: dict[str, Unit]) -> Unit | None:
    """The declared group that is meant by 「各…」 or 「相关…」 before its name (各业务处室)."""
    rest = re.sub(r"^(?:各|所有|全体)?(?:相关|有关)?", "", part)
    unit = _match(rest, known) if rest and rest != part else None
    return unit if unit and unit.members else None


def _by_bare_name(bare: str, known: dict[str, Unit]) -> Unit | None:
    """The unit whose own name without its level is `bare` (戒毒管理局 for 省戒毒管理局), if there is only
    one.
    """
    units = {unit.name: unit for name, unit in known.items() if bare and _LEVEL.sub("", name) == bare}
    return next(iter(units.values())) if len(units) == 1 else None


def _in_force(unit: Unit, office: Office, on: date | None, file: str) -> tuple[str | None, Problem | None]:
    if on is None or _valid(unit, on):
        return unit.name, None
    if unit.valid_from is not None and on < unit.valid_from:
        return None, Problem(
            file,
            f"单位「{unit.name}」",
            f"自 {unit.valid_from} 起才成立",
            "请改写当时负责的单位，或更正 valid_from",
        )
    heir = heir_of(unit.name, office, on=on)
    if unit.successor is None or unit_named(heir, office) is None:
        return None, Problem(
            file,
            f"单位「{unit.name}」",
            f"{unit.valid_to} 起已不存在，也没有登记承接单位",
            "请在 successor 写明由谁承接它的承诺",
        )
    return heir, None


def _valid(unit: Unit, on: date) -> bool:
    began = unit.valid_from is None or unit.valid_from <= on
    return began and (unit.valid_to is None or on <= unit.valid_to)


def _successors(name: str, office: Office) -> set[str]:
    found: set[str] = set()
    unit = unit_named(name, office)
    while unit is not None and unit.successor and unit.successor not in found:
        found.add(_own_name(unit.successor, office))
        unit = unit_named(unit.successor, office)
    return found - {name}


def _unknown(part: str, office: Office, file: str) -> Problem:
    if _OPEN_GROUP.search(part):
        return Problem(
            file,
            f"单位「{part}」",
            "没有写明是哪些单位",
            "请逐一写出单位名称，或用 [[unit]] 登记为有 members 的一组",
        )
    near = get_close_matches(part, list(_known(office)), n=1, cutoff=0.4)
    hint = f"是不是「{near[0]}」？请改正，或加为它的别名" if near else "请用 [[unit]] 登记它，或加为某单位的别名"
    return Problem(file, f"单位「{part}」", "没有登记", hint)


def _missing(key: str, what: str) -> Problem:
    return Problem("huiying.toml", "", f"没有登记{what}（{key}）", f"请在 [office] 中写明 {key}")
