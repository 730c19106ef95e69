"""A cache of results that follow from the register alone, kept until the register changes.

The digest of the newest seal identifies a state of the register: it covers everything ever written, so no two states
share it, on any server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps

from django.db import router

from registry.history import chain
from registry.history.change_sets import has_written
from registry.history.seals import Seal
from registry.history.snapshots import past_change_set

#: Results kept for each function, over all states and arguments.
CACHE_SIZE = 16

RegisterState = tuple[str, int | None]


def register_state() -> RegisterState | None:
    """Return the digest of the newest seal, and the change set as at which the register is shown (None: today).

    None where the open change set has written: its state has no digest yet.
    """
    if has_written():
        return None
    request = _request.get()
    digest = request.get("digest") if request is not None else None
    if digest is None:
        newest = Seal.objects.using(router.db_for_read(Seal)).order_by("-pk").values_list("digest", flat=True).first()
        digest = newest or chain.BEGINNING
        if request is not None:
            request["digest"] = digest
    return digest, past_change_set()


#: The digest that a read-only request has read, once it has.
_request: ContextVar[dict[str, str] | None] = ContextVar("digest_of_a_request", default=None)


@contextmanager
def one_state_for_a_request() -> Iterator[None]:
    """Read the digest of the newest seal once for the block, which must not write."""
    token = _request.set({})
    try:
        yield
    finally:
        _request.reset(token)


def cached_by_state[*Arguments, Result](work: Callable[[*Arguments], Result]) -> Callable[[*Arguments], Result]:
    """Cache what a function of the register returns for each state of the register.

    Callers share the result and must not change it. Arguments have to be hashable.
    """

    @lru_cache(maxsize=CACHE_SIZE)
    def cached(state: RegisterState, *args: *Arguments) -> Result:
        return work(*args)

    @wraps(work)
    def with_cache(*args: *Arguments) -> Result:
        state = register_state()
        return work(*args) if state is None else cached(state, *args)

    return with_cache
