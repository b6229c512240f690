"""Reading HL7 v2 result messages (ORU, OUL), tolerant of what laboratories really send."""

from longwatch.exchange.hl7.framing import is_hl7 as is_hl7
from longwatch.exchange.hl7.options import Hl7Options as Hl7Options
from longwatch.exchange.hl7.read import read_hl7 as read_hl7
