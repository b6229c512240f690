"""Codes of the store in words: no page shows a code where there is a word for it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

_TIERS = {
    "emergency": noop("emergency"),
    "same-day": noop("same day"),
    "48-hours": noop("within 48 hours"),
    "week": noop("this week"),
    "routine": noop("routine"),
}
_STATES = {
    "raised": noop("new"),
    "seen": noop("seen"),
    "escalated": noop("gone to the deputy"),
    "nobody-answered": noop("nobody answered"),
    "acted": noop("acted on"),
    "snoozed": noop("put off"),
    "raised-again": noop("raised again"),
    "closable": noop("normal since"),
    "value-corrected": noop("value corrected"),
    "closed": noop("closed"),
}
_PHASES = {
    "unknown": noop("unknown"),
    "before": noop("before treatment"),
    "watched": noop("being watched"),
    "over": noop("watch ended"),
}
_STANDING = {
    "not-yet": noop("not yet due"),
    "not-applicable": noop("does not apply"),
    "done-late": noop("done late"),
}
_RESULTS = {
    "preliminary": noop("not final yet"),
    "final": noop("final"),
    "corrected": noop("corrected"),
}
_CONTACTS = {
    "call": noop("call"),
    "text": noop("text message"),
    "email": noop("email"),
    "letter": noop("letter"),
    "visit": noop("visit"),
    "reached": noop("reached"),
    "left-word": noop("left word"),
    "no-answer": noop("no answer"),
    "sent": noop("sent"),
    "failed": noop("failed"),
    "bounced": noop("came back"),
}
_CHANNELS = {
    "email": noop("email"),
    "text": noop("text message"),
    "letter": noop("letter"),
}
_DISPATCHES = {
    "waiting": noop("waits to be sent"),
    "sent": noop("sent"),
    "bounced": noop("came back"),
    "failed": noop("failed"),
    "cancelled": noop("was not sent"),
}
_PERIODS = {
    "planned": noop("planned"),
    "active": noop("active"),
    "open": noop("open"),
    "ended": noop("ended"),
}
_INFUSIONS = {
    "planned": noop("planned"),
    "given": noop("given"),
    "not-done": noop("not given"),
}
_ENTRIES = {
    "check": noop("identity and dose checked"),
    "decision": noop("decided to go on"),
    "step": noop("checklist"),
    "start": noop("start"),
    "rate": noop("rate changed"),
    "interrupted": noop("interrupted"),
    "resumed": noop("went on"),
    "end": noop("end"),
    "signs": noop("vital signs"),
    "reaction": noop("reaction"),
    "discharge": noop("discharged"),
    "not-done": noop("not given"),
    "note": noop("note"),
    "withdrawn": noop("taken back"),
}
_MESSAGES = {
    "received": noop("received"),
    "filed": noop("filed"),
    "held": noop("waits at the desk"),
    "refused": noop("refused"),
    "duplicate": noop("had come before"),
}
_ROLES = {
    "nurse": noop("nurse"),
    "neurologist": noop("neurologist"),
    "infusion-nurse": noop("infusion nurse"),
    "laboratory-desk": noop("laboratory desk"),
    "administrator": noop("administrator"),
    "lead": noop("lead"),
}
_DECIDED = {
    "lost": noop("lost to follow-up"),
    "refuses": noop("refuses"),
    "abroad": noop("abroad"),
    "back": noop("back"),
}
_SEXES = {"female": noop("female"), "male": noop("male"), "unknown": noop("sex unknown")}
_AUDITED = {
    "read": noop("read"),
    "refused": noop("was refused"),
    "alerts": noop("raised or closed"),
    "exported": noop("taken as a file"),
    "signed off": noop("signed off"),
    "taken back": noop("taken back"),
    "prepared": noop("arranged"),
}
_PAGES = {
    "alert": noop("an alert"),
    "arrange": noop("arrangements"),
    "mine": noop("the person's own page"),
    "patient": noop("the record"),
    "patient-access": noop("own pages"),
    "patient-by-hand": noop("what was entered by hand"),
    "patient-dates": noop("dates"),
    "patient-diary": noop("diary and questions"),
    "patient-papers": noop("papers and audit"),
    "patient-results": noop("results"),
    "patient-treatment": noop("treatment"),
    "patient-why": noop("why"),
}


def tier_word(tier: str) -> str:
    """How fast somebody must act."""
    return _(_TIERS.get(tier, tier))


def state_word(state: str) -> str:
    """Where an alert stands."""
    return _(_STATES.get(state, state))


def phase_word(phase: str) -> str:
    """Where somebody is in the treatment."""
    return _(_PHASES.get(phase, phase))


def standing_word(state: str) -> str:
    """Where a test or an examination stands."""
    return _(_STANDING.get(state, state))


def result_state(state: str | None) -> str:
    """How sure the laboratory is of a value; nothing said counts as final."""
    word = state or "final"
    return _(_RESULTS.get(word, word))


def contact_word(word: str) -> str:
    """By which way somebody was tried, or how it ended."""
    return _(_CONTACTS.get(word, word))


def channel_word(channel: str) -> str:
    """By which way a reminder goes; that of a plug-in by its own name."""
    return _(_CHANNELS.get(channel, channel))


def dispatch_word(state: str) -> str:
    """What became of a reminder."""
    return _(_DISPATCHES.get(state, state))


def period_word(state: str) -> str:
    """Whether prophylaxis or advice holds."""
    return _(_PERIODS.get(state, state))


def infusion_word(status: str | None) -> str:
    """What became of an infusion; nothing said counts as given."""
    word = status or "given"
    return _(_INFUSIONS.get(word, word))


def entry_word(kind: str) -> str:
    """What an entry of an infusion day is about."""
    return _(_ENTRIES.get(kind, kind))


def message_word(state: str) -> str:
    """What became of a message of a laboratory."""
    return _(_MESSAGES.get(state, state))


def role_word(role: str) -> str:
    """A role of the clinic; one that the clinic made up by its own name."""
    return _(_ROLES.get(role, role))


def decided_word(state: str) -> str:
    """What was decided about somebody who does not come."""
    return _(_DECIDED.get(state, state))


def sex_word(sex: str | None) -> str:
    """The sex as it is on file; none there is said."""
    word = sex or "unknown"
    return _(_SEXES.get(word, word))


def audit_word(action: str) -> str:
    """What somebody did, as it stands in the audit log."""
    return _(_AUDITED.get(action, action))


def page_word(page: str) -> str:
    """A page as the audit log names it; one without words by its name, which is like them."""
    return _(_PAGES[page]) if page in _PAGES else page.replace("-", " ")
