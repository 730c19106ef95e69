"""Files on their way in and out, by the admin and by the commands."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from registry.files.export import Selection
from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.importing.planner import plan_import
from registry.models import (
    ProcessingActivity,
)
from tests.integration.pages import text_of

IMPORT = reverse("admin:registry_processingactivity_import")


CONFIRM = reverse("admin:registry_processingactivity_process_import")


def exported(code, language="sv", **selection):
    with translation.override(language):
        return FORMATS_BY_CODE[code]().write(
            Selection(ProcessingActivity.objects.order_by("position", "id"), **selection)
        )


def planned(code, content):
    with translation.override("en"):
        return plan_import(FORMATS_BY_CODE[code]().read(content))


def run(capsys, name, *args, **options):
    """Exit status, standard output and standard error of a command."""
    try:
        call_command(name, *args, **options)
        status = 0
    except CommandError as error:
        status = error.returncode
        print(error)
    out, err = capsys.readouterr()
    return status, out, err


def upload(client, content, name="register.txt", **more):
    return client.post(IMPORT, {"import_file": SimpleUploadedFile(name, content), **more})


def confirm(client, preview, **more):
    form = preview.context["form"]
    return client.post(
        CONFIRM,
        {"token": preview.context["upload"].token, "plan_digest": form["plan_digest"].value(), **more},
    )


def client_get(client, response):
    assert response.status_code == 302, text_of(response)
    return client.get(response["location"])


HEADINGS = "Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund"


def document(*grounds):
    lines = [HEADINGS, *(f"Firma {n}\tLön\tNamn\tUS\t{ground}" for n, ground in enumerate(grounds, 1))]
    return "\n".join(lines).encode()
