"""The watch: what is due, overdue or abnormal, for whom, why, and how fast somebody must act."""

from longwatch.watch.api import Outcome as Outcome
from longwatch.watch.api import watch as watch
