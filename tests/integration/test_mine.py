"""*Mine*, and what people watch: on the page, and in a mail once a day that tells nothing twice and loses nothing."""

import io
from datetime import date
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from registry.models import (
    ChangeSet,
    ProcessingActivity,
    Role,
    SavedView,
    Source,
    Status,
    User,
    Vendor,
    Watch,
    change_set,
)
from registry.web.watching import pages, view_rows, watched
from tests.factories import make_activity, make_agreement, make_transfer, make_vendor
from tests.growth import queries_of_pages
from tests.integration.pages import text_of, url

pytestmark = pytest.mark.django_db

MINE = "/admin/mine/"
SEES = ("view_vendor", "view_processingactivity", "view_transfer", "view_transfermechanism", "view_agreement")


@pytest.fixture
def eva(sign_in):
    """A reader with an address."""
    client = sign_in(*SEES, "view_changeset", name="eva")
    user = User.objects.get(username="eva")
    user.email, user.language = "eva@example.com", "en"
    user.save()
    client.person = user
    return client


@pytest.fixture
def olle(make_user):
    return make_user(name="olle")


def saves(person, entry, reason="", **values):
    with change_set(user=person, source=Source.ADMIN, reason=reason):
        for name, value in values.items():
            setattr(entry, name, value)
        entry.save()
    return entry


def refuse(why):
    raise SMTPServerDisconnected(why)


def begin(client, kind, entry):
    return client.post(reverse("admin:watch", args=[kind, entry.pk]), {"next": MINE}, follow=True)


def stop(client, kind, key):
    return client.post(reverse("admin:watch", args=[kind, key]), {"stop": "1"}, follow=True)


class TestMine:
    def test_is_in_the_menu_after_the_overview(self, eva):
        assert [str(name) for name, _address, _here in eva.get(MINE).context["navigation"]][:2] == ["Overview", "Mine"]

    def test_says_what_to_do_where_there_is_nothing(self, eva):
        said = text_of(eva.get(MINE))
        assert "You own no vendor." in said
        assert "Nothing is due for your vendors." in said
        assert "There are no open findings about your vendors." in said
        assert "Nobody else changed anything in them." in said
        assert "You watch nothing." in said

    def test_lists_own_vendors_with_verdict_and_the_findings_of_the_list(self, eva, olle, reference):
        vendor, other = make_vendor(name="Min AB", owner=eva.person), make_vendor(name="Olles AB", owner=olle)
        make_activity(vendor=vendor, country="US")
        make_activity(vendor=other, country="US")
        ended = make_vendor(name="Slut AB", owner=eva.person, status=Status.ENDED)
        page = eva.get(MINE)
        (own,) = page.context["own_vendors"]
        assert (own.vendor, own.verdict.code) == (vendor, "not_covered")
        listed = eva.get("/admin/vendors/?column=vendor&column=finding_count").context["rows"]
        assert str(own.open_findings) == {row.key: row.cells[1].text for row in listed}[vendor.pk]
        findings = page.context["own_findings"]
        assert sum(each.count for each in findings) == own.open_findings
        for each in findings:
            assert [row.key for row in eva.get(each.address).context["rows"]] == [vendor.pk], each.address
        assert ended.name not in text_of(page)

    def test_says_what_is_due_for_them(self, eva):
        make_vendor(name="Min AB", owner=eva.person, review_interval_months=12, last_reviewed_on=date(2020, 1, 1))
        make_vendor(name="Annan AB", review_interval_months=12, last_reviewed_on=date(2020, 1, 1))
        said = text_of(eva.get(MINE))
        assert "Min AB: the review was due on 2021-01-01." in said
        assert "Annan AB" not in said

    def test_says_what_others_changed_in_them_and_what_belongs_to_them(self, eva, olle):
        vendor = make_vendor(name="Min AB", owner=eva.person)
        activity = make_activity(vendor=vendor, purpose="Drift")
        saves(olle, activity, "Moved", country="NO")
        saves(eva.person, vendor, notes="My own")
        saves(olle, make_vendor(), notes="Somebody else's")
        page = eva.get(MINE)
        newest = page.context["changes"][0]
        said = text_of(page)
        assert (newest.change_set.user_name, newest.change_set.reason) == ("olle", "Moved")
        assert "Country: SE → NO" in said
        assert url("changeset_change", newest.change_set.pk) in page.content.decode()
        assert "My own" not in said
        assert "Somebody else" not in said

    def test_leaves_out_what_one_may_not_see(self, sign_in, olle):
        client = sign_in("view_vendor", "view_processingactivity", name="per")
        vendor = make_vendor(owner=User.objects.get(username="per"))
        agreement = make_agreement(vendor=vendor)
        saves(olle, agreement, reference="Secret 7")
        page = client.get(MINE)
        assert page.status_code == 200
        assert "Secret 7" not in text_of(page)
        assert sign_in("view_vendor", name="ida").get(MINE).status_code == 403

    @pytest.mark.uncounted("the page with more rows: the other tests of it")
    def test_queries_do_not_grow(self, eva, olle, reference):
        def more(count):
            for _number in range(count):
                vendor = make_vendor(owner=eva.person, review_interval_months=1, last_reviewed_on=date(2020, 1, 1))
                activity = make_activity(vendor=vendor, country="US")
                make_transfer(activity=activity)
                saves(olle, activity, notes="x")
                Watch.objects.create(user=eva.person, vendor=vendor)
                Watch.objects.create(user=eva.person, activity=activity)

        more(2)
        few = queries_of_pages(eva, [MINE])
        more(10)
        assert queries_of_pages(eva, [MINE]) == few


class TestWatching:
    @pytest.mark.parametrize("kind", ["vendor", "activity"])
    def test_begins_and_stops_on_the_page_of_an_entry(self, eva, kind):
        activity = make_activity()
        entry = activity if kind == "activity" else activity.vendor
        address = url(f"{entry._meta.model_name}_change", entry.pk)
        assert not eva.get(address).context["watch"]["watched"]
        begin(eva, kind, entry)
        assert eva.get(address).context["watch"]["watched"]
        assert "You watch it already." in text_of(begin(eva, kind, entry))
        assert Watch.objects.count() == 1
        assert str(entry) in text_of(eva.get(MINE))
        assert "Stop watching" in text_of(eva.get(address))
        stop(eva, kind, entry.pk)
        assert not Watch.objects.exists()

    def test_of_a_saved_view_begins_beside_it(self, eva, olle):
        view = SavedView.objects.create(owner=olle, name="Alla", query="text=a", shared=True)
        assert "Watch : Alla" in text_of(eva.get("/admin/register/"))
        begin(eva, "view", view)
        assert "Stop watching : Alla" in text_of(eva.get("/admin/register/"))
        assert "/admin/register/?text=a" in eva.get(MINE).content.decode()
        own = SavedView.objects.create(owner=olle, name="Hemlig")
        assert begin(eva, "view", own).status_code == 403

    def test_needs_the_right_to_see_it(self, sign_in):
        activity = make_activity()
        client = sign_in("view_vendor", name="per")
        assert client.post(reverse("admin:watch", args=["activity", activity.pk])).status_code == 403
        assert client.post(reverse("admin:watch", args=["nonsense", activity.pk])).status_code == 404
        assert client.post(reverse("admin:watch", args=["vendor", 10**9])).status_code == 404

    def test_leads_back_only_to_this_site(self, eva):
        sent = eva.post(
            reverse("admin:watch", args=["vendor", make_vendor().pk]), {"next": "https://elsewhere.example"}
        )
        assert sent["location"] == MINE

    def test_is_bounded(self, eva, monkeypatch):
        monkeypatch.setattr(pages, "MOST_WATCHES", 1)
        begin(eva, "vendor", make_vendor())
        assert "Stop watching one first." in text_of(begin(eva, "vendor", make_vendor()))

    def test_outlives_the_entry_and_lists_it_as_deleted(self, eva, olle):
        vendor = make_vendor(name="Borta AB")
        begin(eva, "vendor", vendor)
        with change_set(user=olle, source=Source.ADMIN):
            vendor.delete()
        page = eva.get(MINE)
        assert "Borta AB deleted" in text_of(page)
        assert 'value="1"' in page.content.decode()


class TestMails:
    @pytest.fixture(autouse=True)
    def address(self, settings):
        settings.SITE_URL = "https://register.example.com"

    @pytest.fixture
    def vendor(self, eva):
        vendor = make_vendor(name="Bevakad AB")
        begin(eva, "vendor", vendor)
        return vendor

    def send(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("send_watch_mails", *arguments, stdout=out, stderr=err)
        except SystemExit as ended:
            return ended.code, err.getvalue()
        return 0, out.getvalue()

    def test_say_who_changed_what_from_what_to_what(self, vendor, olle):
        activity = make_activity(vendor=vendor, purpose="Drift")
        self.send()
        mail.outbox.clear()
        saves(olle, vendor, "Assessed with legal", role=Role.PROCESSOR)
        saves(olle, activity, country="NO")
        assert self.send() == (0, "eva <eva@example.com>: 2 sent\n")
        (letter,) = mail.outbox
        assert letter.to == ["eva@example.com"]
        assert letter.subject == "Register of processors: 2 changes in what you watch"
        assert "olle: Assessed with legal" in letter.body
        assert "changed: Bevakad AB (vendor)" in letter.body
        assert "Role: not assessed → processor" in letter.body
        assert "Country: SE → NO" in letter.body
        assert f"https://register.example.com{url('changeset_change', ChangeSet.objects.first().pk)}" in str(
            letter.body
        )
        assert "To stop: https://register.example.com/admin/mine/" in letter.body

    def test_are_in_the_language_of_the_person(self, eva, vendor, olle):
        eva.person.language = "sv"
        eva.person.save()
        saves(olle, vendor, role=Role.PROCESSOR)
        self.send()
        with translation.override("sv"):
            assert "personuppgiftsbiträde" in mail.outbox[0].body
        assert "Bevakad AB" in mail.outbox[0].body
        assert "changed" not in mail.outbox[0].body

    def test_tell_nothing_twice_and_nothing_of_oneself_or_from_before(self, eva, olle):
        vendor = saves(olle, make_vendor(), notes="Before")
        begin(eva, "vendor", vendor)
        saves(eva.person, vendor, notes="By herself")
        saves(olle, make_vendor(), notes="Of another")
        assert self.send() == (0, "")
        saves(olle, vendor, notes="After")
        self.send()
        assert self.send() == (0, "")
        (letter,) = mail.outbox
        assert "After" in letter.body
        assert "Before" not in letter.body.replace("By herself → After", "")

    def test_lose_nothing_where_they_cannot_be_sent(self, eva, vendor, olle, monkeypatch):
        view = SavedView.objects.create(owner=eva.person, name="Min vy", query="")
        begin(eva, "view", view)
        saves(olle, vendor, notes="Important")
        make_activity(vendor=vendor, purpose="Ny")
        with monkeypatch.context() as broken:
            broken.setattr(EmailMessage, "send", lambda self: refuse("gone"))
            code, said = self.send()
        assert (code, "eva: not sent, to be tried again: gone" in said) == (1, True)
        self.send()
        assert "Important" in mail.outbox[0].body
        assert "1 new row" in mail.outbox[0].body

    def test_need_an_address(self, eva, vendor, olle):
        eva.person.email = ""
        eva.person.save()
        assert "no e-mail address" in text_of(eva.get(MINE))
        saves(olle, vendor, notes="x")
        assert self.send()[0] == 1

    def test_tell_only_what_one_may_see_today(self, eva, vendor, olle):
        agreement = make_agreement(vendor=vendor)
        saves(olle, agreement, reference="Secret 7")
        saves(olle, vendor, notes="Open")
        eva.person.user_permissions.remove(*eva.person.user_permissions.filter(codename="view_agreement"))
        self.send()
        assert "Open" in mail.outbox[0].body
        assert "Secret 7" not in mail.outbox[0].body
        eva.person.user_permissions.clear()
        saves(olle, vendor, notes="Hidden now")
        mail.outbox.clear()
        self.send()
        assert mail.outbox == []

    @pytest.mark.parametrize("lost", ["is_active", "is_staff"])
    def test_go_to_nobody_who_may_not_sign_in(self, eva, vendor, olle, lost):
        setattr(eva.person, lost, False)
        eva.person.save()
        saves(olle, vendor, notes="x")
        assert self.send() == (0, "")
        assert mail.outbox == []

    def test_can_be_tried_without_sending(self, vendor, olle):
        saves(olle, vendor, notes="Trial")
        code, said = self.send("--dry-run")
        assert code == 0
        assert "Trial" in said
        assert mail.outbox == []
        self.send()
        assert "Trial" in mail.outbox[0].body

    def test_need_the_address_of_the_register(self, settings):
        settings.SITE_URL = ""
        with pytest.raises(CommandError):
            call_command("send_watch_mails")

    def test_tell_of_a_deletion_and_end_the_watch(self, vendor, olle):
        with change_set(user=olle, source=Source.ADMIN, reason="Entered twice"):
            vendor.delete()
        self.send()
        assert "deleted: Bevakad AB" in mail.outbox[0].body
        assert not Watch.objects.exists()

    def test_tell_of_what_belongs_to_a_watched_activity(self, eva, olle):
        activity = make_activity(purpose="Drift")
        begin(eva, "activity", activity)
        begin(eva, "vendor", activity.vendor)
        with change_set(user=olle, source=Source.ADMIN):
            make_transfer(activity=activity)
        self.send()
        assert mail.outbox[0].body.count("added: ") == 1  # though she watches the vendor too

    def test_are_bounded(self, vendor, olle, monkeypatch):
        monkeypatch.setattr(watched, "LISTED", 2)
        for number in range(5):
            saves(olle, vendor, notes=f"Note {number} " + "long " * 100)
        self.send()
        body = mail.outbox[0].body
        assert "and 3 more change sets: https://register.example.com/" in body
        assert "Note 4" in body
        assert max(map(len, body.splitlines())) < 500
        assert "5 changes" in mail.outbox[0].subject


class TestMailsAboutViews:
    @pytest.fixture(autouse=True)
    def address(self, settings):
        settings.SITE_URL = "https://register.example.com"

    @pytest.fixture
    def view(self, eva):
        columns = "column=purpose&column=country"
        view = SavedView.objects.create(owner=eva.person, name="Norden", query=f"{columns}&country=SE")
        self.stays, self.goes, self.changes = (make_activity(purpose=name) for name in ("Kvar", "Bort", "Annan"))
        begin(eva, "view", view)
        return view

    def send(self):
        mail.outbox.clear()
        call_command("send_watch_mails", stdout=io.StringIO())
        return mail.outbox[0].body if mail.outbox else ""

    def test_name_the_rows_that_came_went_and_changed(self, view, olle):
        assert self.send() == ""
        make_activity(purpose="Kom")
        saves(olle, self.goes, country="NO")
        saves(olle, self.changes, purpose="Annorlunda")
        saves(olle, self.stays, notes="Not shown in the view")
        body = self.send()
        assert "The view “Norden”" in body
        assert f"https://register.example.com/admin/register/?{view.query}" in body
        assert [part in body for part in ("1 new row", "1 row is gone", "1 row changed")] == [True] * 3
        assert [name in body for name in (": Kom", ": Bort", ": Annorlunda", ": Kvar")] == [True, True, True, False]
        assert self.send() == ""

    def test_compare_the_same_cells_in_each_language(self, eva, view):
        eva.person.language = "sv"
        eva.person.save()
        assert self.send() == ""

    def test_name_a_deleted_row_by_its_last_name(self, view, olle):
        with change_set(user=olle, source=Source.ADMIN):
            self.goes.delete()
        assert ": Bort" in self.send()

    def test_say_where_the_view_itself_was_changed(self, view):
        view.query = "country=NO"
        view.save()
        assert "The view itself was changed." in self.send()
        assert self.send() == ""

    def test_count_only_where_there_are_many_rows(self, view, monkeypatch):
        monkeypatch.setattr(view_rows, "MOST_ROWS", 3)
        for number in range(4):
            make_activity(purpose=f"Many {number}")
        body = self.send()
        assert "4 new rows" in body
        assert "Many" not in body

    def test_name_some_and_count_the_rest(self, view, monkeypatch):
        for number in range(25):
            make_activity(purpose=f"Many {number}")
        body = self.send()
        assert "25 new rows" in body
        assert "and 5 more" in body

    def test_stop_where_the_view_is_no_longer_shared_or_cannot_be_shown(self, eva, olle):
        hidden = SavedView.objects.create(owner=olle, name="Delad", query="", shared=True)
        broken = SavedView.objects.create(owner=eva.person, name="Trasig", query="")
        for view in (hidden, broken):
            begin(eva, "view", view)
        hidden.shared, broken.query = False, "colour=red"
        hidden.save()
        broken.save()
        make_activity()
        assert self.send() == ""
        assert "Delad" not in text_of(eva.get(MINE))

    def test_of_a_list_of_vendors_too(self, eva, olle):
        view = SavedView.objects.create(owner=eva.person, name="Leverantörer", query="", list_name="vendors")
        begin(eva, "view", view)
        make_vendor(name="Ny AB")
        body = self.send()
        assert "Ny AB" in body
        assert "https://register.example.com/admin/vendors/" in body


def test_the_number_of_queries_does_not_grow(eva, olle, settings):
    settings.SITE_URL = "https://register.example.com"
    counted = []
    for count in (2, 12):
        with change_set(source=Source.COMMAND):
            vendors = Vendor.objects.bulk_create(Vendor(name=f"{count} {number}") for number in range(count))
            ProcessingActivity.objects.bulk_create(
                ProcessingActivity(vendor=each, purpose="P", country="SE") for each in vendors
            )
        Watch.objects.bulk_create(Watch(user=eva.person, vendor=vendor) for vendor in vendors)
        for each in vendors:
            saves(olle, each, notes=f"{count}")
        with CaptureQueriesContext(connection) as asked:
            call_command("send_watch_mails", stdout=io.StringIO())
        counted.append(len(asked))
        assert len(mail.outbox) == len(counted)
        Watch.objects.all().delete()
    assert counted[0] == counted[1]
