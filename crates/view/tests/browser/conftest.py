"""Pages made by the command, in a headless Chromium.

`RAFTSIM` names the command, `CHROMIUM` the browser, and `PICTURES` the folder of the screenshots.
`just page` sets all three.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import runs

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
WIDE = {"width": 1600, "height": 1000}


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """`made(name)`: the page of a run and what the command printed. Each is made once."""
    folder = tmp_path_factory.mktemp("pages")
    kept = {}

    def page_of(name):
        if name not in kept:
            kept[name] = runs.write_page(name, folder)
        return kept[name]

    return page_of


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


class Opened:
    """A page that is open, with all that it complained about and asked for."""

    def __init__(self, browser, path, place="", size=WIDE, theme="light"):
        self.context = browser.new_context(
            viewport=size, color_scheme=theme, permissions=["clipboard-read", "clipboard-write"]
        )
        self.page = self.context.new_page()
        self.complaints = []
        self.requests = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(f"file://{path}{place}")
        self.wait("window.raftsim !== undefined")

    def ask(self, expression, argument=None):
        """What the page's own object, or any expression, says."""
        return self.page.evaluate(expression, argument)

    def wait(self, condition):
        """Asks until the condition holds: the page forbids the driver's own waiting."""
        for _ in range(500):
            if self.ask(condition):
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"never: {condition}")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def cursor(self):
        return self.ask("raftsim.cursor")

    def settle(self):
        """Waits until what was asked for is drawn."""
        self.ask(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )


@pytest.fixture
def opened(browser, made):
    """`opened(name, …)`: the page of a run, open. A path opens as it is."""
    contexts = []

    def open_page(name, **options):
        path = made(name)[0] if isinstance(name, str) else name
        page = Opened(browser, path, **options)
        contexts.append(page)
        return page

    yield open_page
    for page in contexts:
        page.context.close()
        assert page.complaints == []


@pytest.fixture(scope="session")
def cut_off(playwright, tmp_path_factory):
    """A browser in a network namespace of its own, which has no network."""
    if (
        subprocess.run(
            ["unshare", "--user", "--map-root-user", "--net", "true"], capture_output=True
        ).returncode
        != 0
    ):
        pytest.skip("this machine does not allow network namespaces")
    wrapper = tmp_path_factory.mktemp("cut") / "chromium"
    wrapper.write_text(
        f'#!/bin/sh\nexec unshare --user --map-root-user --net {CHROMIUM} "$@"\n'
    )
    wrapper.chmod(0o755)
    browser = playwright.chromium.launch(executable_path=str(wrapper), args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def pictures():
    """Where screenshots are kept: `target/page`, or the folder that `PICTURES` names."""
    folder = Path(os.environ.get("PICTURES", runs.ROOT / "target/page"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
