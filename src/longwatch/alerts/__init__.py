"""Alerts: what the watch finds becomes a reason to act that stays until somebody has acted.

Raised in the transaction of the message that caused it, escalated when nobody looks, closed by a
later fact or by a named person with a reason; silence is watched, too.
"""
