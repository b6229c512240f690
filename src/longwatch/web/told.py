"""The protocol's sentences for the person treated, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import get_language

from longwatch.core.status import Tier
from longwatch.protocols.model import Pack, RedFlag, Symptom
from longwatch.protocols.translations import words_in


@dataclass(frozen=True, slots=True)
class Advice:
    """One call, whatever number of red flags asks for it: nobody calls the same number twice.

    Inputs:
        now: whether it is an emergency.
        today: whether it cannot wait until tomorrow.
        tells: what to do, the most urgent first.
        signs: why.
    """

    now: bool
    today: bool
    tells: Sequence[str]
    signs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Tap:
    """A symptom that can be tapped."""

    id: str
    words: str


class Told:
    """A pack's words for people, in the language in which the page is shown."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.language = (get_language() or "en")[:2]

    @cached_property
    def _words(self) -> Mapping[str, str]:
        return words_in(self.pack, self.language)

    def say(self, sentence: str) -> str:
        """One sentence; in English where the pack has no other."""
        return self._words.get(sentence, sentence)

    @property
    def is_proposal(self) -> bool:
        """Whether these words were translated and no clinician has read them yet."""
        return any(
            evidence.verified != "yes"
            for part in self.pack.translations
            if part.language == self.language
            for evidence in part.evidence
        )

    def advice(self, flags: Iterable[RedFlag]) -> list[Advice]:
        """Whom to call about red flags, most urgent first: at most an emergency and the clinic."""
        found = list(flags)
        calls = []
        for now in (True, False):
            some = [flag for flag in found if (flag.tier == Tier.EMERGENCY.value) == now]
            if some:
                tells = dict.fromkeys(self.say(flag.tell) for flag in some)
                signs = dict.fromkeys(self.say(flag.signs) for flag in some)
                today = any(flag.tier == Tier.SAME_DAY.value for flag in some)
                calls.append(Advice(now, today, list(tells), list(signs)))
        return calls

    def tap(self, symptom: Symptom) -> Tap:
        """A symptom as the person reads it."""
        return Tap(symptom.id, self.say(symptom.words))

    def symptom(self, code: str) -> str:
        """The words of a symptom by its id; the id where the pack has it no more."""
        found = next((one for one in self.pack.symptoms if one.id == code), None)
        return self.say(found.words) if found else code

    def texts(self, topic: str) -> list[tuple[str, str]]:
        """Title and words of the texts on a topic."""
        return [
            (self.say(text.title), self.say(text.words))
            for text in self.pack.texts
            if text.topic == topic
        ]
