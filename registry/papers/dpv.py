"""The record of Art. 30 as JSON-LD in the W3C Data Privacy Vocabulary (DPV 2).

Terms are those of https://w3id.org/dpv and its extensions for the GDPR and for places. What the register does not state
is left out, and nothing is inferred from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from registry.core import languages
from registry.models import OurRole, ProcessingActivity, Transfer
from registry.papers.article_30 import Record, RecordRow, is_third_country

#: The prefixes of the terms. Nothing has to be fetched to read a file.
CONTEXT: Mapping[str, Any] = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
#: The legal bases of transfers by the kind of the mechanism: terms of the extension for the GDPR.
TRANSFER_BASES: Mapping[str, str] = {
    "adequacy": "eu-gdpr:A45-3",
    "standard_clauses": "eu-gdpr:A46-2-c",
    "corporate_rules": "eu-gdpr:A46-2-b",
}

type Node = dict[str, Any]


def record_jsonld(record: Record, *, state: str) -> bytes:
    """Return the record as a JSON-LD document. ``state``: the digest of the head of the history that it shows."""
    language = languages.active_language()
    rows = [*record.as_controller, *record.as_processor]
    document = {
        "@context": {**CONTEXT, "@language": language},
        "@id": f"urn:sha256:{state}",
        "@type": "dpv:DataProcessingRecord",
        "dct:title": _("Record of processing activities"),
        "dct:valid": {"@type": "xsd:date", "@value": record.on.isoformat()},
        "dct:identifier": state,
        **without_empty_values({"dpv:hasDataController": organisation_node(record)}),
        "dpv:hasRecordOfActivity": [process_node(row, record) for row in rows],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def organisation_node(record: Record) -> Node | None:
    own = record.organisation
    if not own.name:
        return None
    return without_empty_values(
        {
            "@id": "urn:register:organisation",
            "@type": "dpv:DataController",
            "dpv:hasName": own.name,
            "dpv:hasContact": own.contact,
            "dpv:hasIdentifier": own.registration_number,
            "dpv:hasRepresentative": described("dpv:Representative", own.representative),
            "dpv:hasDataProtectionOfficer": described("dpv:DataProtectionOfficer", own.data_protection_officer),
            "dpv:hasJointDataControllers": described("dpv:JointDataControllers", own.joint_controllers),
        }
    )


def process_node(row: RecordRow, record: Record) -> Node:
    """Return one activity."""
    activity = row.activity
    ours = {"@id": "urn:register:organisation"} if record.organisation.name else None
    as_processor = activity.our_role == OurRole.PROCESSOR
    return without_empty_values(
        {
            "@id": f"urn:register:activity:{activity.pk}",
            "@type": "dpv:PersonalDataProcess",
            "dpv:hasPurpose": described("dpv:Purpose", activity.purpose),
            "dpv:hasDataController": described("dpv:DataController", activity.on_behalf_of) if as_processor else ours,
            "dpv:hasDataProcessor": [ours, vendor_node(activity)] if as_processor and ours else vendor_node(activity),
            "dpv:hasPersonalData": list(data_nodes(row)),
            "dpv:hasDataSubject": described("dpv:DataSubject", activity.data_subjects),
            "dpv:hasLegalBasis": described(
                "dpv:LegalBasis", activity.legal_basis.label if activity.legal_basis else ""
            ),
            "dpv:hasStorageCondition": described("dpv:StorageDuration", activity.retention),
            "dpv:hasTechnicalOrganisationalMeasure": described(
                "dpv:TechnicalOrganisationalMeasure", activity.security_measures
            ),
            "dpv:hasCountry": place(activity.country),
            "dpv:hasProcessing": list(transfer_nodes(row, record)),
        }
    )


def vendor_node(activity: ProcessingActivity) -> Node:
    vendor = activity.vendor
    return without_empty_values(
        {
            "@id": f"urn:register:vendor:{vendor.pk}",
            "@type": "dpv:DataSubProcessor" if vendor.role == "sub_processor" else "dpv:DataProcessor",
            "dpv:hasName": vendor.name,
            "dpv:hasIdentifier": vendor.registration_number,
            "dpv:hasContact": vendor.privacy_contact,
            "dpv:hasCountry": place(vendor.country),
        }
    )


def data_nodes(row: RecordRow) -> Iterator[Node]:
    activity = row.activity
    if node := described("dpv:PersonalData", activity.personal_data):
        yield node
    if activity.special_categories == "yes":
        yield {"@type": "dpv:SpecialCategoryPersonalData"}


def transfer_nodes(row: RecordRow, record: Record) -> Iterator[Node]:
    """Yield a node for each transfer to a third country, also those that nothing is recorded about."""
    activity = row.activity
    transfers: list[Transfer] = list(activity.transfers.all())
    recorded = {each.country or activity.country for each in transfers}
    for each in transfers:
        country = each.country or activity.country
        if country and is_third_country(country, record.on):
            yield transfer_node(country, each)
    if activity.country and activity.country not in recorded and is_third_country(activity.country, record.on):
        yield transfer_node(activity.country, None)


def transfer_node(country: str, transfer: Transfer | None) -> Node:
    mechanism = transfer.mechanism if transfer is not None else None
    basis: Node | None = None
    if transfer is not None and mechanism is not None:
        basis = without_empty_values(
            {
                "@type": ["dpv:DataTransferLegalBasis", *filter(None, [TRANSFER_BASES.get(mechanism.kind)])],
                "dct:title": transfer.label,
                "dct:date": day(transfer.signed_on),
                "dct:source": {"@id": transfer.evidence_url} if transfer.evidence_url else None,
            }
        )
    return without_empty_values(
        {"@type": "dpv:CrossBorderTransfer", "dpv:hasThirdCountry": place(country), "dpv:hasLegalBasis": basis}
    )


def described(kind: str, text: str) -> Node | None:
    """Return a node of a class with a text of the register, None where the register says nothing."""
    return {"@type": kind, "dct:description": text} if text else None


def place(country: str) -> Node | None:
    return {"@id": f"loc:{country}", "@type": "dpv:Country"} if country else None


def day(value: Any) -> Node | None:
    return {"@type": "xsd:date", "@value": value.isoformat()} if value else None


def without_empty_values(node: Node) -> Node:
    return {name: value for name, value in node.items() if value not in (None, "", [])}
