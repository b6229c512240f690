"""What the clinic is called and how it is reached, from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from longwatch.store.clinic_facts import EMERGENCY, NAME, OUT_OF_HOURS, TELEPHONE, clinic_facts


@dataclass(frozen=True, slots=True)
class Clinic:
    """Empty words stand for what nobody has set."""

    name: str = ""
    telephone: str = ""
    telephone_out_of_hours: str = ""
    emergency_number: str = ""


def clinic() -> Clinic:
    """As set in the store; see `store.clinic_facts`."""
    told = clinic_facts()
    keys = (NAME, TELEPHONE, OUT_OF_HOURS, EMERGENCY)
    return Clinic(*(str(told.get(key) or "") for key in keys))
