"""How long answers take, when some matters have no answer yet: the Kaplan–Meier estimate. Pure.

A mean over answered matters alone flatters: what is never answered would never count. Here an unanswered matter counts
as "longer than until now" (censored), so median and 90th percentile move up while it waits.
"""

from collections.abc import Iterable


def quantile(times: Iterable[tuple[float, bool]], share: float) -> float | None:
    """The time by which `share` (0 to 1) of all matters have ended; None where it is not reached yet.

    `times` holds for each matter how long it took and True, or how long it has lasted so far and False.
    """
    ordered = sorted(times, key=lambda pair: (pair[0], not pair[1]))  # at one time, ends come before leavings
    at_risk, surviving = len(ordered), 1.0
    for time, ended in ordered:
        if ended:
            surviving *= 1 - 1 / at_risk
            if surviving <= 1 - share + 1e-12:
                return time
        at_risk -= 1
    return None
