"""What the first message would otherwise wait for: protocols read, the watch run once.

Only interpreted: compiling the kernel takes a minute, in which no laboratory would be heard;
`watch.ready` does that aside.
"""

from __future__ import annotations

from datetime import datetime

from longwatch.alerts.clinic import Clinic
from longwatch.store.models import ProtocolInForce
from longwatch.watch import watch
from longwatch.watch.ready import somebody


def warm_up(clinic: Clinic, now: datetime) -> None:
    """Loads every protocol in force and runs the watch once; to be called before the first message.

    Raises:
        ProtocolError: the clinic's own protocol cannot be read.
    """
    names = ProtocolInForce.objects.order_by().values_list("protocol", flat=True).distinct()
    day = clinic.today(now)
    someone = somebody(day)
    for name in (None, *names):
        watch(clinic.pack(name), someone, day, engine="python")
    clinic.response(None)
