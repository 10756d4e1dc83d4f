//! A run as data for its page, on made-up moments.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use raftsim_node::{Duration, ProposalId, Role, Status, Time, Topic, Touched};
use raftsim_sim::{
    Cause, CrashPoint, Fact, Failure, Fate, Fault, Link, MessageName, Moment, PlainBytes,
    PlainDisk, PlainMessage, PlainWrite, Record, TimerSet, What, property,
};
use raftsim_view::page::{About, KnownCommitted, Page, PageBuilder};
use serde_json::{Value, json};

use crate::support::{at, n};

type Happens = What<PlainMessage, PlainWrite, PlainBytes>;

pub(crate) fn about(servers: u8) -> About {
    About {
        title: "made_up".to_owned(),
        command: "raftsim replay made_up --seed 7".to_owned(),
        node: "raft".to_owned(),
        seed: 7,
        servers,
        events: 5,
        digest: 0xab,
        end: at(100),
        version: "1.2.3",
        missing: 0,
        shrunk: None,
        plan_text: String::new(),
        plan: vec![],
        fates: vec![],
        failure: None,
        committed: vec![],
        since: Time::ZERO,
        until: Time::MAX,
        skip: 0,
    }
}

pub(crate) fn page(about: About, moments: impl IntoIterator<Item = Moment>) -> Page {
    let mut builder = PageBuilder::new(about);
    moments.into_iter().for_each(|moment| builder.add(&moment));
    builder.finish()
}

fn data(about: About, moments: impl IntoIterator<Item = Moment>) -> Value {
    serde_json::from_str(&page(about, moments).json()).expect("it is JSON")
}

pub(crate) fn of(millis: u64, node: u8, what: Happens) -> Moment {
    Moment::Record(Record { time: at(millis), node: Some(n(node)), life: 1, what })
}

pub(crate) fn world(millis: u64, what: Happens) -> Moment {
    Moment::Record(Record { time: at(millis), node: None, life: 0, what })
}

pub(crate) fn fault(millis: u64, fault: Fault) -> Moment {
    let node = fault.server();
    let what = What::Fault(Box::new(fault));
    Moment::Record(Record { time: at(millis), node, life: 1, what })
}

pub(crate) fn boots(millis: u64, node: u8) -> Moment {
    of(millis, node, What::Booted(Status::new(0, Role::Follower)))
}

pub(crate) fn message(text: &str) -> PlainMessage {
    PlainMessage {
        text: text.to_owned(),
        label: "vote?".to_owned(),
        topic: Topic::Vote,
        is_reply: false,
        size: 1,
        term: Some(3),
        call: None,
    }
}

/// n1 sends n2 its message of this number.
pub(crate) fn sends(millis: u64, seq: u64, fate: Fate) -> Moment {
    let message = message("RequestVote");
    of(millis, 1, What::Sent { to: n(2), seq, fate, is_given: false, message })
}

pub(crate) fn arrives(millis: u64, seq: u64) -> Moment {
    of(millis, 2, What::Received { from: n(1), seq, message: message("RequestVote") })
}

pub(crate) fn writes(millis: u64, node: u8, text: &str, disk: Option<PlainDisk>) -> Moment {
    let write = PlainWrite { text: text.to_owned(), disk };
    of(millis, node, What::Persisted { write, touched: Touched::ALL })
}

pub(crate) fn notes(millis: u64, node: u8, text: &str) -> Moment {
    of(millis, node, What::Noted(text.into()))
}

pub(crate) const LATE: Fate = Fate::Deliver(Duration::from_millis(2));

fn place(number: &Value) -> usize {
    usize::try_from(number.as_u64().expect("a number")).expect("a place")
}

/// The kinds of the steps, each with its server and how many lines it has.
fn steps(data: &Value) -> Vec<String> {
    let columns = &data["steps"];
    let kinds = columns["kind"].as_array().expect("a column").iter().enumerate();
    let steps = kinds.map(|(step, kind)| {
        let name = &data["kinds"][place(kind)];
        let lines = columns["lines"][step].as_array().expect("a list").len();
        format!("{} {} {lines}", name.as_str().expect("a name"), columns["on"][step])
    });
    steps.collect()
}

#[test]
fn a_step_is_what_one_input_did() {
    let suspended = || of(14, 1, What::Suspended);
    let disk = || writes(20, 1, "late", None);
    let moments = [
        boots(1, 1),
        of(10, 1, What::Timeout),
        of(10, 1, What::Became(Status::new(1, Role::Candidate))),
        notes(10, 1, "why"),
        of(10, 1, What::Settled),
        // A crash is a step, with the fault that did it, or amid a list.
        fault(11, Fault::Crash { who: n(1), after: None }),
        of(11, 1, What::Crashed),
        fault(12, Fault::Restart(n(1))),
        boots(12, 1),
        fault(12, Fault::Crash { who: n(1), after: Some(CrashPoint::Actions(2)) }),
        of(13, 1, What::Timeout),
        of(13, 1, What::Crashed),
        boots(13, 1),
        // The rest of a list that waited for the disk.
        of(14, 1, What::Timeout),
        suspended(),
        disk(),
        of(20, 1, What::Resumed),
        // The disk may be hastened, so that the list goes on at the instant at which it waits.
        of(21, 1, What::Timeout),
        of(21, 1, What::Suspended),
        writes(21, 1, "at once", None),
        fault(30, Fault::Pause(n(1))),
        of(30, 1, What::Suspended),
        fault(31, Fault::Resume(n(1))),
        of(31, 1, What::Resumed),
        of(31, 1, What::Timeout),
        // All link changes of one instant are one step of the world.
        fault(40, Fault::Isolate(n(1))),
        fault(40, Fault::Isolate(n(2))),
        fault(41, Fault::Heal),
        fault(41, Fault::Expire(n(1))),
        world(42, What::Marked { verb: "check", node: Some(n(1)), number: 3 }),
    ];
    let expected = [
        "boot 1 1",
        "timeout 1 3",
        "crash 1 2",
        "boot 1 2",
        "fault 1 1",
        "timeout 1 1",
        "crash 1 1",
        "boot 1 1",
        "timeout 1 2",
        "goes on 1 2",
        "timeout 1 2",
        "goes on 1 1",
        "pause 1 2",
        "resume 1 2",
        "timeout 1 1",
        "links 0 2",
        "links 0 1",
        "fault 1 1",
        "check 0 1",
    ];
    assert_eq!(steps(&data(about(2), moments)), expected);
}

#[test]
fn a_page_has_the_plan_as_the_text_of_a_file() {
    let plan_text = "guards = \"x\"\nnode = \"raft\"\n".to_owned();
    let about = About { plan_text: plan_text.clone(), ..about(2) };
    let page = page(about, [of(1, 1, What::Timeout)]);
    let data: Value = serde_json::from_str(&page.json()).expect("it is JSON");
    assert_eq!(data["run"]["plan"], json!(plan_text));
    assert!(page.html().contains(r#"<button id="copy-plan" type="button">"#));
}

#[test]
fn a_message_names_the_steps_that_sent_it_and_at_which_it_arrived() {
    let twice = Fate::Duplicate(Duration::from_millis(1), Duration::from_millis(9));
    let moments = [
        of(1, 1, What::Timeout),
        sends(1, 0, LATE),
        sends(1, 1, Fate::Drop(Cause::Blocked)),
        sends(1, 2, twice),
        sends(1, 3, LATE),
        sends(1, 4, LATE),
        arrives(2, 2),
        arrives(3, 0),
        of(4, 2, What::Missed { from: n(1), seq: 3 }),
        arrives(10, 2),
    ];
    let lost = MessageName { from: n(1), to: n(2), seq: 1 };
    let about = About { fates: vec![(lost, "fails +0.5s".to_owned())], ..about(2) };
    let data = data(about, moments);
    let messages = &data["messages"];
    assert_eq!(messages["n"], json!([0, 1, 2, 3, 4]));
    assert_eq!(messages["fate"], json!([0, 2, 5, 0, 0]));
    assert_eq!(messages["given"], json!([0, 1, 0, 0, 0]));
    assert_eq!(messages["sent"], json!([0, 0, 0, 0, 0]));
    assert_eq!(messages["arrived"], json!([[2], [], [1, 4], [3], []]));
    let ms = 1_000_000;
    assert_eq!(messages["due"], json!([[2 * ms], [], [ms, 9 * ms], [2 * ms], [2 * ms]]));
    assert_eq!(data["steps"]["by"], json!([-1, 2, 0, 3, 2]));
    assert_eq!(data["fates"], json!(["n1>n2#1 fails +0.5s"]));
    assert_eq!(data["text"][place(&messages["words"][1])], "fails +0.5s");
    // The page puts the lines about messages together itself.
    let vote = 1;
    let line = |message: u32| json!([vote, -1, message]);
    let sent: Vec<Value> = (0..5).map(line).collect();
    assert_eq!(data["steps"]["lines"][0].as_array().expect("a list")[1..], sent);
    assert_eq!(data["steps"]["lines"][1], json!([line(2)]));
}

/// A server's timer is due at this time from now on.
pub(crate) fn due(millis: u64, node: u8, due: Option<Time>) -> Moment {
    Moment::Timer(TimerSet { after: 0, time: at(millis), node: n(node), due })
}

/// Two servers, a leader that commits an entry, and a proposal.
pub(crate) fn story() -> Vec<Moment> {
    let disk = PlainDisk { term: 1, voted_for: Some(n(1)), first: 1, from: 1, terms: vec![1] };
    let same = PlainDisk { from: 2, terms: vec![], ..disk.clone() };
    let (leads, id) = (Status::new(1, Role::Leader).with_leader(Some(n(1))), ProposalId(4));
    let links = vec![Link { from: n(1), to: n(2) }];
    vec![
        boots(1, 1),
        due(1, 1, Some(at(10))),
        boots(2, 2),
        of(10, 1, What::Timeout),
        due(10, 1, None),
        of(10, 1, What::Became(leads)),
        sends(10, 0, LATE),
        of(20, 1, What::Proposed { id, command: "x".into() }),
        writes(20, 1, "log", Some(disk)),
        of(20, 1, What::Accepted { id, index: 1, term: 1 }),
        arrives(30, 0),
        of(40, 1, What::Timeout),
        writes(40, 1, "log", Some(same)),
        of(40, 1, What::Became(leads.with_commit(1))),
        of(40, 1, What::Applied { index: 1, term: Some(1), command: Some("x".into()) }),
        fault(50, Fault::Isolate(n(2))),
        Moment::Blocked { time: at(50), links },
        of(60, 1, What::Timeout),
    ]
}

fn committed() -> Vec<KnownCommitted> {
    vec![KnownCommitted { term: Some(1), by: n(1), since: at(40) }]
}

#[test]
fn state_is_shown_where_it_changes() {
    let data = data(About { committed: committed(), ..about(2) }, story());
    assert_eq!(
        data["status"],
        json!({
            "step": [0, 1, 2, 5], "on": [1, 2, 1, 1], "role": [1, 1, 4, 4],
            "term": [0, 0, 1, 1], "leader": [-1, -1, 1, 1], "commit": [-1, -1, -1, 1],
        })
    );
    assert_eq!(
        data["disk"],
        json!({
            "step": [3], "on": [1], "term": [1], "vote": [1], "first": [1], "from": [1],
            "terms": [[1]],
        })
    );
    assert_eq!(data["timer"], json!({ "step": [0, 2], "on": [1, 1], "due": [10_000_000, -1] }));
    assert_eq!(data["links"], json!({ "step": [6], "blocked": [[258]] }));
    assert_eq!(data["committed"], json!({ "index": [1], "term": [1], "by": [1], "step": [5] }));
    assert_eq!(
        data["proposals"],
        json!({ "step": [3], "id": [4], "on": [1], "index": [1], "term": [1] })
    );
}

#[test]
fn a_window_begins_with_the_state_at_its_start() {
    let since = About { since: at(25), until: at(45), committed: committed(), ..about(2) };
    let data = data(since, story());
    let run = &data["run"];
    assert_eq!([&run["from"], &run["omitted"], &run["omittedAfter"]], [25_000_000, 4, 2]);
    assert_eq!(steps(&data), ["arrival 2 1", "timeout 1 4"]);
    assert_eq!(data["steps"]["dt"], json!([30_000_000, 10_000_000]));
    assert_eq!(data["status"]["step"], json!([-1, -1, 1]));
    assert_eq!(data["status"]["role"], json!([4, 1, 4]));
    let disk = &data["disk"];
    assert_eq!([&disk["step"], &disk["terms"]], [&json!([-1]), &json!([[1]])]);
    assert_eq!(data["timer"]["step"], json!([]), "no timer runs, as before a run");
    assert_eq!(data["links"]["step"], json!([]));
    // It was sent before the window.
    let messages = &data["messages"];
    assert_eq!([&messages["sent"], &messages["arrived"]], [&json!([-1]), &json!([[0]])]);
    assert_eq!(data["committed"]["step"], json!([1]));
}

#[test]
fn a_window_with_nothing_in_it_is_empty() {
    let data = data(About { since: at(70), ..about(2) }, story());
    assert_eq!(steps(&data), [""; 0]);
    assert_eq!(data["run"]["omitted"], 8);
}

#[test]
fn the_first_events_of_a_long_run_are_left_out() {
    let page = page(About { skip: 2, committed: committed(), ..about(2) }, story());
    assert!(page.is_cut());
    let data: Value = serde_json::from_str(&page.json()).expect("it is JSON");
    assert_eq!(steps(&data), ["arrival 2 1", "timeout 1 4", "links 0 1", "timeout 1 1"]);
    assert_eq!([&data["run"]["omitted"], &data["run"]["from"]], [4, 30_000_000]);
}

#[test]
fn a_failure_keeps_its_fields() {
    let facts =
        [Fact::new("the rule").by(n(2)).at(at(3)).entry(9), Fact::new("what was seen").by(n(1))];
    let failure = Failure::violation(property::ELECTION_SAFETY, at(60), facts);
    let data = data(About { failure: Some(failure), ..about(2) }, story());
    assert_eq!(
        data["verdict"],
        json!({
            "kind": "broken", "label": "broken", "property": "Election Safety", "time": 60_000_000,
            "facts": [
                { "text": "the rule", "time": 3_000_000, "node": 2, "index": 9 },
                { "text": "what was seen", "time": 60_000_000, "node": 1, "index": null },
            ],
        })
    );
}

#[test]
fn a_text_is_there_once_and_a_long_one_is_cut() {
    let long = "a\u{f6}".repeat(300);
    let moments =
        [of(1, 1, What::Timeout), notes(1, 1, "so"), notes(1, 1, "so"), notes(1, 1, &long)];
    let failure =
        Failure::violation(property::ELECTION_SAFETY, at(60), [Fact::new(&*long), Fact::new("b")]);
    let data = data(About { failure: Some(failure), ..about(1) }, moments);
    let cut = format!("{}... (600 characters)", "a\u{f6}".repeat(200));
    assert_eq!(data["text"], json!(["timeout", "so", cut]));
    assert_eq!(data["verdict"]["facts"][0]["text"], cut);
}

/// The data within a page, unpacked.
fn unpacked(html: &str) -> String {
    let begin = r#"<script type="text/plain" id="data">"#;
    let (_, rest) = html.split_once(begin).expect("the data is there");
    let (data, _) = rest.split_once("</script>").expect("it ends");
    let packed = STANDARD.decode(data).expect("base64");
    let bytes = miniz_oxide::inflate::decompress_to_vec(&packed).expect("raw deflate");
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn a_page_is_one_file_with_the_data_packed() {
    let page = page(about(2), story());
    let html = page.html();
    assert_eq!(unpacked(&html), page.json());
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    assert!(html.contains("<title>✓ pass - made_up, seed 7, node raft</title>"), "{html}");
    assert!(html.contains(r#"content="default-src 'none';"#));
    assert!(!html.contains("{{") && !html.contains("http://") && !html.contains("https://"));
}

#[test]
fn texts_of_a_node_become_no_element_of_the_page() {
    let evil = "</script></title><img src=x onerror=alert(1)>&\"'{{data}}";
    let clean = page(about(2), story()).html();
    let title = About { title: evil.to_owned(), command: evil.to_owned(), ..about(2) };
    let moments = story().into_iter().chain([notes(60, 1, evil), writes(60, 1, evil, None)]);
    let html = page(title, moments).html();
    let count = |html: &str, text| html.matches(text).count();
    for text in ["<img", "</script", "<script", "</title", "onerror=alert(1)>"] {
        assert_eq!(count(&html, text), count(&clean, text), "{text}");
    }
    assert!(html.contains("&lt;/script&gt;&lt;/title&gt;&lt;img src=x onerror=alert(1)&gt;&amp;"));
    assert!(unpacked(&html).contains("<img src=x onerror=alert(1)>"), "the text itself is kept");
}

#[test]
fn the_same_run_gives_the_same_page() {
    let [one, other] = [(), ()].map(|()| page(about(2), story()).html());
    assert_eq!(one, other);
}

#[test]
fn a_cluster_of_one_and_one_of_seven_and_no_message_give_a_page() {
    for servers in [1, 7] {
        let data = data(about(servers), (1..=servers).map(|node| boots(1, node)));
        assert_eq!(data["run"]["servers"], servers);
        assert_eq!(data["status"]["on"].as_array().expect("a column").len(), usize::from(servers));
        assert_eq!(data["messages"]["from"], json!([]));
    }
}

/// A run of so many events, in which each message arrives, and tells of its number.
fn long(events: u64) -> impl Iterator<Item = Moment> {
    (0..events).flat_map(|event| {
        let (time, seq) = (event * 7 + event % 13, event / 2);
        let text = format!("AppendEntries {{ term: 3, prev: {}, entries: [{event}] }}", event / 5);
        let moved = event % 3 == 0;
        let timer = TimerSet { after: 0, time: at(time), node: n(1), due: Some(at(time + 250)) };
        let what = if event % 2 == 0 {
            let message = message(&text);
            vec![
                of(time, 1, What::Timeout),
                of(time, 1, What::Sent { to: n(2), seq, fate: LATE, is_given: false, message }),
            ]
        } else {
            vec![arrives(time, seq), notes(time, 2, "heartbeat: election timer reset")]
        };
        what.into_iter().chain(moved.then_some(Moment::Timer(timer)))
    })
}

#[test]
fn a_page_is_small() {
    let size = |events| page(about(2), long(events)).html().len();
    let (small, large) = (size(10_000), size(100_000));
    assert!(small < 1_000_000, "10,000 events: {small} bytes");
    assert!(large < 6_000_000, "100,000 events: {large} bytes");
}
