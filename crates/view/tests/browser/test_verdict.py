"""What a page says of its verdict: the two facts, the last changes, where the odds turn, and the
servers' memory.
"""

import re

import pytest

import runs
from trace import ROLES


def test_deposed_leaders_show_their_mistake_at_first_sight(opened):
    page = opened("deposed-leaders")
    assert page.page.locator("#property").inner_text() == "check_one_leader"
    assert page.page.locator("#kind").inner_text() == "the lab's limit at 7.094000 s"
    assert page.page.locator("#facts .card .words").all_inner_texts() == [
        "within 10 polls a connected server leads",
        "7.094000 s none did",
    ]
    drawn = page.ask("raftsim.drawn")
    width = page.ask("raftsim.geometry.width")
    assert [ring["name"] for ring in drawn["rings"] if 58 < ring["x"] < width] == ["1", "2", "3"]
    timers = page.page.locator(".row .timer").all_inner_texts()
    assert [text == "no timer runs" for text in timers] == [True, False, True]
    page.press("1")
    assert page.page.locator("#time").inner_text() == "2.011576 s"
    assert (
        "no election timer runs"
        in page.page.locator("#list [aria-selected=true] .note").inner_text()
    )


def test_a_tab_says_verdict_run_seed_and_node(opened):
    assert opened("deposed-leaders").page.title() == (
        "✗ check_one_leader - stale_leaders_return_3a, seed 2, node post-2025"
    )


def test_figure_8_shows_that_a_committed_entry_is_lost(opened):
    page = opened("figure-8")
    page.press("A")
    state = page.ask("raftsim.state(raftsim.cursor)")["servers"][0]
    assert (state["role"], state["term"], state["disk"]["terms"]) == (ROLES["L"], 3, [1, 1])
    assert page.page.locator(".cell.against").count() == 0
    page.press("B")
    assert page.ask("raftsim.contradicted(raftsim.cursor)") == [{"server": 5, "index": 2}]
    ringed = page.page.locator(".cell.against")
    assert ringed.count() == 1
    assert ringed.locator("xpath=ancestor::*[@data-server]").get_attribute("data-server") == "5"
    assert ringed.get_attribute("data-index") == "2"


def test_an_entry_whose_term_is_unknown_contradicts_no_other(opened, made, tmp_path):
    path = made("figure-8")[0]
    data = runs.data_in(path)
    data["committed"]["term"] = [-1] * len(data["committed"]["term"])
    page = opened(runs.with_data(path, data, tmp_path / "unknown.html"))
    page.press("B")
    assert page.ask("raftsim.contradicted(raftsim.cursor)") == []
    # Where the log ends before the entry, the leader does lack it.
    for at, on in enumerate(data["disk"]["on"]):
        if on == 5:
            start = min(2, data["disk"]["from"][at])
            data["disk"]["from"][at] = start
            data["disk"]["terms"][at] = data["disk"]["terms"][at][: 2 - start]
    page = opened(runs.with_data(path, data, tmp_path / "lacks.html"))
    page.press("B")
    assert page.ask("raftsim.contradicted(raftsim.cursor)") == [{"server": 5, "index": 2}]


def test_a_panic_in_the_node_is_a_verdict_with_a_place(opened):
    page = opened("panic")
    assert page.page.locator("#outcome").inner_text() == "✗ FAIL"
    assert page.page.locator("#property").inner_text() == "no panic"
    assert page.cursor() == page.ask("raftsim.failure")


def test_a_run_that_passes_opens_at_its_first_election(opened):
    page = opened("long-run")
    assert page.page.locator("#outcome").inner_text() == "✓ PASS"
    assert page.ask("raftsim.failure") == -1
    before, state = page.ask("[raftsim.state(raftsim.cursor - 1), raftsim.state(raftsim.cursor)]")
    assert [server["role"] for server in state["servers"]].count(ROLES["L"]) == 1
    assert [server["role"] for server in before["servers"]].count(ROLES["L"]) == 0


def test_the_head_says_what_the_timers_did_since_the_last_leader(opened):
    page = opened("deposed-leaders")
    assert page.page.locator("#timers").inner_text() == (
        "No server has led since 2.051308 s. "
        "Since then: no timer runs at n1 n3; the timer of n2 fired 12 times."
    )
    fired = page.ask("""raftsim.steps.filter(({ on, kind, time }) =>
        on === 2 && kind === 'timeout' && time > 2051308000).length""")
    assert fired == 12
    page = opened("no-agreement")
    steps = page.ask("raftsim.steps.map(({ on, kind, time }) => [on, kind, time])")
    said = page.page.locator("#timers").inner_text()
    since = float(re.search(r"since ([0-9.]+) s", said).group(1)) * 1e9
    fires = [
        sum(on == server and kind == "timeout" and time > since for on, kind, time in steps)
        for server in range(1, 7)
    ]
    assert fires[:3] + fires[4:5] == [0, 0, 0, 0]
    least, most = sorted((fires[3], fires[5]))
    assert f"the timers of n4 n6 fired {least:,} to {most:,} times" in said
    assert "the timers of n1 n2 n3 n5 were moved" in said
    assert "and never fired" in said
    assert not opened("figure-8").page.locator("#timers").is_visible()


def test_a_fact_without_a_moment_is_text_and_no_button(opened):
    page = opened("deposed-leaders")
    assert page.page.locator("#facts div.card").count() == 1
    assert page.page.locator("#facts button.card .ring").all_inner_texts() == ["B"]
    page.press("Home", "A")
    assert page.cursor() == 0


def test_a_fact_that_was_only_asked_for_says_so(opened):
    cards = lambda page: page.page.locator("#facts .card").all_inner_texts()
    why = lambda page: page.page.locator("#why").inner_text()
    said = lambda page: [text for text in why(page).split("In full")[1].split("\n") if text != ""]
    page = opened("deposed-leaders")
    assert [text.split("\n") for text in cards(page)] == [
        ["expected", "within 10 polls a connected server leads"],
        ["B", "found", "7.094000 s none did"],
    ]
    assert said(page) == [
        "expected within 10 polls a connected server leads",
        "B found none did",
    ]
    page = opened("no-agreement")
    assert [text.split("\n")[:2] for text in cards(page)] == [["A", "expected"], ["B", "found"]]
    for text, start in zip(said(page), ("A expected ", "B found not within")):
        assert text.startswith(start)
    page = opened("panic")
    assert [text.split("\n")[:-1] for text in cards(page)] == [["expected"], ["B", "found"]]
    page = opened("figure-8")
    assert [text.split("\n")[:-1] for text in cards(page)] == [["A"], ["B"]]
    assert said(page)[0].startswith("A 2@1 ")
    assert not any(word in " ".join(cards(page)) for word in ("expected", "found"))


def test_a_key_for_a_mark_that_no_step_has_says_so(opened):
    for name, keys in (("deposed-leaders", "AT49"), ("long-run", "AB1T"), ("figure-8", "1T")):
        page = opened(name)
        before = page.cursor()
        number = page.page.locator("#step").inner_text()
        for key in keys:
            page.press(key)
            said = f"No step is marked {key}."
            assert page.page.locator("#live").inner_text() == said
            assert page.page.locator("#step").inner_text() == said
            assert page.cursor() == before
        page.press("ArrowLeft")
        assert page.page.locator("#step").inner_text().startswith("step ")
        page.press("ArrowRight", keys[0])
        page.wait(f"document.querySelector('#step').innerText === '{number}'")


HOSTILE = (
    '</script><img src=x onerror="window.harmed=1"><b>bold</b>\u202eevil\u0007\u001b[31m\u2066'
)


def test_what_a_node_prints_is_text_and_no_element(opened, made, tmp_path):
    data = runs.data_in(made("figure-8")[0])
    data["text"] = [
        f"{text}{HOSTILE}" if at % 2 else HOSTILE for at, text in enumerate(data["text"])
    ]
    for part in (data["verdict"]["facts"][0], data["verdict"]["facts"][1], data["plan"][0]):
        part["text"] = HOSTILE
    data["verdict"]["property"] = data["verdict"]["label"] = data["run"]["title"] = data["run"][
        "node"
    ] = HOSTILE
    data["fates"] = [HOSTILE]
    page = opened(runs.with_data(made("figure-8")[0], data, tmp_path / "hostile.html"))
    for key in ("Home", "ArrowRight", "r", "r", "n", "A", "b", "B", "f", "x", "h"):
        page.press(key)
        page.page.mouse.move(300, 400)
    assert page.ask("window.harmed") is None
    assert page.ask("document.querySelectorAll('img').length") == 0
    assert page.ask("document.querySelectorAll('#page script').length") == 0
    assert (
        page.ask(
            "[...document.querySelectorAll('b')].filter((e) => e.textContent === 'bold').length"
        )
        == 0
    )
    shown = page.ask("document.body.innerText")
    assert "onerror" in shown
    assert re.search("[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]", shown) is None
    assert "\\u{202e}" in shown


@pytest.fixture
def with_marks(made, tmp_path):
    """The page of Figure 8 with two turning points, one of the world, and with kept memory."""
    path = made("figure-8")[0]
    data = runs.data_in(path)
    kinds, on = data["steps"]["kind"], data["steps"]["on"]
    cut = kinds.index(data["kinds"].index("links"))
    # A step of n3 that is routine: it would be folded without its mark.
    routine = next(at for at in range(len(on) // 2, len(on)) if on[at] == 3)
    data["turning"] = [
        {"step": cut, "letter": "T", "text": f"under other seeds 3 of 64 fail {HOSTILE}"},
        {"step": routine, "letter": "U", "text": "once all faults stop 64 of 64 fail"},
    ]
    steps = [at for at in range(len(on)) if on[at] == 3]
    memory = [f"Raft {{\n    step: {at},\n    note: {HOSTILE!r}{HOSTILE},\n}}" for at in steps]
    kept = steps[:-1]
    data["inspect"] = {
        "step": kept,
        "on": [3] * len(kept),
        "text": [len(data["text"]) + at for at in range(len(kept))],
    }
    data["text"] += memory
    return runs.with_data(path, data, tmp_path / "marks.html"), cut, routine, steps


def test_turning_points_have_a_ring_a_card_and_a_key(opened, with_marks):
    path, cut, routine, _ = with_marks
    page = opened(path)
    rings = {ring["name"]: ring for ring in page.ask("raftsim.drawn.rings")}
    assert set(rings) == {"A", "B", "T", "U"}
    geometry = page.ask("raftsim.geometry")
    assert (rings["T"]["server"], rings["U"]["server"]) == (0, 3)
    assert rings["T"]["y"] < geometry["lanesTop"]
    assert rings["U"]["y"] == geometry["lanesTop"] + 2.5 * geometry["laneHeight"]
    cards = page.page.locator("#facts .card").all_inner_texts()
    assert len(cards) == 4
    assert "under other seeds 3 of 64 fail" in cards[2]
    assert "once all faults stop 64 of 64 fail" in cards[3]
    assert {cut, routine} <= set(page.ask("raftsim.shown"))
    for step in (cut, routine, cut):
        page.press("T")
        assert page.cursor() == step
        assert "Here the odds turn" in page.page.locator("#why").inner_text()
    page.press("f")
    assert "once all faults stop" in page.page.locator("#why").inner_text()
    page.page.locator("#facts .card").nth(3).click()
    assert page.cursor() == routine
    page.press("?")
    assert "go to where the odds of failing turn" in page.page.locator("#keys").inner_text()


def test_a_turning_point_is_never_folded(opened, made, tmp_path):
    path = made("long-run")[0]
    data = runs.data_in(path)
    routine = opened("long-run").ask("raftsim.hidden[200]")
    data["verdict"] = {
        "kind": "broken",
        "label": "broken",
        "property": "a property",
        "time": data["run"]["end"],
        "accused": [],
        "facts": [{"text": text, "time": None, "node": None, "index": None} for text in "ab"],
    }
    data["turning"] = [{"step": routine, "letter": "T", "text": "here"}]
    page = opened(runs.with_data(path, data, tmp_path / "turning.html"))
    assert routine in page.ask("raftsim.shown")
    page.press("Home")
    assert routine in page.ask("raftsim.shown")


def test_a_run_without_turning_points_or_memory_offers_none(opened, made, tmp_path):
    path = made("figure-8")[0]
    data = runs.data_in(path)
    assert "turning" not in data
    data["inspect"] = {"step": [], "on": [], "text": []}
    page = opened(runs.with_data(path, data, tmp_path / "none.html"))
    page.press("B", "T", "i")
    assert page.page.locator("#facts .card").count() == 2
    assert page.page.locator("button.memory").count() == 0
    assert not page.page.locator("#memory").is_visible()
    assert page.page.locator("#live").inner_text() == "No server’s memory was kept at this step."


def test_a_servers_memory_is_shown_where_it_was_kept(opened, with_marks):
    path, _, _, steps = with_marks
    page = opened(path)
    box, text = page.page.locator("#memory"), page.page.locator("#memory-text")
    assert page.page.locator("button.memory").count() == 0
    page.ask("(step) => { location.hash = `#step=${step + 1}`; }", steps[3])
    page.wait(f"raftsim.cursor === {steps[3]}")
    page.page.locator("[data-server='3'] button.memory").click()
    assert page.cursor() == steps[3]
    title, time = page.page.locator("#memory-of"), page.page.locator("#time")
    assert title.inner_text() == f"n3’s memory at {time.inner_text()}"
    assert text.inner_text().startswith(f"Raft {{\n    step: {steps[3]},\n")
    assert text.evaluate("(e) => e.childElementCount") == 0
    assert "onerror" in text.inner_text()
    assert "\\u{202e}evil" in text.inner_text()
    # It stays as it is while nothing happens at the server, and follows where something does.
    page.press("Escape")
    assert not box.is_visible()
    page.press("i", "h")
    for step in range(steps[3], steps[5] + 1):
        last = max(at for at in steps if at <= step)
        assert f"step: {last}," in text.inner_text(), step
        assert title.inner_text() == f"n3’s memory at {time.inner_text()}"
        page.press("ArrowRight")
    page.press("End")
    assert text.inner_text() == "It was not kept at this step."
    page.page.locator("#memory-close").click()
    assert not box.is_visible()
    # A search finds what is in it.
    page.press("/")
    page.page.locator("#search").fill(f"step: {steps[4]},")
    page.press("Enter")
    assert page.cursor() == steps[4]


def test_the_memory_is_that_of_the_server_at_the_cursor_if_it_was_kept(opened):
    page = opened("deposed-leaders")
    title, text = page.page.locator("#memory-of"), page.page.locator("#memory-text")
    shown = []
    for key in "123":
        page.press(key, "i")
        shown.append(page.ask("raftsim.steps[raftsim.cursor].on"))
        assert title.inner_text().startswith(f"n{shown[-1]}’s memory at ")
        assert f"\n    id: n{shown[-1]},\n" in text.inner_text()
    assert sorted(shown) == [1, 2, 3]


def test_the_focus_stays_at_the_memory_of_the_same_server(opened):
    page = opened("deposed-leaders")
    page.press("f")
    page.page.locator("[data-server='2'] button.memory").focus()
    page.press("ArrowLeft")
    focused = "document.activeElement.closest('[data-server]')?.dataset.server"
    assert (page.ask(focused), page.cursor() < page.ask("raftsim.failure")) == ("2", True)


def test_the_focus_stays_in_why_and_at_a_servers_memory(opened, with_marks):
    page = opened(with_marks[0])
    page.press("A", "b")
    page.page.locator("#why button.goes").first.focus()
    before = page.cursor()
    page.press("Enter")
    assert page.cursor() != before
    assert page.ask("document.activeElement.id") == "why"
    page.press("A")
    step = with_marks[3][3]
    page.ask("(step) => { location.hash = `#step=${step + 1}`; }", step)
    page.wait(f"raftsim.cursor === {step}")
    page.page.locator("[data-server='3'] button.memory").focus()
    focused = """document.activeElement.closest('[data-server]')?.dataset.server
        ?? document.activeElement.id"""
    page.press("ArrowRight")
    assert (page.cursor() > step, page.ask(focused)) == (True, "3")
    page.press("End")
    assert page.ask(focused) == "lanes"
