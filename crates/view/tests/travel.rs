//! Going through a run, on made-up moments.

use raftsim_node::{NodeId, Role, Status, Time};
use raftsim_sim::{Fact, Failure, Fate, Fault, Kind, Link, Moment, PlainDisk, What, property};
use raftsim_view::page::About;
use raftsim_view::page::travel::{
    ChangeMark, Condition, Folding, Item, Memory, RoleAt, ServerAt, Timeline, Way, log_runs,
};

use crate::page::{LATE, about, arrives, boots, due, fault, notes, of, page, sends, story, writes};
use crate::support::{at, n};

fn timeline(about: About, moments: impl IntoIterator<Item = Moment>) -> Timeline {
    Timeline::new(page(about, moments))
}

/// The run of two servers in which n1 leads, commits an entry and is cut off. Its steps: both boot,
/// a timeout of n1, a proposal, an arrival at n2, two timeouts of n1 with a fault between.
fn told() -> Timeline {
    timeline(about(2), story())
}

/// The same, which fails for a reason that names no server and no step.
fn failed() -> Timeline {
    let facts = [Fact::new("a server leads"), Fact::new("none does")];
    let kind = Kind::LabLimit { by_chance: false };
    let failure = Failure::new(kind, property::RUN_LENGTH, at(90), facts);
    timeline(About { failure: Some(failure), ..about(2) }, story())
}

fn disk(timeline: &Timeline, step: usize) -> (u64, Vec<Option<u64>>) {
    let ServerAt { disk, .. } = timeline.state(step, n(1));
    (disk.first, disk.terms)
}

#[test]
fn the_state_is_that_after_the_step() {
    let told = told();
    assert_eq!(told.steps(), 8);
    let timers = |step| told.state(step, n(1)).timer;
    assert_eq!([timers(0), timers(1), timers(2)], [Some(at(10)), Some(at(10)), None]);
    let roles: Vec<RoleAt> = (0..8).map(|step| told.state(step, n(2)).role).collect();
    assert_eq!(roles[..2], [RoleAt::Down, RoleAt::Follower]);
    let leads = told.state(5, n(1));
    assert_eq!((leads.role, leads.term, leads.commit), (RoleAt::Leader, 1, Some(1)));
    assert_eq!((leads.leader, leads.disk.vote), (Some(n(1)), Some(n(1))));
    assert_eq!([disk(&told, 2), disk(&told, 3)], [(1, vec![]), (1, vec![Some(1)])]);
    assert_eq!([told.cut(5), told.cut(6)], [vec![], vec![Link { from: n(1), to: n(2) }]]);
    assert_eq!(told.links_words(5), "n1 n2");
    assert_eq!(told.links_words(6), "1 link cut", "the other direction carries on");
}

/// n1 writes its log: the terms of its entries from `from` on, when it begins at `first`.
fn log(millis: u64, first: u64, from: u64, terms: &[u64]) -> Moment {
    let disk = PlainDisk { term: 9, voted_for: None, first, from, terms: terms.to_vec() };
    writes(millis, 1, "log", Some(disk))
}

#[test]
fn a_log_is_what_its_writes_left() {
    let moments = [
        boots(1, 1),
        log(2, 1, 1, &[1, 1, 2]),
        log(3, 1, 3, &[3, 3]),
        log(4, 3, 5, &[]),
        log(5, 3, 5, &[4]),
        log(6, 6, 6, &[]),
        log(7, 2, 3, &[7]),
    ];
    let told = timeline(about(1), moments);
    let logs: Vec<_> = (0..told.steps()).map(|step| disk(&told, step)).collect();
    let some = |terms: &[u64]| terms.iter().copied().map(Some).collect::<Vec<_>>();
    let expected = [
        (1, vec![]),
        (1, some(&[1, 1, 2])),
        (1, some(&[1, 1, 3, 3])),
        (3, some(&[3, 3])),
        (3, some(&[3, 3, 4])),
        (6, vec![]),
        // A log that begins earlier is another one, of which a part was never shown.
        (2, vec![None, Some(7)]),
    ];
    assert_eq!(logs, expected);
    for (step, (first, terms)) in logs.iter().enumerate() {
        let last = first + terms.len() as u64 - 1;
        let condition = Condition::read(&format!("last = {last}"), 1).expect("a condition");
        assert!(condition.holds(&told, step), "step {step}: {last}");
    }
}

#[test]
fn a_window_begins_with_the_log_that_the_writes_before_it_left() {
    let before = [log(2, 1, 1, &[1, 1, 2]), log(3, 1, 3, &[3, 3]), log(4, 3, 5, &[4])];
    let about = About { since: at(9), ..about(1) };
    let told = timeline(about, before.into_iter().chain([of(10, 1, What::Timeout)]));
    assert_eq!(disk(&told, 0), (3, vec![Some(3), Some(3), Some(4)]));
}

#[test]
fn a_state_changes_with_a_status_a_disk_or_a_pause_and_not_with_a_timer() {
    let told = told();
    let changes = |node| (0..8).filter(|&step| told.changes(step, n(node))).collect::<Vec<_>>();
    assert_eq!((changes(1), changes(2)), (vec![0, 2, 3, 5], vec![1]));
    let next = |node, from, way| told.next_change(node, from, way);
    assert_eq!(
        (next(Some(n(1)), 3, Way::Forward), next(Some(n(1)), 3, Way::Back)),
        (Some(5), Some(2))
    );
    assert_eq!((next(None, 0, Way::Forward), next(Some(n(2)), 1, Way::Forward)), (Some(1), None));
    let highest = |first, last| told.highest_role(first, last, n(1));
    assert_eq!([highest(0, 1), highest(1, 3)], [(RoleAt::Follower, 0), (RoleAt::Leader, 1)]);
    assert_eq!(told.highest_role(0, 0, n(2)), (RoleAt::Down, 0));
}

#[test]
fn a_pause_lasts_until_the_server_runs_again() {
    let moments = [
        boots(1, 1),
        fault(2, Fault::Pause(n(1))),
        of(2, 1, What::Suspended),
        boots(3, 2),
        fault(4, Fault::Resume(n(1))),
        of(4, 1, What::Resumed),
    ];
    let told = timeline(about(2), moments);
    let paused: Vec<bool> = (0..4).map(|step| told.state(step, n(1)).is_paused).collect();
    assert_eq!(paused, [false, true, true, false]);
    let changes: Vec<bool> = (0..4).map(|step| told.changes(step, n(1))).collect();
    assert_eq!(changes, [true, true, false, true]);
}

#[test]
fn causes_go_back_to_a_timer_and_effects_forward() {
    let told = told();
    let causes: Vec<Option<usize>> = told.causes(4).iter().map(|cause| cause.step).collect();
    assert_eq!(causes, [Some(2)]);
    assert_eq!(told.cause_words(told.causes(4)[0]), "n1 -> n2 vote? t3, its timer");
    assert_eq!((told.effect(2), told.effect(4)), (Some(4), None));
    assert_eq!((told.causes(2), told.origin(2)), (vec![], "its timer"));
}

#[test]
fn moves_lead_to_the_next_of_their_kind() {
    let told = told();
    let all = Folding::none(&told);
    let (forward, back) = (Way::Forward, Way::Back);
    assert_eq!(told.next_step(&all, 7, forward), None);
    assert_eq!((told.next_own(&all, 2, forward), told.next_own(&all, 2, back)), (Some(3), Some(0)));
    assert_eq!(told.next_of_kind(&all, 2, forward), Some(5));
    assert_eq!((told.next_turn(0, forward), told.next_turn(2, forward)), (Some(1), None));
    assert_eq!((told.next_fault(0, forward), told.next_fault(0, back)), (Some(6), None));
    assert_eq!((told.step_of(n(2), 7), told.step_of(n(2), 0)), (Some(4), Some(1)));
    assert_eq!(told.first_election(), 2);
}

#[test]
fn a_search_finds_text_and_times_and_begins_anew_after_the_end() {
    let told = told();
    let find = |sought, from| told.search(sought, from, Way::Forward);
    assert_eq!([find("VOTE?", 0), find("vote?", 2), find("vote?", 4)], [Some(2), Some(4), Some(2)]);
    assert_eq!([find("0.020s", 0), find("45ms", 0), find("9s", 0)], [Some(3), Some(5), Some(7)]);
    assert_eq!([find("nothing of the kind", 3), find("isolate", 6)], [None, Some(6)]);
}

#[test]
fn a_time_means_all_that_prints_as_it() {
    let nanos = |nanos| raftsim_view::page::travel::through(Time::from_nanos(nanos)).as_nanos();
    assert_eq!([nanos(0), nanos(1_000), nanos(1_001)], [999, 1_999, 1_001]);
}

#[test]
fn a_run_goes_on_until_a_condition_becomes_true() {
    let told = told();
    let until = |text: &str, from| told.until(&Condition::read(text, 2).expect(text), from);
    assert_eq!(until("n1 is leader", 0), Some(2));
    assert_eq!(until("n1 is leader", 3), None, "it is already");
    assert_eq!(until("n2 is follower", 0), Some(1));
    assert_eq!([until("term >= 1", 0), until("term of n2 >= 1", 0)], [Some(2), None]);
    assert_eq!([until("commit of n1 >= 1", 0), until("commit = 2", 0)], [Some(5), None]);
    assert_eq!([until("last of n1 > 0", 0), until("any is down", 0)], [Some(3), None]);
}

#[test]
fn a_condition_that_cannot_be_read_says_what_was_expected() {
    let error = |text| Condition::read(text, 3).expect_err(text).to_string();
    assert_eq!(error(""), "expected `term`, `commit`, `last`, `any` or a server such as n1");
    assert_eq!(error("n2"), "expected `is` after `n2`");
    assert_eq!(error("n9 is leader"), "expected a server, n1 to n3, not `n9`");
    assert_eq!(error("n2 is laeder"), "no role is named `laeder` (did you mean `leader`?)");
    assert_eq!(error("term of n1"), "expected `>=`, `<=`, `>`, `<` or `=` after `n1`");
    assert_eq!(error("commit >= many"), "expected a number, not `many`");
    assert_eq!(error("term >= 4 or so"), "expected the end, not `or`");
}

#[test]
fn a_step_is_said_in_a_line() {
    let told = told();
    let line = |step| told.step_words(step).line();
    assert_eq!(line(2), "timeout: leader in term 1  -> n2 vote? t3");
    assert_eq!(line(3), "proposal 4 accepted as 1@1");
    assert_eq!(line(4), "<- n1 vote? t3");
    assert_eq!(line(5), "timeout: commit 1  apply 1@1");
    assert_eq!(line(6), "isolate n2");
    let noted = timeline(about(1), [of(1, 1, What::Timeout), notes(1, 1, "why\u{1b}[31m")]);
    assert_eq!(noted.step_words(0).line(), "timeout  # why\\u{1b}[31m");
}

#[test]
fn a_failure_is_a_step_and_its_marks_lead_to_what_matters() {
    let failed = failed();
    assert_eq!((failed.steps(), failed.failure()), (9, Some(8)));
    assert_eq!(failed.time(8), at(90));
    assert_eq!(failed.step_words(8).line(), "the check fails: a server leads, but none does");
    let changes = &failed.marks().changes;
    let change = |number, step| ChangeMark { node: n(number), step };
    assert_eq!(changes, &[change(2, 1), change(1, 2)]);
    let steps: Vec<Option<usize>> = failed.marks().facts.iter().map(|mark| mark.step).collect();
    assert_eq!(steps, [None, Some(8)], "the second fact is the failure");

    let facts = [Fact::new("it led").by(n(1)).at(at(10)), Fact::new("it was cut").by(n(2))];
    let failure = Failure::violation(property::ELECTION_SAFETY, at(60), facts);
    let named = timeline(About { failure: Some(failure), ..about(2) }, story());
    let steps: Vec<Option<usize>> = named.marks().facts.iter().map(|mark| mark.step).collect();
    assert_eq!((steps, named.marks().changes.len()), (vec![Some(2), Some(4)], 0));
}

#[test]
fn a_log_is_said_in_runs_of_one_term() {
    let known = |terms: &[u64]| log_runs(3, terms.iter().copied().map(Some));
    assert_eq!(known(&[1, 1, 1, 2, 3, 3]), ["3..5@1", "6@2", "7..8@3"]);
    assert_eq!(
        (known(&[]), log_runs(1, [None, Some(2)])),
        (vec![], vec!["1@?".into(), "2@2".into()])
    );
}

/// So many heartbeats of n1, of which n2 takes no notice.
fn heartbeats(many: u64) -> impl Iterator<Item = Moment> {
    (0..many).flat_map(|seq| {
        let time = 100 + 10 * seq;
        [of(time, 1, What::Timeout), sends(time, seq + 1, LATE), arrives(time + 2, seq + 1)]
    })
}

#[test]
fn what_changed_nothing_folds_and_what_led_to_the_cursor_does_not() {
    let told = timeline(about(2), story().into_iter().chain(heartbeats(3)));
    let folded = told.fold();
    let fold = |folding: &Folding| {
        let items = folding.items(6, 9, 20).into_iter();
        let folds = items.filter_map(|item| match item {
            Item::Folded(fold) => Some((fold.first, fold.last)),
            Item::Step(_) => None,
        });
        folds.collect::<Vec<_>>()
    };
    assert_eq!((fold(&folded), folded.hidden()), (vec![(7, 13)], 7));
    let words = folded.items(6, 0, 9).into_iter().find_map(|item| match item {
        Item::Folded(fold) => Some(told.fold_words(fold)),
        Item::Step(_) => None,
    });
    assert_eq!(words.expect("a fold"), "... 7 routine steps, 62.0 ms (n1 4, n2 3)");
    // The last arrival is at the cursor, and the step that sent its message led there.
    let mut keeps = told.cause_steps(13);
    keeps.insert(13);
    assert_eq!(keeps, [12, 13].into());
    let around = told.fold_around(&folded, &keeps);
    assert_eq!((fold(&around), around.hidden()), (vec![(7, 11)], 5));
    // In the middle the fold is parted; what is left after it is too short to fold.
    let around = told.fold_around(&folded, &[11].into());
    assert_eq!((fold(&around), around.hidden()), (vec![(7, 10)], 4));
    assert_eq!(told.fold_around(&around, &[11].into()), around, "no fold is there twice");
    // A step that is shown anyway, and one of another server far away, change nothing.
    assert_eq!(told.fold_around(&folded, &[2, 3].into()), folded);
    assert_eq!(fold(&Folding::none(&told)), []);
}

#[test]
fn a_list_has_as_many_lines_as_fit() {
    let told = told();
    let all = Folding::none(&told);
    let steps = |around, before, lines| {
        let items = all.items(around, before, lines).into_iter();
        items
            .map(|item| match item {
                Item::Step(step) => step,
                Item::Folded(_) => panic!("nothing is folded"),
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(steps(3, 2, 5), [1, 2, 3, 4, 5]);
    assert_eq!(steps(7, 2, 5), [3, 4, 5, 6, 7], "after the end there is none");
    assert_eq!(steps(0, 2, 3), [0, 1, 2]);
}

#[test]
fn a_page_keeps_the_memory_of_servers_where_it_matters() {
    assert_eq!(told().memory_moments(40), [], "a run that passed explains nothing");
    let failed = failed();
    let moments = [1, 2, 10, 20, 30, 40, 50, 60, 90].map(at);
    assert_eq!(failed.memory_moments(40), moments);
    let memory =
        |millis, node: NodeId, text: &str| Memory { time: at(millis), node, text: text.to_owned() };
    let long = "\u{f6}".repeat(20_001);
    // The last step of n2 by then is its boot; the moment after it has nothing new of n2.
    let memories = vec![
        memory(10, n(1), "so"),
        memory(10, n(2), &long),
        memory(20, n(1), "so"),
        memory(20, n(2), &long),
    ];
    let before: serde_json::Value = serde_json::from_str(&failed.page().json()).expect("JSON");
    let page = failed.with_memories(memories.clone());
    assert_eq!(page.json(), failed.with_memories(memories).json(), "the page itself is as before");
    let data: serde_json::Value = serde_json::from_str(&page.json()).expect("JSON");
    let first = before["text"].as_array().expect("texts").len();
    assert_eq!(
        data["inspect"],
        serde_json::json!({
            "step": [2, 1, 3], "on": [1, 2, 1], "text": [first, first + 1, first],
        })
    );
    assert_eq!(data["text"][first], "so");
    let cut = format!("{}... (20001 characters)", "\u{f6}".repeat(20_000));
    assert_eq!(data["text"][first + 1], cut);
}

#[test]
fn of_a_long_run_memory_is_kept_at_the_facts_the_last_changes_and_the_last_steps() {
    let facts =
        [Fact::new("it led").by(n(1)).at(at(20)), Fact::new("it was cut").by(n(2)).at(at(30))];
    let failure = Failure::violation(property::ELECTION_SAFETY, at(300), facts);
    let about = About { failure: Some(failure), ..about(2) };
    let failed = timeline(about, story().into_iter().chain(heartbeats(20)));
    let last = (10..20).flat_map(|seq| [100 + 10 * seq, 102 + 10 * seq]);
    let moments = [2, 10, 20, 30].into_iter().chain(last).chain([300]);
    assert_eq!(failed.memory_moments(40), moments.map(at).collect::<Vec<_>>());
    assert_eq!(failed.memory_moments(3), [2, 20, 30].map(at), "the facts come first");
}

#[test]
fn a_message_that_is_lost_or_late_says_so() {
    let lost = Fate::Drop(raftsim_sim::Cause::Lost);
    let moments = [
        boots(1, 1),
        boots(1, 2),
        due(1, 1, Some(at(5))),
        of(5, 1, What::Timeout),
        of(5, 1, What::Became(Status::new(1, Role::Candidate))),
        sends(5, 0, lost),
        sends(5, 1, LATE),
        sends(5, 2, LATE),
        of(6, 2, What::Missed { from: n(1), seq: 1 }),
    ];
    let told = timeline(about(2), moments);
    let words = told.step_words(2);
    assert_eq!(words.change, "candidate in term 1");
    let expected = [
        "-> n2 vote? t3 (lost)",
        "-> n2 vote? t3 (its life or its call has ended)",
        "-> n2 vote? t3 (under way)",
    ];
    assert_eq!(words.rest, expected);
    assert_eq!(told.step_words(3).line(), "<- n1 vote? t3 missed: its life or its call has ended");
}
