"""For tests in a real browser: skipped, visibly, where there is none."""

from contextlib import ExitStack

import pytest
from find_browser import ADVICE, OPTIONS, find_browser
from lab_server import serve
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="module")
def browser():
    """A Chromium or a Chrome without a window.

    It ends with its file of tests: playwright keeps an event loop running in this
    thread, beside which no other test could start one.
    """
    program = find_browser()
    if program is None:
        pytest.skip(ADVICE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        browser = chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """An empty page, as wide as a laptop's, that remembers nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def start_lab(browser, tmp_path_factory):
    """A function that starts JupyterLab over a folder of notebooks."""
    with ExitStack() as running:
        yield lambda folder: running.enter_context(
            serve(folder, tmp_path_factory.mktemp("jupyter"))
        )
