"""A pack with everything the language of rules offers and no shipped pack uses."""

from tests.oracle.tiny import monthly, rule, sourced, tiny

G = "10*9/L"


def low(bound: float, **more: object) -> dict:
    return {"test": "platelets", "unit": G, "below": bound, **more}


def event(*codes: str, **more: object) -> dict:
    return {"event": {"codes": list(codes), **more}}


HB = {"test": "hemoglobin", "unit": "g/dL", "below": 10}
NO_LIMIT = {"test": "edss", "above_limit": {"limit": "high"}}
FALL = {"at_least": 25, "unit": "%", "against": "previous"}
RISE = {"more_than": 0.25, "unit": "mg/dL", "against": "previous"}

ODD = tiny(
    id="odd",
    recurring=[
        monthly("cbc", "platelets", "hemoglobin"),
        monthly("far", "creatinine", every_months=5, early=0, grace=0, first_item=3),
        monthly(
            "cd4",
            "cd4",
            anchor="course",
            stops_when={"test": "cd4", "at_least": 0.2, "unit": "10*9/L"},
        ),
        sourced(
            "visit",
            answered_by={"tests": ["tsh"], "events": [{"kind": "procedure"}]},
            every_months=3,
            early=20,
            grace=40,
            words="w",
        ),
        monthly("women", "hcg", applies_if={"sex": ["female"], "unclear": ["unknown"]}),
    ],
    before_course=[
        sourced("any-time", answered_by={"tests": ["hiv", "hepatitis_b"]}, words="w"),
        sourced(
            "early-enough",
            answered_by={"tests": ["vzv_igg"], "events": [{"kind": "vaccination"}]},
            complete_days_before=42,
            too_late=[{"kind": "vaccination", "codes": ["varicella"]}],
            courses=[1, 3],
            blocking=False,
            words="w",
        ),
        sourced(
            "women",
            answered_by={"tests": ["hcg"]},
            days_before=0,
            applies_if={"sex": ["female"]},
            words="w",
        ),
    ],
    contraindications=[
        sourced("newest-low", when=low(100), words="w"),
        sourced("low-lately", when=low(100), within_days=20, blocking=False, words="w"),
        sourced(
            "ill",
            when={"all": [event("fever", "cough"), {"infusion_within_days": 30}]},
            words="w",
        ),
    ],
    withhold=[sourced("falling", when={"test": "platelets", "fall": FALL}, words="w")],
    periods=[
        sourced(
            "pills",
            kind="medication",
            start={"anchor": "course-start", "days": -14},
            end={
                "later_of": [
                    {"anchor": "course-end", "months": 6, "days": 3},
                    {"anchor": "first", "months": 13},
                ],
                "first_result": {"test": "cd4", "at_least": 200, "unit": "/uL"},
            },
            words="w",
        ),
        sourced(
            "later",
            kind="diet",
            start={"anchor": "course-end", "days": 60},
            end={"later_of": [{"anchor": "watch-end"}]},
            applies_if={"sex": ["male"]},
            words="w",
        ),
        sourced("open", kind="card", start={"anchor": "first"}, end={}, words="w"),
    ],
    symptoms=[
        sourced("fever", words="w", groups=["hot", "ill"]),
        sourced("cough", words="w", groups=["ill"]),
    ],
    rules=[
        rule("TWICE", low(100, consecutive=2), tier="same-day"),
        rule("THRICE", low(150, at_least=20, consecutive=3)),
        rule("NEW-FALL", low(200, new=True, fall=FALL)),
        rule("AT-MOST", {"test": "hemoglobin", "unit": "g/L", "at_most": 100}),
        rule("ABOVE", {"test": "creatinine", "unit": "mg/dL", "above": 1.2, "rise": RISE}),
        rule("LOW-LIMIT", {"test": "tsh", "below_limit": {"limit": "low", "times": 0.5}}),
        rule("NEW-LIMIT", {"test": "alt", "above_limit": {"limit": "high"}, "new": True}),
        rule("NO-LIMIT", NO_LIMIT),
        rule("MIXED", {**NO_LIMIT, "unit": "{score}", "below": 5}),
        rule("BOTH-WAYS", {"test": "hemoglobin", "fall": FALL, "rise": {**FALL, "at_least": -5}}),
        rule(
            "CONTEXT",
            {"all": [{**low(1000), "context": True}, event("fever", kind="symptom")]},
            tier="emergency",
            within_days=5,
        ),
        rule(
            "TWO-OF",
            {
                "at_least": 2,
                "of": [low(100), HB, event("cough")],
            },
            within_days=10,
            tier="48-hours",
        ),
        rule("AFTER", {"all": [{"infusion_within_days": 10}, event(kind="note")]}),
        rule("HINT", event(groups=["ill"]), tier="routine", marks_only=True),
        rule(
            "EITHER",
            {"any": [low(50), {"all": [event("fever"), {"infusion_within_days": 3}]}]},
            within_days=2,
        ),
    ],
)  # fmt: skip
