"""Every number of the mechanism says what it is; what cannot be meant is refused."""

import pytest

from longwatch.core.errors import UsageError
from longwatch.mechanism.parameters import Parameters


def test_every_parameter_says_where_it_comes_from():
    for entry in Parameters.load().entries.values():
        assert entry.meaning, entry.id
        assert entry.source, entry.id
        assert entry.place, entry.id


def test_changed_values_are_new_parameters_and_the_old_ones_stay():
    shipped = Parameters.load()
    name = next(iter(shipped))
    low, _ = shipped[name].range

    assert shipped.with_values({name: low}).values()[name] == low
    assert Parameters.load().values()[name] == shipped.values()[name]


def test_a_value_out_of_range_is_refused_with_the_range():
    shipped = Parameters.load()
    name = next(iter(shipped))
    _, high = shipped[name].range

    with pytest.raises(UsageError, match="out of range"):
        shipped.with_values({name: high * 2 + 1})


def test_an_unknown_parameter_is_refused_with_the_nearest_name():
    name = next(iter(Parameters.load()))

    with pytest.raises(UsageError, match=name.replace(".", r"\.")):
        Parameters.load().with_values({name + "x": 1.0})
