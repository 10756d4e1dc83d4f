//! A recorded run is judged again, from its records alone: the verdict is the same, and the oracles
//! judge as much as before. No kind of record that they read may be left out.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use raftsim_node::{Command, Duration, Node, NodeId, Role, Time};
use raftsim_oracles::{Judged, LeaderLiveness, OneVote, Oracles, Quorum, judge};
use raftsim_sim::{
    Cause, CrashPoint, Failure, Fate, Fault, Link, LinkSettings, MessageName, Rate, Record,
    RecordOf, Recording, Setup, What, World,
};

use crate::honest::{self, Mini, Ways, trouble};
use crate::lies;
use crate::support::{just_after, ms, n};
use crate::toy::{Script, Toy, at, disturb, mumble, setup, write, write_secretly};

type Verdict = Result<(), Failure>;

const fn span(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A run, and the outcome of its oracles while it ran.
pub(crate) struct Recorded<N: Node> {
    configs: Vec<N::Config>,
    network: LinkSettings,
    records: Vec<RecordOf<N>>,
    end: Time,
    pub(crate) outcome: (Judged, Verdict),
}

impl<N: Node> Recorded<N> {
    pub(crate) fn of(
        setup: Setup<N>,
        play: impl FnOnce(&mut World<N, Oracles>) -> Verdict,
    ) -> Self {
        let (configs, network) = (setup.configs.clone(), setup.network);
        let setup = Setup { recording: Recording::On, ..setup };
        let mut world =
            World::new(setup, Oracles::new(configs.len())).expect("its disks can be made");
        let verdict = play(&mut world);
        let (end, outcome) = (world.now(), (world.watch().judged(), verdict));
        Self { configs, network, records: world.take_records(), end, outcome }
    }

    /// The outcome of the oracles from the records alone.
    pub(crate) fn judged_again(&self) -> (Judged, Verdict) {
        self.judge(&self.records)
    }

    fn judge(&self, records: &[RecordOf<N>]) -> (Judged, Verdict) {
        let (oracles, verdict) =
            judge::<N>(self.configs.clone(), self.network, None, records, self.end);
        (oracles.judged(), verdict)
    }

    /// The same without the records for which `is_left_out`; `None` if the others make no sense.
    fn judged_without(
        &self,
        is_left_out: impl Fn(&RecordOf<N>) -> bool,
    ) -> Option<(Judged, Verdict)> {
        let kept = self.records.iter().filter(|record| !is_left_out(record));
        let kept: Vec<RecordOf<N>> = kept.cloned().collect();
        catch_unwind(AssertUnwindSafe(|| self.judge(&kept))).ok()
    }
}

/// Ten seconds with faults, on a network that also gives fates to messages by their names, and then
/// six seconds without faults.
fn troubled(seed: u64, ways: Ways) -> Recorded<Mini> {
    let mut setup = honest::setup(seed, ways);
    let ids = || (1..=5).map(n);
    for (from, to) in ids().flat_map(|from| ids().map(move |to| (from, to))) {
        for seq in 0..2000 {
            let fate = match (seed ^ seq) % 40 {
                0 => Fate::Drop(Cause::Lost),
                1 => Fate::Duplicate(span(seq % 7), span(seq % 90)),
                2 => Fate::Deliver(span(seq % 300)),
                _ => continue,
            };
            setup.fates.insert(MessageName { from, to, seq }, fate);
        }
    }
    Recorded::of(setup, |world| {
        trouble(world)?;
        world.stop_faults();
        world.heal()?;
        world.set_network(LinkSettings::RELIABLE)?;
        for node in ids() {
            world.disarm(node)?;
            world.set_disk(node, Duration::ZERO)?;
            world.set_clock_rate(node, Rate::TRUE)?;
            world.restart(node)?;
        }
        world.sleep(span(6000))
    })
}

/// The name of a kind of record; of a fault, its verb.
fn kind<M, W, B>(record: &Record<What<M, W, B>>) -> String {
    let kind = match &record.what {
        What::Booted(_) => "booted",
        What::Crashed => "crashed",
        What::Timeout => "timeout",
        What::Received { .. } => "received",
        What::Missed { .. } => "missed",
        What::CallFailed { .. } => "call failed",
        What::Proposed { .. } => "proposed",
        What::Compacted { .. } => "compacted",
        What::Became(_) => "became",
        What::Settled => "settled",
        What::Suspended => "suspended",
        What::Resumed => "resumed",
        What::Persisted { .. } => "persisted",
        What::Sent { .. } => "sent",
        What::Accepted { .. } => "accepted",
        What::Rejected { .. } => "rejected",
        What::Applied { .. } => "applied",
        What::Restored { .. } => "restored",
        What::Noted(_) => "noted",
        What::Printed(_) => "printed",
        What::Marked { .. } => "marked",
        What::Fault(fault) => {
            let line = fault.to_string();
            return line.split(' ').next().expect("a verb").to_owned();
        }
    };
    kind.to_owned()
}

#[test]
fn a_run_with_many_faults_is_judged_again_to_the_same_end() {
    let mut kinds = BTreeSet::new();
    let mut disturbing = 0;
    for seed in 0..12 {
        let run = troubled(seed, Ways { is_vague: seed % 4 == 3, ..Ways::default() });
        assert_eq!(run.outcome.1, Ok(()), "seed {seed}");
        assert_eq!(run.judged_again(), run.outcome, "seed {seed}");
        kinds.extend(run.records.iter().map(kind));
        disturbing += run.records.iter().filter(|record| is_disturbing(record)).count();
    }
    let expected = "accepted applied became booted clock compacted crash crashed disarm disk \
                    expire heal jump missed network partition pause persisted proposed received \
                    rejected restart restored resume resumed sent settled suspended timeout";
    assert_eq!(Vec::from_iter(kinds).join(" "), expected);
    assert!(disturbing > 100, "{disturbing} given fates disturb the network");
}

/// Whether a record is that of a message whose given fate its link's settings do not show.
fn is_disturbing<M, W, B>(record: &Record<What<M, W, B>>) -> bool {
    matches!(record.what, What::Sent { fate, is_given: true, .. } if !fate.is_prompt())
}

#[test]
fn a_run_with_many_faults_that_an_oracle_ends_is_judged_again_to_the_same_failure() {
    let twice = Ways { votes_twice: true, ..Ways::default() };
    let claims = Ways { claims: Some(span(400)), ..Ways::default() };
    let mut broken: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..12 {
        for ways in [twice, claims] {
            let run = troubled(seed, ways);
            assert_eq!(run.judged_again(), run.outcome, "seed {seed}, {ways:?}");
            if let Err(failure) = run.outcome.1 {
                *broken.entry(failure.property().name()).or_default() += 1;
            }
        }
    }
    let properties: Vec<&str> = broken.keys().copied().collect();
    assert_eq!(properties, [Quorum::PROPERTY.name(), OneVote::PROPERTY.name()]);
    assert!(broken.values().all(|&times| times > 3), "{broken:?}");
}

/// A world of toys that never lead; these `faults` are injected, 2 ms apart, from 2 ms on. The
/// facts of the failure say since when, and which servers needed a leader.
fn idle(faults: &[Fault]) -> Recorded<Toy> {
    Recorded::of(setup(&vec![Script::default(); 3]), |world| {
        for fault in faults {
            world.sleep(span(2))?;
            assert!(world.inject(fault)?, "{fault} changes something");
        }
        world.sleep(span(6000))
    })
}

/// n1 leads from 1 ms on and hears no other server, though it claims to step down after 500 ms; it
/// writes at 3 ms. `change` is done to it at 2 ms.
fn overstaying(change: impl FnOnce(&mut World<Toy, Oracles>) -> Verdict) -> Recorded<Toy> {
    let leads = Script::of(&[at(1, &[]).being(1, Role::Leader), at(3, &[write(1, None)])]);
    let quiet = Script::default;
    Recorded::of(setup(&[leads.claiming(span(500)), quiet(), quiet()]), |world| {
        world.sleep(span(2))?;
        change(world)?;
        world.sleep(span(4000))
    })
}

/// Runs of toys, each about few kinds of records.
fn toys() -> Vec<Recorded<Toy>> {
    let link = Link { from: n(1), to: n(2) };
    let lossy = LinkSettings::labrpc(true, false, true);
    let now = |who: NodeId| Fault::Crash { who, after: None };
    let faults: [&[Fault]; 19] = [
        &[Fault::Partition(vec![vec![n(1), n(2)]])],
        &[Fault::Isolate(n(1))],
        &[Fault::Isolate(n(1)), Fault::Join(n(1))],
        &[Fault::Block(link)],
        &[Fault::Block(link), Fault::Unblock(link)],
        &[Fault::Block(link), Fault::Heal],
        &[Fault::Swizzle { cut: vec![link], mend: vec![link], every: span(2) }],
        &[Fault::Network(lossy), Fault::Network(LinkSettings::RELIABLE)],
        &[Fault::Link(link, lossy)],
        &[now(n(1))],
        &[now(n(1)), Fault::Restart(n(1))],
        &[Fault::Crash { who: n(1), after: Some(CrashPoint::Actions(1)) }, Fault::Disarm(n(1))],
        &[Fault::Pause(n(1))],
        &[Fault::Pause(n(1)), Fault::Resume(n(1))],
        &[Fault::Disk { who: n(1), latency: span(1) }],
        &[Fault::Clock { who: n(1), rate: Rate::new(3, 2) }],
        &[Fault::Jump { who: n(1), ahead: span(1) }],
        &[Fault::Campaign(n(1))],
        &[],
    ];
    let mut runs: Vec<Recorded<Toy>> = faults.into_iter().map(idle).collect();
    runs.push(overstaying(|_| Ok(())));
    runs.push(overstaying(|world| {
        world.pause(n(1))?;
        world.sleep(span(600))?;
        world.resume(n(1))
    }));
    runs.push(overstaying(|world| world.set_disk(n(1), span(600))));
    runs.push(overstaying(|world| {
        world.set_disk(n(1), span(600))?;
        world.sleep(span(101))?;
        world.pause(n(1))?;
        world.sleep(span(700))?;
        world.resume(n(1))
    }));
    runs.push(overstaying(|world| world.set_clock_rate(n(1), Rate::new(1, 2))));
    runs.push(overstaying(|world| world.expire(n(1))));
    runs.push(writing());
    runs.push(Recorded::of(setup(&lies::honest()), |world| world.sleep(span(3000))));
    runs.push(told(Fate::Drop(Cause::Lost)));
    runs.push(told(Fate::Deliver(span(51))));
    runs.push(told(Fate::Duplicate(span(300), span(20))));
    runs.push(told(Fate::Deliver(span(50))));
    runs.push(secret(true));
    runs.push(secret(false));
    runs
}

/// n1 writes for twenty seconds; meanwhile it is paused for one. While it is not paused, n2 and n3
/// need no leader: n1 may send to them.
fn writing() -> Recorded<Toy> {
    let writes = Script::of(&[at(3, &[write(1, None)])]);
    Recorded::of(setup(&[writes, Script::default(), Script::default()]), |world| {
        world.set_disk(n(1), span(20_000))?;
        world.sleep(span(4))?;
        world.pause(n(1))?;
        world.sleep(span(1000))?;
        world.resume(n(1))?;
        world.mark("a look", None, 0)?;
        world.sleep(span(10_000))
    })
}

/// n1 sends one message at 1 s, which has this `fate`.
fn told(fate: Fate) -> Recorded<Toy> {
    let says = Script::of(&[at(1000, &[mumble(2)])]);
    let mut setup = setup(&[says, Script::default(), Script::default()]);
    setup.fates.insert(MessageName { from: n(1), to: n(2), seq: 0 }, fate);
    Recorded::of(setup, |world| {
        world.sleep(span(2))?;
        disturb(world)?;
        world.sleep(span(20_000))
    })
}

/// Servers whose disks show nothing. n1 accepts a proposal if `accepts`.
fn secret(accepts: bool) -> Recorded<Toy> {
    let script = Script::of(&[at(1, &[write_secretly(1, None)])]);
    Recorded::of(setup(&vec![script; 3]), |world| {
        world.sleep(span(2))?;
        if accepts {
            world.propose(n(1), Command::from("a"))?;
        }
        world.sleep(span(6000))
    })
}

#[test]
fn runs_about_one_fault_or_fate_each_are_judged_again_to_the_same_end() {
    let runs = toys();
    let failed = runs.iter().filter(|run| run.outcome.1.is_err()).count();
    assert!(failed > 20 && failed < runs.len(), "{failed} of {} fail", runs.len());
    for (place, run) in runs.iter().enumerate() {
        assert_eq!(run.judged_again(), run.outcome, "run {place}");
    }
}

#[test]
fn an_alarm_rings_after_all_records_of_its_instant_as_in_the_run() {
    // By the world's clock n2 leads 5 s and 1 ns after the jump: just when the alarm rings.
    let leads = Script::of(&[at(5003, &[]).being(1, Role::Leader)]);
    let run = Recorded::of(setup(&[Script::default(), leads, Script::default()]), |world| {
        world.sleep(span(2))?;
        world.jump_clock(n(2), span(1) - Duration::from_nanos(1))?;
        world.sleep(span(6000))
    });
    let became = run.records.iter().find(|record| matches!(record.what, What::Became(_)));
    assert_eq!(became.map(|record| record.time), Some(just_after(ms(5002))));
    let asked = run.outcome.0.iter().find(|&(name, _)| name == LeaderLiveness::PROPERTY);
    assert_eq!(asked, Some((LeaderLiveness::PROPERTY, 1)));
    assert_eq!(run.outcome.1, Ok(()));
    assert_eq!(run.judged_again(), run.outcome);
}

/// When n1 steps at 1 s, its alarm of that very instant is new.
#[test]
fn an_alarm_that_a_record_sets_to_its_own_instant_rings_after_that_instant() {
    let leads = Script::of(&[at(1000, &[]).being(1, Role::Leader)]).claiming(span(500));
    let quiet = Script::default;
    let run = Recorded::of(setup(&[leads, quiet(), quiet()]), |world| world.sleep(span(3000)));
    let failure = run.outcome.1.clone().expect_err("it leads without a majority");
    assert_eq!((failure.property(), failure.time()), (Quorum::PROPERTY, ms(1000)));
    assert_eq!(run.judged_again(), run.outcome);
}

#[test]
fn a_run_that_something_else_ends_is_judged_again_without_a_failure() {
    let limited = Setup { limit: span(3000), ..setup(&lies::honest()) };
    let run = Recorded::of(limited, |world| world.sleep(span(4000)));
    let failure = run.outcome.1.clone().expect_err("it is longer than it may be");
    assert_eq!(failure.property().name(), "run length");
    assert_eq!(run.judged_again(), (run.outcome.0, Ok(())));
}

/// The kinds of records in these runs, and the kinds without which some run is judged otherwise.
fn kinds<N: Node>(runs: &[Recorded<N>]) -> [BTreeSet<String>; 2] {
    let all: BTreeSet<String> = runs.iter().flat_map(|run| run.records.iter().map(kind)).collect();
    let is_needed = |left_out: &&String| {
        let is_one = |record: &RecordOf<N>| kind(record) == **left_out;
        let mut concerned = runs.iter().filter(|run| run.records.iter().any(is_one));
        concerned.any(|run| run.judged_without(is_one) != Some(run.outcome.clone()))
    };
    let needed = all.iter().filter(is_needed).cloned().collect();
    [all, needed]
}

#[test]
fn no_kind_of_record_that_the_oracles_read_may_be_left_out() {
    let troubled: Vec<_> = (0..3).map(|seed| troubled(seed, Ways::default())).collect();
    let [mut all, mut needed] = kinds(&troubled);
    let [of_toys, needed_of_toys] = kinds(&toys());
    all.extend(of_toys);
    needed.extend(needed_of_toys);
    let needless: Vec<&str> = all.difference(&needed).map(String::as_str).collect();
    // What these faults do has records of its own; no oracle reads the other records.
    let expected = "crash disarm marked missed restart swizzle timeout";
    assert_eq!(needless.join(" "), expected);
    let expected = "accepted applied became block booted campaign clock compacted crashed disk \
                    expire heal isolate join jump link network partition pause persisted proposed \
                    received rejected restored resume resumed sent settled suspended unblock";
    assert_eq!(Vec::from_iter(needed).join(" "), expected);
}

#[test]
fn what_a_fate_that_was_given_does_may_not_be_left_out() {
    let run = told(Fate::Duplicate(span(300), span(20)));
    let mut records = run.records.clone();
    for record in &mut records {
        if let What::Sent { is_given, .. } = &mut record.what {
            *is_given = false;
        }
    }
    assert_ne!(run.judge(&records), run.outcome);
}
