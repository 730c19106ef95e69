"""The forms in which an edition is published: a page, the document, papers, a workbook, and data."""
