"""Users, groups and their rights, compared with what change sets record of them.

A change set that changes a user or a group records the state before and after in ``details["people"]``. The first
``migrate`` of a release that does so writes a base line: a change set with the states of all. An older release writes
notes only, which leaves a state open until the next change set that records it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import translation

from registry.history import stored
from registry.history.chain import plain_value
from registry.history.change_sets import ChangeSet, Source, change_set, name_of
from registry.history.stored import DoesNotFit, StoredRow

User: Any = get_user_model()

#: The values of a user or a group by column; None for one that does not exist.
PersonState = dict[str, Any] | None
#: Columns of a user that are not recorded: a sign-in writes one, and the other is secret.
UNRECORDED_COLUMNS = {"password", "last_login"}
#: The state of a user or group that an older release changed without recording how.
OPEN: dict[str, Any] = {"open": True}
REASON = "State of users, groups and rights recorded"
NOT_ON_RECORD = "was there; no change set says since when"
Read = Callable[..., Iterator[StoredRow]]


def read_rows(queryset: models.QuerySet[Any], *keys: str) -> Iterator[StoredRow]:
    """Return the rows of a query as Django reads them."""
    return iter(queryset.order_by(*keys).values())


def user_name(key: int) -> str:
    return f"user {key}"


def group_name(key: int) -> str:
    return f"group {key}"


def current_states(
    users: Collection[int] | None = None, groups: Collection[int] | None = None, read: Read = read_rows
) -> dict[str, dict[str, object]]:
    """Return the states of users and groups by record name; ``None`` instead of keys means all."""
    by_name: dict[str, dict[str, Any]] = {}
    for row in read(filtered_by(User, "pk", users), "id"):
        covered = {name: plain_value(value) for name, value in row.items() if name not in UNRECORDED_COLUMNS}
        by_name[user_name(row["id"])] = {**covered, "groups": [], "permissions": []}
    for row in read(filtered_by(Group, "pk", groups), "id"):
        by_name[group_name(row["id"])] = {**row, "permissions": []}
    labels: dict[int, str] | None = None
    for name, column, key in memberships(users, groups, read):
        state = by_name.setdefault(name, {"groups": [], "permissions": []})
        if column == "permissions" and labels is None:
            labels = dict(permission_labels(read))
        state[column].append(labels.get(key, key) if labels and column == "permissions" else key)
    for state in by_name.values():
        state["permissions"].sort(key=str)
    return by_name


def state_of(name: str) -> PersonState:
    """Return the present state of one user or group."""
    kind, _, key = name.partition(" ")
    users, groups = ([int(key)], []) if kind == "user" else ([], [int(key)])
    return current_states(users, groups).get(name)


def memberships(
    users: Collection[int] | None, groups: Collection[int] | None, read: Read
) -> Iterator[tuple[str, str, Any]]:
    """Yield memberships and permissions as record name, column, and key of the group or permission."""
    for row in read(filtered_by(User.groups.through, "user_id", users), "user_id", "group_id"):
        yield user_name(row["user_id"]), "groups", row["group_id"]
    for row in read(filtered_by(User.user_permissions.through, "user_id", users), "user_id", "permission_id"):
        yield user_name(row["user_id"]), "permissions", row["permission_id"]
    for row in read(filtered_by(Group.permissions.through, "group_id", groups), "group_id", "permission_id"):
        yield group_name(row["group_id"]), "permissions", row["permission_id"]


def permission_labels(read: Read) -> Iterator[tuple[int, str]]:
    """Yield key and name of each permission, such as ``registry.view_vendor``."""
    applications = dict(ContentType._base_manager.values_list("pk", "app_label"))
    for row in read(Permission._base_manager.all(), "id"):
        yield row["id"], f"{applications.get(row['content_type_id'])}.{row['codename']}"


def filtered_by(model: Any, column: str, keys: Collection[int] | None) -> models.QuerySet[Any]:
    every: models.QuerySet[Any] = model._base_manager.all()
    return every if keys is None else every.filter(**{f"{column}__in": keys})


def note_subject(name: str, state: PersonState) -> str:
    """Return how notes name a user or a group: see ``registry.history.people.note_subject_of()``."""
    kind, state = name.partition(" ")[0], state or {}
    if kind == "group":
        return f"group: {state.get('name')}"
    names = {name: state.get(name, "") for name in ("username", "first_name", "last_name")}
    with translation.override("en"):
        return f"{User._meta.verbose_name}: {name_of(User(**names))}"


class PeopleRecord:
    """The states of users and groups as change sets record them, built up one change set at a time."""

    def __init__(self) -> None:
        self.states: dict[str, PersonState] = {}
        #: By record name the change set that recorded the state.
        self.sources: dict[str, int] = {}
        #: Subjects that only notes name: see ``OPEN``.
        self.loose: set[str] = set()
        self.based = False

    def add_change_set(self, key: int, details: object) -> None:
        """Add the next change set. Raises ``DoesNotFit`` where it contradicts the states so far."""
        if not isinstance(details, dict) or not details.keys() & {"people", "notes"}:
            return
        base_line = details.get("base_line") is True
        try:
            if "people" not in details:
                for note in details["notes"]:
                    self.mark_open(note["entry"])
            for each in details.get("people", ()):
                self.add_state(key, each["of"], each["before"], each["after"], base_line=base_line)
        except (AttributeError, KeyError, TypeError) as error:
            raise DoesNotFit(f"change set {key} says of people what the register never writes: {error!r}.") from None
        if base_line:
            self.based, self.loose = True, set()

    def mark_open(self, text: str) -> None:
        self.loose.add(text)
        for name, state in self.states.items():
            if state is not None and state is not OPEN and note_subject(name, state) == text:
                self.states[name] = OPEN

    def add_state(self, key: int, name: str, before: PersonState, after: PersonState, *, base_line: bool) -> None:
        is_recorded = name in self.states
        if is_recorded and self.states[name] is not OPEN:
            self.check_state(name, before, f"change set {key} found it")
        elif not is_recorded and before is not None and not base_line and note_subject(name, before) not in self.loose:
            raise DoesNotFit(f"{person_label(name, before)} was added outside the register before change set {key}.")
        self.states[name], self.sources[name] = after, key

    def check_state(self, name: str, state: PersonState, found: str) -> None:
        """Raise ``DoesNotFit`` where a state is not the recorded one; ``found`` says where it was found."""
        recorded = self.states[name]
        source = f"change set {self.sources[name]}"
        if recorded is None and state is not None:
            raise DoesNotFit(
                f"{person_label(name, state)} was added outside the register: {source} says that it was deleted."
            )
        if recorded is not None and state is None:
            raise DoesNotFit(f"{person_label(name, recorded)} is gone, but {source} does not say that it was deleted.")
        says = [
            f"{column}={state.get(column)!r}, {source} says {column}={value!r}"
            for column, value in (recorded or {}).items()
            if state is not None and state.get(column) != value
        ]
        if says:
            raise DoesNotFit(
                f"{person_label(name, recorded)} was changed outside the register: {found} with {'; '.join(says)}."
            )

    def is_open(self, name: str, state: PersonState) -> bool:
        """Return whether an older release changed it last, leaving notes only."""
        if name in self.states:
            return self.states[name] is OPEN
        return note_subject(name, state) in self.loose

    def check_all(self) -> tuple[int, list[str]]:
        """Compare with the tables. Return the number of users and groups, and those whose state is open.

        Raises ``DoesNotFit``.
        """
        present = current_states(read=stored.stored_rows)
        left_open = [name for name in sorted({*self.states, *present}) if self.is_open(name, present.get(name))]
        for name in sorted({*self.states, *present}.difference(left_open)):
            if name not in self.states:
                raise DoesNotFit(
                    f"{person_label(name, present[name])} is not on record: it was added outside the register."
                )
            self.check_state(name, present.get(name), "it is there")
        return len(present), [person_label(name, present.get(name)) for name in left_open]

    def highest_key(self, kind: str) -> int:
        """Return the highest key of the users or groups ever recorded; ``kind`` is ``user`` or ``group``."""
        names = [name.partition(" ") for name in self.states]
        return max((int(key) for kind_of_name, _, key in names if kind_of_name == kind), default=0)

    def unrecorded(self) -> dict[str, dict[str, object]]:
        """Return the states that a base line has to record: all for the first one, later those left open."""
        return {
            name: state
            for name, state in current_states().items()
            if self.is_open(name, state) or (name not in self.states and not self.based)
        }


def person_label(name: str, state: PersonState) -> str:
    return f'{name} "{note_subject(name, state).partition(": ")[2]}"'


def record_base_line() -> None:
    """Record the states of all users and groups once, and later of those that an older release left open.

    Users and groups that were added outside the register later are not recorded: ``verify_history`` reports them.
    """
    record = PeopleRecord()
    other_columns = [
        field.attname for field in ChangeSet._meta.concrete_fields if field.attname not in {"id", "details"}
    ]
    for row in stored.stored_rows(ChangeSet._base_manager.all(), "id", without=other_columns):
        record.add_change_set(row["id"], row["details"])
    people = record.unrecorded()
    if record.based and not people:
        return
    notes = [
        {"entry": note_subject(name, state), "field": "", "before": "", "after": NOT_ON_RECORD}
        for name, state in people.items()
        if not record.is_open(name, state)
    ]
    states = [{"of": name, "before": state, "after": state} for name, state in people.items()]
    with change_set(source=Source.COMMAND, reason=REASON) as opened:
        opened.describe(base_line=True, people=states, notes=notes)
        opened.write_row()
