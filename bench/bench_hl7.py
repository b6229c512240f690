"""Reading HL7 v2: messages a second, beside the `hl7` library on the same bytes.

Ours reads down to results with person, date and source; the library only splits fields.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import hl7

from longwatch.exchange.hl7 import read_hl7
from longwatch.exchange.intake import ResultFact

_RUNS = 3
_TESTS = (
    ("777-3", "Platelets", "10*9/L", "150-400", "250"),
    ("6690-2", "Leukocytes", "10*9/L", "4.0-11.0", "6.1"),
    ("751-8", "Neutrophils", "10*9/L", "2.0-7.5", "3.9"),
    ("731-0", "Lymphocytes", "10*9/L", "1.0-4.0", "0.4"),
    ("718-7", "Hemoglobin", "g/dL", "12.0-16.0", "13.2"),
    ("2160-0", "Creatinine", "umol/L", "45-84", "71"),
    ("1742-6", "ALT", "U/L", "<35", "22"),
    ("11580-8", "TSH", "m[IU]/L", "0.4-4.0", "<0.02"),
)


def made_messages(number: int) -> list[str]:
    """Messages of eight results each, all different."""
    return [_message(index) for index in range(number)]


def _message(index: int) -> str:
    lines = [
        f"MSH|^~\\&|LIS|LAB|||20250402101500||ORU^R01^ORU_R01|M{index}|P|2.5.1",
        f"PID|1||{index:06d}^^^CLINIC^MR||DOE^JANE^Q||19800229|F",
        f"ORC|RE|P{index}|A{index}",
        f"OBR|1|P{index}|A{index}|CBC^Blood count^L|||20250401083000||||||||||||||||||F",
    ]
    for place, (code, name, unit, limits, value) in enumerate(_TESTS, 1):
        lines.append(
            f"OBX|{place}|NM|{code}^{name}^LN||{value}|{unit}|{limits}|N|||F|||20250401083000"
        )
    return "\r".join([*lines, ""])


def main(number: int = 2000) -> dict[str, float]:
    """Messages a second, the best of three runs each.

    Returns:
        `messages_per_second`, `hl7_library_messages_per_second`, `ratio`, `results_per_second`.
    """
    messages = made_messages(number)
    data = "".join(messages).encode()
    counted = sum(isinstance(item, ResultFact) for item in read_hl7(data))
    if counted != number * len(_TESTS):
        raise RuntimeError(f"{counted} results instead of {number * len(_TESTS)}")
    ours = _best(lambda: sum(1 for _ in read_hl7(data)))
    few = messages[: max(1, number // 10)]
    library = _best(lambda: [_fields(hl7.parse(message)) for message in few])
    rate, library_rate = number / ours, len(few) / library
    return {
        "messages_per_second": round(rate),
        "hl7_library_messages_per_second": round(library_rate),
        "ratio": round(rate / library_rate, 2),
        "results_per_second": round(rate * len(_TESTS)),
    }


def _fields(message: hl7.Message) -> list[tuple[str, str, str]]:
    return [
        (str(segment[3][0][0]), str(segment[5]), str(segment[6]))
        for segment in message.segments("OBX")
    ]


def _best(run: Callable[[], object]) -> float:
    times = []
    for _ in range(_RUNS):
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return min(times)


if __name__ == "__main__":
    print(json.dumps(main(), indent=1))
