"""What a page shows is what the run did: states, fates, folds, and a part of a run."""

import random
import re

import pytest

import runs
import trace
from conftest import Opened
from runs import status_changes
from trace import ROLES

WHOLE = """raftsim.steps
    .map(({ step, time, on, kind, changed }) => ({ step, time, on, kind, changed }))"""


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
