"""The verdict in SQL is the verdict of the pure module, for any register; and it costs no query per row."""

from datetime import date, timedelta
from itertools import product
from random import Random

import pytest

from registry.models import ProcessingActivity, Transfer, TransferMechanism, Vendor
from registry.models.judging import obstacles
from registry.transfers import OBSTACLES, Law

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
    "needs_permission": False,
    "names_a_group": False,
    "needs_assessment_from": None,
    "recurring": True,
}
MECHANISM_FLAWS = {
    "kind": ["unclassified", "derogation", "adequacy"],
    "countries": ["US", "CA JP"],
    "valid_from": [None, *DAYS],
    "last_day_new": DAYS,
    "valid_until": DAYS,
    "recipient_must_qualify": [True],
    "self_certified": [True],
    "needs_permission": [True],
    "names_a_group": [True],
    "needs_assessment_from": DAYS,
    "recurring": [False],
}
DECISIONS = [
    {**SOUND, "kind": "adequacy", "countries": "CA JP", "recipient_must_qualify": True},
    {**SOUND, "kind": "adequacy", "countries": "US", "recipient_must_qualify": True, "self_certified": True},
]
EVIDENCE = {
    "country": "",
    "recipient_qualifies": "yes",
    "checked_on": None,
    "signed_on": date(2020, 1, 1),
    "assessed_on": date(2020, 1, 1),
    "permitted_on": date(2020, 1, 1),
}
EVIDENCE_FLAWS = {
    "country": ["SE", "US", "CA", "IN", "XX"],
    "recipient_qualifies": ["no", "unknown"],
    "checked_on": DAYS,
    "signed_on": [None, *DAYS],
    "assessed_on": [None, *DAYS],
    "permitted_on": [None, *DAYS],
}


def each_flaw(sound, flaws):
    return [sound, *({**sound, name: value} for name, values in flaws.items() for value in values)]


@pytest.fixture
def register(recording):
    """Each flaw of a mechanism with each flaw of evidence in each kind of country, alone, and some of them together."""
    kinds = [flawed for sound in (SOUND, *DECISIONS) for flawed in each_flaw(sound, MECHANISM_FLAWS)]
    said = each_flaw(EVIDENCE, EVIDENCE_FLAWS)
    alone = [(place, [(kind, facts)]) for place, kind, facts in product(("IN", "CA"), range(len(kinds)), said)]
    random = Random(2021)  # noqa: S311 - the same each time
    places = ["SE", "GB", "US", "CA", "JP", "IN", "CH", "PR", "XX"]
    together = [
        (random.choice(places), [(kind, random.choice(said)) for kind in random.sample(range(len(kinds)), number)])
        for number in (0, 2, 3)
        for _ in range(600)
    ]
    with recording():
        vendor = Vendor.objects.create(name="V")
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


def without_decisions(law):
    """Where no country has one, what is recorded decides alone."""
    law.decisions = {}
    law.__dict__.update(Law(ON, []).__dict__ | {"mechanisms": law.mechanisms})
    return law


@pytest.mark.django_db
def test_both_say_the_same(register):
    for law in (TransferMechanism.objects.law(ON), without_decisions(TransferMechanism.objects.law(ON))):
        judged = ProcessingActivity.objects.as_document().judged(law)
        differing = [
            (activity.country, pure, activity.verdict)
            for activity in judged
            if activity.verdict != (pure := law.flow(activity.country, activity.transfers.all())).verdict
        ]
        assert not differing
        assert Vendor.objects.judged(law).get().verdict == max(activity.verdict for activity in judged)


def test_each_obstacle_is_said_in_sql():
    assert list(obstacles(Law(ON, []))) == [obstacle.code for obstacle in OBSTACLES]


@pytest.mark.django_db
def test_no_query_per_row(imported, django_assert_num_queries):
    with django_assert_num_queries(2):
        law = TransferMechanism.objects.law(date(2020, 7, 16))
        assert len(ProcessingActivity.objects.judged(law)) == 38


@pytest.mark.django_db
def test_a_vendor_without_activities_has_no_verdict(recording):
    with recording():
        Vendor.objects.create(name="V")
    assert Vendor.objects.judged(TransferMechanism.objects.law(date(2026, 11, 24))).get().verdict is None
