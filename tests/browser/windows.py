"""What of a page fits its window."""


def fits_the_window(page):
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
