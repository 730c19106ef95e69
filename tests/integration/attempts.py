"""What is tried at each address of the product, by its name in the URL resolver. A page without an entry fails a test.

An attempt is a request that works for a superuser, so that a refusal to somebody else is due to the role.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from registry.accounts.role_names import ROLE_NAMES
from registry.accounts.sessions import session_mark
from registry.editions import steps
from registry.history.ownership import tracked_models
from registry.history.recording import history_of
from registry.models import (
    Acceptance,
    ChangeSet,
    DocumentText,
    Edition,
    ImportedFile,
    Matching,
    MechanismAlias,
    Organisation,
    SavedView,
    Source,
    Upload,
    User,
    Vendor,
    VendorName,
    Watch,
    change_set,
)
from registry.models.uploads import UploadAim
from registry.web.bulk_edit.pages import MODELS
from registry.web.editions.writing import prepare_edition
from tests.factories import make_activity, make_agreement, make_legal_basis, make_mechanism, make_transfer, make_vendor
from tests.integration.pages import form_data

FILE = "Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\nNy AB\tDrift\tNamn\tSE\tAvtal\n".encode()
KINDS = [str(model._meta.model_name) for model in tracked_models()]


@dataclass
class World:
    """The register that all attempts meet, and a superuser who looks up what a form would post."""

    boss: Client
    keys: dict[str, int] = field(default_factory=dict)
    #: By its address each page that the superuser has opened: nothing of an attempt stays, so it is the same again.
    pages: dict[str, Any] = field(default_factory=dict)

    def page(self, address: str) -> Any:
        if address not in self.pages:
            self.pages[address] = self.boss.get(address)
        return self.pages[address]

    def form(self, address: str, **changes: Any) -> dict[str, Any]:
        return form_data(self.page(address), **changes)


#: An address and what is posted there; None asks with GET.
Ask = Callable[[World, User], tuple[str, dict[str, Any] | None]]


@dataclass(frozen=True)
class Attempt:
    action: str
    ask: Ask
    #: Nobody may, whatever the role: the page has no such act, and a crafted request is refused.
    never: bool = False
    #: What shows that it was done, where more than that could have changed.
    effect: Callable[[World], bool] = lambda world: True


@cache
def questions_of_state() -> list[str]:
    """The SQL by which ``state`` asks, a hundred times for each page."""
    links = (User.groups.through, User.user_permissions.through, Group.permissions.through)
    rows = [
        User.objects.values_list("pk", "username", "is_superuser", "is_staff", "password", "sessions_ended"),
        Upload.objects.values_list("pk", "answers"),
        *(model.objects.values_list() for model in (*links, SavedView, Watch, Matching)),
    ]
    return [str(ChangeSet.objects.values("pk").query), *(str(each.order_by("pk").query) for each in rows)]


def state() -> list[list[tuple[Any, ...]]]:
    """What a crafted request could have changed. Everything that is written to the register is an act."""
    with connection.cursor() as cursor:
        return [cursor.execute(question).fetchall() for question in questions_of_state()]


def addresses() -> Iterator[tuple[str, str]]:
    """Name and route of each address of the product."""

    def walk(patterns: Any, before: str) -> Iterator[tuple[str, str]]:
        for each in patterns:
            route = before + str(each.pattern)
            if isinstance(each, URLPattern):
                yield each.name or route, re.sub(r"[\^$]", "", route)
            else:
                yield from walk(each.url_patterns, route)

    return walk(get_resolver().url_patterns, "")


def admin(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def looks(name: str, *keys: str) -> Attempt:
    return Attempt("look", lambda world, user: (admin(name, *(world.keys[key] for key in keys)), None))


def never(name: str, /, *keys: str, **data: Any) -> Attempt:
    return Attempt("write", lambda world, user: (admin(name, *(world.keys[key] for key in keys)), data), never=True)


def tries(action: str, ask: Ask) -> Attempt:
    return Attempt(action, ask)


def make_world(boss: Client) -> World:
    world = World(boss)
    author = User.objects.get(username="boss")
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        vendor = make_vendor(name="Exempel AB")
        mechanism = make_mechanism(
            code="old", label="Gammal sköld", kind="standard_clauses", valid_from=date(2020, 1, 1), recurring=True
        )
        successor = make_mechanism(code="new", label="Ny sköld")
        activity = make_activity(vendor=vendor, purpose="Drift", country="US")
        made: dict[str, Any] = {
            "vendor": vendor,
            "agreement": make_agreement(vendor=vendor, kind="processing"),
            "legalbasis": make_legal_basis(label="Avtal"),
            "transfermechanism": mechanism,
            "mechanismalias": MechanismAlias.objects.create(mechanism=mechanism, label="Skölden"),
            "vendorname": VendorName.objects.create(vendor=vendor, name="Exempelbolaget"),
            "processingactivity": activity,
            "acceptance": Acceptance.objects.create(
                rule="role_not_assessed",
                vendor=vendor,
                accepted_by=author,
                why="Snart",
                until=timezone.localdate() + timedelta(days=9),
            ),
        }
        made["transfer"] = make_transfer(activity=activity, mechanism=mechanism, signed_on=date(2021, 1, 1))
        mechanism.valid_until = timezone.localdate() - timedelta(days=1)
        mechanism.save()
        needless = make_activity(vendor=vendor, purpose="Arkiv", country="SE")
        needless_transfer = make_transfer(activity=needless, mechanism=mechanism)
        unused = make_vendor(name="Ensam AB")
        merged = make_vendor(name="Exempel Inc", notes="Säljaren heter Bo")
        make_activity(vendor=merged, purpose="Drift", country="SE")
        unused_basis = make_legal_basis(label="Oanvänd")
    upload = upload_of(author)
    preview = boss.get(admin("registry_processingactivity_import_preview", upload.token))
    answer = {"plan_digest": preview.context["preview"].digest, "change_reason": "x"}
    boss.post(admin("registry_processingactivity_process_import"), {"token": upload.token, **answer})
    made["documenttext"] = DocumentText.objects.first() or made_text()
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        made["organisation"] = Organisation.objects.create(pk=Organisation.THE_ONE, name="Exempel AB")
    editions = make_editions(boss)
    made["edition"] = editions["prepared"]
    world.keys |= {f"edition {name}": edition.pk for name, edition in editions.items()}
    world.keys |= {name: entry.pk for name, entry in made.items()}
    for name in made:
        model = next(each for each in tracked_models() if each._meta.model_name == name)
        world.keys[f"{name} version"] = history_of(model).objects.filter(id=world.keys[name]).first().history_id
    world.keys |= {"needless": needless.pk, "needless transfer": needless_transfer.pk}
    world.keys |= {"successor": successor.pk, "unused": unused.pk, "unused basis": unused_basis.pk, "merged": merged.pk}
    world.keys["import"] = ImportedFile.objects.get().change_set_id
    world.keys["act"] = ChangeSet.objects.filter(reason="set-up of a test").latest("pk").pk
    world.keys["user"] = User.objects.create_user("anna", password="a long password for tests").pk
    world.keys["group"] = Group.objects.create(name="Own group").pk
    with change_set(source=Source.COMMAND, reason="to be restored"):
        Vendor.objects.filter(pk=unused.pk).delete()
    gone = history_of(Vendor).objects.filter(id=unused.pk, history_type="+").get()
    world.keys |= {"gone": unused.pk, "gone version": gone.history_id}
    world.keys["deletion"] = ChangeSet.objects.filter(reason="to be restored").get().pk
    return world


def make_editions(boss: Client) -> dict[str, Edition]:
    """An edition that is prepared, one that is approved, and one that is published, each of a series of its own."""
    preparer = User.objects.create_user("doris", password="a long password for tests")
    preparer.user_permissions.set(Permission.objects.filter(codename="prepare_edition"))
    approver = User.objects.get(username="boss")
    editions = {}
    for name in ("prepared", "approved", "published"):
        with change_set(user=preparer, source=Source.COMMAND, reason="set-up of a test"):
            series = DocumentText(name=f"Series {name}", title="Processors", rows="country=US")
            series.save()
            editions[name] = prepare_edition(series, timezone.localdate(), user=preparer)
        edition = editions[name]
        with change_set(user=preparer, source=Source.COMMAND, reason="set-up of a test"):
            edition = steps.name_findings(edition, list(edition.findings), "Known", user=preparer)
            if name != "prepared":
                edition = steps.approve(edition, edition.content_sha256, user=approver)
            if name == "published":
                steps.publish(edition, {"json": steps.frozen_content(edition).json}, user=approver)
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        unused = DocumentText(name="Series to delete", title="Processors")
        unused.save()
    return editions


def series_of(world: World, name: str) -> int:
    return Edition.objects.get(pk=world.keys[f"edition {name}"]).series_id


def spare_series() -> int:
    return DocumentText.objects.get(name="Series to delete").pk


def preparing(world: World, user: User) -> tuple[str, dict[str, Any]]:
    answer = {"day": timezone.localdate(), "change_reason": "x"}
    return admin("edition_prepare", series_of(world, "prepared")), answer


def approving(world: World, user: User) -> tuple[str, dict[str, Any]]:
    edition = Edition.objects.get(pk=world.keys["edition prepared"])
    return admin("edition_approve", edition.pk), {"digest": edition.content_sha256, "change_reason": "x"}


def of_edition(page: str, name: str, **answer: Any) -> Ask:
    return lambda world, user: (admin(page, world.keys[f"edition {name}"]), {**answer, "change_reason": "x"})


def made_text() -> Any:
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        text = DocumentText.load()
        text.title = "Register"
        text.save()
    return text


def upload_of(user: User) -> Upload:
    return Upload.keep(user, "register.tsv", "tsv", FILE)


#: What a new entry of a kind needs.
NEW: dict[str, Callable[[World], dict[str, Any]]] = {
    "vendor": lambda world: {"name": "Nytt AB"},
    "agreement": lambda world: {"vendor": world.keys["vendor"], "kind": "processing", "reference": "2"},
    "legalbasis": lambda world: {"label": "Ny grund"},
    "processingactivity": lambda world: {"vendor": world.keys["vendor"], "purpose": "Nytt", "country": "SE"},
    "acceptance": lambda world: {
        "rule": "no_processing_agreement",
        "vendor": world.keys["vendor"],
        "why": "x",
        "until": timezone.localdate(),
    },
    "transfermechanism": lambda world: {"code": "fresh", "label": "Färsk"},
    "mechanismalias": lambda world: {"mechanism": world.keys["transfermechanism"], "label": "Annat ord"},
    "vendorname": lambda world: {"vendor": world.keys["vendor"], "name": "Exemplet"},
    "documenttext": lambda world: {"name": "New series", "title": "Processors"},
    "transfer": lambda world: {"activity": world.keys["processingactivity"], "mechanism": world.keys["successor"]},
}
#: What is changed in an entry of a kind.
CHANGED: dict[str, dict[str, Any]] = {
    "vendor": {"notes": "x"},
    "agreement": {"notes": "x"},
    "legalbasis": {"label": "Avtal, ändrat"},
    "processingactivity": {"notes": "x"},
    "acceptance": {"why": "x"},
    "transfermechanism": {"label": "Ändrad sköld"},
    "mechanismalias": {"label": "Ändrat ord"},
    "vendorname": {"name": "Ändrat namn"},
    "transfer": {"evidence_url": "https://example.com/x"},
    "documenttext": {"closing": "x"},
    "edition": {"number": "9"},
    "organisation": {"contact": "x"},
}


#: Where selected entries are sent that have a list in place of a change list of the admin.
LIST_ACTIONS = {"vendor": "vendors_action", "processingactivity": "register_action"}


def bulk(name: str, action: str, **answer: Any) -> Attempt:
    def ask(world: World, user: User) -> tuple[str, dict[str, Any]]:
        key = world.keys["unused basis"] if name == "legalbasis" else world.keys[name]
        address = admin(LIST_ACTIONS.get(name, f"registry_{name}_changelist"))
        return address, {"action": action, "_selected_action": [key], **answer}

    return tries(action.replace("_", " "), ask)


def restoring(world: World, user: User) -> tuple[str, dict[str, Any]]:
    address = admin("registry_vendor_restore", world.keys["gone"], world.keys["gone version"])
    return address, {"digest": world.page(address).context["undo_plan"].digest}


def of_kind(name: str) -> dict[str, list[Attempt]]:
    """The pages that each kind of entry has."""
    page = f"registry_{name}"

    def save(world: World, user: User) -> tuple[str, dict[str, Any]]:
        address = admin(f"{page}_change", world.keys[name])
        return address, world.form(address, **CHANGED[name], change_reason="x")

    def add(world: World, user: User) -> tuple[str, dict[str, Any]]:
        address = admin(f"{page}_add")
        return address, world.form(address, **NEW[name](world), change_reason="x")

    found = {
        f"{page}_changelist": [looks(f"{page}_changelist")],
        f"{page}_add": [tries("add", add)] if name in NEW else [never(f"{page}_add", title="x")],
        f"{page}_change": [looks(f"{page}_change", name), tries("save", save)],
        f"{page}_delete": [
            tries(
                "delete",
                lambda world, user: (
                    admin(f"{page}_delete", world.keys["unused basis" if name == "legalbasis" else name]),
                    {"post": "yes"},
                ),
            )
        ],
        f"{page}_history": [looks(f"{page}_history", name), never(f"{page}_history", name)],
        f"{page}_simple_history": [
            looks(f"{page}_simple_history", name, f"{name} version"),
            never(f"{page}_simple_history", name, f"{name} version", **CHANGED[name]),
        ],
        f"{page}_restore": [tries("preview", lambda world, user: (restoring_of(world, name), None))],
    }
    if name == "documenttext":
        found[f"{page}_delete"] = [
            tries("delete", lambda world, user: (admin(f"{page}_delete", spare_series()), {"post": "yes"})),
            never(f"{page}_delete", name, post="yes"),
        ]
    elif name == "edition":
        found[f"{page}_change"] = [looks(f"{page}_change", name)]
        found[f"{page}_delete"] = [never(f"{page}_delete", name, post="yes")]
    elif name == "organisation":
        found[f"{page}_delete"] = [never(f"{page}_delete", name, post="yes")]
    elif name not in {"transfermechanism", *LIST_ACTIONS}:  # in use, as any that stands for something is
        found[f"{page}_changelist"].append(bulk(name, "delete_selected", post="yes"))
    elif name == "transfermechanism":
        found[f"{page}_delete"] = [
            tries("delete", lambda world, user: (admin(f"{page}_delete", world.keys["successor"]), {"post": "yes"}))
        ]
    return found


def restoring_of(world: World, name: str) -> str:
    return admin(f"registry_{name}_restore", world.keys[name], world.keys[f"{name} version"])


def own_upload(page: str) -> Ask:
    return lambda world, user: (admin(page, upload_of(user).token), None)


#: A list of somebody else, and a ledger of suppliers.
LIST, LEDGER = b"Supplier,Function,Location\nExempel Moln,Drift,EU\n", b"Supplier,Org.nr\nExempel Moln,556000-0001\n"


def list_of(user: User) -> Upload:
    return Upload.keep(user, "list.csv", "csv", LIST)


def ledger_of(user: User) -> Upload:
    upload = Upload.keep(user, "ledger.csv", "csv", LEDGER, UploadAim.COMPARE)
    upload.answer({"table::1": "take"})
    return upload


def matching(world: World, user: User) -> tuple[str, None]:
    return admin("import_matching", list_of(user).token), None


def answering_matching(world: World, user: User) -> tuple[str, dict[str, Any]]:
    return admin("import_matching", list_of(user).token), {"place:eu": "SE", "_name": f"list of {user.username}"}


def removing_a_matching(world: World, user: User) -> tuple[str, dict[str, Any]]:
    kept = Matching.objects.remember(f"to remove {user.username}", "shape", {}, user)
    return admin("matching_remove", kept.pk), {}


def comparing(world: World, user: User) -> tuple[str, None]:
    return admin("comparison", ledger_of(user).token), None


def drafting(world: World, user: User) -> tuple[str, dict[str, Any]]:
    return admin("comparison", ledger_of(user).token), {"vendor": "Exempel Moln"}


def confirm(world: World, user: User) -> tuple[str, dict[str, Any]]:
    from registry.files.format_registry import FORMATS_BY_CODE
    from registry.files.importing.planner import plan_import

    fresh = FILE.replace(b"Drift", b"Support")
    upload = Upload.keep(user, "register.tsv", "tsv", fresh)
    digest = plan_import(FORMATS_BY_CODE["tsv"]().read(fresh)).digest
    answer = {"token": upload.token, "plan_digest": digest, "change_reason": "x"}
    return admin("registry_processingactivity_process_import"), answer


def another_s_upload(world: World, user: User) -> tuple[str, dict[str, Any]]:
    address, answer = confirm(world, User.objects.get(pk=world.keys["user"]))
    return address, answer


def move(world: World, user: User) -> tuple[str, dict[str, Any]]:
    answer = {"successor": world.keys["successor"], "recipient_qualifies": "unknown", "change_reason": "x"}
    answer["activity"] = [world.keys["processingactivity"]]
    return admin("ending", world.keys["transfermechanism"]), answer


def remove_needless(world: World, user: User) -> tuple[str, dict[str, Any]]:
    answer = {"transfers": str(world.keys["needless transfer"]), "change_reason": "x"}
    return admin("needless_mechanisms", world.keys["needless"]), answer


def own_view(user: User) -> int:
    return SavedView.objects.get_or_create(owner=user, name="own")[0].pk


def undoing(world: World, user: User) -> tuple[str, dict[str, Any]]:
    address = admin("registry_changeset_undo", world.keys["deletion"])
    return address, {"digest": world.page(address).context["undo_plan"].digest}


def saving_user(group_names: Sequence[str] = (), **changes: Any) -> Ask:
    def ask(world: World, user: User) -> tuple[str, dict[str, Any]]:
        address = admin("registry_user_change", world.keys["user"])
        plain = {"username": "anna", "is_active": "on", "language": "sv"}
        days = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
        groups = [group.pk for group in Group.objects.filter(name__in=group_names)]
        return address, {**plain, **days, **changes, "groups": groups}

    return ask


def another_session(user: User) -> str:
    """The mark of one more session of a user."""
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return session_mark(client.session.session_key)


def anna(world: World) -> User:
    return User.objects.get(pk=world.keys["user"])


def assign(world: World, user: User) -> tuple[str, dict[str, Any]]:
    answer = {"action": "assign_owner", "_selected_action": [world.keys["vendor"]], "apply": "1"}
    return admin("vendors_action"), {**answer, "owner": world.keys["user"]}


def saving_rows(page: str, model: str, name: str) -> Ask:
    """Change one cell of a table."""

    def ask(world: World, user: User) -> tuple[str, dict[str, Any]]:
        address, key = admin(page), world.keys[model]
        form = next(each for each in world.page(address).context["grid"].forms if each.instance.pk == key)
        values = {each.html_name: each.value() or "" for each in form}
        return address, {**values, "rows": str(key), f"row-{key}-{name}": "Annat", "change_reason": "x"}

    return ask


def answering(world: World, user: User) -> tuple[str, dict[str, Any]]:
    address, key = admin("questions") + "?question=role", world.keys["vendor"]
    form = next(each for each in world.page(address).context["grid"].forms if each.instance.pk == key)
    return address, {"rows": str(key), f"row-{key}-role": "processor", f"row-{key}-version": form["version"].value()}


#: A value for each model that many entries of can be given.
MANY = {
    "vendor": {"review_interval_months": "12"},
    "processingactivity": {"retention": "ett år"},
    "agreement": {"notes": "x"},
    "transfer": {"evidence_url": "https://example.com/many"},
}


def editing_many(name: str) -> Ask:
    def ask(world: World, user: User) -> tuple[str, dict[str, Any]]:
        address, values = admin("bulk_edit", name), {"keys": str(world.keys[name]), "version": "999999", **MANY[name]}
        preview = world.boss.post(address, values)
        return address, {**values, "digest": preview.context["plan"].digest, "change_reason": "x"}

    return ask


def merging(world: World, user: User) -> tuple[str, dict[str, Any]]:
    """Merge two vendors of which both have an activity with the same purpose."""
    address = admin("merge", "vendor", world.keys["vendor"])
    answer = {"gone": str(world.keys["merged"]), "version": "999999"}
    preview = world.boss.post(address, answer)
    return address, {**answer, "digest": preview.context["plan"].digest, "change_reason": "x"}


NEW_PASSWORDS = {"new_password1": "an entirely new phrase", "new_password2": "an entirely new phrase"}
OLD_LINK = reverse("password_choose", args=["MQ", "abc-def"])
PASSWORDS = {"password1": "an entirely new phrase", "password2": "an entirely new phrase"}

PAGES: dict[str, list[Attempt]] = {
    "home": [tries("look", lambda world, user: ("/", None))],
    "set_language": [tries("choose", lambda world, user: (reverse("set_language"), {"language": "en"}))],
    "register": [looks("register"), never("register")],
    "register_export": [tries("export", lambda world, user: (admin("register_export"), {"format": "csv"}))],
    "register_edit": [
        looks("register_edit"),
        tries("save", saving_rows("register_edit", "processingactivity", "purpose")),
    ],
    "vendors": [looks("vendors"), never("vendors")],
    "vendors_export": [tries("export", lambda world, user: (admin("vendors_export"), {"format": "csv"}))],
    "vendors_edit": [looks("vendors_edit"), tries("save", saving_rows("vendors_edit", "vendor", "name"))],
    "merge_duplicates": [
        tries("look", lambda world, user: (admin("merge_duplicates", "vendor"), None)),
        Attempt("write", lambda world, user: (admin("merge_duplicates", "vendor"), {"gone": "1"}), never=True),
    ],
    "merge": [
        tries("look", lambda world, user: (admin("merge", "vendor", world.keys["vendor"]), None)),
        tries(
            "compare",
            lambda world, user: (
                admin("merge", "vendor", world.keys["vendor"]) + f"?gone={world.keys['merged']}",
                None,
            ),
        ),
        tries("merge", merging),
    ],
    "bulk_edit": [tries(f"edit many: {name}", editing_many(name)) for name in MODELS],
    "register_view_save": [tries("save", lambda world, user: (admin("register_view_save"), {"name": "x"}))],
    "register_view_delete": [
        tries("delete own", lambda world, user: (admin("register_view_delete", own_view(user)), {}))
    ],
    "register_document": [looks("register_document"), never("register_document")],
    "registry_vendor_paper": [
        tries("export", lambda world, user: (admin("registry_vendor_paper", world.keys["vendor"]), {"format": "docx"}))
    ],
    "registry_processingactivity_paper": [
        tries(
            "export",
            lambda world, user: (
                admin("registry_processingactivity_paper", world.keys["processingactivity"]),
                {"format": "docx"},
            ),
        )
    ],
    "registry_changeset_paper": [
        tries("export", lambda world, user: (admin("registry_changeset_paper", world.keys["act"]), {"format": "docx"}))
    ],
    "article_30": [looks("article_30"), never("article_30")],
    "article_30_export": [tries("export", lambda world, user: (admin("article_30_export"), {"format": "jsonld"}))],
    "register_difference": [looks("register_difference"), never("register_difference")],
    "register_difference_export": [
        tries("export", lambda world, user: (admin("register_difference_export") + "?from=2020-01-01", {}))
    ],
    "editions": [looks("editions"), never("editions")],
    "edition": [looks("edition", "edition prepared"), never("edition", "edition prepared", number="9")],
    "edition_prepare": [
        tries("look", lambda world, user: (admin("edition_prepare", series_of(world, "prepared")), None)),
        tries("prepare", preparing),
    ],
    "edition_findings": [
        tries("name findings", of_edition("edition_findings", "prepared", rule=["x"], because="Known to all"))
    ],
    "edition_discard": [tries("discard", of_edition("edition_discard", "approved"))],
    "edition_approve": [
        tries("approve", approving),
        Attempt("approve another content", of_edition("edition_approve", "prepared", digest="0" * 64), never=True),
    ],
    "edition_publish": [
        tries("publish", of_edition("edition_publish", "approved")),
        Attempt("publish what nobody approved", of_edition("edition_publish", "prepared"), never=True),
    ],
    "edition_withdraw": [tries("withdraw", of_edition("edition_withdraw", "published", because="Wrong"))],
    "edition_file": [tries("export", of_edition("edition_file", "published", form="json"))],
    "series_zip": [
        tries("export", lambda world, user: (admin("series_zip", series_of(world, "published")), {"format": "zip"}))
    ],
    "edition_record": [
        Attempt("record an import", lambda world, user: (admin("edition_record", world.keys["import"]), {}), never=True)
    ],
    "findings": [looks("findings"), never("findings")],
    "findings_export": [tries("export", lambda world, user: (admin("findings_export"), {}))],
    "changed_verdicts": [looks("changed_verdicts"), never("changed_verdicts")],
    "questions": [looks("questions"), tries("answer", answering)],
    "due": [looks("due"), never("due")],
    "mine": [looks("mine"), never("mine")],
    "watch": [
        tries("watch", lambda world, user: (admin("watch", "vendor", world.keys["vendor"]), {})),
        tries(
            "watch an activity", lambda world, user: (admin("watch", "activity", world.keys["processingactivity"]), {})
        ),
        tries("watch own view", lambda world, user: (admin("watch", "view", own_view(user)), {})),
        Attempt(
            "watch a view of somebody else that is not shared",
            lambda world, user: (admin("watch", "view", own_view(anna(world))), {}),
            never=True,
        ),
    ],
    "ending": [
        looks("ending", "transfermechanism"),
        tries("move", move),
        tries("export", lambda world, user: (admin("ending", world.keys["transfermechanism"]), {"export": "1"})),
    ],
    "needless_mechanisms": [looks("needless_mechanisms", "needless"), tries("remove", remove_needless)],
    "search": [looks("search"), never("search", q="x")],
    "help": [tries("look", lambda world, user: (admin("help", "register"), None))],
    "account": [looks("account"), never("account")],
    "sessions": [
        looks("sessions"),
        Attempt("end another session", lambda world, user: (admin("sessions"), {"end": another_session(user)})),
        Attempt(
            "end a session of somebody else",
            lambda world, user: (admin("sessions"), {"end": another_session(anna(world))}),
            never=True,
        ),
    ],
    "registry_changeset_note": [
        tries(
            "add a note", lambda world, user: (admin("registry_changeset_note", world.keys["deletion"]), {"note": "x"})
        )
    ],
    "stay_signed_in": [tries("stay signed in", lambda world, user: (admin("stay_signed_in"), {}))],
    "sign_out_everywhere": [
        looks("sign_out_everywhere"),
        tries("sign out", lambda world, user: (admin("sign_out_everywhere"), {})),
    ],
    "password_forgotten": [tries("look", lambda world, user: (reverse("password_forgotten"), None))],
    "password_forgotten_sent": [tries("look", lambda world, user: (reverse("password_forgotten_sent"), None))],
    "password_choose": [
        tries("look, by a link that is too old", lambda world, user: (OLD_LINK, None)),
        Attempt("choose, by a link that is too old", lambda world, user: (OLD_LINK, NEW_PASSWORDS), never=True),
    ],
    "password_chosen": [tries("look", lambda world, user: (reverse("password_chosen"), None))],
    "index": [looks("index")],
    "login": [looks("login")],
    "logout": [tries("sign out", lambda world, user: (admin("logout"), {}))],
    "password_change": [looks("password_change")],
    "password_change_done": [looks("password_change_done")],
    "autocomplete": [
        tries(
            "look",
            lambda world, user: (
                admin("autocomplete") + "?app_label=registry&model_name=transfer&field_name=mechanism",
                None,
            ),
        ),
        tries(
            "choose an owner",
            lambda world, user: (
                admin("autocomplete") + "?app_label=registry&model_name=vendor&field_name=owner",
                None,
            ),
        ),
    ],
    "registry_vendor_same": [
        tries("look", lambda world, user: (admin("registry_vendor_same") + "?name=exempel", None)),
        never("registry_vendor_same", website="x"),
    ],
    "jsi18n": [looks("jsi18n")],
    "app_list": [tries("look", lambda world, user: (admin("app_list", "registry"), None))],
    "registry_processingactivity_judge": [
        tries("judge", lambda world, user: (admin("registry_processingactivity_judge"), {"country": "SE"}))
    ],
    "registry_processingactivity_import": [
        looks("registry_processingactivity_import"),
        tries(
            "upload",
            lambda world, user: (
                admin("registry_processingactivity_import"),
                {"import_file": SimpleUploadedFile("register.tsv", FILE), "format": "tsv"},
            ),
        ),
    ],
    "import_matching": [tries("look", matching), tries("answer", answering_matching)],
    "matchings": [looks("matchings"), never("matchings")],
    "matching_remove": [tries("remove", removing_a_matching)],
    "compare": [
        looks("compare"),
        tries(
            "compare",
            lambda world, user: (admin("compare"), {"import_file": SimpleUploadedFile("ledger.csv", LEDGER)}),
        ),
    ],
    "comparison": [tries("look", comparing), tries("make drafts", drafting)],
    "comparison_export": [tries("export", lambda world, user: (admin("comparison_export", ledger_of(user).token), {}))],
    "registry_processingactivity_import_preview": [
        tries("look", own_upload("registry_processingactivity_import_preview"))
    ],
    "registry_processingactivity_import_template": [looks("registry_processingactivity_import_template")],
    "registry_processingactivity_import_marked": [
        tries(
            "export",
            lambda world, user: (admin("registry_processingactivity_import_marked", upload_of(user).token), {}),
        )
    ],
    "registry_processingactivity_import_download": [
        tries(
            "export",
            lambda world, user: (admin("registry_processingactivity_import_download", upload_of(user).token), {}),
        )
    ],
    "registry_processingactivity_process_import": [
        tries("import", confirm),
        Attempt("import what another person uploaded", another_s_upload, never=True),
    ],
    "registry_processingactivity_export": [looks("registry_processingactivity_export")],
    "registry_changeset_changelist": [looks("registry_changeset_changelist"), never("registry_changeset_changelist")],
    "registry_changeset_export": [
        tries("export", lambda world, user: (admin("registry_changeset_export"), {"format": "csv"}))
    ],
    "registry_changeset_file": [looks("registry_changeset_file", "import"), never("registry_changeset_file", "import")],
    "registry_changeset_undo": [
        tries("preview", lambda world, user: (admin("registry_changeset_undo", world.keys["deletion"]), None)),
        tries("undo", undoing),
    ],
    "registry_changeset_deleted": [looks("registry_changeset_deleted"), never("registry_changeset_deleted")],
    "registry_changeset_add": [never("registry_changeset_add", reason="x")],
    "registry_changeset_history": [
        looks("registry_changeset_history", "act"),
        never("registry_changeset_history", "act"),
    ],
    "registry_changeset_delete": [never("registry_changeset_delete", "act", post="yes")],
    "registry_changeset_change": [
        looks("registry_changeset_change", "act"),
        never("registry_changeset_change", "act", reason="x"),
    ],
    "registry_user_changelist": [
        looks("registry_user_changelist"),
        tries(
            "sign out everywhere",
            lambda world, user: (
                admin("registry_user_changelist"),
                {"action": "sign_out_everywhere", "_selected_action": [world.keys["user"]]},
            ),
        ),
    ],
    "registry_user_add": [
        tries(
            "add",
            lambda world, user: (
                admin("registry_user_add"),
                {"username": "ny", "usable_password": "true", **PASSWORDS},
            ),
        )
    ],
    "registry_user_history": [looks("registry_user_history", "user")],
    "registry_user_delete": [never("registry_user_delete", "user", post="yes")],
    "registry_user_change": [
        looks("registry_user_change", "user"),
        Attempt(
            "give a role",
            saving_user(group_names=[ROLE_NAMES[1]], is_staff="on"),
            effect=lambda world: anna(world).groups.filter(name=ROLE_NAMES[1]).exists(),
        ),
        Attempt(
            "give a group that is no role",
            saving_user(group_names=["Own group"]),
            never=True,
            effect=lambda world: anna(world).groups.exists(),
        ),
        Attempt("make a superuser", saving_user(is_superuser="on"), effect=lambda world: anna(world).is_superuser),
        Attempt(
            "give a single right",
            saving_user(user_permissions=["1"]),
            never=True,
            effect=lambda world: anna(world).user_permissions.exists(),
        ),
    ],
    "auth_user_password_change": [
        tries(
            "set a password",
            lambda world, user: (
                admin("auth_user_password_change", world.keys["user"]),
                {"usable_password": "true", **PASSWORDS},
            ),
        )
    ],
    "auth_group_changelist": [looks("auth_group_changelist")],
    "auth_group_add": [Attempt("add", lambda world, user: (admin("auth_group_add"), {"name": "Ny grupp"}), never=True)],
    "auth_group_history": [looks("auth_group_history", "group")],
    "auth_group_delete": [
        tries("delete", lambda world, user: (admin("auth_group_delete", world.keys["group"]), {"post": "yes"}))
    ],
    "auth_group_change": [
        looks("auth_group_change", "group"),
        tries("save", lambda world, user: (admin("auth_group_change", world.keys["group"]), {"name": "Annat namn"})),
        Attempt(
            "change a role",
            lambda world, user: (
                admin("auth_group_change", Group.objects.get(name=ROLE_NAMES[0]).pk),
                {"name": ROLE_NAMES[0], "permissions": ["1"]},
            ),
            never=True,
        ),
    ],
}
for kind in KINDS:
    PAGES |= {name: attempts + PAGES.get(name, []) for name, attempts in of_kind(kind).items()}
PAGES["registry_vendor_restore"].append(tries("restore", restoring))
PAGES["vendors_action"] = [
    bulk("vendor", "end_selected", apply="1", ended_on="2026-01-01", outcome="keep", change_reason="x"),
    tries("assign owner", assign),
    bulk("vendor", "mark_as_reviewed", apply="1", last_reviewed_on="2026-01-01", version="999999"),
    bulk("vendor", "delete_selected", post="yes"),
]
PAGES["register_action"] = [
    bulk("processingactivity", "delete_selected", post="yes"),
]
