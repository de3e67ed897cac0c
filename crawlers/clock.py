"""How this project writes time: aware datetimes inside, China Standard Time text on disk and in JSON."""

from datetime import datetime, timedelta, timezone

# China has had one zone and no daylight saving since 1991, so a fixed offset is exact and needs no tz database.
CHINA = timezone(timedelta(hours=8), "CST")


def stamp(moment: datetime) -> str:
    """`moment` (aware) as RFC 3339 in +08:00 to the second; text that sorts by time."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place on disk")
    return moment.astimezone(CHINA).isoformat(timespec="seconds")


def unstamp(text: str) -> datetime:
    """The aware datetime that `stamp` wrote; a bare local time is taken as China's."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
