"""Open pages in a headless Chromium: no errors, no requests, no text over other text, at two widths and in both modes.

By hand, with Debian's package `chromium`, from anywhere in the repository:

    python tests/browser/check_pages.py [PAGE ...] [--pictures FOLDER]

Without a PAGE, it trains some shipped specs for two epochs, and checks the pages of these runs and of a comparison, and
one with long names. The exit status is 1 if there are problems.
"""

import argparse
import io
import sys
import tempfile
from pathlib import Path

from browser import Browser

sys.path.insert(0, str(Path(__file__).parent.parent))

WIDTHS = (400, 1400)
MODES = ("light", "dark")
PROBLEMS = Path(__file__).with_name("problems.js")

#: A page with everything that has to be found.
BAD_PAGE = """<!DOCTYPE html><title>bad</title><body style="margin: 0">
<p style="margin: 0">Below the other text.</p><p style="margin: -15px 0 0">Above the other text.</p>
<div style="width: 2000px">wide</div><img src="http://localhost:9/missing.png">
<script>console.error("an error"); missing();</script>"""


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


def check_itself(browser, folder):
    """Check that the problems of a bad page are found."""
    page = folder / "bad.html"
    page.write_text(BAD_PAGE)
    text = "\n".join(problems_of(browser, page))
    for expected in (
        "overlap",
        "2000 pixels wide",
        "an error",
        "missing is not defined",
        "requested http://localhost:9",
    ):
        if expected not in text:
            raise SystemExit(f"the check does not find {expected!r} in a bad page; it found:\n{text}")


def own_pages(folder):
    """Train runs, and return their pages and that of a comparison."""
    import kpipe
    from kpipe.errors import TrainingError

    specs = {
        "classes": ("kpipe:digits", {"train.callbacks": ["LayerStatistics"]}),
        "table": ("kpipe:houses-csv", {}),
        "targets": ("kpipe:houses-photos", {}),
        "exploded": ("kpipe:iris", {"train.optimizer": {"SGD": {"learning_rate": 1e30}}}),
    }
    for name, (spec, overrides) in specs.items():
        try:
            kpipe.load(spec, {"train.epochs": 2, **overrides}).run(folder / name, progress=False)
        except TrainingError:
            if name != "exploded":
                raise
    return [*(folder / name / "report.html" for name in specs), _compared(folder), _with_long_names(folder / "names")]


def _compared(folder):
    from kpipe.messages.reporter import Reporter
    from kpipe.report.comparison.compare_runs import compare_runs

    page = folder / "compare.html"
    reporter = Reporter(quiet=True, results=io.StringIO())
    compare_runs([folder / "classes", folder / "table", folder / "targets"], reporter, output=page)
    return page


def _with_long_names(folder):
    from run_folders import write_run

    from kpipe.report.run_page.write_run_page import write_run_page

    classes = [f"a class with a long name and the number {index}" for index in range(40)]
    metrics = {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 123456}
    write_run(
        folder,
        losses=[1e-12 * 10**epoch for epoch in range(9)],
        name="name_" * 30,
        error="the loss became infinite " * 20,
        chosen_by="lowest " * 20,
        classes={"y": dict.fromkeys(classes, metrics)},
        confusion={"y": [[123456 * (row == column) for column in range(40)] for row in range(40)]},
        verdicts=[
            {
                "code": "E205", "severity": "error", "path": "train.optimizer." * 8, "place": f"{'folder/' * 20}a.yaml:1:2",
                "message": "the_message_is_long_" * 10, "evidence": {"measured": dict.fromkeys(classes[:9], 0.1)},
                "remedy": f"--set {'train.' * 30}rate=1, {'or more data ' * 20}",
            }
        ],
    )  # fmt: skip
    header = "target,order,part,index,sample,label,predicted,probability,predicted_probability,loss,column"
    row = f"y,loss,test,7,{'folder/' * 20}a.png,{classes[0]},{classes[1]},0.125,0.75,2.079,{'long' * 40}"
    (folder / "worst.csv").write_text(f"{header}\n{row}\n")
    return write_run_page(folder)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE", help="HTML files")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="where pictures of the pages are written")
    options = parser.parse_args(arguments)
    if options.pictures is not None:
        options.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        check_itself(browser, Path(folder))
        pages = options.pages or own_pages(Path(folder))
        found = [text for page in pages for text in problems_of(browser, page, options.pictures)]
    for text in found:
        print(text)
    print(f"{len(pages)} pages in a browser, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
