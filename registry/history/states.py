"""What follows from the register alone is worked out once for each state of it.

The digest of the newest seal names a state: it is chained over all that was ever written, so that no two states have
the same one, on whichever server.
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

#: Results kept for each function: of so many states and arguments.
KEPT = 16

RegisterState = tuple[str, int | None]


def register_state() -> RegisterState | None:
    """Return what names the state that queries read: the newest seal, and the change set after which the past is shown.

    None where the open change set has written: its state has no name yet.
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


#: The digest that a request which only reads has read once.
_request: ContextVar[dict[str, str] | None] = ContextVar("state_of_a_request", default=None)


@contextmanager
def one_state_for_a_request() -> Iterator[None]:
    """Read the name of the state once in the block, which must not write."""
    token = _request.set({})
    try:
        yield
    finally:
        _request.reset(token)


def cached_by_state[*Arguments, Result](work: Callable[[*Arguments], Result]) -> Callable[[*Arguments], Result]:
    """Remember what a function of the register returns until the register has another state.

    Callers share what is returned and must not change it. Arguments have to be hashable.
    """

    @lru_cache(maxsize=KEPT)
    def known(present: RegisterState, *args: *Arguments) -> Result:
        return work(*args)

    @wraps(work)
    def remembered(*args: *Arguments) -> Result:
        present = register_state()
        return work(*args) if present is None else known(present, *args)

    return remembered
