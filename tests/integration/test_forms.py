"""What all forms have: one field for days, the reason beside the buttons, and all problems on top."""

import re

import pytest
from django.contrib import admin as django_admin
from django.db.models import DateField

from registry.history.ownership import tracked_models
from registry.web.day_input import DayInput
from tests.factories import make_activity
from tests.integration.pages import form_data, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what forms look like")]


def save_bar(page):
    return page.content.decode().partition('<div class="save-bar">')[2]


@pytest.mark.parametrize("model", [model for model in tracked_models() if django_admin.site.is_registered(model)])
def test_each_day_has_the_same_field(rf, make_user, model):
    request = rf.get("/")
    request.user = make_user(superuser=True)
    entry_admin = django_admin.site.get_model_admin(model)
    forms = [entry_admin.get_form(request)]
    forms += [inline.get_formset(request).form for inline in entry_admin.get_inline_instances(request)]
    days = {
        field.name
        for form in forms
        for field in form._meta.model._meta.concrete_fields
        if isinstance(field, DateField) and field.name in form.base_fields
    }
    widgets = {name: type(form.base_fields[name].widget) for form in forms for name in days & set(form.base_fields)}
    assert set(widgets.values()) <= {DayInput}


def test_no_page_speaks_of_time_zones(admin, activity):
    page = admin.get(url("vendor_change", activity.vendor_id)).content.decode()
    assert 'type="date" name="started_on"' in page
    assert "DateTimeShortcuts" not in page


def test_the_reason_is_beside_the_buttons(admin, activity):
    bar = save_bar(admin.get(url("processingactivity_change", activity.pk)))
    assert bar.index('name="change_reason"') < bar.index('name="_save"')
    assert 'name="version"' in bar


def test_who_may_only_look_is_asked_for_none(sign_in, activity):
    client = sign_in("view_processingactivity", "view_transfer", "view_vendor")
    page = client.get(url("processingactivity_change", activity.pk))
    assert page.status_code == 200
    assert 'name="change_reason"' not in page.content.decode()


class TestProblems:
    def refused(self, admin, activity, **typed):
        address = url("processingactivity_change", activity.pk)
        page = admin.post(address, form_data(admin.get(address), **typed))
        assert page.status_code == 200
        return page

    def test_are_listed_on_top_and_lead_to_their_fields(self, admin, activity):
        page = self.refused(admin, activity, purpose="", impact_assessment_url="no link")
        top = page.content.decode().partition('id="form-errors"')[2].partition("</ul>")[0]
        links = re.findall(r'href="#(\w+)"', top)
        assert set(links) == {"id_purpose", "id_impact_assessment_url"}
        assert all(f'id="{link}"' in page.content.decode() for link in links)
        assert "Nothing was saved: correct these 2 things" in text_of(page)
        assert "<title>" in page.content.decode()
        assert "Error:" in page.content.decode().partition("</title>")[0]

    def test_of_an_inline_name_the_entry(self, admin, activity):
        row = {
            "transfers-TOTAL_FORMS": "1",
            "transfers-0-country": "US",
            "transfers-0-recipient_qualifies": "maybe",
            "transfers-0-processor_adds_data": "unknown",
            "transfers-0-importer_under_gdpr": "unknown",
            "transfers-0-position": "0",
        }
        page = self.refused(admin, activity, **row)
        assert 'href="#id_transfers-0-recipient_qualifies"' in page.content.decode()
        assert "Transfer 1, Recipient qualifies" in text_of(page)

    def test_of_the_form_as_a_whole_are_listed_too(self, admin, recording, activity):
        make_activity(vendor=activity.vendor, purpose="Other")
        page = self.refused(admin, activity, purpose="Other")
        assert "This vendor already has an activity with this purpose" in text_of(page)
        assert "Nothing was saved: correct what is wrong here" in text_of(page)
