"""The numbers in lists are those of the register, whatever a search joins."""

import pytest
from django.contrib.admin import site
from django.db.models.aggregates import Aggregate

from registry.models import LegalBasis, MechanismAlias, TransferMechanism
from tests.factories import make_activity, make_legal_basis, make_mechanism, make_transfer

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what lists count")]


@pytest.fixture
def register(recording):
    """A mechanism with three wordings, on which two transfers rely; a legal basis of two activities."""
    with recording():
        basis = make_legal_basis(label="Avtal")
        mechanism = make_mechanism(code="scc", label="Standardavtalsklausuler")
        for label in ("SCC", "SCC:er", "SCC-klausuler"):
            MechanismAlias.objects.create(mechanism=mechanism, label=label)
        for _number in range(2):
            make_transfer(activity=make_activity(legal_basis=basis), mechanism=mechanism)
    return {TransferMechanism: mechanism, LegalBasis: basis}


@pytest.mark.parametrize(
    ("model", "typed", "column"),
    [
        (TransferMechanism, "", "transfer_count"),
        (TransferMechanism, "scc", "transfer_count"),
        (TransferMechanism, "standard scc", "transfer_count"),
        (LegalBasis, "", "activity_count"),
        (LegalBasis, "avtal", "activity_count"),
    ],
)
def test_a_search_does_not_multiply_them(admin, register, model, typed, column):
    page = admin.get(f"/admin/registry/{model._meta.model_name}/", {"q": typed})
    (row,) = [each for each in page.context["cl"].result_list if each == register[model]]
    assert getattr(row, column) == 2


def test_no_list_counts_by_a_join(rf, make_user):
    request = rf.get("/")
    request.user = make_user(superuser=True)
    for model_admin in site._registry.values():
        annotations = model_admin.get_queryset(request).query.annotations.values()
        assert not [each for each in annotations if isinstance(each, Aggregate)], model_admin
