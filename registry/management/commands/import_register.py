from __future__ import annotations

import gc
import hashlib
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from registry.core.progress import progress_bar
from registry.document import DocumentProblems, Problem
from registry.files.format_registry import FORMATS_BY_CODE, RegisterFormat, format_by_file_name
from registry.files.formats.sheets import WhichSheet
from registry.files.import_content import ImportContent
from registry.files.importing.all_problems import all_problems
from registry.files.importing.file_notes import file_notes
from registry.files.importing.last_changes import last_changes
from registry.files.importing.marked_copy import marked_copy
from registry.files.importing.plan import ImportPlan
from registry.files.importing.planner import plan_import
from registry.files.importing.problems import problem_texts
from registry.files.importing.reading import NOT_OURS, read_file
from registry.files.importing.three_way import KEEP, TAKE, ChangeByOthers, OpenConflicts
from registry.files.matching.by_command import WrongOption, answers_of, question_lines
from registry.files.matching.matching import OpenQuestions
from registry.files.sandbox import read_grids
from registry.history.imported_files import describe_import, keep_file
from registry.models import Matching, Source, User, change_set

#: How often guesses may lead to further questions.
MOST_ROUNDS = 5


class Command(BaseCommand):
    help = (
        "Imports a register: the document, xlsx, csv, tsv, ods or json. All or nothing. Exit status 0 when it worked,"
        " 1 when the file has problems (all on standard error, nothing written), 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--reason", required=True, help="why; kept with the change for ever")
        parser.add_argument("--user", help="user name of who imports; default: nobody")
        parser.add_argument("--format", choices=sorted(FORMATS_BY_CODE), help="default: by the file name")
        parser.add_argument("--sheet", default="", help="of a workbook: the sheet that holds the register")
        lists = parser.add_argument_group(
            "lists of others", "what somebody else's list means, where it has to be asked"
        )
        lists.add_argument("--matching", default="", metavar="NAME", help="answer as the matching with this name")
        lists.add_argument("--map", action="append", default=[], metavar="COLUMN=WHAT", help="what a column holds")
        lists.add_argument("--skip", action="append", default=[], metavar="COLUMN", help="pass over a column")
        lists.add_argument("--answer", action="append", default=[], metavar="QUESTION=ANSWER", help="as it was asked")
        lists.add_argument("--take-guesses", action="store_true", help="let the best guess hold for what is asked")
        parser.add_argument(
            "--marked",
            type=Path,
            metavar="FILE",
            help="where the file has problems: write a copy of it to FILE, as xlsx, with the problems marked",
        )
        parser.add_argument("--dry-run", action="store_true", help="print what would change, and write nothing")
        parser.add_argument(
            "--end-missing",
            type=int,
            metavar="NUMBER",
            help="end the entries that are not in the file; there must be exactly this many",
        )
        parser.add_argument(
            "--on-conflict",
            choices=(KEEP, TAKE),
            default="",
            help="cells that the file and others changed since it left: keep today's value, or take that of the file",
        )

    def handle(self, *args: object, **options: Any) -> None:
        if not options["reason"].strip():
            raise CommandError("--reason must not be empty.", returncode=2)
        format_ = FORMATS_BY_CODE[options["format"]] if options["format"] else format_by_file_name(options["file"].name)
        if format_ is None:
            raise CommandError(
                f"{options['file']}: choose a --format; it cannot be determined from the file name.", returncode=2
            )
        if options["sheet"] and not format_.has_sheets:
            raise CommandError(f"{options['file']}: --sheet is for workbooks (xlsx, ods).", returncode=2)
        user = self.user(options["user"])
        name, content = options["file"].name, self.content(options["file"])
        # The file is kept compressed, to bound memory while the plan is made.
        sha256, packed = hashlib.sha256(content).hexdigest(), zlib.compress(content, level=1)
        try:
            with (
                translation.override("en"),
                progress_bar(),
                change_set(user=user, source=Source.COMMAND, reason=options["reason"]) as opened,
            ):
                incoming = self.incoming(format_(), content, options)
                notes = file_notes(incoming)
                del content
                opened.begin()
                planned = plan_import(incoming, otherwise=options["on_conflict"])
                self.check_missing(planned, options["end_missing"])
                del incoming
                said_of_it, summary = list(self.changes(planned)), planned.summary
                if not options["dry_run"]:
                    sheet = {"sheet": options["sheet"]} if options["sheet"] else {}
                    describe_import(name, sha256, counts=summary, **sheet)
                    planned.apply(end_missing=options["end_missing"] is not None)
                    del planned
                    gc.collect()  # the plan contains reference cycles
                    keep_file(name, zlib.decompress(packed))
        except WhichSheet as several:
            names = ", ".join(map(repr, several.names))
            message = f"{options['file']}: several sheets could hold the register: {names}. Choose one with --sheet."
            raise CommandError(message, returncode=2) from None
        except OpenQuestions as opened:
            for line in question_lines(opened.matched.interview.open):
                self.stderr.write(line)
            raise CommandError(
                f"{options['file']}: nothing was imported. Answer what is asked, let the guesses hold (--take-guesses),"
                " or import the file in the browser."
            ) from None
        except OpenConflicts as open_conflicts:
            for conflict in open_conflicts.conflicts:
                self.stderr.write(self.conflict_text(conflict))
            raise CommandError(f"{options['file']}: nothing was imported. Choose --on-conflict keep or take.") from None
        except DocumentProblems as refused:
            with translation.override("en"):
                problems = all_problems(refused).problems
                for problem in problem_texts(problems):
                    self.stderr.write(problem)
                if options["marked"]:
                    self.write_marked(options["marked"], format_, zlib.decompress(packed), problems, options["sheet"])
            if any(problem.code in NOT_OURS for problem in problems):
                self.stderr.write("If it is somebody else's list: --map, --answer and --take-guesses, or the browser.")
            raise CommandError(f"{options['file']}: nothing was imported.") from None
        for line in (*notes, *said_of_it, summary):
            self.stdout.write(line)

    def write_marked(
        self, target: Path, format_: type[RegisterFormat], content: bytes, problems: Sequence[Problem], sheet: str
    ) -> None:
        """Write a copy of a refused file with its problems marked, unless the file has no cells that can be read."""
        try:
            target.write_bytes(marked_copy(read_grids(format_.code, content), problems, sheet))
        except DocumentProblems:
            self.stderr.write(f"{target}: not written, because the cells of the file cannot be read.")
        except OSError as error:
            raise CommandError(f"{target}: {error.strerror}.", returncode=2) from None

    def incoming(self, format_: RegisterFormat, content: bytes, options: dict[str, Any]) -> ImportContent:
        """Return the content of the file, matched by what the options answer. Raises what ``read_file()`` raises."""
        answers = self.answers(options)
        if answers is None:
            return read_file(format_, content, options["sheet"])
        for _round in range(MOST_ROUNDS):
            try:
                return read_file(format_, content, options["sheet"], answers)
            except OpenQuestions as opened:
                if not options["take_guesses"]:
                    raise
                for question in opened.matched.interview.open:
                    answers[question.key] = question.guess
                    self.stdout.write(f"guessed: {question.key}={question.guess}")
        return read_file(format_, content, options["sheet"], answers)

    def answers(self, options: dict[str, Any]) -> dict[str, str] | None:
        """Return what the options answer, None where they are not about a list of somebody else."""
        names = ("matching", "map", "skip", "answer", "take_guesses")
        if not any(options[name] for name in names):
            return None
        answers: dict[str, str] = {}
        if options["matching"]:
            known = Matching.objects.filter(name=options["matching"]).first()
            if known is None:
                raise CommandError(f"There is no matching {options['matching']!r}.", returncode=2)
            answers |= known.answers
        try:
            return answers | answers_of(options["map"], options["skip"], options["answer"])
        except WrongOption as wrong:
            raise CommandError(f"{wrong}.", returncode=2) from None

    def check_missing(self, planned: ImportPlan, number: int | None) -> None:
        """Raise ``CommandError`` unless the number that was given is that of the entries to end."""
        if number is None:
            return
        if planned.comparison is not None and planned.comparison.left_out:
            held = planned.comparison.left_out
            raise CommandError(f"--end-missing: the file did not hold the whole register, but: {held}.", returncode=2)
        if number != len(planned.missing):
            raise CommandError(
                f"--end-missing {number}: {len(planned.missing)} entries are not in the file. Nothing was imported.",
                returncode=2,
            )

    def conflict_text(self, conflict: ChangeByOthers) -> str:
        return (
            f'line {conflict.line}: {conflict.entry}: {conflict.heading}: was "{conflict.before}", is "{conflict.now}"'
            f' ({conflict.who}), in the file "{conflict.in_file}"'
        )

    def user(self, name: str | None) -> User | None:
        if name is None:
            return None
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {name!r}.", returncode=2)
        return user

    def content(self, file: Path) -> bytes:
        """Return the content, reading at most the limit: a pipe has no size."""
        limit = settings.IMPORT_MAX_BYTES_BY_COMMAND
        try:
            with file.open("rb") if str(file) != "-" else nullcontext(sys.stdin.buffer) as stream:
                content = stream.read(limit + 1)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.", returncode=2) from None
        if len(content) > limit:
            megabytes = limit // (1024 * 1024)
            raise CommandError(f"{file}: the file is larger than {megabytes} MB. Split it.", returncode=2)
        return content

    def changes(self, planned: ImportPlan) -> Iterator[str]:
        authors = last_changes(planned.changed) if planned.comparison is None else {}
        for entry in planned.changed:
            for place, change in enumerate(entry.changes):
                author = authors.get(entry.sources[place], "") if place in entry.sources else ""
                yield (
                    f'line {entry.line}: {entry.name}: {change.label}: "{change.before}" -> "{change.after}"'
                    f"{f' (last changed by {author})' if author else ''}"
                )
        yield from (f"recognised as transfer mechanisms: {text}" for text in planned.recognised)
        yield from (f"other name of {vendor}: {name}" for name, vendor in planned.other_names)
        if planned.matched is not None:
            yield from (f"new vendor: {name}" for name in planned.new_vendors)
            yield from (f'line {line}: not taken: "{text}"' for _sheet, line, text in planned.matched.passed_lines)
            yield from (f"column not taken: {heading}" for heading in planned.matched.passed_columns)
        yield from (f"new legal basis, not assessed: {label}" for label in planned.new_bases)
        yield from (f"new transfer mechanism, unclassified: {label}" for label in planned.new_mechanisms)
        for kept in planned.kept:
            yield (
                f'line {kept.line}: {kept.entry}: {kept.heading}: stays "{kept.now}", changed from "{kept.before}"'
                f" since the file left ({kept.who})"
            )
        for change in planned.texts:
            yield f'document: {change.label}: "{change.before}" -> "{change.after}"'
