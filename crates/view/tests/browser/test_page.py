"""The page in a real browser. It is asked for facts by its `raftsim` object, not for pixels."""

import hashlib
import io
import itertools
import random
import re
import shlex

import pytest
from pypdf import PdfReader

import colours
import runs
import trace
from conftest import Opened

WHOLE = """raftsim.steps
    .map(({ step, time, on, kind, changed }) => ({ step, time, on, kind, changed }))"""
ROLES = {"F": 1, "P": 2, "C": 3, "L": 4}


# 1


def test_a_page_complains_of_nothing_and_asks_for_nothing_but_itself(opened, made):
    page = opened("figure-8")
    page.press("End", "ArrowLeft", "h", "a", "c", "t", "p", "m", "Escape", "?", "Escape")
    page.settle()
    assert page.complaints == []
    assert page.requests == [f"file://{made('figure-8')[0]}"]


def test_a_page_needs_no_network(cut_off, made):
    page = Opened(cut_off, made("figure-8")[0])
    assert page.ask("raftsim.count") == 108
    assert page.complaints == []
    page.context.close()


# 2


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


# 3


@pytest.mark.parametrize("name", runs.COMPARED)
def test_fates_roles_and_terms_are_those_of_the_trace(opened, made, name):
    page = opened(name)
    lines = trace.read(made(name)[1])
    said = page.ask("""() => raftsim.messages.map((message) => message.fate)
        .concat(raftsim.steps.filter((step) => step.by >= 0)
        .map((step) => (step.kind === 'missed' ? 'missed' : 'arrivals')))""")
    assert {fate: said.count(fate) for fate in set(said)} == dict(trace.fates(lines))
    texts = page.ask("raftsim.steps.map((step) => raftsim.lines(step.step))")
    states = page.ask("""raftsim.steps.map((step) => raftsim.state(step.step).servers
        .map(({ role, term }) => [role, term]))""")
    at = 0
    for step, rows in enumerate(texts):
        for text in rows:
            expected = lines[at].text.removeprefix("== ")
            shown = text.removeprefix("== ")
            start, cut, end = (
                re.split(r"(\.\.\. \(\d+ (?:more )?characters\))", shown, maxsplit=1)
                if "... (" in shown
                else (shown, "", "")
            )
            assert (
                expected.startswith(start) and expected.endswith(end) and (cut or shown == expected)
            ), (step, at)
            at += 1
        if rows:
            columns = [
                [0, 0] if state == "--" else [ROLES.get(state[0], 5), int(state[1:])]
                for state in lines[at - 1].columns
            ]
            shown = [[0, 0] if role == 0 else [role, term] for role, term in states[step]]
            assert shown == columns, (step, lines[at - 1])
    assert at == len(lines)


# 4


def walked(data, step):
    """Each server's status, timer and log after a step, by reading all rows from the first."""
    servers = [
        dict(status=(0, 0, -1, -1), timer=-1, first=1, terms=[])
        for _ in range(data["run"]["servers"])
    ]
    columns = {name: zip(*data[name].values()) for name in ("status", "timer", "disk")}
    for at, on, *status in columns["status"]:
        if at <= step:
            servers[on - 1]["status"] = tuple(status)
    for at, on, due in columns["timer"]:
        if at <= step:
            servers[on - 1]["timer"] = due
    for at, on, _term, _vote, first, start, terms in columns["disk"]:
        if at <= step:
            server = servers[on - 1]
            log = dict(enumerate(server["terms"], server["first"]))
            log = {index: term for index, term in log.items() if first <= index < start} | dict(
                enumerate(terms, start)
            )
            server.update(
                first=first, terms=[log[index] for index in sorted(log) if index >= first]
            )
    return [
        [
            *server["status"],
            -1 if server["status"][0] == 0 else server["timer"],
            server["first"],
            server["terms"],
        ]
        for server in servers
    ]


@pytest.mark.parametrize("name", ["long-run", "snapshots"])
def test_a_jump_gives_the_state_that_walking_gives(opened, made, name):
    page = opened(name)
    data = runs.data_in(made(name)[0])
    choice = random.Random(8)
    steps = [choice.randrange(page.ask("raftsim.count")) for _ in range(200)]
    shown = page.ask(
        """(steps) => steps.map((step) => raftsim.state(step).servers
        .map((server) => [server.role, server.term, server.leader, server.commit,
        server.timer, server.disk.first, server.disk.terms]))""",
        steps,
    )
    for step, state in zip(steps, shown):
        assert state == walked(data, step), step


ALONE = "boot crash compaction pause resume fault links check".split()


def turned(data):
    """The steps that changed a server's role or term."""
    return {step for step, moved in status_changes(data) if "role" in moved or "term" in moved}


def status_changes(data):
    """Each row of a server's status, by its step, with what it changed."""
    rows, old = data["status"], {}
    for at, (step, on) in enumerate(zip(rows["step"], rows["on"])):
        new = {name: rows[name][at] for name in ("role", "term", "leader", "commit")}
        yield step, {name for name in new if old.get(on, {}).get(name) != new[name]}
        old[on] = new


def changing(data):
    """The steps that changed a status, a disk, a client or the world: from the data alone."""
    steps = {step for step, moved in status_changes(data) if moved} | set(data["disk"]["step"])
    proposals = zip(data["proposals"]["step"], data["proposals"]["index"])
    refused = {step for step, index in proposals if index < 0}
    lasting = {data["topics"].index(name) for name in ("apply", "client", "fault")}
    for step, (kind, lines) in enumerate(zip(data["steps"]["kind"], data["steps"]["lines"])):
        says = step not in refused and lasting & {topic for topic, _, _ in lines}
        if data["kinds"][kind] in ALONE or says:
            steps.add(step)
    if data["verdict"] is not None:
        steps.add(len(data["steps"]["kind"]))
    return steps - {-1}


@pytest.mark.parametrize("name", ["long-run", "named-fates", "deposed-leaders", "no-agreement"])
def test_folds_hide_only_what_changed_nothing(opened, made, name):
    page = opened(name)
    count = page.ask("raftsim.count")
    rows = page.ask(WHOLE)
    hidden = page.ask("raftsim.hidden")
    assert sorted(hidden + page.ask("raftsim.shown")) == list(range(count))
    assert len(hidden) > 0
    messages = page.ask("raftsim.messages")
    changed = changing(runs.data_in(made(name)[0]))
    assert {row["step"] for row in rows if row["changed"]} == changed
    assert changed.isdisjoint(hidden)
    out_of_sight = set(hidden)
    for message in messages:
        if message["sent"] in out_of_sight:
            assert changed.isdisjoint(message["arrived"]), message
        if message["given"]:
            assert out_of_sight.isdisjoint([message["sent"], *message["arrived"]]), message
    page.press("h")
    assert page.ask("raftsim.hidden") == []
    assert page.ask(WHOLE) == rows
    page.press("h")
    assert page.ask("raftsim.hidden") == hidden


def test_a_fold_says_what_repeats(opened):
    page = opened("no-agreement")
    why = page.page.locator("#why").inner_text()
    assert "3 × n1 n2 n3 n5 → n6 vote no" in why
    assert "timers of n1 n2 n3 n5: moved 3 times, never fired" in why
    fold = page.ask("raftsim.folds")[-1]
    page.page.locator("#why button", has_text="unfold").click()
    shown = page.ask("raftsim.shown")
    assert set(range(fold["first"], fold["last"] + 1)) <= set(shown)
    kinds = [row["kind"] for row in page.ask("raftsim.steps")[fold["first"] : fold["last"] + 1]]
    assert kinds.count("timeout") == 6


def test_a_fold_counts_equal_messages_to_one_server_as_sent_to_it_alone(opened, made, tmp_path):
    path = made("no-agreement")[0]
    data, fold = runs.data_in(path), opened("no-agreement").ask("raftsim.folds")[-1]
    messages = data["messages"]
    fans = {}
    for m, sent in enumerate(messages["sent"]):
        if fold["first"] <= sent <= fold["last"] and not messages["reply"][m]:
            fans.setdefault(sent, []).append(m)
    assert {len(fan) for fan in fans.values()} == {5}
    # The message to n3 becomes a second one to n2.
    for fan in fans.values():
        for m in fan:
            if messages["to"][m] == 3:
                messages["to"][m] = 2
    page = opened(runs.with_data(path, data, tmp_path / "equal.html"))
    assert "3 × n6 → n1 n2 n5 vote?" in page.page.locator("#why").inner_text()


# 5


@pytest.mark.parametrize(
    "name", ["figure-8", "deposed-leaders", "long-run", "every-fault", "twice", "seven"]
)
def test_arrows_end_on_their_addressee_and_never_go_back(opened, name):
    page = opened(name)
    for _axis in ("even", "clock"):
        steps = page.ask("raftsim.steps.map(({ time, x }) => [time, x])")
        for (time, x), (later, after) in itertools.pairwise(steps):
            assert time == later or x <= after
        messages = page.ask("raftsim.messages")
        for place in (0.3, 0.5, 0.9):
            page.ask(
                "(step) => { location.hash = `#step=${step}&z=0.6&axis=${raftsim.view.axis}`; }",
                max(1, int(place * len(steps))),
            )
            page.settle()
            drawn, geometry = page.ask("[raftsim.drawn, raftsim.geometry]")
            lane = lambda server: geometry["lanesTop"] + (server - 0.5) * geometry["laneHeight"]
            assert len(drawn["arrows"]) > 0 or name == "single"
            for arrow in drawn["arrows"]:
                message = messages[arrow["m"]]
                assert arrow["y1"] == lane(message["from"])
                assert arrow["x2"] >= arrow["x1"]
                if arrow["step"] >= 0:
                    assert arrow["y2"] == lane(message["to"])
                    assert arrow["step"] in message["arrived"]
                else:
                    assert abs(arrow["y2"] - arrow["y1"]) < geometry["laneHeight"]
        page.press("a")
    assert page.ask("raftsim.view.axis") == "even"


# 6


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


# 7


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
    assert words[:2] == ["raftsim", "replay"]
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


# 8


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


def test_texts_of_the_diagram_do_not_cover_each_other(opened):
    for name in runs.PICTURED:
        page = opened(name)
        labels = page.ask("raftsim.drawn.labels")
        assert len(labels) > 5
        for one, other in itertools.combinations(labels, 2):
            beside = (
                one["x"] + one["width"] <= other["x"] + 1
                or other["x"] + other["width"] <= one["x"] + 1
            )
            assert beside or abs(one["y"] - other["y"]) >= min(one["height"], other["height"]), (
                name,
                one,
                other,
            )


# 9


WEB = runs.ROOT / "crates/view/src/page/web"
# How strongly a message that changed nothing is drawn.
QUIET = float(
    re.search(r"const QUIET = ([0-9.]+);", (WEB / "drawing/messages.js").read_text()).group(1)
)


def test_colours_can_be_read_and_told_apart():
    style = (WEB / "page.css").read_text()
    for name, theme in colours.themes(style).items():
        terms = [theme[f"term-{at}"] for at in range(6)]
        texts = [
            ("text", ground) for ground in ("ground", "panel", "raised", "chosen", "failure-ground")
        ]
        texts += [
            ("muted", ground)
            for ground in ("ground", "panel", "raised", "chosen", "failure-ground")
        ]
        texts += [
            ("failure", "ground"),
            ("failure", "chosen"),
            ("on-failure", "failure"),
            ("on-pass", "pass"),
            ("ground", "text"),
        ]
        texts += [(f"term-{at}", "ground") for at in range(6)] + [
            ("on-term", f"term-{at}") for at in range(6)
        ]
        for text, ground in texts:
            assert colours.contrast(theme[text], theme[ground]) >= 4.5, (name, text, ground)
        for line in ("edge", "cursor", "failure", "calm", "muted"):
            assert colours.contrast(theme[line], theme["ground"]) >= 3, (name, line)
        for eye in colours.EYES:
            for one, other in itertools.combinations(terms, 2):
                assert colours.apart(one, other, eye) >= 20, (name, eye, one, other)
        for term in terms:
            faint = colours.mixed(term, theme["ground"], QUIET)
            assert colours.contrast(faint, theme["ground"]) >= 3, (name, term)


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


# 10

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


# 11


def test_the_same_run_gives_the_same_bytes(made, tmp_path):
    again, _ = runs.write_page("figure-8", tmp_path)
    assert again.read_bytes() == made("figure-8")[0].read_bytes()


def test_pages_are_small(opened, made):
    assert made("long-run")[0].stat().st_size < 1_000_000
    assert made("no-agreement")[0].stat().st_size < 2_000_000
    assert made("figure-8")[0].stat().st_size < 250_000
    assert opened("no-agreement").ask("raftsim.count") > 20_000


@pytest.mark.parametrize(("name", "servers"), [("single", 1), ("seven", 7)])
def test_one_server_and_seven_have_lanes_and_rows(opened, name, servers):
    page = opened(name, size={"width": 1600, "height": 640})
    assert page.ask("raftsim.servers") == servers
    assert page.page.locator(".row .timer").count() == servers
    assert page.ask("raftsim.geometry.laneHeight") >= 40
    assert page.ask("raftsim.drawn.bands") >= servers


def test_a_run_without_a_message_shows_its_steps(opened, made, tmp_path):
    data = runs.data_in(made("single")[0])
    assert data["messages"]["from"] == []
    data["steps"] = {name: [] for name in data["steps"]}
    for name in ("status", "disk", "timer", "links", "committed", "proposals"):
        data[name] = {column: [] for column in data[name]}
    page = opened(runs.with_data(made("single")[0], data, tmp_path / "empty.html"))
    assert page.ask("raftsim.count") == 0
    page.press("ArrowRight", "End", "h", "a", "f", "0", "+", "x")
    assert "Nothing happened" in page.page.locator("#notice").inner_text()


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


def test_a_window_says_what_it_leaves_out_and_begins_with_the_state_at_its_start(opened, made):
    page = opened("window")
    assert "earlier steps are left out" in page.page.locator("#notice").inner_text()
    assert "later steps are left out" in page.page.locator("#notice").inner_text()
    steps = page.ask("raftsim.steps")
    assert 2e9 <= steps[0]["time"] <= steps[-1]["time"] <= 4e9
    first = trace.read(made("window")[1])[0]
    columns = [
        [0, 0] if state == "--" else [ROLES.get(state[0], 5), int(state[1:])]
        for state in first.columns
    ]
    assert page.ask("raftsim.state(0).servers.map(({ role, term }) => [role, term])") == columns


def test_a_window_shows_nothing_of_what_lies_beside_it(opened, made):
    page = opened("before-facts")
    data = runs.data_in(made("before-facts")[0])
    assert [fact["time"] for fact in data["verdict"]["facts"]] == [220400000, 280100000]
    marks = page.ask("raftsim.marks")
    assert [mark["step"] for mark in marks["facts"]] == [-1, -1]
    assert (marks["changes"], page.ask("raftsim.drawn.rings")) == ([], [])
    last = page.ask("raftsim.steps[raftsim.count - 1].time")
    assert page.ask("raftsim.span") == [200_000_000, last]
    within = [line for line in data["plan"] if 200_000_000 <= line["time"] <= last]
    planned = page.ask("raftsim.planned")
    assert 0 < len(within) < len(data["plan"])
    assert [text for row in planned for text in row["text"].split("; ")] == [
        line["text"] for line in within
    ]


# Where the odds turn, and the servers' memory


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
        page.press("ArrowRight")
    page.press("End")
    assert text.inner_text() == "It was not kept at this step."
    page.page.locator("#memory-close").click()
    assert not box.is_visible()


# What a reader needs to see


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


def test_a_lane_shows_where_a_timer_is_set_and_where_it_is_stopped(opened, made):
    page = opened("deposed-leaders")
    timer = runs.data_in(made("deposed-leaders")[0])["timer"]
    signs = page.ask("raftsim.drawn.timers")
    for sign in signs:
        rows = [at for at, step in enumerate(timer["step"]) if step == sign["step"]]
        assert timer["due"][rows[-1]] == sign["due"]
    stopped = [sign["step"] for sign in signs if sign["due"] < 0]
    assert stopped == page.ask("raftsim.marks.changes.map(({ step }) => step)")[:2]
    page.press("3")
    assert page.page.locator("[data-server='2'] .timer").inner_text() == "timer 7.060 → 7.380"


def test_labels_of_arrows_stay_when_the_cursor_moves(opened):
    page = opened("figure-8")
    page.press("h")
    labels = """raftsim.drawn.labels.filter(({ what }) => what === 'message')
        .map(({ text, x, y, width }) => [text, x + width / 2, y])"""
    before = page.ask(labels)
    assert "2@1" in [text for text, _, _ in before]
    for key in ("A", "b", "b", "r", "R", "x"):
        page.press(key)
        kept = page.ask(labels)
        for label in before:
            assert any(label == pytest.approx(other) for other in kept if other[0] == label[0])


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


def test_a_fact_without_a_moment_is_text_and_no_button(opened):
    page = opened("deposed-leaders")
    assert page.page.locator("#facts div.card").count() == 1
    assert page.page.locator("#facts button.card .ring").all_inner_texts() == ["B"]
    page.press("Home", "A")
    assert page.cursor() == 0


@pytest.mark.parametrize("name", runs.COMPARED)
def test_the_legend_has_what_the_run_has(opened, made, name):
    page, data = opened(name), runs.data_in(made(name)[0])
    legend = page.page.locator("#legend").inner_text().split("\n")
    steps, messages = data["steps"], data["messages"]
    kinds = {data["kinds"][kind] for kind in steps["kind"]}
    fates = {data["fate names"][fate] for fate in messages["fate"]}
    servers = {data["kinds"][kind] for kind, on in zip(steps["kind"], steps["on"]) if on > 0}
    copies = zip(messages["arrived"], messages["due"])
    before, waits = {}, False
    for kind, on in zip(steps["kind"], steps["on"]):
        waits |= data["kinds"][kind] == "goes on" and before.get(on, "resume") != "resume"
        before[on] = data["kinds"][kind]
    facts = {
        "request": 0 in messages["reply"],
        "answer": 1 in messages["reply"],
        "twice": "duplicate" in fates,
        "lost": "lost" in fates,
        "link blocked": "link blocked" in fates,
        "addressee down": "addressee down" in fates,
        "call no longer waits": "call no longer waits" in fates,
        "missed": "missed" in kinds,
        "under way at the end": any(len(steps) < len(due) for steps, due in copies),
        "named by the plan": 1 in messages["given"],
        "routine steps, folded": len(page.ask("raftsim.folds")) > 0,
        "links cut between neighbours": any(data["links"]["blocked"]),
        "write to the disk": waits,
        "crash": "crash" in kinds,
        "pause": "pause" in kinds,
        "paused": "pause" in kinds,
        "resume": "resume" in kinds,
        "fault of a clock, timer or disk": "fault" in servers,
        "timer set": any(due >= 0 for due in data["timer"]["due"]),
        "log entry, filled once its server committed it": any(data["disk"]["terms"]),
        "check": "check" in kinds,
        "proposal": any(index >= 0 for index in data["proposals"]["index"]),
        "refused": any(index < 0 for index in data["proposals"]["index"]),
    }
    assert {said for said, holds in facts.items() if holds} == set(facts) & set(legend)
    assert ("timer stopped" in legend) == (name == "deposed-leaders")


def test_a_click_on_a_line_of_the_plan_goes_to_its_step(opened):
    page = opened("figure-8")
    row = page.ask("raftsim.planned[2]")
    steps = page.ask("raftsim.steps")
    step = next(at["step"] for at in steps if at["time"] >= row["time"])
    assert steps[step]["time"] == row["time"]
    x = 66 + page.ask(
        "(step) => (raftsim.steps[step].x - raftsim.view.left) * raftsim.view.zoom", step
    )
    box = page.page.locator("#lanes").bounding_box()
    page.page.mouse.click(box["x"] + x + 2, box["y"] + page.ask("raftsim.geometry.planTop") + 9)
    assert page.cursor() == step


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


def test_the_wheel_scrolls_the_page_of_a_projector(opened):
    page = opened("figure-8")
    page.press("p")
    page.settle()
    box, zoom = page.page.locator("#lanes").bounding_box(), page.ask("raftsim.view.zoom")
    page.page.mouse.move(box["x"] + 400, box["y"] + 200)
    page.page.mouse.wheel(0, 300)
    page.wait("scrollY > 0")
    assert page.ask("raftsim.view.zoom") == zoom
    page.page.keyboard.down("Control")
    page.page.mouse.wheel(0, -300)
    page.page.keyboard.up("Control")
    page.wait(f"raftsim.view.zoom > {zoom}")


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


def test_a_projector_labels_what_did_not_arrive(opened):
    page = opened("deposed-leaders")
    centres = """raftsim.drawn.labels.filter(({ what }) => what === 'message')
        .map(({ x, y, width, height }) => [x + width / 2, y + height / 2])"""
    stubs = """raftsim.drawn.arrows.filter(({ step }) => step < 0)
        .map(({ x2, y1, y2 }) => [x2 + 4, y2 + Math.sign(y2 - y1) * 8])"""
    labelled = lambda: [
        stub
        for stub in page.ask(stubs)
        if any(stub == pytest.approx(centre, abs=0.1) for centre in page.ask(centres))
    ]
    assert (len(page.ask(stubs)) > 0, labelled()) == (True, [])
    page.press("p")
    page.settle()
    assert len(labelled()) > 0


def test_a_drag_ends_when_the_browser_takes_the_pointer(opened):
    page = opened("no-agreement")
    page.ask("""() => { for (const id of ['lanes', 'strip'])
        document.getElementById(id).addEventListener('pointerdown',
            (event) => { window.pointer = event.pointerId; }); }""")
    mouse = page.page.mouse
    for selector, height in (("#lanes", 4), ("#strip", 20)):
        box = page.page.locator(selector).bounding_box()
        at = lambda x: mouse.move(box["x"] + x, box["y"] + height)
        at(700)
        mouse.down()
        at(760)
        page.ask(
            "(id) => document.querySelector(id).releasePointerCapture(window.pointer)", selector
        )
        at(761)
        left = page.ask("raftsim.view.left")
        at(500)
        assert page.ask("raftsim.view.left") == left, selector
        mouse.up()


def test_above_260_steps_no_routine_message_is_drawn(opened):
    page = opened("long-run")
    routine = """raftsim.drawn.arrows.filter(({ m }) => { const { given, sent, arrived } = raftsim.messages[m];
        return !given && ![sent, ...arrived].some((step) => step >= 0 && raftsim.steps[step].changed); })
        .length"""
    counts = {}
    for _ in range(12):
        counts[page.ask("raftsim.drawn.many")] = page.ask(routine)
        page.press("-")
        page.settle()
    assert any(counts[many] > 0 for many in counts if many <= 260)
    assert {counts[many] for many in counts if many > 260} == {0}
    assert max(counts) > 700
    assert page.ask("raftsim.drawn.arrows.length") <= 12


def test_a_fold_opens_where_it_is(opened):
    page = opened("no-agreement")
    x = lambda step: page.ask(
        """(step) => (raftsim.steps[step].x - raftsim.view.left) * raftsim.view.zoom""", step
    )
    page.press("0")
    page.settle()
    page.press("+", "+", "+", "+")
    page.settle()
    drawn = page.ask("raftsim.drawn.folds")[2]
    before = x(drawn["first"])
    box = page.page.locator("#lanes").bounding_box()
    page.page.mouse.click(box["x"] + (drawn["x1"] + drawn["x2"]) / 2, box["y"] + drawn["top"] + 8)
    page.settle()
    assert drawn["first"] in page.ask("raftsim.shown")
    assert x(drawn["first"]) == pytest.approx(before, abs=1)


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


def test_a_sign_of_a_timer_is_on_top_of_messages_and_clear_of_rings(opened):
    seen = """() => { const canvas = document.querySelector('#lanes');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const colour = (name) => getComputedStyle(document.documentElement)
            .getPropertyValue(name).slice(1).match(/../g).map((part) => parseInt(part, 16));
        const [muted, text] = ['--muted', '--text'].map(colour);
        const { cursor, failure, timers } = raftsim.drawn;
        const beside = (x) => [cursor, failure].every((line) => !(Math.abs(line - x) < 4));
        const is = (wanted, x, y) => wanted.every((part, at) =>
            Math.abs(part - data[4 * (Math.floor(y) * canvas.width + x) + at]) < 9);
        return timers.filter(({ x }) => x > 60 && x < canvas.width && beside(x))
            .map(({ x, y, due, step }) => [step,
                [1, 3, 5, 7].every((down) => is(due < 0 ? text : muted, x, y + down))]); }"""
    for name in ("deposed-leaders", "figure-8", "every-fault"):
        page = opened(name)
        page.press("Home", "+", "+")
        page.settle()
        signs = page.ask(seen)
        assert len(signs) > 3, name
        assert [step for step, whole in signs if not whole] == [], name
    page = opened("deposed-leaders")
    geometry, rings = page.ask("[raftsim.geometry, raftsim.drawn.rings]")
    stopped = [sign for sign in page.ask("raftsim.drawn.timers") if sign["due"] < 0]
    assert len(stopped) == 2
    for sign in stopped:
        ring = next(ring for ring in rings if ring["step"] == sign["step"])
        assert sign["y"] - ring["y"] > 14


def test_a_server_that_was_never_up_is_not_booted_and_not_down(opened, made):
    page = opened("every-fault")
    data = runs.data_in(made("every-fault")[0])
    kinds = [data["kinds"][kind] for kind in data["steps"]["kind"]]
    boots = [at for at, kind in enumerate(kinds) if kind == "boot"][:5]
    badges = lambda: page.page.locator(".row .line").all_inner_texts()
    page.press("Home")
    for at in boots:
        up = {data["steps"]["on"][step] for step in boots if step <= at}
        assert page.cursor() == at
        for server, said in enumerate(badges(), 1):
            assert (said.split("\n")[1:] == ["not booted"]) == (server not in up), said
        page.press("ArrowRight")
    crash = kinds.index("crash")
    page.ask("(step) => { location.hash = `#step=${step}`; }", crash + 1)
    page.wait(f"raftsim.cursor === {crash}")
    server = data["steps"]["on"][crash]
    assert badges()[server - 1].split("\n")[1] == "down"
    assert f"n{server}, " in page.page.locator("#live").inner_text()
    assert "not booted" not in page.page.locator("#page").inner_text()


def test_a_check_and_the_count_of_a_fold_stand_apart(opened):
    beside = 0
    for name in ("deposed-leaders", "no-agreement", "long-run"):
        page = opened(name)
        checks = [row["step"] for row in page.ask("raftsim.steps") if row["kind"] == "check"]
        for step in checks[:: max(1, len(checks) // 8)]:
            for zoom in (0.45, 0.7, 1.1):
                page.ask("(place) => { location.hash = place; }", f"#step={step + 1}&z={zoom}")
                page.wait(f"raftsim.cursor === {step}")
                page.settle()
                dots, counts = page.ask("[raftsim.drawn.dots, raftsim.drawn.counts]")
                for count in counts:
                    for dot in (dot for dot in dots if dot["server"] == 0):
                        gap = max(count["x1"] - dot["x"], dot["x"] - count["x2"])
                        assert gap >= 6, (name, count, dot)
                        beside += gap < 12
    assert beside > 0


def printed(page, path):
    """The lines of the page on paper."""
    paper = page.page.pdf(path=path, prefer_css_page_size=True)
    return [
        " ".join(line.split())
        for part in PdfReader(io.BytesIO(paper)).pages
        for line in part.extract_text().split("\n")
    ]


def test_paper_says_what_it_leaves_out_and_has_the_whole_command(opened, made, tmp_path):
    page = opened("no-agreement")
    lines = printed(page, tmp_path / "end.pdf")
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
    lines = printed(opened("single"), tmp_path / "one.pdf")
    assert not any("earlier steps" in line for line in lines)


def test_a_line_of_the_plan_says_what_its_fault_does(opened):
    page = opened("figure-8")
    page.press("0")
    page.settle()
    box = page.page.locator("#lanes").bounding_box()
    y = box["y"] + page.ask("raftsim.geometry.planTop") + 9
    steps = page.ask("raftsim.steps")
    said = []
    for row in page.ask("raftsim.planned"):
        step = next(at for at in steps if at["time"] >= row["time"])
        x = page.ask("(x) => 66 + (x - raftsim.view.left) * raftsim.view.zoom", step["x"])
        page.page.mouse.move(box["x"] + x + 1, y)
        said.append(page.page.locator("#hover").inner_text())
    assert said[0] == (
        "plan: 0.010 s expire n1: its clock jumps to its deadline, so that its timer fires now"
    )
    assert "plan: 0.020 s propose n1" in said
    lines = [line for text in said for line in text.split("\n")]
    assert any(line.endswith("jump n1 0.900s: its clock jumps ahead by this much") for line in lines)
    assert "propose n1" in lines


# Two runs in one page


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
