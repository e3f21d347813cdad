"""Open pages in a headless Chromium: no errors, no requests, no text over other text, at two widths and in both modes.

Run `python tests/browser/check_pages.py PAGE… [--pictures FOLDER]`; without pages, it trains and writes some itself.
"""

import argparse
import sys
from pathlib import Path

from browser import Browser

WIDTHS = (400, 1400)
MODES = ("light", "dark")
PROBLEMS = Path(__file__).with_name("problems.js")


def problems_of(browser, page, pictures=None):
    """Yield what is wrong with a page."""
    for width in WIDTHS:
        for mode in MODES:
            browser.open(page, width, mode)
            found = browser.value(PROBLEMS.read_text())
            found += [f"console: {text}" for text in browser.errors]
            found += [f"requested {address}" for address in browser.requests]
            yield from (f"{page} at {width} pixels, {mode}: {text}" for text in found)
            if pictures is not None:
                name = f"{page.resolve().parent.name}-{page.stem}-{width}-{mode}.png"
                browser.picture(pictures / name)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE", help="HTML files")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="where pictures of the pages are written")
    options = parser.parse_args(arguments)
    if options.pictures is not None:
        options.pictures.mkdir(parents=True, exist_ok=True)
    found = []
    with Browser() as browser:
        for page in options.pages:
            found += problems_of(browser, page, options.pictures)
    for text in found:
        print(text)
    print(f"{len(options.pages)} pages, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
