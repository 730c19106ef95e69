"""An edition as JSON-LD in the W3C Data Privacy Vocabulary, made of the content alone.

Terms are those of ``registry.papers.dpv``. What the edition does not state is left out, and nothing is inferred from
it: who publishes it is the controller or a processor of an activity only where the edition says which. A column that
the vocabulary has no term for is described in words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from registry.core.text import text_key
from registry.document import GroundProblem, split_legal_ground
from registry.editions.content import EditionContent, EditionRow
from registry.editions.forms.statements import title_without_day
from registry.editions.forms.vendors import vendor_anchors, vendor_names
from registry.law.countries import COUNTRIES
from registry.models import Answer, OurRole, Role
from registry.papers.article_30 import is_third_country
from registry.papers.dpv import CONTEXT, Node, day, described, place, without_empty_values

OWL = "http://www.w3.org/2002/07/owl#"
#: The classes and properties of columns about an activity.
DESCRIBED: Mapping[str, tuple[str, str]] = {
    "purpose": ("dpv:hasPurpose", "dpv:Purpose"),
    "data_subjects": ("dpv:hasDataSubject", "dpv:DataSubject"),
    "retention": ("dpv:hasStorageCondition", "dpv:StorageDuration"),
    "security_measures": ("dpv:hasTechnicalOrganisationalMeasure", "dpv:TechnicalOrganisationalMeasure"),
}
#: The properties of columns about a vendor.
OF_VENDOR: Mapping[str, str] = {
    "vendor": "dpv:hasName",
    "vendor_registration": "dpv:hasIdentifier",
    "vendor_contact": "dpv:hasContact",
}
#: Columns with nodes of their own.
OWN_NODES = {"personal_data", "country", "legal_ground", "vendor_country"}
SPECIAL_DATA = "special_categories"


def edition_jsonld(content: EditionContent) -> bytes:
    """Return the edition as a JSON-LD document."""
    return json.dumps(edition_node(content), ensure_ascii=False, indent=1).encode() + b"\n"


def edition_node(content: EditionContent) -> Node:
    anchors = vendor_anchors(vendor_names(content))
    texts = [content.heading, content.introduction, content.closing, content.selection]
    return {
        "@context": {**CONTEXT, "owl": OWL, "@language": content.language},
        **without_empty_values(
            {
                "@id": own_address(content),
                "@type": "dpv:DataProcessingRecord",
                "dct:title": title_without_day(content),
                "dct:description": list(filter(None, texts)),
                "dct:language": content.language,
                "dct:issued": day(content.day),
                "owl:versionInfo": str(content.number),
                "dct:identifier": content.digest,
                "dct:isPartOf": without_empty_values({"dct:title": content.series, "dct:identifier": content.slug}),
                "dct:provenance": described("dct:ProvenanceStatement", content.head),
                "dct:relation": {"@id": content.address} if content.address else None,
                "dct:publisher": publisher_node(content),
                "dpv:hasDataProcessor": [
                    edition_vendor_node(
                        own_address(content, anchors[text_key(name)]), "dpv:DataProcessor", {"vendor": name}
                    )
                    for name in content.vendors_without_activity
                ],
                "dpv:hasRecordOfActivity": [
                    edition_process_node(content, row, line, anchors) for line, row in enumerate(content.rows, start=1)
                ],
            }
        ),
    }


def own_address(content: EditionContent, part: str = "") -> str:
    """Return the identifier of the edition, or of a part of it."""
    return f"urn:sha256:{content.digest}" + (f"#{part}" if part else "")


def publisher_node(content: EditionContent) -> Node | None:
    own = content.publisher
    if not own.name:
        return None
    return without_empty_values(
        {
            "@id": own_address(content, "publisher"),
            "@type": "dpv:LegalEntity",
            "dpv:hasName": own.name,
            "dpv:hasIdentifier": own.registration_number,
            "dpv:hasContact": own.contact,
        }
    )


def edition_process_node(content: EditionContent, row: EditionRow, line: int, anchors: Mapping[str, str]) -> Node:
    """Return an activity."""
    cells = {column.key: text for column, text in zip(content.columns, row.cells, strict=True) if text}
    basis, mechanisms = ground_of(cells.get("legal_ground", ""))
    bases: list[Node] = [{"@type": "dpv:DataTransferLegalBasis", "dct:title": label} for label in mechanisms]
    country = cells.get("country", "")
    third = country in COUNTRIES and is_third_country(country, content.day)
    stated = {name: described(kind, cells.get(key, "")) for key, (name, kind) in DESCRIBED.items()}
    return without_empty_values(
        {
            "@id": own_address(content, f"activity-{row.activity}" if row.activity else f"row-{line}"),
            "@type": "dpv:PersonalDataProcess",
            **stated,
            **party_nodes(content, cells, anchors),
            "dpv:hasPersonalData": list(edition_data_nodes(cells)),
            "dpv:hasLegalBasis": list(filter(None, [described("dpv:LegalBasis", basis), *([] if third else bases)])),
            "dpv:hasCountry": country_node(country),
            "dpv:hasProcessing": edition_transfer_node(country, bases) if third else None,
            "dct:description": list(other_texts(content, row)),
        }
    )


def party_nodes(content: EditionContent, cells: Mapping[str, str], anchors: Mapping[str, str]) -> Node:
    """Return the vendor, and the publisher where the edition says what it is in the activity."""
    ours = {"@id": own_address(content, "publisher")} if content.publisher.name else None
    our_role, vendor_role = cells.get("our_role", ""), cells.get("vendor_role", "")
    as_controller, as_processor = our_role == str(OurRole.CONTROLLER.label), our_role == str(OurRole.PROCESSOR.label)
    receives = vendor_role in map(str, (Role.SEPARATE_CONTROLLER.label, Role.JOINT_CONTROLLER.label))
    vendor: Node | None = None
    if name := cells.get("vendor", ""):
        kind = "dpv:Recipient" if receives else type_of_processor(vendor_role)
        vendor = edition_vendor_node(own_address(content, anchors[text_key(name)]), kind, cells)
    client = described("dpv:DataController", cells.get("on_behalf_of", ""))
    return {
        "dpv:hasDataController": ours if as_controller else client if as_processor else None,
        "dpv:hasDataProcessor": list(filter(None, [ours if as_processor else None, None if receives else vendor])),
        "dpv:hasRecipient": vendor if receives else None,
    }


def type_of_processor(role: str) -> str:
    return "dpv:DataSubProcessor" if role == str(Role.SUB_PROCESSOR.label) else "dpv:DataProcessor"


def edition_vendor_node(address: str, kind: str, cells: Mapping[str, str]) -> Node:
    return without_empty_values(
        {
            "@id": address,
            "@type": kind,
            **{name: cells.get(key, "") for key, name in OF_VENDOR.items()},
            "dpv:hasCountry": country_node(cells.get("vendor_country", "")),
        }
    )


def edition_data_nodes(cells: Mapping[str, str]) -> Iterator[Node]:
    if node := described("dpv:PersonalData", cells.get("personal_data", "")):
        yield node
    if cells.get(SPECIAL_DATA, "") == str(Answer.YES.label):
        yield {"@type": "dpv:SpecialCategoryPersonalData"}


def edition_transfer_node(country: str, bases: Sequence[Node]) -> Node:
    """Return the transfer to a third country."""
    return without_empty_values(
        {"@type": "dpv:CrossBorderTransfer", "dpv:hasThirdCountry": place(country), "dpv:hasLegalBasis": bases}
    )


def country_node(text: str) -> Node | None:
    """Return a country by its code; another text is described."""
    return place(text) if text in COUNTRIES else described("dpv:Country", text)


def ground_of(cell: str) -> tuple[str, tuple[str, ...]]:
    """Return the legal basis and the mechanisms of a cell; the cell as it stands where it cannot be split."""
    try:
        return split_legal_ground(cell)
    except GroundProblem:
        return cell, ()


def other_texts(content: EditionContent, row: EditionRow) -> Iterator[str]:
    """Yield what stands in columns without a term, each with its heading."""
    known = {*DESCRIBED, *OF_VENDOR, *OWN_NODES}
    for column, text in zip(content.columns, row.cells, strict=True):
        if text and column.key not in known:
            yield f"{column.heading}: {text}"
