"""What alerts need to know of the clinic: its day, its hours, its protocols; read once, kept."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from longwatch.alerts.hours import ClinicHours
from longwatch.core.defaults import DEFAULT_PROTOCOL
from longwatch.core.errors import LongwatchError, Problem, UsageError
from longwatch.protocols.model import Pack
from longwatch.protocols.model.response import Response, Rung
from longwatch.protocols.model.rules import OperationalRule
from longwatch.store.clinic_facts import HOURS, PROTOCOL
from longwatch.store.models import Setting
from longwatch.store.overlays import load_by_name

log = logging.getLogger("longwatch.alerts")

_MINUTE = timedelta(minutes=1)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(slots=True)
class Clinic:
    """A clinic's day, hours and protocols. Packs are loaded once and kept.

    Inputs:
        hours: zone, opening hours, holidays.
        protocol: of everybody who has none of their own.
    """

    hours: ClinicHours
    protocol: str = DEFAULT_PROTOCOL
    _packs: dict[str, Pack | None] = field(default_factory=dict)
    _read_at: datetime | None = None

    def refresh(self, now: datetime) -> None:
        """Reads the settings again when they are older than a minute; packs stay as they are.

        Raises:
            UsageError: a setting cannot be read.
        """
        if self._read_at is None or not timedelta() <= now - self._read_at < _MINUTE:
            fresh = read_clinic(self.hours.zone)
            self.hours, self.protocol, self._read_at = fresh.hours, fresh.protocol, now

    def today(self, now: datetime) -> date:
        """The calendar day at the clinic."""
        return self.hours.day(now)

    def pack(self, name: str | None) -> Pack:
        """The protocol of that name; the clinic's own where there is none or it cannot be read.

        Raises:
            ProtocolError: the clinic's own cannot be read.
        """
        wanted = name or self.protocol
        if wanted not in self._packs:
            try:
                self._packs[wanted] = load_by_name(wanted)
            except LongwatchError:
                if wanted == self.protocol:
                    raise
                log.error("protocol %s cannot be read; %s is used instead", wanted, self.protocol)
                self._packs[wanted] = None
        return self._packs[wanted] or self.pack(None)

    def is_lost(self, name: str | None) -> bool:
        """Whether a protocol could not be read, so that the clinic's own is used instead."""
        self.pack(name)
        return self._packs[name or self.protocol] is None

    def response(self, name: str | None) -> Response:
        """How long alerts of a protocol wait; as in the clinic's or the default one where silent.

        Raises:
            ProtocolError: none of them can be read.
        """
        for one in (name, None, DEFAULT_PROTOCOL):
            if (response := self.pack(one).response) is not None:
                return response
        raise UsageError(Problem("no protocol says how long alerts wait", how="add response:"))

    def rung(self, name: str | None, tier: str) -> Rung:
        """The waits of a tier."""
        return self.response(name).rung(tier)

    def operation(self, rule: str) -> OperationalRule:
        """A rule about the work itself, of the clinic's protocol or the default one.

        Raises:
            UsageError: neither has it.
        """
        for name in (None, DEFAULT_PROTOCOL):
            for one in self.pack(name).operations:
                if one.id == rule and one.tier is not None:
                    return one
        raise UsageError(Problem(f"no protocol has the rule {rule}", how="add it to operations:"))


def read_clinic(zone: tzinfo) -> Clinic:
    """The clinic as its settings describe it.

    Hours are set as `{"weekdays": {"mon": ["08:00", "17:00"], …}, "holidays": ["2026-12-25", …]}`.

    Raises:
        UsageError: a setting cannot be read.
    """
    rows = Setting.objects.filter(key__in=(HOURS, PROTOCOL))
    found = dict(rows.values_list("key", "value"))
    protocol = json.loads(found[PROTOCOL]) if PROTOCOL in found else DEFAULT_PROTOCOL
    if HOURS not in found:
        return Clinic(ClinicHours(zone), protocol)
    return Clinic(read_hours(found[HOURS], zone), protocol)


def read_hours(text: str, zone: tzinfo) -> ClinicHours:
    """Hours and holidays as they are set, in JSON.

    Raises:
        UsageError: they cannot be read.
    """
    try:
        said = json.loads(text)
        weekdays = {
            _DAYS.index(day): (time.fromisoformat(begin), time.fromisoformat(end))
            for day, (begin, end) in said.get("weekdays", {}).items()
        }
        holidays = frozenset(map(date.fromisoformat, said.get("holidays", ())))
    except (ValueError, TypeError, AttributeError) as error:
        how = '{"weekdays": {"mon": ["08:00", "17:00"]}, "holidays": ["2026-12-25"]}'
        raise UsageError(Problem(f"setting {HOURS} cannot be read: {error}", how=how)) from None
    return ClinicHours(zone, weekdays, holidays)
