"""The database gives the verdict of the pure module, for any register, whatever was stored and when."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import product
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registry.history.time_travel import as_at
from registry.law.evidence import FACTS, RecordedEvidence
from registry.law.standing import Standing, standing_of
from registry.law.transfers import Law
from registry.law.verdicts import Verdict
from registry.models import (
    ChangeSet,
    ProcessingActivity,
    Source,
    StoredVerdict,
    Transfer,
    TransferMechanism,
    Vendor,
    change_set,
    law_on,
)
from registry.models.stored_verdicts import renew_verdicts, without_verdict
from tests.factories import make_activity, make_mechanism, make_transfer, make_vendor
from tests.integration.layers import layer

ON = date(2021, 7, 15)
DAYS = [ON - timedelta(days=n) for n in (400, 1, 0, -1, -400)]

SOUND = {
    "kind": "standard_clauses",
    "countries": "",
    "valid_from": date(2016, 1, 1),
    "last_day_new": None,
    "valid_until": None,
    "recipient_must_qualify": False,
    "self_certified": False,
    "needs_authorisation": False,
    "names_a_group": False,
    "needs_assessment_from": None,
    "check_holds_months": None,
    "must_be_signed": False,
    "assessed_only_with_added_data": False,
    "unsettled_from": None,
    "recurring": True,
    "contested_by": "",
}
MECHANISM_FLAWS = {
    "kind": ["unclassified", "derogation", "adequacy"],
    "countries": ["US", "CA JP"],
    "valid_from": [None, *DAYS],
    "last_day_new": DAYS,
    "valid_until": DAYS,
    "recipient_must_qualify": [True],
    "self_certified": [True],
    "needs_authorisation": [True],
    "names_a_group": [True],
    "needs_assessment_from": DAYS,
    "check_holds_months": [1, 13],
    "must_be_signed": [True],
    "assessed_only_with_added_data": [True],
    "unsettled_from": DAYS,
    "recurring": [False],
    "contested_by": ["C-1/26 P"],
}
DECISIONS = [
    {**SOUND, "kind": "adequacy", "countries": "CA JP", "recipient_must_qualify": True},
    {
        **SOUND,
        "kind": "adequacy",
        "countries": "US",
        "recipient_must_qualify": True,
        "self_certified": True,
        "check_holds_months": 12,
    },
    {**SOUND, "assessed_only_with_added_data": True, "needs_assessment_from": ON - timedelta(days=400)},
]
EVIDENCE = {
    "country": "",
    "recipient_qualifies": "yes",
    "checked_on": None,
    "signed_on": date(2020, 1, 1),
    "assessed_on": date(2020, 1, 1),
    "authorised_on": date(2020, 1, 1),
    "processor_adds_data": "unknown",
}
EVIDENCE_FLAWS = {
    "country": ["SE", "US", "CA", "IN", "XX"],
    "recipient_qualifies": ["no", "unknown"],
    "checked_on": DAYS,
    "signed_on": [None, *DAYS],
    "assessed_on": [None, *DAYS],
    "authorised_on": [None, *DAYS],
    "processor_adds_data": ["yes", "no"],
}


def each_flaw(sound, flaws):
    return [sound, *({**sound, name: value} for name, values in flaws.items() for value in values)]


@layer
def register():
    """Each flaw of a mechanism with each flaw of evidence in each kind of country, alone, and some of them together."""
    kinds = [flawed for sound in (SOUND, *DECISIONS) for flawed in each_flaw(sound, MECHANISM_FLAWS)]
    said = each_flaw(EVIDENCE, EVIDENCE_FLAWS)
    alone = [(place, [(kind, facts)]) for place, kind, facts in product(("IN", "CA"), range(len(kinds)), said)]
    random = Random(2021)  # noqa: S311 - the same each time
    # The law is the same on any database, and so is most of the SQL.
    alone = random.sample(alone, 5000 if connection.vendor == "sqlite" else 1000)
    places = ["SE", "GB", "US", "CA", "JP", "IN", "CH", "PR", "XX"]
    together = [
        (random.choice(places), [(kind, random.choice(said)) for kind in random.sample(range(len(kinds)), number)])
        for number in (0, 2, 3)
        for _ in range(300)
    ]
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        vendor = make_vendor(name="V")
        made = TransferMechanism.objects.bulk_create(
            TransferMechanism(code=f"m{n}", label=f"M{n}", **values) for n, values in enumerate(kinds)
        )
        flows = [*alone, *together]
        entries = ProcessingActivity.objects.bulk_create(
            ProcessingActivity(vendor=vendor, purpose=f"p{n}", country=place, position=n + 1)
            for n, (place, _) in enumerate(flows)
        )
        Transfer.objects.bulk_create(
            Transfer(activity=entry, mechanism=made[kind], **facts)
            for entry, (_, transfers) in zip(entries, flows, strict=True)
            for kind, facts in transfers
        )


@pytest.fixture
def mechanisms(register):
    """By its key each mechanism as plain data, which the pure module judges in a fraction of the time."""
    order = TransferMechanism.objects.order_by("valid_from", "pk")
    return {values["id"]: SimpleMechanism(values) for values in order.values()}


class SimpleMechanism:
    def __init__(self, values):
        vars(self).update(values)


@pytest.fixture
def flows(mechanisms):
    """By the key of each activity its country and what is recorded about its transfers."""
    countries = dict(ProcessingActivity.objects.values_list("pk", "country"))
    evidence = defaultdict(list)
    names = ("activity_id", "mechanism_id", *FACTS)
    for activity, mechanism, *facts in Transfer.objects.order_by("position", "id").values_list(*names):
        evidence[activity].append(RecordedEvidence(mechanisms[mechanism], *facts))
    return {key: (country, evidence[key]) for key, country in countries.items()}


def differing(flows, mechanisms, day):
    """The activities of which the database does not say what the law of a day says, by the key."""
    rows = ProcessingActivity.objects.with_standing(law_of(day)).values_list("pk", "verdict", "contested", "needless")
    stored = {
        key: Standing(Verdict(verdict), bool(contested), bool(needless)) for key, verdict, contested, needless in rows
    }
    assert stored.keys() == flows.keys()
    law = Law(day, mechanisms.values())
    return {
        key: (pure, stored[key])
        for key, (country, transfers) in flows.items()
        if stored[key] != (pure := standing_of(law, country, transfers))
    }


def law_of(day):
    return law_on(day)


@pytest.fixture
def on_day(monkeypatch):
    """``on_day(day)``: today is that day."""
    return lambda day: monkeypatch.setattr(timezone, "localdate", lambda *args: day)


@pytest.mark.django_db
@pytest.mark.uncounted("each flaw with each other: test_transfers")
class TestAnyRegister:
    def test_what_was_stored_is_right_until_the_day_it_says(self, flows, mechanisms, on_day):
        on_day(ON)
        StoredVerdict.objects.all().delete()
        renew_verdicts()
        assert StoredVerdict.objects.count() == ProcessingActivity.objects.count()
        for day in (ON, *(ON + timedelta(days=n) for n in (1, 2, 399, 401, 1000))):
            assert not differing(flows, mechanisms, day)
        assert not without_verdict(ON).exists()

    def test_another_day_is_judged_while_reading(self, flows, mechanisms):
        assert StoredVerdict.objects.filter(contested=True).exists()
        assert StoredVerdict.objects.filter(needless=True).exists()
        for day in (*DAYS[1:], date(2000, 1, 1)):
            assert not differing(flows, mechanisms, day)
            law = law_of(day)
            worst = max(activity.verdict for activity in ProcessingActivity.objects.with_verdict(law))
            assert Vendor.objects.with_verdict(law).get().verdict == worst


def verdict_of(activity, day=None):
    law = law_of(day or timezone.localdate())
    return Verdict(ProcessingActivity.objects.with_verdict(law).get(pk=activity.pk).verdict)


@pytest.mark.django_db
class TestEachWrite:
    @pytest.fixture
    def clauses(self, recording):
        return make_mechanism(code="c", label="C", kind="other_safeguard", valid_from=date(2001, 1, 1))

    @pytest.fixture
    def in_india(self, recording, activity):
        with recording():
            activity.country = "IN"
            activity.save()
        return activity

    def stored(self, activity):
        return Verdict(StoredVerdict.objects.get(pk=activity.pk).verdict)

    def test_of_the_activity(self, recording, activity):
        assert self.stored(activity) == Verdict.NO_TRANSFER
        with recording():
            activity.country = "IN"
            activity.save()
        assert self.stored(activity) == Verdict.NOT_COVERED
        with recording():
            activity.delete()
        assert not StoredVerdict.objects.exists()

    def test_of_a_transfer(self, recording, in_india, clauses):
        transfer = make_transfer(activity=in_india, mechanism=clauses)
        assert self.stored(in_india) == Verdict.COVERED
        with recording():
            transfer.delete()
        assert self.stored(in_india) == Verdict.NOT_COVERED

    def test_of_a_transfer_that_moves_to_another_activity(self, recording, in_india, clauses):
        with recording():
            other = make_activity(vendor=in_india.vendor, purpose="Other", country="IN")
            transfer = make_transfer(activity=in_india, mechanism=clauses)
        with recording():
            transfer.activity = other
            transfer.save()
        assert (self.stored(in_india), self.stored(other)) == (Verdict.NOT_COVERED, Verdict.COVERED)

    def test_of_a_mechanism(self, recording, in_india, clauses):
        make_transfer(activity=in_india, mechanism=clauses)
        with recording():
            clauses.valid_until = timezone.localdate() - timedelta(days=1)
            clauses.save()
        assert self.stored(in_india) == Verdict.NOT_COVERED

    def test_of_a_decision_for_a_country_where_nothing_relies_on_it(self, recording, in_india):
        make_mechanism(code="in", label="In", kind="adequacy", countries="IN", valid_from=date(2020, 1, 1))
        assert self.stored(in_india) == Verdict.COVERED

    def test_of_a_batch(self, recording, in_india, clauses):
        with recording():
            rows = ProcessingActivity.objects.bulk_create(
                ProcessingActivity(vendor=in_india.vendor, purpose=f"P{n}", country="IN", position=n + 1)
                for n in range(3)
            )
            Transfer.objects.bulk_create(Transfer(activity=row, mechanism=clauses) for row in rows[:2])
        assert [self.stored(row) for row in rows] == [Verdict.COVERED, Verdict.COVERED, Verdict.NOT_COVERED]

    def test_within_a_change_set_it_is_judged_while_reading(self, recording, activity):
        with recording():
            activity.country = "IN"
            activity.save()
            assert self.stored(activity) == Verdict.NO_TRANSFER
            StoredVerdict.objects.all().delete()
            assert verdict_of(activity) == Verdict.NOT_COVERED

    def test_what_is_derived_leaves_no_history(self, recording, activity):
        before = ChangeSet.objects.count()
        renew_verdicts([activity.pk])
        assert ChangeSet.objects.count() == before


@pytest.mark.django_db
class TestMidnight:
    """A mechanism ends today; nothing is written tonight."""

    @pytest.fixture
    def ending(self, recording, activity):
        today = timezone.localdate()
        with recording():
            clauses = make_mechanism(
                code="c", label="C", kind="other_safeguard", valid_from=date(2001, 1, 1), valid_until=today
            )
            activity.country = "IN"
            activity.save()
            make_transfer(activity=activity, mechanism=clauses)
        assert verdict_of(activity) == Verdict.COVERED
        assert StoredVerdict.objects.get().last_day == today
        return today + timedelta(days=1)

    def test_a_page_of_the_next_day_shows_what_holds_then(self, admin, activity, ending, on_day):
        on_day(ending)
        page = admin.get("/admin/register/?verdict=not_covered")
        assert [row.pk for row in page.context["page"].object_list] == [activity.pk]
        assert StoredVerdict.objects.get().verdict == Verdict.COVERED.value  # looking wrote nothing

    def test_the_next_write_renews_it(self, recording, activity, ending, on_day):
        on_day(ending)
        make_activity(vendor=activity.vendor, purpose="Other", country="SE")
        assert StoredVerdict.objects.get(pk=activity.pk).verdict == Verdict.NOT_COVERED.value

    def test_the_nightly_command_renews_it(self, activity, ending, on_day, capsys):
        on_day(ending)
        call_command("renew_verdicts")
        assert StoredVerdict.objects.get().verdict == Verdict.NOT_COVERED.value
        assert "1" in capsys.readouterr().out
        assert not without_verdict(ending).exists()


@pytest.mark.django_db
class TestWhatWasStoredOtherwise:
    def test_by_another_edition_of_the_law_is_not_believed(self, activity):
        StoredVerdict.objects.update(edition="older", verdict=Verdict.NOT_COVERED.value)
        assert verdict_of(activity) == Verdict.NO_TRANSFER

    def test_nothing_is_judged_while_reading(self, activity):
        StoredVerdict.objects.all().delete()
        assert verdict_of(activity) == Verdict.NO_TRANSFER

    def test_past_the_program_is_named_by_the_proof(self, activity):
        call_command("verify_history", verbosity=0)
        StoredVerdict.objects.update(verdict=Verdict.NOT_COVERED.value)
        with pytest.raises(CommandError, match=r"Exempel AB: Fakturering.*not_covered.*no_transfer"):
            call_command("verify_history", verbosity=0)

    def test_to_hold_too_long_is_named_too(self, recording, activity):
        with recording():
            make_mechanism(
                code="se",
                label="Se",
                kind="adequacy",
                countries="SE",
                valid_from=timezone.localdate() + timedelta(days=9),
            )
        StoredVerdict.objects.update(last_day=date.max)
        with pytest.raises(CommandError, match=r"Exempel AB: Fakturering.*9999"):
            call_command("verify_history", verbosity=0)

    def test_the_command_mends_it(self, activity):
        StoredVerdict.objects.update(verdict=Verdict.NOT_COVERED.value)
        call_command("renew_verdicts", all=True, verbosity=0)
        assert StoredVerdict.objects.get().verdict == Verdict.NO_TRANSFER.value

    def test_the_past_is_not_what_is_stored_today(self, recording, activity):
        act = ChangeSet.objects.latest("pk").pk
        with recording():
            activity.country = "IN"
            activity.save()
        with as_at(act):
            assert verdict_of(activity) == Verdict.NO_TRANSFER
        assert verdict_of(activity) == Verdict.NOT_COVERED


@pytest.mark.django_db
def test_rows_are_judged_in_few_queries(imported, recording):
    def queries(day):
        """Of a process that has not asked before, and of one that has."""
        law = law_of(day)
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as asked:
                list(ProcessingActivity.objects.with_verdict(law))
            counts.append(len(asked))
        return counts

    days = date(2020, 7, 16), timezone.localdate()
    few = [queries(day) for day in days]
    assert [again for _first, again in few] == [2, 2]  # the state, and the rows
    with recording():
        vendor = make_vendor(name="More")
        ProcessingActivity.objects.bulk_create(
            ProcessingActivity(vendor=vendor, purpose=f"P{n}", country="US", position=10**6 + n) for n in range(100)
        )
    assert [queries(day) for day in days] == few


@pytest.mark.django_db
def test_the_sql_of_a_verdict_is_short(imported):
    assert (
        len(
            str(
                ProcessingActivity.objects.order_by().with_verdict(law_of(timezone.localdate())).values("verdict").query
            )
        )
        < 400
    )


@pytest.mark.django_db
def test_a_vendor_without_activities_has_no_verdict(recording):
    make_vendor(name="V")
    assert Vendor.objects.with_verdict(law_of(date(2026, 11, 24))).get().verdict is None
