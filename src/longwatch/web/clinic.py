"""What the clinic is called and how it is reached, from its settings."""

from __future__ import annotations

import json
from dataclasses import dataclass

from longwatch.store.models import Setting


@dataclass(frozen=True, slots=True)
class Clinic:
    """Empty words stand for what nobody has set."""

    name: str = ""
    telephone: str = ""
    telephone_out_of_hours: str = ""
    emergency_number: str = ""


def clinic() -> Clinic:
    """As set in the store under the key `clinic`."""
    found = Setting.objects.filter(key="clinic").values_list("value", flat=True).first()
    return Clinic(**json.loads(found)) if found else Clinic()
