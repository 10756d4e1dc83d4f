"""The diagram: messages, marks, folds and colours, and the pointer on it."""

import itertools
import re

import pytest

import colours
import runs


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
    jump = "jump n1 0.900s: its clock jumps ahead by this much"
    assert any(line.endswith(jump) for line in lines)
    assert "propose n1" in lines


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
