"""How good a model is: by label, by confidence, and against floors that must not sink by accident."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classify.examples import Example
from classify.features import Floats, Ints
from classify.model import Model

COVERAGE = (1.0, 0.9, 0.8, 0.7, 0.5)
FLOORS = ("macro_f1", "accepted", "accepted_at_80")
"""The figures that have floors; `ece` has a ceiling."""


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Precision, recall and F1 of one label; `texts` carry it in truth."""

    precision: float
    recall: float
    f1: float
    texts: int


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one model on one set of examples; shares are between 0 and 1."""

    model: str
    texts: int
    macro_f1: float
    accuracy: float
    accepted: float  # the label is the primary or an annotated secondary one
    coverage: dict[str, float]  # accepted among the surest so many per cent, the rest going to a person
    ece: float  # expected calibration error over ten bins: how far scores and accuracy lie apart
    labels: dict[str, LabelFigures]
    confusion: dict[str, dict[str, int]]  # truth → predicted → texts

    def figures(self) -> dict[str, float]:
        """The figures that floors are kept for."""
        named = {"macro_f1": self.macro_f1, "accepted": self.accepted}
        return named | {"accepted_at_80": self.coverage["80"], "ece": self.ece}


def evaluate(model: Model, examples: Sequence[Example]) -> Report:
    """Figures of `model` on `examples`, which it must not have been trained on. ValueError without examples."""
    chance = model.probabilities([example.text for example in examples])
    return judge(examples, chance, chance.argmax(axis=1), labels=model.labels, version=model.version)


def judge(
    examples: Sequence[Example], chance: Floats, chosen: Ints, *, labels: Sequence[str], version: str = ""
) -> Report:
    """The same from predictions: rows of probabilities and the index of the label chosen for each."""
    if not examples:
        raise ValueError("没有可供评测的样本")
    truth = np.array([labels.index(example.label) for example in examples])
    accepted = np.array([labels[k] in (e.label, *e.secondary) for k, e in zip(chosen, examples, strict=True)])
    score = chance[np.arange(len(chosen)), chosen]
    figures = {code: _label(truth == i, chosen == i) for i, code in enumerate(labels)}
    present = [value.f1 for value in figures.values() if value.texts]
    return Report(
        model=version,
        texts=len(examples),
        macro_f1=round(float(np.mean(present)), 4),
        accuracy=round(float(np.mean(truth == chosen)), 4),
        accepted=round(float(np.mean(accepted)), 4),
        coverage=_coverage(score, accepted),
        ece=_calibration_error(score, truth == chosen),
        labels=figures,
        confusion={
            code: {other: int(np.sum((truth == i) & (chosen == j))) for j, other in enumerate(labels)}
            for i, code in enumerate(labels)
        },
    )


def _label(truth: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> LabelFigures:
    hit = int(np.sum(truth & chosen))
    precision, recall = hit / max(int(chosen.sum()), 1), hit / max(int(truth.sum()), 1)
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    return LabelFigures(round(precision, 4), round(recall, 4), round(f1, 4), int(truth.sum()))


def _coverage(score: Floats, accepted: NDArray[np.bool_]) -> dict[str, float]:
    surest = np.argsort(-score, kind="stable")
    shares = {}
    for share in COVERAGE:
        kept = surest[: max(round(share * len(surest)), 1)]
        shares[f"{share:.0%}".rstrip("%")] = round(float(np.mean(accepted[kept])), 4)
    return shares


def _calibration_error(score: Floats, right: NDArray[np.bool_]) -> float:
    bins = np.minimum((score * 10).astype(int), 9)
    gaps = [np.mean(bins == b) * abs(right[bins == b].mean() - score[bins == b].mean()) for b in set(bins.tolist())]
    return round(float(sum(gaps)), 4)


# --- floors -----------------------------------------------------------------------------------------------------------


def file_digest(path: Path) -> str:
    """The fingerprint of a data file, so that figures are compared on the same data only."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def below_floor(report: Report, floors: Path, *, name: str, data: Path) -> list[str]:
    """What of `report` is worse than the floors of data set `name`; one Chinese sentence each."""
    entry = json.loads(floors.read_text(encoding="utf-8"))["sets"].get(name)
    if entry is None:
        return [f"{floors.name} 没有 {name} 的底线"]
    if entry["digest"] != file_digest(data):
        return [f"{name} 的数据变了（{entry['digest']} → {file_digest(data)}），底线不能比较；重新评测后更新底线"]
    figures = report.figures()
    sunk = [key for key in FLOORS if figures[key] < entry[key]]
    lines = [f"{name} 的 {key} 是 {figures[key]}，低于底线 {entry[key]}" for key in sunk]
    if figures["ece"] > entry["ece"]:
        lines.append(f"{name} 的 ece 是 {figures['ece']}，高于上限 {entry['ece']}")
    return lines


def set_floors(report: Report, floors: Path, *, name: str, data: Path, slack: float = 0.005, reason: str = "") -> None:
    """Pin `report` minus `slack` as the floors of `name`; ValueError if one sinks below its floor without a reason.

    A floor that the report still reaches is raised or stays: the slack lowers none.
    """
    table: dict[str, Any] = {"sets": {}, "lowered": []}
    if floors.exists():
        table = json.loads(floors.read_text(encoding="utf-8"))
    figures = report.figures()
    entry: dict[str, Any] = {key: round(figures[key] - slack, 4) for key in FLOORS}
    entry |= {"ece": round(figures["ece"] + slack, 4), "texts": report.texts, "digest": file_digest(data)}
    before = table["sets"].get(name)
    if before and before["digest"] == entry["digest"]:
        entry |= {key: max(entry[key], before[key]) for key in FLOORS if figures[key] >= before[key]}
        entry["ece"] = min(entry["ece"], before["ece"]) if figures["ece"] <= before["ece"] else entry["ece"]
    if before and (worse := _worse(before, entry)):
        if not reason:
            raise ValueError(f"{name} 的底线会变差（{'、'.join(worse)}）；确要如此，请写明理由")
        table["lowered"].append({"set": name, "figures": worse, "before": before, "reason": reason})
    table["sets"][name] = entry
    floors.write_text(json.dumps(table, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _worse(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    worse = [key for key in FLOORS if after[key] < before[key]]
    worse += ["ece"] if after["ece"] > before["ece"] else []
    return worse + (["digest"] if after["digest"] != before["digest"] else [])


def as_dict(report: Report) -> dict[str, Any]:
    """The report as JSON-ready values."""
    return asdict(report)
