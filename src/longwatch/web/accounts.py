"""Accounts are given by the clinic: nobody signs up alone."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Invited(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's adapter with open sign-up closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an account comes with an invitation."""
        return False
