"""A file leaves whole and on record, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from registry.files.formats.table import Table
from registry.models import ChangeSet, ProcessingActivity, Source, User
from registry.web.exports import recorded_download, recorded_workbook

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("files on their way out")]
LOOK = ("view_vendor", "view_processingactivity", "view_transfer", "view_transfermechanism", "view_changeset")
#: The addresses that hand a file over, and what is sent there.
ADDRESSES = [
    ("/admin/register/export/", {"format": "csv"}),
    ("/admin/register/difference/export/?from=2026-01-01", {}),
    ("/admin/findings/export/", {}),
    ("/admin/registry/changeset/export/", {"format": "csv"}),
    ("/admin/vendors/export/", {"format": "csv"}),
    ("/admin/register/export/?status=all", {"format": "pdf"}),
    ("/admin/vendors/export/?status=active", {"format": "docx"}),
]


@pytest.mark.parametrize(("address", "sent"), ADDRESSES, ids=[address for address, _sent in ADDRESSES])
class TestEveryExport:
    def test_it_is_a_file_whose_digest_is_on_record(
        self, admin: Client, reference: None, activity: ProcessingActivity, address: str, sent: dict[str, str]
    ) -> None:
        answer = admin.post(address, sent)
        content = answer.getvalue()
        assert answer["content-disposition"].startswith('attachment; filename="')
        assert int(answer["content-length"]) == len(content) > 0
        act = ChangeSet.objects.get(source=Source.EXPORT)
        assert act.details["sha256"] == hashlib.sha256(content).hexdigest()

    def test_whoever_may_only_look_takes_nothing(
        self, sign_in: Callable[..., Client], activity: ProcessingActivity, address: str, sent: dict[str, str]
    ) -> None:
        assert sign_in(*LOOK).post(address, sent).status_code == 403
        assert not ChangeSet.objects.filter(source=Source.EXPORT).exists()

    def test_an_address_that_is_not_understood_is_refused_and_nothing_is_on_record(
        self, admin: Client, activity: ProcessingActivity, address: str, sent: dict[str, str]
    ) -> None:
        unknown = f"{address.partition('?')[0]}?from=nonsense&law=nonsense&day=nonsense&nonsense=1"
        assert admin.post(unknown, sent).status_code == 400
        assert not ChangeSet.objects.filter(source=Source.EXPORT).exists()


class TestTheRecipe:
    @pytest.fixture
    def asked(self, make_user: Callable[..., User]) -> Callable[..., Any]:
        def ask(*permissions: str) -> Any:
            request = RequestFactory().post("/")
            request.user = make_user(*permissions)
            return request

        return ask

    def test_nothing_is_written_for_whoever_may_not(self, asked: Callable[..., Any]) -> None:
        with pytest.raises(PermissionDenied):
            recorded_download(asked(), pytest.fail, file_name="x", content_type="text/plain")

    def test_what_cannot_be_written_is_not_on_record(self, asked: Callable[..., Any], recording: Any) -> None:
        def table(who: str) -> Table:
            raise ValueError(who)

        request = asked("export_processingactivity")
        with pytest.raises(ValueError, match="eva"), recording():
            recorded_workbook(request, table, of="x", rows="", file_name="x.xlsx")
        assert not ChangeSet.objects.filter(source=Source.EXPORT).exists()
