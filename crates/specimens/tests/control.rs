//! The control Raft does what Figures 2 and 13 say, step by step; and the table of its mutations is
//! complete.

use std::collections::BTreeSet;

use raftsim_node::{
    Action, Boot, Command, Disk as _, Event, Index, Node, NodeId, ProposalId, Role, Snapshot, Term,
    Time,
};
use raftsim_specimens::Control;
use raftsim_specimens::mutant::{
    Body, Config, Conflict, Disk, Entry, MUTATIONS, Message, Mutation, Position, Write,
};

use crate::support::{N1, N2, N3, boot_n1, ms, timeout};

type Act = Action<Message, Write>;

fn at(millis: u64) -> Time {
    Time::ZERO + ms(millis)
}

fn position(index: Index, term: Term) -> Position {
    Position { index, term }
}

fn log(terms: &[Term]) -> Vec<Entry> {
    let entry = |&term: &Term| Entry { term, command: Some(Command::from("x")) };
    terms.iter().map(entry).collect()
}

/// A disk in term 3 with these entries after a base.
fn disk(base: Position, terms: &[Term]) -> Disk {
    let snapshot = (base.index > 0).then(|| snapshot_at(base));
    Disk { term: 3, base, log: log(terms), snapshot, ..Disk::default() }
}

fn snapshot_at(base: Position) -> Snapshot {
    Snapshot::new(base.index, base.term, "state".into())
}

fn n1(disk: &Disk) -> Control {
    Control::boot(&Config::default(), &boot_n1(3), disk, Time::ZERO)
}

fn hear(server: &mut Control, from: NodeId, term: Term, body: Body) -> Vec<Act> {
    let message = Message { term, body };
    server.step(Event::Receive { from, message }, at(50))
}

/// The server of `disk`, elected by `N2` in the term after its disk's.
fn leader(disk: &Disk) -> Control {
    let mut server = n1(disk);
    timeout(&mut server);
    hear(&mut server, N2, disk.term + 1, Body::Vote { candidate: N1, granted: true });
    assert_eq!(server.status().role, Role::Leader);
    server
}

fn propose(server: &mut Control) -> Vec<Act> {
    let command = Command::from("x");
    server.step(Event::Propose { id: ProposalId(1), command }, at(60))
}

fn to(to: NodeId, term: Term, body: Body) -> Act {
    Action::Send { to, message: Message { term, body } }
}

fn voted(term: Term, voted_for: Option<NodeId>) -> Act {
    Action::Persist(Write { vote: Some((term, voted_for)), ..Write::default() })
}

fn stored(from: Index, terms: &[Term]) -> Act {
    Action::Persist(Write { log: Some((from, log(terms))), ..Write::default() })
}

fn append(prev: Position, terms: &[Term], commit: Index) -> Body {
    Body::Append { prev, entries: log(terms), commit }
}

fn appended(asked: Term, prev: Index, result: Result<Index, Conflict>) -> Body {
    Body::Appended { asked, prev, result }
}

fn apply(index: Index, term: Term) -> Act {
    Action::Apply { index, term: Some(term), command: Some(Command::from("x")) }
}

#[test]
fn who_stands_for_election_writes_its_vote_and_then_asks() {
    let mut server = n1(&disk(position(0, 0), &[1, 3]));
    let last = position(2, 3);
    let ask = |peer| to(peer, 4, Body::RequestVote { candidate: N1, last });
    assert_eq!(timeout(&mut server).1, [voted(4, Some(N1)), ask(N2), ask(N3)]);
    // Whoever is silent is asked again, and nobody else.
    hear(&mut server, N2, 4, Body::Vote { candidate: N1, granted: false });
    assert_eq!(timeout(&mut server).1, [ask(N2), ask(N3)]);
}

#[test]
fn an_order_to_campaign_is_an_election_at_once_but_for_a_leader() {
    let disk = disk(position(0, 0), &[1, 3]);
    let mut follower = n1(&disk);
    let ordered = follower.step(Event::Campaign, at(1));
    let mut other = n1(&disk);
    assert_eq!(ordered, timeout(&mut other).1);
    assert_eq!(follower.status().role, Role::Candidate);
    assert_eq!(leader(&disk).step(Event::Campaign, at(60)), []);
}

#[test]
fn a_vote_is_written_given_once_a_term_and_not_to_an_older_log() {
    let mut server = n1(&disk(position(0, 0), &[1, 3]));
    let ask = |candidate, last| Body::RequestVote { candidate, last };
    let answer = |candidate, granted| to(candidate, 4, Body::Vote { candidate, granted });
    let older = hear(&mut server, N3, 4, ask(N3, position(5, 2)));
    assert_eq!(older, [voted(4, None), answer(N3, false)]);
    let first = hear(&mut server, N2, 4, ask(N2, position(2, 3)));
    assert_eq!(first, [voted(4, Some(N2)), answer(N2, true)]);
    assert_eq!(hear(&mut server, N3, 4, ask(N3, position(2, 3))), [answer(N3, false)]);
    assert_eq!(hear(&mut server, N2, 4, ask(N2, position(2, 3))), [answer(N2, true)]);
}

#[test]
fn a_vote_counts_once_and_in_its_term_alone() {
    let voters = (1..=5).map(NodeId::new).collect();
    let boot = Boot::new(N1, voters, 7);
    let mut server = Control::boot(&Config::default(), &boot, &Disk::default(), Time::ZERO);
    timeout(&mut server);
    let vote = Body::Vote { candidate: N1, granted: true };
    hear(&mut server, N2, 1, vote.clone());
    hear(&mut server, N2, 1, vote.clone());
    hear(&mut server, N3, 0, vote.clone());
    assert_eq!(server.status().role, Role::Candidate);
    hear(&mut server, N3, 1, vote);
    assert_eq!(server.status().role, Role::Leader);
}

#[test]
fn only_a_conflict_cuts_the_log() {
    let mut server = n1(&disk(position(0, 0), &[1, 1, 2]));
    let holds = hear(&mut server, N2, 3, append(position(0, 0), &[1], 0));
    assert_eq!(holds, [to(N2, 3, appended(3, 0, Ok(1)))]);
    let differs = hear(&mut server, N2, 3, append(position(1, 1), &[1, 3], 2));
    let answer = to(N2, 3, appended(3, 1, Ok(3)));
    assert_eq!(differs, [stored(3, &[3]), answer, apply(1, 1), apply(2, 1)]);
}

#[test]
fn a_refusal_tells_where_the_conflicting_term_begins_or_the_log_ends() {
    let mut server = n1(&disk(position(0, 0), &[1, 2, 2, 2]));
    let refused =
        |prev, term, index| vec![to(N2, 3, appended(3, prev, Err(Conflict { term, index })))];
    let beyond = hear(&mut server, N2, 3, append(position(7, 3), &[], 7));
    assert_eq!(beyond, refused(7, None, 5));
    let conflict = hear(&mut server, N2, 3, append(position(4, 3), &[3], 7));
    assert_eq!(conflict, refused(4, Some(2), 2));
    assert_eq!(server.status().commit, Some(0));
}

#[test]
fn a_leader_goes_back_to_the_last_entry_of_the_followers_term() {
    let mut server = leader(&disk(position(0, 0), &[1, 1, 3]));
    let of_term = Conflict { term: Some(1), index: 1 };
    let back = hear(&mut server, N2, 4, appended(4, 3, Err(of_term)));
    assert_eq!(back, [to(N2, 4, append(position(2, 1), &[], 0))]);
    // The same again is the answer to an older request.
    assert_eq!(hear(&mut server, N2, 4, appended(4, 3, Err(of_term))), []);
    let unknown = Conflict { term: Some(2), index: 2 };
    let back = hear(&mut server, N3, 4, appended(4, 3, Err(unknown)));
    assert_eq!(back, [to(N3, 4, append(position(1, 1), &[], 0))]);
    // Entries follow when the logs are known to agree.
    let agrees = hear(&mut server, N3, 4, appended(4, 1, Ok(1)));
    assert_eq!(agrees, [to(N3, 4, append(position(1, 1), &[1, 3], 0))]);
}

#[test]
fn an_entry_of_an_earlier_term_is_committed_by_one_of_this_term_behind_it() {
    let mut server = leader(&disk(position(0, 0), &[1]));
    assert_eq!(hear(&mut server, N2, 4, appended(4, 1, Ok(1))), []);
    assert_eq!(hear(&mut server, N3, 4, appended(4, 1, Ok(1))), []);
    let accepted = Action::Accept { id: ProposalId(1), index: 2, term: 4 };
    let send = |peer| to(peer, 4, append(position(1, 1), &[4], 0));
    assert_eq!(propose(&mut server), [stored(2, &[4]), accepted, send(N2), send(N3)]);
    // An answer to a request of an earlier term counts for nothing.
    assert_eq!(hear(&mut server, N2, 4, appended(3, 1, Ok(2))), []);
    let announced = to(N2, 4, append(position(2, 4), &[], 2));
    let committed = hear(&mut server, N2, 4, appended(4, 1, Ok(2)));
    assert_eq!(committed, [announced, apply(1, 1), apply(2, 4)]);
}

#[test]
fn log_and_snapshot_change_in_one_write() {
    let mut server = n1(&disk(position(0, 0), &[1, 2]));
    hear(&mut server, N2, 3, append(position(2, 2), &[], 2));
    let snapshot = snapshot_at(position(1, 1));
    let compact = Event::Compact { through: 1, snapshot: snapshot.data.clone() };
    let base = position(1, 1);
    let write = Write { base, snapshot: Some(snapshot), ..Write::default() };
    assert_eq!(server.step(compact, at(60)), [Action::Persist(write)]);
}

#[test]
fn who_lacks_what_was_folded_gets_the_snapshot() {
    let mut server = leader(&disk(position(5, 2), &[3]));
    let lacks = Conflict { term: None, index: 2 };
    let sent = hear(&mut server, N2, 4, appended(4, 6, Err(lacks)));
    assert_eq!(sent, [to(N2, 4, Body::Install(snapshot_at(position(5, 2))))]);
    let next = hear(&mut server, N2, 4, Body::Installed { asked: 4, through: 5 });
    assert_eq!(next, [to(N2, 4, append(position(5, 2), &[3], 5))]);
}

#[test]
fn a_snapshot_keeps_what_follows_its_last_entry_and_else_nothing() {
    let install = |terms: &[Term]| {
        let mut server = n1(&disk(position(0, 0), terms));
        hear(&mut server, N2, 3, Body::Install(snapshot_at(position(2, 2))))
    };
    let taken = |log| {
        let write = Write {
            base: position(2, 2),
            log,
            snapshot: Some(snapshot_at(position(2, 2))),
            ..Write::default()
        };
        let restore = Action::Restore { index: 2, term: Some(2), snapshot: "state".into() };
        let answer = to(N2, 3, Body::Installed { asked: 3, through: 2 });
        [Action::Persist(write), restore, answer]
    };
    assert_eq!(install(&[1, 2, 3]), taken(None));
    assert_eq!(install(&[1, 1, 3]), taken(Some((3, vec![]))));
}

#[test]
fn a_snapshot_of_less_than_is_committed_changes_nothing() {
    let mut server = n1(&disk(position(5, 2), &[3]));
    let answered = hear(&mut server, N2, 3, Body::Install(snapshot_at(position(4, 2))));
    assert_eq!(answered, [to(N2, 3, Body::Installed { asked: 3, through: 4 })]);
}

#[test]
fn a_write_changes_what_it_names() {
    let mut disk = disk(position(2, 1), &[1, 2, 3]);
    disk.write(Write { base: position(3, 1), ..Write::default() });
    assert_eq!((disk.base, &disk.log), (position(3, 1), &log(&[2, 3])));
    disk.write(Write { log: Some((5, log(&[4, 4]))), ..Write::default() });
    assert_eq!(disk.log, log(&[2, 4, 4]));
    assert_eq!((disk.term, disk.voted_for), (3, None));
}

#[test]
fn the_table_has_every_mutation_once_and_names_are_kebab_case() {
    for (place, info) in MUTATIONS.iter().enumerate() {
        assert_eq!(info.mutation as usize, place, "{}", info.name);
        assert_eq!(info.mutation.info(), info);
        let words = info.name.split('-');
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(words.clone().all(is_word), "{}", info.name);
        // The name is the variant's, in another case.
        let variant: String = words.collect();
        assert_eq!(format!("{:?}", info.mutation).to_lowercase(), variant);
        let texts = [info.wrong, info.source, info.fault].into_iter();
        for text in texts.chain(info.falls.iter().copied()) {
            assert!(!text.is_empty(), "{}", info.name);
            assert_eq!(text.trim(), text, "{}", info.name);
        }
    }
    let names: BTreeSet<&str> = MUTATIONS.iter().map(|info| info.name).collect();
    assert_eq!(names.len(), MUTATIONS.len());
    assert!(MUTATIONS.len() >= 50);
}

#[test]
fn a_mutation_is_found_by_the_name_that_it_shows() {
    for info in MUTATIONS {
        assert_eq!(info.mutation.to_string(), info.name);
        assert_eq!(info.name.parse(), Ok(info.mutation));
    }
    let unknown = "no-such-mutation".parse::<Mutation>().unwrap_err();
    assert_eq!(unknown.to_string(), "no mutation is named \"no-such-mutation\"");
}
