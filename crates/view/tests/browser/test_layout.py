"""Where things stand: in windows of all sizes, on paper, in pictures and in frames."""

import hashlib
import io
import re

import pytest
from pypdf import PdfReader

import runs


@pytest.mark.parametrize("width", [1600, 1100, 800])
@pytest.mark.parametrize("name", ["deposed-leaders", "no-agreement", "seven"])
def test_nothing_scrolls_sideways_and_state_rows_are_level_with_lanes(opened, name, width):
    page = opened(name, size={"width": 1400, "height": 900})
    page.page.set_viewport_size({"width": width, "height": 1000})
    page.settle()
    assert page.ask("document.documentElement.scrollWidth <= innerWidth")
    assert page.ask("""[...document.querySelectorAll('#verdict, #toolbar, #list, #why, #rows')]
        .every((e) => e.scrollWidth <= e.clientWidth + 1)""")
    top = page.ask("document.getElementById('lanes').getBoundingClientRect().top")
    geometry = page.ask("raftsim.geometry")
    boxes = page.ask("""[...document.querySelectorAll('.row')].map((e) => e.getBoundingClientRect())
        .map(({ top, height }) => [top, height])""")
    assert len(boxes) == page.ask("raftsim.servers")
    if width < 900:
        assert boxes[0][0] >= top + geometry["height"]
        return
    for at, (row, height) in enumerate(boxes):
        assert abs(row - top - geometry["lanesTop"] - at * geometry["laneHeight"]) <= 1
        assert abs(height - geometry["laneHeight"]) <= 1


LAPTOPS = [(1366, 650), (1366, 768), (1280, 720), (1440, 900)]


@pytest.mark.parametrize("servers", [3, 5, 6, 7, 9, 12])
def test_the_list_and_why_are_within_reach_on_a_laptop(opened, made, tmp_path, servers):
    data = runs.data_in(made("deposed-leaders")[0])
    data["run"]["servers"] = servers
    page = opened(runs.with_data(made("deposed-leaders")[0], data, tmp_path / "laptop.html"))
    assert page.ask("raftsim.servers") == servers
    for width, height in LAPTOPS:
        page.page.set_viewport_size({"width": width, "height": height})
        page.settle()
        page.ask("scrollTo(0, document.documentElement.scrollHeight)")
        for selector in ("#list", "#why"):
            top, bottom = page.ask(
                """(selector) => { const box = document.querySelector(selector)
                .getBoundingClientRect(); return [box.top, box.bottom]; }""",
                selector,
            )
            assert 0 <= top < bottom <= height, (selector, width, height)
            assert bottom - top >= 147, (selector, width, height)
        lane, cells = page.ask("[raftsim.geometry.laneHeight, raftsim.geometry.cells]")
        assert lane >= (42 if servers < 7 else 40), (width, height)
        assert servers >= 7 or cells >= 4, (width, height)


def test_the_toolbar_is_one_line_from_1200_pixels_on(opened):
    page = opened("no-agreement")
    page.page.locator("#search").fill("vote?")
    page.press("Enter")
    page.page.locator("#search").focus()
    page.press("Enter")
    assert page.page.locator("#found").is_visible()
    for width in (1600, 1440, 1439, 1366, 1300, 1281, 1280, 1200):
        page.page.set_viewport_size({"width": width, "height": 900})
        assert page.ask("document.querySelector('#toolbar').offsetHeight") < 60, width


def test_a_page_opens_with_whole_lines_and_its_marks_in_the_list(opened):
    whole = """() => { const list = document.querySelector('#list');
        const height = list.querySelector('.event').offsetHeight;
        return [list.scrollTop % height, list.clientHeight % height]; }"""
    for size in ((1600, 1000), (1440, 900), (1366, 768)):
        for name in ("long-run", "seven", "every-fault"):
            page = opened(name, size=dict(zip(("width", "height"), size)))
            assert page.ask(whole) == [0, 0], (name, size)
    for name, letters in (("deposed-leaders", "12"), ("figure-8", "A")):
        page = opened(name)
        assert page.cursor() == page.ask("raftsim.failure")
        seen = page.ask(
            """() => { const box = document.querySelector('#list').getBoundingClientRect();
            return [...document.querySelectorAll('.event .ring')].filter((e) => {
                const { top, bottom } = e.closest('.event').getBoundingClientRect();
                return top >= box.top && bottom <= box.bottom; }).map((e) => e.textContent); }"""
        )
        assert "".join(seen).startswith(letters)
        assert page.ask(whole) == [0, 0]


# In the list always; in the window too, if at least two lines of the list are.
CURRENT = """() => { const line = document.querySelector('#list [aria-selected=true]');
    if (line === null) return 'none';
    const [box, { top, bottom }] = [document.querySelector('#list'), line]
        .map((e) => e.getBoundingClientRect());
    if (top < box.top - 1 || bottom > box.bottom + 1) return 'out of the list';
    const within = innerHeight - box.top >= 2 * (bottom - top);
    return within && bottom > innerHeight ? 'below the window' : 'in view'; }"""


@pytest.mark.parametrize("size", [(1600, 1000), (1366, 768), (1280, 720)])
@pytest.mark.parametrize("name", ["deposed-leaders", "figure-8", "no-agreement"])
def test_the_list_shows_the_current_row_after_any_change_of_layout(opened, name, size):
    page = opened(name, size=dict(zip(("width", "height"), size)))
    for keys in ("B", "p", "p", "A", "p", "f", "p", "2", "Home", "p", "p", "End"):
        page.press(keys)
        page.settle()
        assert page.ask(CURRENT) == "in view", keys
    page.press("B")
    for width, height in (size, (1000, 620), size, (700, 900), size):
        page.page.set_viewport_size({"width": width, "height": height})
        page.settle()
        page.settle()
        assert page.ask(CURRENT) == "in view", (width, height)
    for _ in range(8):
        page.ask("document.querySelector('#list').scrollTop = 0")
        page.settle()
    page.press("p")
    page.settle()
    page.settle()
    assert page.ask(CURRENT) == "in view"


def test_the_list_names_its_line_at_the_cursor_only_while_it_has_it(opened):
    page = opened("long-run")
    active = "document.querySelector('#list').getAttribute('aria-activedescendant')"
    assert page.ask(active) == f"step-{page.cursor()}"
    for _ in range(8):
        page.ask("document.querySelector('#list').scrollTop = 1e6")
        page.settle()
    assert page.ask(active) is None
    page.press("ArrowRight")
    assert page.ask(active) == f"step-{page.cursor()}"


@pytest.mark.parametrize("name", runs.PICTURED)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_of_both_themes_are_kept(opened, pictures, name, theme):
    page = opened(name, theme=theme)
    page.page.screenshot(path=pictures / f"{name}-{theme}.png")
    ground = page.ask("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 21, 26)"}[theme]


def test_pictures_for_each_vision_deficiency_differ(opened, pictures):
    page = opened("figure-8")
    session = page.context.new_cdp_session(page.page)
    seen = set()
    for eye in (
        "none",
        "achromatopsia",
        "blurredVision",
        "deuteranopia",
        "protanopia",
        "tritanopia",
    ):
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": eye})
        page.settle()
        seen.add(
            hashlib.sha256(page.page.screenshot(path=pictures / f"figure-8-{eye}.png")).hexdigest()
        )
    assert len(seen) == 6


def test_paper_has_verdict_events_and_command_and_is_light(opened, pictures):
    page = opened("figure-8", theme="dark")
    paper = page.page.pdf(path=pictures / "figure-8.pdf", prefer_css_page_size=True)
    pages = PdfReader(io.BytesIO(paper)).pages
    text = " ".join(" ".join(part.extract_text() for part in pages).split())
    assert "FAIL" in text
    assert "Leader Completeness" in text
    assert "raftsim replay sim-scenarios/regressions/figure-8.toml" in text
    assert "leader in term 4" in text
    assert pages[0].mediabox.width > pages[0].mediabox.height
    page.ask("dispatchEvent(new Event('beforeprint'))")
    lines = page.page.locator("#list .event")
    assert lines.count() == 80
    assert page.ask("raftsim.shown")[-1] == int(lines.last.get_attribute("data-step"))
    first = " ".join(lines.first.inner_text().split())
    assert first in text
    page.ask("dispatchEvent(new Event('afterprint'))")
    assert page.ask("document.documentElement.dataset.theme") == "dark"


def on_paper(page, path):
    """The lines of the page on paper."""
    paper = page.page.pdf(path=path, prefer_css_page_size=True)
    return [
        " ".join(line.split())
        for part in PdfReader(io.BytesIO(paper)).pages
        for line in part.extract_text().split("\n")
    ]


def test_paper_says_what_it_leaves_out_and_has_the_whole_command(opened, made, tmp_path):
    page = opened("no-agreement")
    lines = on_paper(page, tmp_path / "end.pdf")
    command = runs.data_in(made("no-agreement")[0])["run"]["command"]
    assert command in lines
    assert "node mutant:any-vote-request-resets-timer" in lines[0].replace("- ", "-")
    assert not any("unfold" in line for line in lines)
    page.ask("dispatchEvent(new Event('beforeprint'))")
    rows = page.page.locator("#list > *").all_inner_texts()
    first = int(
        page.page.locator("#list .event").first.evaluate(
            "({ dataset }) => dataset.step ?? dataset.fold"
        )
    )
    assert rows[0] == f"… {first:,} earlier steps"
    assert rows[0] in lines
    assert "later step" not in rows[-1]
    page.ask("dispatchEvent(new Event('afterprint'))")
    assert page.page.locator(".beyond").count() == 0
    page.press("Home")
    page.ask("dispatchEvent(new Event('beforeprint'))")
    rows = page.page.locator("#list > *").all_inner_texts()
    assert "earlier" not in rows[0]
    last = page.page.locator("#list .event").last.evaluate("""({ dataset }) => dataset.step
        ?? raftsim.folds.find(({ first }) => first === Number(dataset.fold)).last""")
    after = page.ask("raftsim.count") - 1 - int(last)
    assert rows[-1] == f"… {after:,} later steps"
    page.ask("dispatchEvent(new Event('afterprint'))")
    lines = on_paper(opened("single"), tmp_path / "one.pdf")
    assert not any("earlier steps" in line for line in lines)


def test_two_runs_in_frames_open_at_their_first_difference(browser, made, pictures):
    path, printed = made("pair")
    context = browser.new_context(
        viewport={"width": 1600, "height": 1000}, permissions=["clipboard-read"]
    )
    page = context.new_page()
    complaints, requests = [], []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"file://{path}")
    frames = page.frames[1:]
    for frame in frames:
        for _ in range(500):
            if frame.evaluate("window.raftsim !== undefined"):
                break
            page.wait_for_timeout(20)
    parted = [re.search(rf"^{letter} +([0-9.]+)s", printed, re.M).group(1) for letter in "AB"]
    assert [frame.locator("#time").inner_text() for frame in frames] == [
        f"{time} s" for time in parted
    ]
    for frame in frames:
        at, later = frame.evaluate(
            "[raftsim.steps[raftsim.cursor], raftsim.steps[raftsim.cursor + 1]]"
        )
        assert at["time"] < later["time"]
    page.screenshot(path=pictures / "pair.png")
    paper = page.pdf(path=pictures / "pair.pdf", prefer_css_page_size=True)
    texts = [part.extract_text() for part in PdfReader(io.BytesIO(paper)).pages]
    assert ["no property was broken" in text for text in texts] == [True, False]
    assert ["Leader Completeness" in text for text in texts] == [False, True]
    assert all("raftsim replay" in text for text in texts)
    for frame in frames:
        assert_all_is_in_view(frame)
    # Keys and links of one frame do nothing to the other, and nothing to the page around.
    one, other = frames
    before = other.evaluate("raftsim.cursor")
    one.locator("#lanes").click(position={"x": 300, "y": 5})
    page.keyboard.press("Home")
    for key in ("ArrowRight", "h", "a", "?", "Escape", "m", "Escape", "t", "Y"):
        page.keyboard.press(key)
    assert one.evaluate("raftsim.cursor") == 1
    assert one.evaluate("raftsim.copied") is None
    assert one.locator("#live").inner_text() == "A page in a frame has no link of its own."
    page.wait_for_timeout(200)
    one.evaluate("location.hash = '#step=9'")
    page.wait_for_timeout(50)
    assert one.evaluate("raftsim.cursor") == 8
    assert other.evaluate("raftsim.cursor") == before
    assert page.url == f"file://{path}"
    other.locator("#copy").click()
    page.wait_for_timeout(50)
    assert other.locator("#copy").inner_text().startswith("Replay line copied.")
    assert "mutant:commits-earlier-terms" in other.evaluate("raftsim.copied")
    page.evaluate("window.focus()")
    assert page.evaluate("navigator.clipboard.readText()") == other.evaluate("raftsim.copied")
    context.close()
    assert (complaints, requests[:1]) == ([], [f"file://{path}"])
    assert all(url.startswith("about:srcdoc") for url in requests[1:])


def assert_all_is_in_view(frame):
    """The lanes, the state and four lines of the list at least, without scrolling the page."""
    assert frame.evaluate("document.documentElement.scrollHeight <= innerHeight")
    height = frame.evaluate("innerHeight")
    for selector in ("#lanes", "#rows", "#toolbar", "#list", "#why"):
        top, bottom = frame.evaluate(
            """(selector) => { const box = document.querySelector(selector).getBoundingClientRect();
            return [box.top, box.bottom]; }""",
            selector,
        )
        assert 0 <= top < bottom <= height, selector
    lines = frame.evaluate("""() => { const list = document.querySelector('#list');
        return list.clientHeight / list.querySelector('.event').offsetHeight; }""")
    assert lines >= 4
    assert lines == int(lines)
