"""Reading lists of processors that somebody else wrote: where the rows are, which column is which, what a value means.

What the file does not say is asked, once for each distinct thing, with the best guess; the answers are kept for the
next file of the same shape. The result is a table with the headings of the register, which is imported like any other.
"""
