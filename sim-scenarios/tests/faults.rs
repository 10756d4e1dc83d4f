//! Partitions, one-way blocks, crashes between any two actions, restarts, pauses, slow disks,
//! clocks that run at any rate or jump, and sleeps, in any order: no oracle ever has anything to
//! say of our Raft. Of one that forgets its vote at a restart, one does.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use raftsim_check::{Calm, ElectionSafety, OneVote, Oracles, Promises};
use raftsim_node::{Duration, Node};
use raftsim_raft::Raft;
use raftsim_sim::{Failure, LinkSettings, Rate, Setup, World};

use crate::forgetful::Forgetful;
use crate::support::n;

/// How many plans are drawn; `PROPTEST_CASES` raises it.
const PLANS: u32 = 1000;

/// One thing done to the world. Servers are drawn below 7 and counted round.
#[derive(Clone, Debug)]
enum Step {
    Sleep(u64),
    /// Each server's group.
    Partition([u8; 7]),
    Block(u8, u8),
    Unblock(u8, u8),
    Heal,
    Disconnect(u8),
    Connect(u8),
    Crash(u8),
    CrashAfter(u8, u32),
    Restart(u8),
    Pause(u8),
    Resume(u8),
    /// Milliseconds; mostly none.
    Disk(u8, u64),
    ClockRate(u8, Rate),
    JumpClock(u8, u64),
    Expire(u8),
}

/// A run: how many servers, which network, which seed, and what is done.
#[derive(Clone, Debug)]
struct Plan {
    servers: u8,
    unreliable: bool,
    long_reordering: bool,
    seed: u64,
    steps: Vec<Step>,
}

fn step() -> impl Strategy<Value = Step> {
    let node = 0..7_u8;
    let link = (0..7_u8, 0..7_u8);
    prop_oneof![
        4 => (0..1500_u64).prop_map(Step::Sleep),
        2 => (0..30_u64).prop_map(Step::Sleep),
        1 => any::<[u8; 7]>().prop_map(|drawn| Step::Partition(drawn.map(|group| group % 3))),
        1 => link.clone().prop_map(|(from, to)| Step::Block(from, to)),
        1 => link.prop_map(|(from, to)| Step::Unblock(from, to)),
        1 => Just(Step::Heal),
        1 => node.clone().prop_map(Step::Disconnect),
        1 => node.clone().prop_map(Step::Connect),
        1 => node.clone().prop_map(Step::Crash),
        3 => (node.clone(), 0..8_u32).prop_map(|(node, after)| Step::CrashAfter(node, after)),
        4 => node.clone().prop_map(Step::Restart),
        2 => node.clone().prop_map(Step::Pause),
        4 => node.clone().prop_map(Step::Resume),
        2 => (node.clone(), 0..60_u64)
            .prop_map(|(node, millis)| Step::Disk(node, millis.saturating_sub(30))),
        1 => (node.clone(), 1..5_u32, 1..5_u32)
            .prop_map(|(node, up, down)| Step::ClockRate(node, Rate::new(up, down))),
        1 => (node.clone(), 0..2000_u64).prop_map(|(node, ms)| Step::JumpClock(node, ms)),
        2 => node.prop_map(Step::Expire),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    (1..=7_u8, any::<bool>(), any::<bool>(), any::<u64>(), vec(step(), 0..60)).prop_map(
        |(servers, unreliable, long_reordering, seed, steps)| Plan {
            servers,
            unreliable,
            long_reordering,
            seed,
            steps,
        },
    )
}

/// Does one step.
fn act<N: Node>(world: &mut World<N, Oracles>, servers: u8, step: &Step) -> Result<(), Failure> {
    let id = |drawn: u8| n(drawn % servers + 1);
    match *step {
        Step::Sleep(millis) => world.sleep(Duration::from_millis(millis)),
        Step::Partition(groups) => {
            let group = |which| -> Vec<_> {
                (0..servers).filter(|&node| groups[usize::from(node)] == which).map(id).collect()
            };
            // The last group is everyone for itself.
            world.partition(&[&group(0), &group(1)])
        }
        Step::Block(from, to) if id(from) != id(to) => world.block(id(from), id(to)),
        Step::Unblock(from, to) if id(from) != id(to) => world.unblock(id(from), id(to)),
        Step::Block(..) | Step::Unblock(..) => Ok(()),
        Step::Heal => world.heal(),
        Step::Disconnect(node) => world.disconnect(id(node)),
        Step::Connect(node) => world.connect(id(node)),
        Step::Crash(node) => world.crash(id(node)),
        Step::CrashAfter(node, after) => world.crash_after(id(node), after),
        Step::Restart(node) => world.start(id(node)),
        Step::Pause(node) => world.pause(id(node)),
        Step::Resume(node) => world.resume(id(node)),
        Step::Disk(node, millis) => world.set_disk(id(node), Duration::from_millis(millis)),
        Step::ClockRate(node, rate) => world.set_clock_rate(id(node), rate),
        Step::JumpClock(node, millis) => world.jump_clock(id(node), Duration::from_millis(millis)),
        Step::Expire(node) => world.expire(id(node)),
    }
}

/// Runs a plan; then all faults stop, and the world is left in peace for eleven seconds.
fn play<N: Node>(plan: &Plan) -> Result<(), Failure> {
    let mut setup = Setup::<N>::new("faults in any order", plan.seed, plan.servers);
    setup.network = LinkSettings::labrpc(plan.unreliable, plan.long_reordering, true);
    let mut world = World::new(setup, Oracles::new(plan.servers.into()))?;
    for step in &plan.steps {
        act(&mut world, plan.servers, step)?;
    }
    for node in world.cluster().ids() {
        world.set_disk(node, Duration::ZERO)?;
        world.set_clock_rate(node, Rate::TRUE)?;
        world.start(node)?;
        // A crash that was armed while it was down goes with the life that was just begun.
        world.start(node)?;
    }
    world.heal()?;
    world.set_network(LinkSettings::labrpc(false, false, true))?;
    let before = calm_judged(&world);
    world.sleep(Duration::from_secs(11))?;
    assert!(calm_judged(&world) > before, "the peace was not judged");
    Ok(())
}

/// How often a leader was demanded.
fn calm_judged<N: Node>(world: &World<N, Oracles>) -> u64 {
    let mut judged = world.watch().judged().iter();
    judged.find(|&(property, _)| property == Calm::PROPERTY).expect("it is one of them").1
}

/// Plays drawn plans, the same ones every time; the first that breaks something, made small.
fn search<N: Node>() -> Result<(), (Plan, Failure)> {
    let drawn = Config::default();
    let config = Config { cases: drawn.cases.max(PLANS), failure_persistence: None, ..drawn };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let found = TestRunner::new_with_rng(config, rng).run(&plan(), |plan| {
        play::<N>(&plan).map_err(|failure| TestCaseError::fail(failure.to_string()))
    });
    match found {
        Ok(()) => Ok(()),
        Err(TestError::Fail(_, plan)) => {
            let failure = play::<N>(&plan).expect_err("the same plan fails again");
            Err((plan, failure))
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

#[test]
fn faults_in_any_order_never_break_an_oracle() {
    assert_eq!(shown(search::<Raft>()), None);
}

#[test]
fn a_vote_forgotten_at_a_restart_is_found_by_faults_in_any_order() {
    let (plan, failure) = search::<Forgetful>().expect_err("some plan shows it");
    println!("{plan:?}: {failure}");
    let suspects = [OneVote::PROPERTY, ElectionSafety::PROPERTY, Promises::PROPERTY];
    assert!(suspects.contains(&failure.property()), "{plan:?} breaks {failure}");
    // What our Raft does under the same plan is nothing to complain of.
    assert_eq!(play::<Raft>(&plan), Ok(()));
}

/// What a search found, as text.
fn shown<P: Debug>(found: Result<(), (P, Failure)>) -> Option<String> {
    found.err().map(|(plan, failure)| format!("{plan:?}: {failure}"))
}
