"""When a CronJob is due: the five fields of cron, and the macros.

Behaviour: robfig/cron v3, as the CronJob controller uses it.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import datetime, timedelta

_MACROS = {"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *"}  # fmt: skip
_MONTHS = ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_NAMES: tuple[tuple[str, ...], ...] = ((), (), (), _MONTHS, _DAYS)
_HORIZON = timedelta(days=366 * 5)
"""A schedule that does not come up within five years never does."""


class ScheduleError(ValueError):
    """A text that is no schedule; says why, in the words of the real server."""


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Schedule:
    """The minutes, hours, days, months and weekdays; whether day and weekday are both free."""

    fields: tuple[frozenset[int], ...]
    any_day: bool
    any_weekday: bool

    @classmethod
    def parse(cls, text: str) -> Schedule:
        """Read a schedule. Raises ScheduleError."""
        words = _MACROS.get(text.strip(), text).split()
        if len(words) != len(_BOUNDS):
            raise ScheduleError(
                f"expected exactly 5 fields, found {len(words)}: [{' '.join(words)}]"
            )
        fields = tuple(_field(word, place) for place, word in enumerate(words))
        return cls(fields, words[2][:1] in "*?", words[4][:1] in "*?")

    def after(self, moment: datetime) -> datetime | None:
        """The first time that is due after a moment; None where there is none for years."""
        at = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        end = moment + _HORIZON
        minutes, hours, _, months, _ = self.fields
        while at < end:
            if at.month not in months or not self._is_day(at):
                at = (at + timedelta(days=1)).replace(hour=0, minute=0)
            elif at.hour not in hours:
                at = (at + timedelta(hours=1)).replace(minute=0)
            elif at.minute not in minutes:
                at += timedelta(minutes=1)
            else:
                return at
        return None

    def _is_day(self, at: datetime) -> bool:
        by_day, by_weekday = at.day in self.fields[2], at.isoweekday() % 7 in self.fields[4]
        if self.any_day or self.any_weekday:
            return by_day and by_weekday
        return by_day or by_weekday


def _field(word: str, place: int) -> frozenset[int]:
    found: set[int] = set()
    for each in word.split(","):
        found.update(_range(each, place))
    return frozenset(found)


def _range(word: str, place: int) -> range:
    low, high = _BOUNDS[place]
    span, has_step, step = word.partition("/")
    ends = span.split("-")
    if span not in ("*", "?"):
        low = _number(ends[0], place)
        if len(ends) > 1:
            high = _number(ends[1], place)
        elif not has_step:
            high = low
    every = _number(step, place) if has_step else 1
    if len(ends) > 2 or every < 1:
        raise ScheduleError(f"failed to parse {word}: it is no range")
    _require_within(word, (low, high), place)
    return range(low, high + 1, every)


def _require_within(word: str, ends: tuple[int, int], place: int) -> None:
    least, most = _BOUNDS[place]
    if ends[0] < least:
        raise ScheduleError(f"beginning of range ({ends[0]}) below minimum ({least}): {word}")
    if ends[1] > most:
        raise ScheduleError(f"end of range ({ends[1]}) above maximum ({most}): {word}")
    if ends[0] > ends[1]:
        raise ScheduleError(
            f"beginning of range ({ends[0]}) beyond end of range ({ends[1]}): {word}"
        )


def _number(word: str, place: int) -> int:
    if word.lower() in _NAMES[place] and word:
        return _NAMES[place].index(word.lower())
    if not word.isascii() or not word.isdigit():
        raise ScheduleError(
            f'failed to parse int from {word}: strconv.Atoi: parsing "{word}": invalid syntax'
        )
    return int(word)
