"""The middleware that gives each writing request its change set."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.safestring import SafeData, mark_safe

from registry.core.text import clean_text, printable
from registry.history.change_sets import OpenChangeSet, Source, change_set
from registry.history.people import address_of_client
from registry.history.state_cache import one_state_for_a_request
from registry.history.submissions import Said, Submission
from registry.history.typed_forms import TypedForm, take_typed_key

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


class ChangeSetMiddleware:
    """Opens the change set of a signed-in request. A request that fails is rolled back; a form that is submitted twice
    makes its change once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            take_typed_key(request)
        if request.method in SAFE_METHODS:
            with one_state_for_a_request():
                return self.get_response(request)
        if not request.user.is_authenticated:
            return self.get_response(request)
        submission = Submission.from_request(request)
        if submission and (first := submission.earlier()):
            return repeat_response(request, first)
        reason = clean_text(printable(request.POST.get("change_reason", "")))
        address = address_of_client(request)
        with change_set(user=request.user, source=Source.ADMIN, reason=reason, address=address) as opened:
            response = self.get_response(request)
            if submission and opened.held and (first := submission.earlier()):
                # The first click was still being answered while this one waited for the lock.
                transaction.set_rollback(True)
                return repeat_response(request, first)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            elif "Location" in response.headers and was_done(request, opened):
                TypedForm.forget(request)
                if submission:
                    submission.keep(response.headers["Location"], said(request))
        mark_as_saved(request, opened)
        return response


def mark_as_saved(request: HttpRequest, opened: OpenChangeSet) -> None:
    """Note on the request that its change was saved, for the error page: see ``registry.server.errors``."""
    request.was_saved = opened.sealed  # type: ignore[attr-defined]


def was_done(request: HttpRequest, opened: OpenChangeSet) -> bool:
    """Return whether a request did what its form asks: it wrote, or could have, and has nothing to warn of."""
    warned = any(message.level >= messages.WARNING for message in queued_messages(request))
    return opened.changes_something() or (opened.held and not warned)


def queued_messages(request: HttpRequest) -> list[Message]:
    """Return the messages of this request, which the next page shows."""
    return list(getattr(messages.get_messages(request), "_queued_messages", ()))


def said(request: HttpRequest) -> list[Said]:
    """Return the messages of this request, each with whether it is HTML."""
    return [(each.level, str(each.message), isinstance(each.message, SafeData)) for each in queued_messages(request)]


def repeat_response(request: HttpRequest, first: Submission) -> HttpResponseBase:
    """Return the response of the first submission, with its messages instead of those of this request."""
    getattr(messages.get_messages(request), "_queued_messages", []).clear()
    for level, text, is_html in first.said:
        messages.add_message(request, level, mark_safe(text) if is_html else text)  # noqa: S308 - as it was made safe
    return redirect(first.address)
