//! What a scenario may call wrongly panics at the scenario's place, with the mistake as its message.

use raftsim_node::{Command, Duration, NodeId, Time};
use raftsim_sim::{
    Client, ClientId, Failure, Fault, LinkSettings, Links, Rate, Ratio, SOURCE, Spread, Stream,
    Wake, World, guarded_own,
};

use crate::toy::{N1, N2, Toy, booted, ms, setup};

type Tried = World<Toy, ()>;

/// What a call in a cluster of two servers panics with. The place is the caller's, which is none of the
/// harness's.
fn mistake<R>(call: impl FnOnce(&mut Tried) -> R) -> String {
    let mut world = booted(setup(2));
    raftsim_sim::prepare_process();
    let panic = guarded_own(&[SOURCE], || drop(call(&mut world))).expect_err("it panics");
    let place = panic.place.expect("it was raised");
    assert!(place.contains("tests/mistakes.rs:"), "{} at {place}", panic.message);
    panic.message
}

const N3: NodeId = NodeId::new(3);

#[test]
fn a_server_that_is_not_there_is_named_wherever_it_is_asked_for() {
    type Call = fn(&mut Tried);
    let calls: [Call; 16] = [
        |world| _ = world.cluster().status(N3),
        |world| _ = world.cluster().is_up(N3),
        |world| _ = world.cluster().is_connected(N3),
        |world| _ = world.cluster().is_blocked(N1, N3),
        |world| _ = world.cluster().link_settings(N3, N1),
        |world| _ = world.cluster().handed(N1, N3),
        |world| world.cluster().with_disk(N3, |_| ()),
        |world| _ = world.cluster().requests(N3),
        |world| drop(world.propose(N3, Command::from(b"a".as_slice()))),
        |world| drop(world.isolate(N3)),
        |world| drop(world.rejoin(N3)),
        |world| drop(world.restart(N3)),
        |world| drop(world.set_link(N1, N3, LinkSettings::RELIABLE)),
        |world| drop(world.partition(&[&[N1], &[N2, N3]])),
        |world| drop(world.swizzle(&[], &[Links { from: N3, to: N1 }], ms(1))),
        |world| drop(world.inject(&Fault::Expire(N3))),
    ];
    for (place, call) in calls.into_iter().enumerate() {
        let expected = "there is no server n3: the cluster has 2 servers";
        assert_eq!(mistake(call), expected, "call {place}");
    }
}

#[test]
fn a_server_is_in_one_group_of_a_partition() {
    let expected = "a partition names n2 twice: a server is in one group";
    assert_eq!(mistake(|world| world.partition(&[&[N1, N2], &[N2]])), expected);
    assert_eq!(mistake(|world| world.partition(&[&[N2, N2]])), expected);
}

/// A client that is done when it is first woken, or that is never woken again.
struct Once(bool);

impl Client<Tried> for Once {
    fn wake(&mut self, _: &mut Tried, _: &mut Stream) -> Result<Wake, Failure> {
        Ok(if self.0 { Wake::Done } else { Wake::At(Time::MAX) })
    }
}

/// A client of another type.
struct Other;

impl Client<Tried> for Other {
    fn wake(&mut self, _: &mut Tried, _: &mut Stream) -> Result<Wake, Failure> {
        Ok(Wake::Done)
    }
}

#[test]
fn a_client_is_joined_once_as_its_type_when_it_is_done() {
    let spawned = |world: &mut Tried, client| -> ClientId { world.spawn(client).expect("it runs") };
    let twice = mistake(|world| {
        let client = spawned(world, Once(true));
        world.join::<Once>(client).expect("it is done");
        world.join::<Once>(client)
    });
    assert_eq!(twice, "a client is joined once");
    let other = mistake(|world| {
        let client = spawned(world, Once(true));
        world.join::<Other>(client)
    });
    assert_eq!(other.split(':').next(), Some("a client is joined as the type that it has"));
    let never = mistake(|world| {
        let client = spawned(world, Once(false));
        world.join::<Once>(client)
    });
    assert_eq!(never, "the client is never done: nothing else will happen in this world");
}

#[test]
fn a_value_that_cannot_be_is_refused_where_it_is_made() {
    let [less, more] = [1, 2].map(Duration::from_millis);
    let spread = mistake(|_| Spread::between(more, less));
    assert_eq!(spread, "a spread ends no earlier than it begins");
    assert_eq!(mistake(|_| Ratio::new(2, 1)), "a probability is at most 1");
    assert_eq!(mistake(|_| Rate::new(0, 1)), "a clock does not stand still");
    assert_eq!(mistake(|_| NodeId::new(0)), "servers are numbered from 1");
    assert_eq!(mistake(|_| less - more), "attempt to subtract with overflow");
}
