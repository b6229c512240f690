"""The protocol's sentences for the person treated, in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import get_language

from longwatch.core.status import Tier
from longwatch.protocols.model import Pack, RedFlag, Symptom
from longwatch.protocols.translations import words_in


@dataclass(frozen=True, slots=True)
class Advice:
    """What a red flag says to the person."""

    id: str
    tier: str
    signs: str
    tell: str

    @property
    def now(self) -> bool:
        """Whether it is an emergency."""
        return self.tier == Tier.EMERGENCY.value

    @property
    def today(self) -> bool:
        """Whether it cannot wait until tomorrow."""
        return self.tier == Tier.SAME_DAY.value


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
        """Red flags as the person reads them, in the given order."""
        return [
            Advice(flag.id, flag.tier, self.say(flag.signs), self.say(flag.tell)) for flag in flags
        ]

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
