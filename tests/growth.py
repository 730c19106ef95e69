"""How many queries pages take, and the register with more rows."""

from collections.abc import Iterable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry.models import ProcessingActivity, Source, Transfer, Vendor, change_set, record


def queries_of_pages(client: Client, addresses: Iterable[str]) -> list[int]:
    """Return how many queries each page takes as the first one after a write, when nothing is known of the state."""

    def queries(address: str) -> int:
        write_something()
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    addresses = list(addresses)
    client.get(addresses[0])  # what a process finds out once, whatever the state
    return [queries(address) for address in addresses]


def write_something() -> None:
    """Bring the register into a new state with the same entries."""
    record(source=Source.COMMAND, reason="a new state")


def thin_the_register() -> None:
    """Leave every third activity and its vendor, with each finding and question that the original has.

    Once more of these show growth as once more of all do.
    """
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        left = list(ProcessingActivity.objects.order_by("position").values_list("pk", flat=True))[2::3]
        ProcessingActivity.objects.exclude(pk__in=left).delete()
        Vendor.objects.filter(activities=None).delete()


def double_the_register() -> None:
    """Each activity once more, with a vendor of its own and the same transfers."""
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        for activity in list(ProcessingActivity.objects.select_related("vendor", "legal_basis")):
            vendor = Vendor.objects.create(name=f"{activity.vendor.name} {activity.pk}")
            copy = ProcessingActivity.objects.create(
                vendor=vendor,
                purpose=activity.purpose,
                personal_data=activity.personal_data,
                country=activity.country,
                legal_basis=activity.legal_basis,
            )
            for transfer in activity.transfers.all():
                Transfer.objects.create(activity=copy, mechanism=transfer.mechanism)
