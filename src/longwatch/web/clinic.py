"""What the clinic is called and how it is reached, from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from longwatch.alerts.clinic import read_clinic
from longwatch.core.errors import LongwatchError
from longwatch.store.clinic_facts import EMERGENCY, NAME, OUT_OF_HOURS, TELEPHONE, clinic_facts
from longwatch.web.clock import clinic_zone


@dataclass(frozen=True, slots=True)
class Clinic:
    """Empty words stand for what nobody has set."""

    name: str = ""
    telephone: str = ""
    telephone_out_of_hours: str = ""
    emergency_set: str = ""

    @property
    def emergency_number(self) -> str:
        """As the clinic has set it, else of its protocol; empty where neither says one."""
        return self.emergency_set or number_of_protocol()


def number_of_protocol() -> str:
    """The number of the ambulance in the protocol of the clinic; empty where it says none."""
    try:
        told = read_clinic(clinic_zone()).pack(None).emergency_number
    except LongwatchError:
        return ""
    return told.number if told else ""


def clinic() -> Clinic:
    """As set in the store; see `store.clinic_facts`."""
    told = clinic_facts()
    keys = (NAME, TELEPHONE, OUT_OF_HOURS, EMERGENCY)
    return Clinic(*(str(told.get(key) or "") for key in keys))
