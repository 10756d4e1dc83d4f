"""What a reader can do: keys, buttons, the search, links, copies and the focus."""

import os
import re
import shlex

import pytest

import runs
from runs import status_changes


def turned(data):
    """The steps that changed a server's role or term."""
    return {step for step, moved in status_changes(data) if "role" in moved or "term" in moved}


def faults(data):
    """The steps at which something was done to the world, or a server started again."""
    found, started = set(), set()
    for step, (kind, on) in enumerate(zip(data["steps"]["kind"], data["steps"]["on"])):
        name = data["kinds"][kind]
        if name in ("crash", "fault", "links", "pause", "resume") or (
            name == "boot" and on in started
        ):
            found.add(step)
        started.add(on)
    return found


def test_keys_do_what_their_lines_say(opened, made):
    page = opened("figure-8")
    data = runs.data_in(made("figure-8")[0])
    steps = page.ask("raftsim.steps")
    failure = page.ask("raftsim.failure")

    def after(*keys):
        page.press(*keys)
        return steps[page.cursor()]

    assert after("Home")["step"] == 0
    assert after("End")["step"] == failure
    shown = page.ask("raftsim.shown")
    assert after("ArrowLeft")["step"] == shown[-2]
    assert after("ArrowRight")["step"] == failure
    at = after("A")
    assert (at["on"], at["time"]) == (1, 220400000)
    assert after("B")["step"] == page.ask("raftsim.marks.facts[1].step")
    assert after("f")["step"] == failure
    at = after("A")
    same = [step for step in shown if step < at["step"] and steps[step]["on"] == at["on"]]
    assert after("Shift+ArrowLeft")["step"] == same[-1]
    assert after("Shift+ArrowRight")["step"] == at["step"]
    assert after("ArrowDown")["on"] == 2
    assert after("ArrowUp")["on"] == 1
    third = after("ArrowDown", "ArrowDown")
    between = [step for step in shown if step < third["step"]]
    assert steps[between[-1]]["on"] != 3
    assert (
        after("Shift+ArrowLeft") == steps[[step for step in between if steps[step]["on"] == 3][-1]]
    )
    names = [
        (kind, [data["messages"][name][by] for name in ("kind", "label", "reply") if by >= 0])
        for kind, by in zip(data["steps"]["kind"], data["steps"]["by"])
    ]
    apart = set()
    for begin in shown[5:-5:16]:
        same = {step for step, name in enumerate(names) if name == names[begin]}
        for key, way, wanted in (
            ("n", 1, same),
            ("N", -1, same),
            ("r", 1, turned(data)),
            ("R", -1, turned(data)),
            ("x", 1, faults(data)),
            ("X", -1, faults(data)),
        ):
            page.wait("location.hash === `#${raftsim.place}`")
            page.ask("(place) => { location.hash = place; }", f"#step={begin + 1}&before={key}")
            page.wait(f"raftsim.cursor === {begin}")
            in_view = page.ask("raftsim.shown")
            beside = [step for step in in_view[::way] if (step - begin) * way > 0]
            sought = next((step for step in beside if step in wanted), begin)
            assert after(key)["step"] == sought, (key, begin)
            if sought not in (begin, beside[0]):
                apart.add(key)
    assert apart == set("nNrRxX")
    at = after("A")
    back = after("b")
    assert page.ask("(step) => raftsim.causes(step)", at["step"])[0]["step"] == back["step"]
    assert after("g")["step"] in page.ask(
        "(step) => raftsim.messages.filter((m) => m.sent === step).flatMap((m) => m.arrived)",
        back["step"],
    )


def test_keys_change_the_view_as_their_lines_say(opened):
    page = opened("figure-8")
    view = lambda: page.ask("raftsim.view")
    before = view()
    page.press("h")
    assert view()["fold"] is False
    page.press("h", "a")
    assert (view()["fold"], view()["axis"]) == (True, "clock")
    page.press("a", "A", "c")
    assert view()["past"] is True
    assert page.ask("raftsim.faded") > 0
    page.press("c", "+")
    assert view()["zoom"] > before["zoom"]
    page.press("-", "-")
    assert view()["zoom"] < before["zoom"]
    page.press("+", "+", "+", "+", "+", "+", "B")
    left, step = view()["left"], 0.4 * (page.ask("raftsim.geometry.width") - 58)
    page.press("[")
    assert view()["left"] == pytest.approx(left - step / view()["zoom"])
    page.press("]")
    assert view()["left"] == pytest.approx(left)
    page.press("0")
    page.settle()
    places = page.ask(
        "raftsim.steps.map(({ x }) => 66 + (x - raftsim.view.left) * raftsim.view.zoom)"
    )
    assert 58 <= places[0] < places[-1] <= page.ask("raftsim.geometry.width")
    page.press("s", "3")
    assert view()["focus"] == 3
    page.settle()
    assert all(
        3
        in (
            page.ask("raftsim.messages")[arrow["m"]]["from"],
            page.ask("raftsim.messages")[arrow["m"]]["to"],
        )
        or arrow["m"] in [row["message"] for row in page.ask("raftsim.causes(raftsim.cursor)")]
        for arrow in page.ask("raftsim.drawn.arrows")[:20]
    )
    page.press("Escape")
    assert view()["focus"] is None
    # Some keyboards have their digits with Shift.
    page.press("s", "Shift", "3")
    assert view()["focus"] == 3
    page.press("s", "s")
    assert view()["focus"] is None
    page.press("p")
    assert view()["projector"] is True
    page.press("p", "t")
    assert page.ask("document.documentElement.dataset.theme") == "dark"
    page.press("t", "Home", "Space")
    assert view()["playing"] is True
    page.wait("raftsim.cursor > 0")
    page.press("Space")
    assert view()["playing"] is False
    page.press("m")
    assert page.page.locator("#kinds").is_visible()
    page.page.locator("#kinds label", has_text="vote").click()
    page.press("Escape")
    assert len(view()["hiddenKinds"]) == 1
    without = page.page.locator("#without")
    assert without.inner_text() == "without vote ✕"
    without.click()
    assert (view()["hiddenKinds"], without.is_visible()) == ([], False)


def test_a_key_unfolds_the_fold_before_or_its_last_twenty_steps(opened):
    for key, first in (("o", 0), ("O", -20)):
        page = opened("no-agreement")
        hidden, fold = page.ask("[raftsim.hidden, raftsim.folds[raftsim.folds.length - 1]]")
        unfolded = set(range(fold["first"], fold["last"] + 1)[first:])
        assert len(unfolded) == {"o": fold["steps"], "O": 20}[key]
        page.press(key)
        assert page.ask("raftsim.hidden") == [step for step in hidden if step not in unfolded]


def test_a_search_goes_to_text_and_to_times(opened):
    page = opened("deposed-leaders")
    page.press("Home", "/")
    page.page.keyboard.type("no election timer")
    page.press("Enter")
    assert page.page.locator("#time").inner_text() == "2.011576 s"
    page.press("Enter")
    assert page.page.locator("#time").inner_text() == "2.051308 s"
    page.page.locator("#search").fill("0.9453")
    page.press("Enter")
    assert page.page.locator("#time").inner_text().startswith("0.945")
    page.page.locator("#search").fill("no such words")
    page.press("Enter")
    assert page.page.locator("#live").inner_text() == "No step has “no such words”."
    page.press("Home")
    page.page.locator("#search").fill("no election timer")
    for count in ("1 of 2", "2 of 2", "1 of 2"):
        page.press("Enter")
        assert page.page.locator("#found").inner_text() == count
    signs = "[document.querySelector('#search').className, document.querySelector('#found').hidden]"
    page.page.locator("#search").fill("2.0115")
    page.press("Enter")
    assert page.ask(signs) == ["", True]
    page.page.locator("#search").fill("no such words")
    page.press("Enter")
    assert page.ask(signs) == ["nothing", True]
    page.page.locator("#search").fill("2.0115")
    page.press("Enter")
    assert page.ask(signs) == ["", True]


def test_a_search_finds_the_words_of_the_list_and_those_of_the_trace(opened):
    page = opened("figure-8")
    words = page.ask(
        """raftsim.steps.map(({ step, on }) => { const { head, change, rest, notes } =
        raftsim.inWords(step); return [`n${on}`, head, change, ...rest, ...notes,
        ...raftsim.lines(step)].join(' ').toLowerCase(); })"""
    )
    for query in ("leader in term 3", "requestvote", "commit 1", "vote yes"):
        expected = [step for step, said in enumerate(words) if query in said]
        assert len(expected) > 0, query
        page.press("Home", "/")
        page.page.locator("#search").fill(query)
        found = []
        for _ in expected:
            page.press("Enter")
            found.append(page.cursor())
        assert sorted(found) == expected, query
        assert page.page.locator("#found").inner_text().endswith(f"of {len(expected)}")
        page.press("Escape")


def test_a_search_for_a_time_never_goes_past_it(opened):
    page = opened("no-agreement")
    times = page.ask("raftsim.steps.map(({ time }) => time)")
    fold = page.ask("raftsim.folds[1]")
    instant = next(at for at in page.ask("raftsim.hidden") if at < fold["first"])
    for step in (fold["first"] + 1, (fold["first"] + fold["last"]) // 2, fold["last"], instant):
        asked = times[step] / 1e9
        page.press("/")
        page.page.locator("#search").fill(f"{asked:.6f}")
        page.press("Enter", "Escape")
        last = max(at for at, time in enumerate(times) if time <= times[step] // 1000 * 1000 + 999)
        assert page.cursor() == last, asked
        assert page.page.locator("#time").inner_text() == f"{times[step] // 1000 / 1e6:.6f} s"
        assert last in page.ask("raftsim.shown")
        lit = page.page.locator("#list [aria-selected=true]")
        assert lit.get_attribute("data-step") == str(last)


def test_all_controls_are_reached_by_tab_and_escape_gives_the_focus_back(opened):
    page = opened("deposed-leaders")
    wanted = set(page.ask("""[...document.querySelectorAll('button, input, [tabindex="0"]')]
        .filter((e) => e.offsetParent !== null && !e.closest('dialog'))
        .map((e) => e.id || e.textContent)"""))
    reached = set()
    for _ in range(len(wanted) + 6):
        page.press("Tab")
        reached.add(page.ask("document.activeElement.id || document.activeElement.textContent"))
    assert wanted <= reached
    page.page.locator("#list").focus()
    for key, opens in (("/", "#search"), ("?", "#keys"), ("m", "#kinds")):
        page.press(key)
        assert page.ask(
            "(id) => document.querySelector(id).contains(document.activeElement)", opens
        )
        page.press("Escape")
        assert page.ask("document.activeElement.id") == "list"
    page.press("1")
    assert page.page.locator("#live").inner_text() == (
        "2.011576 s, n1, ← n2 append no t4, follower in term 4, no timer runs, "
        "heartbeat answered in a higher term: follower, heartbeats stopped, and no election timer runs"
    )


def test_escape_leaves_the_search_wherever_the_focus_was(opened):
    page = opened("figure-8")
    page.press("/", "Escape", "Home")
    assert (page.ask("document.activeElement.id"), page.cursor()) == ("lanes", 0)
    page.press("A", "b")
    page.page.locator("#why button.goes").first.focus()
    page.press("/")
    page.page.keyboard.type("vote")
    page.press("Enter", "Escape", "Home")
    assert (page.ask("document.activeElement.id"), page.cursor()) == ("lanes", 0)


def test_a_link_leads_to_its_step_after_a_reload(opened):
    page = opened("deposed-leaders", place="#t=2.011576")
    assert page.page.locator("#time").inner_text() == "2.011576 s"
    page.press("ArrowRight", "ArrowRight", "h")
    page.wait(
        "location.hash.includes(`step=${raftsim.cursor + 1}`) && location.hash.includes('fold=0')"
    )
    step, view = page.cursor(), page.ask("raftsim.view")
    page.page.reload()
    page.wait("window.raftsim !== undefined")
    assert page.cursor() == step
    assert page.ask("raftsim.view.fold") is False
    assert page.ask("raftsim.view.zoom") == pytest.approx(view["zoom"], rel=0.01)
    page.ask("location.hash = '#step=65&t=0.5'")
    page.wait("raftsim.cursor === 64")


def test_the_copied_line_replays_the_run(opened, made):
    page = opened("deposed-leaders")
    page.press("y")
    page.wait("raftsim.copied !== null")
    copied = page.ask("navigator.clipboard.readText()")
    words = shlex.split(copied)
    assert words[:2] == [os.environ["RAFTSIM"], "replay"]
    digest = re.search(r"digest (\w+)", made("deposed-leaders")[1]).group(1)
    assert f"digest {digest}" in runs.command(*words[1:], "--quiet")
    assert page.page.locator("#copy").inner_text().startswith("Replay line copied.")
    page.press("Y")
    page.wait("raftsim.copied.includes('#t=')")
    assert page.ask("navigator.clipboard.readText()").endswith(page.ask("raftsim.place"))
    assert page.page.locator("#copy").inner_text().startswith("Link copied.")


def test_a_page_that_may_not_copy_says_so(opened):
    page = opened("figure-8")
    page.ask("""() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no'));
        window.allowed = false;
        document.execCommand = () => { window.seen = document.activeElement.value;
            return window.allowed; }; }""")
    page.page.locator("#list").focus()
    page.press("y")
    page.wait("document.querySelector('#live').innerText.startsWith('The browser allows')")
    assert page.ask("raftsim.copied") is None
    assert page.page.locator("#copy").inner_text().startswith("The browser allows no copying.")
    assert page.ask("document.activeElement.id") == "list"
    page.ask("window.allowed = true")
    page.press("y")
    page.wait("raftsim.copied !== null")
    assert page.ask("window.seen === raftsim.copied")
    assert page.page.locator("#live").inner_text() == "Replay line copied."
    assert page.ask("document.activeElement.id") == "list"


def test_after_a_click_on_a_button_space_plays(opened):
    page = opened("figure-8")
    page.press("Home")
    page.page.locator("#fold").click()
    assert page.page.locator("#fold").inner_text().split() == ["fold", "routine", "h"]
    page.press("Space")
    assert page.ask("[raftsim.view.fold, raftsim.view.playing]") == [False, True]
    page.page.locator("#fold").focus()
    page.press("Space")
    assert page.ask("raftsim.view.fold") is True
    assert re.fullmatch(r"fold routine \(\d+\) h", page.page.locator("#fold").inner_text())
