"""The language and the size of letters that an account has chosen."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from longwatch.store.models import Wishes

Answer = Callable[[HttpRequest], HttpResponse]


def as_wished(get_response: Answer) -> Answer:
    """Middleware: shows pages to a signed-in user as the account wishes them."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            wish = Wishes.objects.filter(pk=request.user.pk).first()
            if wish is not None:
                translation.activate(wish.language)
                request.LANGUAGE_CODE = wish.language
                request.large = wish.large  # type: ignore[attr-defined]
        return get_response(request)

    return answer
