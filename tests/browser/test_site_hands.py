"""What somebody does with the site: by mouse, by keyboard alone, with little motion."""

import re

import pytest
from playwright.sync_api import expect
from site_server import SIZES, served

LESSON = "06_attention.html"
# Ten words, and a page that a search for each must find.
WORDS = {
    "broadcasting": "01_primer",
    "tiktoken": "03_byte_pairs",
    "dropout": "04_embeddings",
    "causal": "06_attention",
    "perplexity": "14_loss",
    "temperature": "18_generation",
    "safetensors": "20_pretrained",
    "Muon": "23_race",
    "Moodle": "teachers",
    "KVCache": "gptlib.attention",
}
MARK = """
document.addEventListener("focusin", (it) => (it.target.dataset.reached = "yes"));
"""
# What should have been reached: all that can be seen and used.
MISSED = """
const usable = "a[href], button, summary, input, [tabindex='0']";
[...document.querySelectorAll(usable)]
  .filter((it) => it.checkVisibility({ visibilityProperty: true }))
  .filter((it) => !it.disabled && it.tabIndex >= 0 && it.dataset.reached !== "yes")
  .map((it) => it.outerHTML.slice(0, 120))
"""


@pytest.fixture(scope="module")
def address(course_site):
    """Where the site is read."""
    with served(course_site) as address:
        yield address


@pytest.fixture
def lesson(page, address):
    """A lesson, opened."""
    page.goto(address + LESSON, wait_until="networkidle")
    return page


def test_everything_that_can_be_used_is_reached_with_tab(lesson):
    lesson.evaluate(MARK)
    for _ in range(400):
        lesson.keyboard.press("Tab")
    assert lesson.evaluate("document.querySelectorAll('[data-reached]').length") > 100
    assert lesson.evaluate(MISSED) == []


def test_what_is_folded_opens_with_enter(lesson):
    fold = lesson.locator("article details").first
    fold.locator("summary").first.focus()
    expect(fold).not_to_have_attribute("open", "")
    lesson.keyboard.press("Enter")
    expect(fold).to_have_attribute("open", "")


@pytest.mark.parametrize("way", ["keyboard", "mouse"])
def test_a_figure_is_enlarged_and_goes_back(lesson, way):
    figure = lesson.locator("button.enlarge").first
    small = figure.locator("img").bounding_box()["width"]
    if way == "mouse":
        figure.click()
    else:
        figure.focus()
        lesson.keyboard.press("Enter")
    dialog = lesson.locator("dialog.enlarged")
    expect(dialog).to_be_visible()
    assert dialog.locator("img").bounding_box()["width"] > small
    assert len(dialog.locator("img").get_attribute("alt")) > 20
    lesson.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(figure).to_be_focused()


def test_a_button_copies_the_code_and_nothing_else(lesson):
    lesson.context.grant_permissions(["clipboard-read", "clipboard-write"])
    block = lesson.locator("article .highlight").first
    block.hover()
    block.get_by_role("button", name="Copy this code").click()
    expect(block.locator("button")).to_have_text("Copied")
    copied = lesson.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("import math")
    assert "Cop" not in copied


def test_one_goes_on_to_the_next_lesson_and_back(lesson, address):
    lesson.locator("a.right-next").click()
    assert lesson.url == f"{address}07_heads.html"
    lesson.locator("a.left-prev").click()
    assert lesson.url == address + LESSON


def test_the_menu_of_a_phone_opens_by_keyboard(page, address):
    width, height = SIZES["phone"]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address + LESSON, wait_until="networkidle")
    entry = page.get_by_role("link", name="07 · Heads").first
    page.locator("button.primary-toggle").focus()
    page.keyboard.press("Enter")
    expect(entry).to_be_visible()


def test_a_search_finds_ten_words(page, address):
    # A hit's excerpt is read out of the whole page: not what is asked here.
    page.route("**/*.html", lambda it: it.abort() if is_excerpt(it) else it.continue_())
    for word, name in WORDS.items():
        page.goto(f"{address}search.html?q={word}")
        hit = page.locator(f'#search-results li a[href^="{name}.html"]').first
        expect(hit).to_be_visible()


def is_excerpt(route):
    return route.request.resource_type in ("fetch", "xhr")


@pytest.mark.parametrize("name", ["story", "tiles"])
def test_a_moving_page_is_walked_by_keyboard_and_says_where_it_is(page, address, name):
    page.goto(f"{address}{name}.html", wait_until="networkidle")
    root = page.locator(f"#{name}")
    root.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(root.locator(".said")).to_contain_text("2 of")
    root.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(root.locator(".said")).to_contain_text("3 of")
    page.keyboard.press("End")
    count = root.get_by_role("slider").get_attribute("max")
    expect(root.locator(".said")).to_contain_text(f"{count} of {count}")


def test_it_plays_only_when_told_and_not_for_whom_motion_is_too_much(page, address):
    page.goto(f"{address}tiles.html", wait_until="networkidle")
    said = page.locator(".said")
    expect(said).to_contain_text("Press Next")
    page.get_by_role("button", name="Play").click()
    expect(said).to_contain_text("9 of 9", timeout=20_000)
    page.emulate_media(reduced_motion="reduce")
    page.reload(wait_until="networkidle")
    expect(page.locator("#tiles button")).to_have_count(3)
    expect(page.get_by_role("button", name="Play")).to_be_hidden()


def test_the_story_is_the_one_that_stands_below_in_words(page, address):
    page.goto(f"{address}story.html", wait_until="networkidle")
    page.get_by_role("slider").fill(page.get_by_role("slider").get_attribute("max"))
    tale = page.locator(".tale").inner_text().strip()
    assert len(tale) > 100
    page.locator("summary", has_text="In words").click()
    told = page.locator("article details p").first.inner_text().strip()
    assert re.sub("[\u201c\u201d]", '"', re.sub("[\u2018\u2019]", "'", told)) == tale
