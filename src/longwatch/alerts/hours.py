"""When the clinic is open, and what moment a wait ends at: by real hours, on both DST nights."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from longwatch.protocols.model.response import Wait

_DAY = timedelta(days=1)
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1)}
_MOST_DAYS = 366
"""A clinic that does not open for so long counts as open: nobody may wait forever."""


@dataclass(frozen=True, slots=True)
class ClinicHours:
    """When somebody is there.

    Inputs:
        zone: the clinic's time zone.
        weekdays: opening and closing time by weekday (Monday is 0); empty: always open.
        holidays: days on which it is closed.
    """

    zone: tzinfo
    weekdays: Mapping[int, tuple[time, time]] = field(default_factory=dict)
    holidays: Collection[date] = ()

    def day(self, moment: datetime) -> date:
        """The calendar day at the clinic."""
        return moment.astimezone(self.zone).date()

    def open_from(self, moment: datetime) -> datetime:
        """The moment itself while the clinic is open, else that at which it opens next."""
        for begin, end in self._openings(moment):
            if moment < end:
                return max(moment, begin)
        return moment

    def after(self, moment: datetime, wait: Wait, *, always: bool) -> datetime:
        """The moment at which a wait that begins now ends.

        Inputs:
            moment: now, with a time zone.
            wait: minutes, hours or calendar days.
            always: whether it goes on while the clinic is closed.

        Returns:
            A moment in UTC. Otherwise minutes and hours count while the clinic is open, and days
            end when it is open again.

        >>> week = {day: (time(8), time(16)) for day in range(5)}
        >>> friday = datetime(2026, 11, 20, 15, tzinfo=UTC)
        >>> clinic = ClinicHours(UTC, week)
        >>> clinic.after(friday, Wait(value=4, unit="h"), always=False).isoformat()
        '2026-11-23T11:00:00+00:00'
        """
        # In UTC: sums of moments in a zone would count the clock's hands, not hours.
        now = moment.astimezone(UTC)
        if wait.unit == "d":
            local = now.astimezone(self.zone)
            then = (local + timedelta(days=wait.value)).astimezone(UTC)
            return then if always else self.open_from(then)
        left = wait.value * _UNITS[wait.unit]
        if always or not self.weekdays:
            return now + left
        for begin, end in self._openings(now):
            start = max(now, begin)
            if start < end:
                if start + left <= end:
                    return start + left
                left -= end - start
        return now + left

    def working_days_after(self, day: date, days: int) -> date:
        """The day that is so many days later; those on which the clinic is closed do not count."""
        while days > 0:
            day += _DAY
            if self._works(day):
                days -= 1
        return day

    def _works(self, day: date) -> bool:
        usual = day.weekday() in self.weekdays if self.weekdays else True
        return usual and day not in self.holidays

    def _openings(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Opening and closing moments from the day of a moment on, in UTC."""
        day = self.day(moment)
        for _ in range(_MOST_DAYS if self.weekdays else 0):
            if self._works(day):
                times = self.weekdays[day.weekday()]
                begin, end = (datetime.combine(day, at, self.zone) for at in times)
                yield begin.astimezone(UTC), end.astimezone(UTC)
            day += _DAY
