"""Names of the standard that decide what becomes of a segment or a message."""

from __future__ import annotations

from longwatch.exchange.intake import IdentityChange

_STANDARD = """
    MSH MSA ERR SFT UAC PID PD1 PRT NTE NK1 ARV PV1 PV2 ORC OBR TQ1 TQ2 CTD OBX FT1 CTI SPM SAC
    INV TCD SID ISD NDS EQU DSC DSP CON ROL GT1 IN1 IN2 IN3 DG1 DRG AL1 IAM IAR DB1 ACC PR1 EVN
    MRG PDA BLG QRD QRF QAK QPD RCP OH1 OH2 OH3 OH4 UB1 UB2 PDC PSH RXA RXR TXA BPX BPO
"""
STANDARD = frozenset(_STANDARD.split())
"""Segments that may stand in or near a result message; one of another name may be a damaged OBX."""

_IDENTITY = "A18 A24 A30 A34 A35 A36 A37 A39 A40 A41 A42 A43 A44 A45 A46 A47 A48 A49 A50 A51"
IDENTITY = frozenset(_IDENTITY.split())
"""ADT triggers that merge, move, link or rename patients."""

CHANGES: dict[str, IdentityChange] = {
    "A18": "merge",
    "A34": "merge",
    "A36": "merge",
    "A39": "merge",
    "A40": "merge",
    "A30": "number",
    "A46": "number",
    "A47": "number",
    "A24": "link",
    "A37": "unlink",
    "A45": "visit",
    "A08": "update",
    "A28": "update",
    "A31": "update",
}
"""What an ADT trigger changes, for those that are followed."""

OUL = frozenset({"", "R21", "R22", "R23", "R24"})
"""Triggers of OUL (results without an order) that are read."""

SPECIMEN_FIRST = frozenset({"R22", "R23"})
"""Triggers of OUL in which a specimen precedes the orders made on it."""

WAVEFORM = "W01"
"""The trigger of ORU that carries curves and no results."""
