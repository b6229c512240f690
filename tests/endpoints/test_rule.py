"""Rules: what they refuse, that equal ones are equal, and that words follow their numbers."""

import json
import math

import pytest
import yaml
from tests.endpoints.rules_shown import RISES

from longwatch.core.errors import UsageError
from longwatch.endpoints.definitions import _files, definition, definitions, read
from longwatch.endpoints.disability import disability_events
from longwatch.endpoints.rule import Rule

CARE_MS = Rule.preset("care-ms")
NAMES = definitions()


def test_the_presets_are_those_promised():
    assert set(NAMES) == {
        "care-ms", "opera", "kappos2020", "mueller2023", "mueller2023-specific", "mueller2025",
        "cagol2022", "msbase2015", "msprog",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_frozen_hashable_and_comes_back_from_json(name):
    rule = Rule.preset(name)

    assert Rule.from_dict(json.loads(json.dumps(rule.to_dict()))) == rule
    assert hash(rule.with_()) == hash(rule)
    assert rule.name == name
    with pytest.raises(AttributeError):
        rule.confirm = (1,)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_of_a_preset_has_its_source(name):
    evidence = definition(name).evidence

    fields = set(Rule.preset(name).to_dict()) - {"definition", "title"}
    assert set(evidence) == fields
    assert all(one.source and one.place and one.unit for one in evidence.values())
    assert {one.verified for one in evidence.values()} <= {"yes", "recalled", "proposal"}


@pytest.mark.parametrize(("name", "baseline", "value", "is_event"), RISES)
def test_the_least_rise_of_each_definition_on_both_sides(name, baseline, value, is_event):
    visits = {"id": [1] * 6, "day": [200 * n for n in range(6)], "value": [baseline, *[value] * 5]}
    rule = Rule.preset(name).with_(event="firstCDW", recount=True)

    assert disability_events(visits, None, rule).num_rows == is_event


def test_equal_settings_written_in_different_ways_are_one_rule():
    one = CARE_MS.with_(confirm=182, tolerance=(14, math.inf), relapse_to_event=30)
    other = CARE_MS.with_(confirm=[182.0], tolerance=[14.0, math.inf], relapse_to_event=(30, 0))

    assert one == other
    assert {one: 1}[other] == 1
    assert one.windows == ((168.0, math.inf),)


def test_each_window_may_have_its_own_tolerance():
    rule = CARE_MS.with_(confirm=[84, 168], tolerance=[(7, 7), (14, 28)])

    assert rule.windows == ((77.0, 91.0), (154.0, 196.0))
    with pytest.raises(UsageError, match="2 tolerances for 1 confirmation windows"):
        rule.with_(confirm=[84])


def test_a_changed_rule_says_what_was_changed():
    rule = CARE_MS.with_(confirm=[84], sustained=math.inf)

    assert rule.name == "care-ms with confirm, sustained"
    assert "lasts to the end of follow-up" in rule.describe()
    assert "77 days or more after onset" in rule.describe()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"confrm": [84]}, "did you mean 'confirm'"),
        ({"baseline": "moving"}, "one of fixed, roving, roving_impr, roving_wors"),
        ({"confirm": [168, 84]}, "ascending"),
        ({"confirm": []}, "confirm"),
        ({"confirm": [84.5]}, "confirm"),
        ({"tolerance": (-1, 7)}, "tolerance"),
        ({"sustained": math.nan}, "a number from 0 on"),
        ({"rise": [(5, 1)]}, "the last one up to inf"),
        ({"rise": [(math.inf, 1), (5, 1)]}, "rise"),
        ({"scale": (10, 0, 0.5)}, "lowest, highest, step"),
        ({"classify": "yes"}, "True or False"),
        ({"relapse_to_event": "30"}, "days before"),
        ({"neda": []}, "relapse, worsening, mri"),
        ({"neda": "mri"}, "relapse, worsening, mri"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_in_words(changed, words):
    with pytest.raises(UsageError, match=words):
        CARE_MS.with_(**changed)


def test_all_wrong_settings_are_named_at_once():
    with pytest.raises(UsageError) as refused:
        CARE_MS.with_(sustained=-1, classify=3)

    assert len(refused.value.problems) == 2


def test_an_unknown_definition_names_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'mueller2023'"):
        Rule.preset("muller2023")


def _broken(change):
    common, own = (yaml.safe_load(_files()[name]) for name in ("common", "care-ms"))
    change(common, own)
    return read(yaml.safe_dump(common), yaml.safe_dump(own), "care-ms.yaml")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _, own: own["settings"]["rise"].pop("source"), "care-ms.yaml: rise: source"),
        (lambda _, own: own["settings"]["rise"].update(source="S9"), "rise: source 'S9'"),
        (lambda _, own: own["settings"]["rise"].update(verified="sure"), "rise: verified"),
        (lambda _, own: own["settings"]["rise"].update(value=[[5, 1]]), "care-ms.yaml: rise ="),
        (lambda _, own: own["settings"].update(rize={}), "rize"),
        (lambda _, own: own.pop("title"), "care-ms.yaml: title"),
        (lambda _, own: own.update(extra=1), "extra"),
        (lambda common, _: common["settings"].pop("baseline"), "setting 'baseline' is missing"),
    ],
)
def test_a_broken_definition_file_is_refused_with_its_place(change, words):
    with pytest.raises(UsageError, match=words):
        _broken(change)


def test_text_that_is_no_yaml_is_refused():
    with pytest.raises(UsageError, match=r"bad\.yaml"):
        read(_files()["common"], "id: [", "bad.yaml")
