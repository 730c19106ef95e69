from registry.document.content import Document, Row
from registry.document.encoding import decode
from registry.document.grounds import label_problem, legal_ground, split_legal_ground
from registry.document.headings import ACCEPTED_HEADINGS, HEADINGS, column_of
from registry.document.problems import MESSAGES, DocumentProblems, Problem
from registry.document.reading import parse
from registry.document.rows import read_row, repetitions
from registry.document.writing import frame_problem, render
