"""Joining the parts of a long paper into one PDF that is tagged as a whole. Pure: no Django.

A typesetter needs memory for all rows of a document; parts need a part of it. The structure trees of the parts become
one tree, and page numbers are laid over the pages as artifacts, because no part knows how many pages there are.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pikepdf import Array, Dictionary, Name, Object, ObjectStreamMode, Page, Pdf, Stream, String

ARTIFACT = b"/Artifact<</Type/Pagination/Subtype/Footer>>BDC\nq\n%s Do\nQ\nEMC\n"


def join(parts: Sequence[bytes], numbers_of: Callable[[int], bytes], *, same_each_time: bool = False) -> bytes:
    """Return one PDF. ``numbers_of`` returns a PDF with the number of each page, for a number of pages.

    ``same_each_time``: identify the file by its content, so that the same parts give the same bytes.
    """
    whole = Pdf.open(io.BytesIO(parts[0]))
    joined = [whole]
    for number, content in enumerate(parts[1:], start=1):
        part = Pdf.open(io.BytesIO(content))
        append_part(whole, part, number)
        joined.append(part)  # what is copied is read when the whole is written
    tree: Any = whole.Root.StructTreeRoot
    tree.IDTree = Dictionary(Names=sorted_names(tree.IDTree.Names)) if "/IDTree" in tree else Dictionary(Names=Array())
    numbers = Pdf.open(io.BytesIO(numbers_of(len(whole.pages))))
    for page, number_page in zip(whole.pages, numbers.pages, strict=True):
        lay_over(whole, page, number_page)
    target = io.BytesIO()
    whole.save(target, object_stream_mode=ObjectStreamMode.generate, deterministic_id=same_each_time)
    return target.getvalue()


def append_part(whole: Pdf, part: Pdf, number: int) -> None:
    """Append the pages of a part, and its structure elements behind those of the whole."""
    tree: Any = whole.Root.StructTreeRoot
    part_tree: Any = part.Root.StructTreeRoot
    first_key = int(tree.ParentTreeNextKey)
    for page in part.pages:
        if "/StructParents" in page:
            page.StructParents = int(page.StructParents) + first_key
    for element in elements(part_tree.K):
        forget_borders(element)
        rename(element, f"p{number}")
    if "/IDTree" in part_tree:
        names = part_tree.IDTree.Names
        for place in range(0, len(names), 2):
            names[place] = String(f"{names[place]}p{number}")
    whole.pages.extend(part.pages)
    copied: Any = whole.copy_foreign(part.make_indirect(part_tree))
    document = tree.K[0]
    for element in copied.K[0].K:
        element.P = document
        document.K.append(element)
    keys = copied.ParentTree.Nums
    for place in range(0, len(keys), 2):
        tree.ParentTree.Nums.append(int(keys[place]) + first_key)
        tree.ParentTree.Nums.append(keys[place + 1])
    tree.ParentTreeNextKey = first_key + int(copied.ParentTreeNextKey)
    if "/IDTree" in copied:
        if "/IDTree" not in tree:
            tree.IDTree = Dictionary(Names=Array())
        tree.IDTree.Names.extend(copied.IDTree.Names)


def elements(kids: Object) -> Iterator[Dictionary]:
    """Yield the structure elements below these kids."""
    waiting = [kids]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Array):
            waiting.extend(each)
        elif isinstance(each, Dictionary) and "/S" in each:
            yield each
            if "/K" in each:
                waiting.append(each.K)


def rename(element: Dictionary, suffix: str) -> None:
    """Make the names of heading cells differ from those of other parts."""
    if "/ID" in element:
        element.ID = String(f"{element.ID}{suffix}")
    attributes = element.get("/A")
    for each in attributes if isinstance(attributes, Array) else ():
        if isinstance(each, Dictionary) and "/Headers" in each:
            each.Headers = Array([String(f"{header}{suffix}") for header in each.Headers])


def forget_borders(element: Dictionary) -> None:
    """Drop what repeats for each cell how its borders look: half of the memory, and nothing that is read aloud."""
    if element.S == Name.TD and isinstance(attributes := element.get("/A"), Array):
        element.A = Array([each for each in attributes if Name.Layout != each.O])


def sorted_names(names: Array) -> Array:
    pairs = sorted(
        ((bytes(names[place]), names[place + 1]) for place in range(0, len(names), 2)), key=lambda pair: pair[0]
    )
    return Array([value for name, element in pairs for value in (String(name.decode()), element)])


def lay_over(whole: Pdf, page: Page, number_page: Page) -> None:
    """Lay the number over a page, as what readers pass over."""
    name = page.add_resource(whole.copy_foreign(number_page.as_form_xobject()), Name.XObject, Name("/PageNumber"))
    page.contents_add(Stream(whole, ARTIFACT % str(name).encode()))
