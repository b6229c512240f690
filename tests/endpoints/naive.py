"""The estimators once more, slow and plain, for small data: loops over people and days."""

import math

import numpy as np


def partial_likelihood(beta, rows, ties):
    """Cox's log partial likelihood. rows: (entry, time, event, x), at risk at (entry, time]."""
    total = 0.0
    for day in sorted({time for _, time, event, _ in rows if event}):
        dead = [x for _, time, event, x in rows if event and time == day]
        risk = sum(math.exp(np.dot(beta, x)) for entry, time, _, x in rows if entry < day <= time)
        tied = sum(math.exp(np.dot(beta, x)) for x in dead)
        for place, x in enumerate(dead):
            part = place / len(dead) if ties == "efron" else 0.0
            total += np.dot(beta, x) - math.log(risk - part * tied)
    return total


def kaplan_meier(rows, day):
    """The share without event just after a day. rows: (time, event)."""
    share = 1.0
    for at in sorted({time for time, event in rows if event and time <= day}):
        risk = sum(time >= at for time, _ in rows)
        share *= 1 - sum(event for time, event in rows if time == at) / risk
    return share


def aalen_johansen(rows, kind, day):
    """The share with a kind of event just after a day. rows: (time, kind), kind 0 = none."""
    free, share = 1.0, 0.0
    for at in sorted({time for time, one in rows if one and time <= day}):
        risk = sum(time >= at for time, _ in rows)
        share += free * sum(one == kind for time, one in rows if time == at) / risk
        free *= 1 - sum(one > 0 for time, one in rows if time == at) / risk
    return share


def mean_count(people, day):
    """Mean number of events by a day and its robust error. people: (end, days of events)."""
    mean, parts = 0.0, [0.0] * len(people)
    for at in sorted({one for _, days in people for one in days if one <= day}):
        risk = sum(end >= at for end, _ in people)
        step = sum(days.count(at) for _, days in people) / risk
        mean += step
        for place, (end, days) in enumerate(people):
            parts[place] += (days.count(at) - (step if end >= at else 0.0)) / risk
    return mean, math.sqrt(sum(part**2 for part in parts))


def negative_binomial(count, exposure, groups, log_rates, alpha):
    """Log likelihood of counts, without the constant."""
    total = 0.0
    for y, years, group in zip(count, exposure, groups, strict=True):
        mean = years * math.exp(log_rates[group])
        if alpha == 0:
            total += y * math.log(mean) - mean
        else:
            size = 1 / alpha
            total += math.lgamma(y + size) - math.lgamma(size) + y * math.log(alpha * mean)
            total -= (y + size) * math.log1p(alpha * mean)
    return total
