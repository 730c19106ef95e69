from __future__ import annotations

from argparse import SUPPRESS
from difflib import get_close_matches
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from registry.core import languages
from registry.core.text import unique_key
from registry.law import countries
from registry.law.evidence import RecordedEvidence
from registry.law.wording import explain_reason, source_links
from registry.management.arguments import day_argument
from registry.models import TransferMechanism, YesNoUnknown, law_on


class Command(BaseCommand):
    help = (
        "Gives the verdict on a transfer to a country by the law of a day, with reasons. The first line is the verdict"
        " only:"
        " no_transfer, covered, needs_check or not_covered. Exit status 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("country", help="code or name: US, Kanada; XO: an international organisation")
        parser.add_argument("--on", type=day_argument, metavar="DAY", help="YYYY-MM-DD; left out: today")
        parser.add_argument("--mechanism", metavar="CODE", help="what the transfer relies on, by code or wording")
        parser.add_argument(
            "--recipient-qualifies",
            choices=YesNoUnknown.values,
            default=YesNoUnknown.UNKNOWN,
            help="whether it is on the list, or in the sector; left out: not recorded",
        )
        days = {
            "--checked-on": "when the recipient was checked",
            "--signed-on": "when the mechanism was concluded",
            "--assessed-on": "when the transfer was assessed",
            "--authorised-on": "when the supervisory authority authorised the mechanism, or approved the rules",
        }
        for option, meaning in days.items():
            parser.add_argument(option, type=day_argument, metavar="DAY", help=meaning)
        # Its name in release 1.0.0.
        parser.add_argument("--permitted-on", type=day_argument, dest="authorised_on", help=SUPPRESS)
        answers = {
            "--processor-adds-data": "module four: whether the processor adds personal data of its own",
            "--importer-under-gdpr": "whether the recipient is itself subject to the GDPR (Art. 3(2))",
        }
        for option, meaning in answers.items():
            parser.add_argument(option, choices=YesNoUnknown.values, default=YesNoUnknown.UNKNOWN, help=meaning)
        parser.add_argument(
            "--language", choices=languages.language_codes(), default="en", help="of the reasons (default: en)"
        )

    def handle(self, *args: object, language: str, **options: object) -> None:
        with translation.override(language):
            self.assess(options)

    def assess(self, options: dict[str, Any]) -> None:
        code = self.country(options["country"])
        evidence = RecordedEvidence(
            mechanism=self.mechanism(options["mechanism"]) if options["mechanism"] else None,
            recipient_qualifies=options["recipient_qualifies"],
            checked_on=options["checked_on"],
            signed_on=options["signed_on"],
            assessed_on=options["assessed_on"],
            authorised_on=options["authorised_on"],
            processor_adds_data=options["processor_adds_data"],
            importer_under_gdpr=options["importer_under_gdpr"],
        )
        law = law_on(options["on"] or timezone.localdate())
        verdict = law.verdict_on_country(code, [evidence])
        self.stdout.write(verdict.verdict.code)
        for reason in (*verdict.reasons, *verdict.warnings):
            self.stdout.write(explain_reason(reason))
        for name, address in source_links(verdict):
            self.stdout.write(f"{name}: {address}")

    def country(self, text: str) -> str:
        country = countries.find(text)
        if country is None:
            raise unknown_name("country", text, countries.suggestions(text, languages.active_language()))
        return country.code

    def mechanism(self, text: str) -> TransferMechanism:
        known = TransferMechanism.objects.called(text)
        if known is None:
            names = dict(TransferMechanism.objects.values_list("code", "label"))
            by_label = {unique_key(label): code for code, label in names.items()}
            near = get_close_matches(unique_key(text), [*names, *by_label], n=3, cutoff=0.4)
            codes = dict.fromkeys(by_label.get(each, each) for each in near)
            raise unknown_name("mechanism", text, [f"{code} ({names[code]})" for code in codes])
        return known


def unknown_name(kind: str, text: str, near: list[str]) -> CommandError:
    meant = f" Did you mean {', '.join(near)}?" if near else ""
    return CommandError(f"Unknown {kind}: {text}.{meant}", returncode=2)
