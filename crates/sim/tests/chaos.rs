//! Whatever is done to the world, in whatever order: it does not panic, and the same again is the
//! same run.

use proptest::prelude::*;
use raftsim_node::{Action, Bytes, CallId, Event, NodeId, Role, Snapshot, Status, Time};
use raftsim_sim::{
    Cause, Failure, Fate, Link, LinkSettings, MessageName, Rate, Ratio, RecordOf, Recording, Setup,
    Watch, World,
};

use crate::toy::{Act, CHATTY, Mind, Msg, Put, Script, Toy, message, ms, send, us};

/// Something done to the world. A server's number is taken modulo the number of servers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verb {
    Disconnect(u8),
    Connect(u8),
    Block(u8, u8),
    Unblock(u8, u8),
    /// The servers whose bits are set against the others.
    Partition(u8),
    /// Two links, and microseconds.
    Swizzle(u8, u8, u32),
    Heal,
    Crash(u8),
    Start(u8),
    CrashAfter(u8, u32),
    Disarm(u8),
    Pause(u8),
    Resume(u8),
    /// Microseconds.
    Disk(u8, u32),
    ClockRate(u8, u32, u32),
    /// Microseconds.
    JumpClock(u8, u32),
    Expire(u8),
    Campaign(u8),
    Propose(u8),
    Sleep(u32),
    /// labrpc's three switches, and whether messages are doubled.
    Network([bool; 4]),
}

pub(crate) fn verbs() -> impl Strategy<Value = Vec<Verb>> {
    let node = 0..5_u8;
    let verb = prop_oneof![
        node.clone().prop_map(Verb::Disconnect),
        node.clone().prop_map(Verb::Connect),
        (node.clone(), node.clone()).prop_map(|(from, to)| Verb::Block(from, to)),
        (node.clone(), node.clone()).prop_map(|(from, to)| Verb::Unblock(from, to)),
        any::<u8>().prop_map(Verb::Partition),
        (node.clone(), node.clone(), 0..9000_u32)
            .prop_map(|(from, to, micros)| Verb::Swizzle(from, to, micros)),
        Just(Verb::Heal),
        node.clone().prop_map(Verb::Crash),
        node.clone().prop_map(Verb::Start),
        (node.clone(), 0..6_u32).prop_map(|(node, actions)| Verb::CrashAfter(node, actions)),
        node.clone().prop_map(Verb::Disarm),
        node.clone().prop_map(Verb::Pause),
        node.clone().prop_map(Verb::Resume),
        (node.clone(), 0..3_u32, 0..5000_u32)
            .prop_map(|(it, some, micros)| { Verb::Disk(it, some.min(1) * micros) }),
        (node.clone(), 1..5_u32, 1..5_u32).prop_map(|(it, up, down)| Verb::ClockRate(it, up, down)),
        (node.clone(), 0..50_000_u32).prop_map(|(it, micros)| Verb::JumpClock(it, micros)),
        node.clone().prop_map(Verb::Expire),
        node.clone().prop_map(Verb::Campaign),
        node.prop_map(Verb::Propose),
        (0..200_000_u32).prop_map(Verb::Sleep),
        (0..40_u32).prop_map(Verb::Sleep),
        any::<[bool; 4]>().prop_map(Verb::Network),
    ];
    prop::collection::vec(verb, 0..60)
}

/// Calls its peers and sends them messages every few milliseconds, answers most calls, writes what
/// it receives, applies what it writes, and sometimes writes a snapshot.
fn chatter(mind: &mut Mind, event: &Event<Msg>, now: Time) -> Vec<Act> {
    let count = mind.steps;
    match event {
        Event::Timeout => {
            mind.deadline = Some(now + ms(2 + mind.boot.seed % 17));
            mind.status = Status::new(count, Role::Candidate);
            let mut actions = vec![Action::Persist(Put::Number(count))];
            if count.is_multiple_of(5) {
                let data = Bytes::from(&count.to_le_bytes()[..]);
                let snapshot = Snapshot { index: count, term: Some(1), data };
                actions.push(Action::Persist(Put::Snapshot(snapshot)));
            }
            for (peer, slot) in mind.boot.peers().zip(0..) {
                let call = Msg { call: Some(count * 10 + slot), ..message("call") };
                actions.extend([send(peer, "hello"), Action::Send { to: peer, message: call }]);
            }
            actions
        }
        Event::Receive { from, message: request } if !request.reply => {
            let answer = Msg { reply: true, call: request.call, ..message("answer") };
            let write = Action::Persist(Put::Number(count));
            let apply = Action::Apply { index: count, term: Some(1), command: None };
            // One call in five is never answered.
            if request.call.is_some_and(|call| call % 5 == 0) {
                return vec![write];
            }
            vec![write, Action::Send { to: *from, message: answer }, apply]
        }
        Event::CallFailed { to, call: CallId(number) } if number.is_multiple_of(2) => {
            vec![send(*to, "again")]
        }
        Event::Campaign => {
            let asks = mind.boot.peers().map(|peer| send(peer, "vote"));
            [Action::Persist(Put::Number(count))].into_iter().chain(asks).collect()
        }
        Event::Propose { id, .. } if count.is_multiple_of(2) => {
            let write = Action::Persist(Put::Number(count));
            vec![write, Action::Accept { id: *id, index: count, term: 1 }]
        }
        Event::Propose { id, .. } => vec![Action::Reject { id: *id, leader: None }],
        _ => vec![],
    }
}

/// Servers that run [`chatter`] on a network that the seed chooses.
pub(crate) fn setup(seed: u64, servers: u8) -> Setup<Toy> {
    let mut setup = Setup::new("chaos", seed, servers);
    setup.configs = vec![Script::reacting(chatter).timing(us(700)); usize::from(servers)];
    setup.closed = seed.is_multiple_of(4);
    setup.caps = CHATTY;
    give(&mut setup);
    setup
}

/// Does all of this to a world, then stops all faults and lets it run on.
pub(crate) fn play<W: Watch<Toy>>(
    world: &mut World<Toy, W>,
    verbs: &[Verb],
) -> Result<(), Failure> {
    for &verb in verbs {
        act(world, verb)?;
    }
    world.stop_faults();
    world.heal()?;
    for node in world.cluster().ids() {
        world.set_disk(node, ms(0))?;
        world.resume(node)?;
    }
    world.sleep(ms(50))
}

/// Plays the verbs; returns the records and the digest.
fn run(
    seed: u64,
    servers: u8,
    verbs: &[Verb],
    recording: Recording,
) -> Result<(Vec<RecordOf<Toy>>, u64), Failure> {
    let mut world = World::new(Setup { recording, ..setup(seed, servers) }, ())?;
    play(&mut world, verbs)?;
    let waits = |node| world.cluster().is_suspended(node);
    assert!(!world.cluster().ids().any(waits), "nothing waits forever");
    let records = world.trace().records().to_vec();
    let digest = world.trace().digest();
    world.finish()?;
    Ok((records, digest))
}

/// Gives a fate to every third of the first messages of each link, and a failure to some.
fn give(setup: &mut Setup<Toy>) {
    let servers = u8::try_from(setup.configs.len()).expect("a few toys");
    let ends = (1..=servers).flat_map(|from| (1..=servers).map(move |to| (from, to)));
    for (from, to) in ends {
        for n in 0..60 {
            let name = MessageName { from: NodeId::new(from), to: NodeId::new(to), seq: n };
            let fate = match (setup.seed ^ n) % 9 {
                0 => Fate::Drop(Cause::Lost),
                3 => Fate::Duplicate(ms(n % 7), ms(n % 11)),
                6 => Fate::Deliver(ms(n * 2)),
                _ => continue,
            };
            setup.fates.insert(name, fate);
            setup.failures.insert(name, ms(n % 5));
        }
    }
}

fn act<W: Watch<Toy>>(world: &mut World<Toy, W>, verb: Verb) -> Result<(), Failure> {
    let servers = u8::try_from(world.cluster().size()).expect("a few toys");
    let node = |number: u8| NodeId::new(number % servers + 1);
    match verb {
        Verb::Disconnect(it) => world.isolate(node(it)),
        Verb::Connect(it) => world.rejoin(node(it)),
        Verb::Block(from, to) => world.block(node(from), node(to)),
        Verb::Unblock(from, to) => world.unblock(node(from), node(to)),
        Verb::Partition(bits) => {
            let is_in = |it: &NodeId| bits >> it.slot() & 1 == 1;
            let (some, others): (Vec<_>, Vec<_>) = world.cluster().ids().partition(is_in);
            world.partition(&[&some, &others])
        }
        Verb::Swizzle(from, to, micros) => {
            let link = |from, to| Link { from: node(from), to: node(to) };
            let links = [link(from, to), link(to, from)];
            world.swizzle(&links, &links, us(micros.into()))
        }
        Verb::Heal => world.heal(),
        Verb::Crash(it) => world.crash(node(it)),
        Verb::Start(it) => world.restart(node(it)),
        Verb::CrashAfter(it, actions) => world.crash_after(node(it), actions),
        Verb::Disarm(it) => world.disarm(node(it)),
        Verb::Pause(it) => world.pause(node(it)),
        Verb::Resume(it) => world.resume(node(it)),
        Verb::Disk(it, micros) => world.set_disk(node(it), us(micros.into())),
        Verb::ClockRate(it, up, down) => world.set_clock_rate(node(it), Rate::new(up, down)),
        Verb::JumpClock(it, micros) => world.jump_clock(node(it), us(micros.into())),
        Verb::Expire(it) => world.expire(node(it)),
        Verb::Campaign(it) => world.campaign(node(it)),
        Verb::Propose(it) => world.propose(node(it), "x".into()).map(drop),
        Verb::Sleep(micros) => world.sleep(us(micros.into())),
        Verb::Network([unreliable, reordering, long_delays, doubling]) => {
            let mut network = LinkSettings::labrpc(unreliable, reordering, long_delays);
            if doubling {
                network.request.duplicate = Ratio::new(1, 3);
                network.reply.duplicate = Ratio::new(1, 3);
            }
            world.set_network(network)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn no_order_of_faults_panics_or_floods_and_each_runs_again_the_same_recorded_or_not(
        seed in any::<u64>(),
        servers in 1..=5_u8,
        verbs in verbs(),
    ) {
        let run = |recording| run(seed, servers, &verbs, recording);
        let (records, digest) = run(Recording::On).expect("chatter breaks no contract");
        prop_assert!(records.windows(2).all(|pair| pair[0].time <= pair[1].time));
        let (again, same) = run(Recording::On).expect("chatter breaks no contract");
        prop_assert_eq!(digest, same);
        prop_assert_eq!(records, again);
        let (_, unrecorded) = run(Recording::Off).expect("chatter breaks no contract");
        prop_assert_eq!(digest, unrecorded);
    }
}
