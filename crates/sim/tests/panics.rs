//! A panic of the node's own code is a failure of the run; a panic of any other code is not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use raftsim_node::{Bytes, Command, Disk, Event, Index, Message, Snapshot, Term};
use raftsim_sim::{
    Client, Cluster, Failure, Fate, MessageName, Record, SOURCE, Seen, Service, Setup, Wake, Watch,
    What, World, guarded, guarded_own,
};

use crate::toy::{
    Act, Bomb, Counts, Msg, N1, N2, Put, Script, Toy, Trap, at, booted, facts_of, message, ms,
    send, setup, tell, watched,
};

/// The failure accuses n2, and names the panic's message and place.
fn assert_blamed(trap: Trap, ended: Result<(), Failure>) {
    let failure = ended.clone().expect_err("it panicked");
    let place = failure.panic_at().expect("a panic has a place");
    assert!(place.contains("toy.rs:"), "{place}");
    assert_eq!(failure.accused(), [N2]);
    let said = format!("it panicked: trapped in {trap:?} at {place}");
    assert_eq!(facts_of("no panic", ended), ["n2 answers every event".to_owned(), said]);
}

/// A server that panicked is never called or dropped again.
fn assert_forgotten<W: Watch<Toy>>(mut world: World<Toy, W>, counts: &Counts) {
    let before = counts.read();
    assert_eq!(before.1, 0, "it was dropped");
    assert!(!world.cluster().is_up(N2));
    assert_eq!(world.cluster().status(N2), None);
    tell(&mut world, N1, vec![send(N2, "are you there?")]).expect("n1 is well");
    tell(&mut world, N2, vec![]).expect("nobody is asked");
    world.sleep(ms(100)).expect("the rest goes on");
    assert_eq!(world.cluster().disk(N2).numbers, [1]);
    assert_eq!(world.cluster().disk(N2).clone().numbers, [1]);
    drop(world);
    assert_eq!(counts.read(), before);
}

/// A world in which n2 has written 1, and n2's counts.
fn writing<W: Watch<Toy>>(watch: W) -> (World<Toy, W>, Arc<Counts>) {
    let mut setup = setup(2);
    let script = Script::reacting(|_, event, _| match event {
        Event::Receive { from, .. } => vec![send(*from, "back")],
        _ => vec![],
    });
    setup.configs[1] = script;
    let counts = Arc::clone(&setup.configs[1].counts);
    let mut world = watched(setup, watch);
    tell(&mut world, N2, vec![Act::Persist(Put::Number(1))]).expect("a write");
    (world, counts)
}

/// A message to n1 that springs this trap.
fn send_trapped(trap: Trap) -> Act {
    let message = Msg { trap: Some(trap), ..message("trapped") };
    Act::Send { to: N1, message }
}

#[test]
fn a_panic_in_what_a_step_returned_is_blamed_on_the_server() {
    let writes = [Trap::Write, Trap::View, Trap::WriteDigest, Trap::WriteClone];
    let messages = [Trap::IsReply, Trap::Size, Trap::Call, Trap::Digest, Trap::Clone];
    let write = |trap| Act::Persist(Put::Trap(trap));
    let writes = writes.into_iter().map(|trap| (trap, write(trap)));
    let messages = messages.into_iter().map(|trap| (trap, send_trapped(trap)));
    for (trap, action) in writes.chain(messages) {
        let (mut world, counts) = writing(());
        assert_blamed(trap, tell(&mut world, N2, vec![action]));
        assert_forgotten(world, &counts);
    }
}

/// Reads from every message what it vouches for.
struct Reader;

impl Watch<Toy> for Reader {
    fn observe(
        &mut self,
        cluster: &Cluster<Toy>,
        record: &Record<Seen<'_, Toy>>,
    ) -> Result<(), Failure> {
        if let (Some(from), What::Sent { message, .. }) = (record.node, &record.what) {
            cluster.in_node(from, || (message.term(), message.promise()));
        }
        Ok(())
    }
}

#[test]
fn a_panic_when_a_watch_reads_a_message_is_blamed_on_the_sender() {
    for trap in [Trap::Term, Trap::Promise] {
        let (mut world, counts) = writing(Reader);
        assert_blamed(trap, tell(&mut world, N2, vec![send_trapped(trap)]));
        assert_forgotten(world, &counts);
    }
}

#[test]
fn a_panic_in_step_and_in_the_calls_after_it_is_blamed_on_the_server() {
    for trap in [Trap::Step, Trap::StepDeadline, Trap::StepStatus] {
        let mut setup = setup(2);
        setup.configs[1].trap = Some(trap);
        let counts = Arc::clone(&setup.configs[1].counts);
        let mut world = booted(setup);
        assert_blamed(trap, tell(&mut world, N2, vec![]));
        assert_eq!(counts.read().1, 0, "{trap:?}");
        assert!(!world.cluster().is_up(N2));
        drop(world);
        assert_eq!(counts.read().1, 0, "{trap:?}");
    }
}

#[test]
fn a_panic_in_boot_and_in_the_calls_after_it_is_blamed_on_the_server() -> Result<(), Failure> {
    for trap in [Trap::Boot, Trap::BootDeadline, Trap::BootStatus] {
        let mut setup = setup(2);
        setup.configs[1].trap = Some(trap);
        let counts = Arc::clone(&setup.configs[1].counts);
        let mut world = World::new(setup, ())?;
        assert_blamed(trap, world.sleep(ms(1)));
        let before = counts.read();
        assert_eq!(before.1, 0, "{trap:?}: it was dropped");
        assert_eq!((world.cluster().is_up(N2), world.cluster().life(N2)), (false, 0));
        world.sleep(ms(10))?;
        drop(world);
        assert_eq!(counts.read(), before);
    }
    Ok(())
}

#[test]
fn a_panic_in_claims_is_blamed_on_the_server() {
    let mut setup = setup(2);
    setup.configs[1].trap = Some(Trap::Claims);
    assert_blamed(Trap::Claims, World::new(setup, ()).map(drop));
}

#[test]
fn a_panic_when_a_duplicate_is_copied_is_blamed_on_the_sender() {
    let mut setup = setup(2);
    setup.recording = raftsim_sim::Recording::Off;
    let name = MessageName { from: N2, to: N1, seq: 0 };
    setup.fates.insert(name, Fate::Duplicate(ms(1), ms(2)));
    let mut world = booted(setup);
    let message = Msg { trap: Some(Trap::Clone), ..message("trapped") };
    assert_blamed(Trap::Clone, tell(&mut world, N2, vec![Act::Send { to: N1, message }]));
}

#[test]
fn a_panic_in_drop_at_a_crash_is_blamed_on_the_server() {
    let mut setup = setup(2);
    setup.configs[1].trap = Some(Trap::Drop);
    let counts = Arc::clone(&setup.configs[1].counts);
    let mut world = booted(setup);
    assert_blamed(Trap::Drop, world.crash(N2));
    assert!(!world.cluster().is_up(N2));
    drop(world);
    assert_eq!(counts.read().1, 1);
}

/// The failure accuses n2, of whose values one panicked when it was dropped.
fn assert_dropped(trap: Trap, ended: Result<(), Failure>) {
    assert_eq!(ended.clone().expect_err("it panicked").accused(), [N2]);
    let [rule, seen] = facts_of("no panic", ended);
    assert_eq!(rule, "a value of n2's was dropped", "{trap:?}");
    assert!(seen.starts_with(&format!("it panicked: trapped in {trap:?} at ")), "{seen}");
}

/// A world of two that is not recorded: no clone is dropped elsewhere.
fn unrecorded() -> Setup<Toy> {
    Setup { recording: raftsim_sim::Recording::Off, ..setup(2) }
}

#[test]
fn a_panic_when_a_message_is_dropped_is_blamed_on_the_sender() -> Result<(), Failure> {
    let trap = Trap::MessageDrop;
    // Two of them, since the second must not be dropped while the panic of the first unwinds.
    let both = || vec![send_trapped(trap), send_trapped(trap)];
    // Blocked, and so dropped with the list.
    let mut world = booted(unrecorded());
    world.block(N2, N1)?;
    assert_dropped(trap, tell(&mut world, N2, both()));
    // What is left of the list is not done later.
    assert_eq!(tell(&mut world, N1, vec![]), Ok(()));
    drop(world);
    // Cut off by a crash.
    let mut world = booted(unrecorded());
    world.crash_after(N2, 0)?;
    assert_dropped(trap, tell(&mut world, N2, both()));
    drop(world);
    // Missed: its addressee is down when it arrives.
    let mut setup = unrecorded();
    setup.network.request.latency = raftsim_sim::Spread::fixed(ms(5));
    let mut world = booted(setup);
    tell(&mut world, N2, both())?;
    world.crash(N1)?;
    assert_dropped(trap, world.sleep(ms(10)));
    drop(world);
    // In flight when the run ends.
    let mut setup = unrecorded();
    setup.network.request.latency = raftsim_sim::Spread::fixed(ms(5));
    let mut world = booted(setup);
    tell(&mut world, N2, both())?;
    assert_dropped(trap, world.finish());
    Ok(())
}

#[test]
fn a_panic_when_what_waits_for_a_server_is_dropped_is_blamed_on_a_server() -> Result<(), Failure> {
    let trap = Trap::MessageDrop;
    // The rest of a list that waits for the disk.
    for crashes in [false, true] {
        let mut world = booted(unrecorded());
        world.set_disk(N2, ms(5))?;
        let list = vec![Act::Persist(Put::Number(1)), send_trapped(trap), send_trapped(trap)];
        tell(&mut world, N2, list)?;
        assert_dropped(trap, if crashes { world.crash(N2) } else { world.finish() });
    }
    // What has arrived at a server that is paused.
    let mut world = booted(unrecorded());
    world.pause(N1)?;
    tell(&mut world, N2, vec![send_trapped(trap), send_trapped(trap)])?;
    world.sleep(ms(5))?;
    assert_dropped(trap, world.finish());
    Ok(())
}

#[test]
fn a_panic_when_a_disk_or_a_configuration_is_dropped_is_blamed_on_the_server() -> Result<(), Failure>
{
    let mut world = booted(unrecorded());
    tell(&mut world, N2, vec![Act::Persist(Put::Trap(Trap::DiskDrop))])?;
    assert_dropped(Trap::DiskDrop, world.finish());
    let armed = |servers: &[usize]| {
        let mut setup = unrecorded();
        for &slot in servers {
            setup.configs[slot].bomb = Bomb(true);
        }
        setup
    };
    assert_dropped(Trap::ConfigDrop, booted(armed(&[1])).finish());
    // A run that failed for another reason, and a world that could not be made, drop them too.
    drop(booted(armed(&[0, 1])));
    let mut setup = armed(&[0, 1]);
    setup.configs[1].trap = Some(Trap::Claims);
    assert_blamed(Trap::Claims, World::new(setup, ()).map(drop));
    Ok(())
}

#[test]
fn servers_that_all_panic_when_dropped_are_each_dropped_once_under_guard() -> Result<(), Failure> {
    for finishes in [false, true] {
        let mut setup = setup(4);
        setup.configs[1..].iter_mut().for_each(|script| script.trap = Some(Trap::Drop));
        let counts: Vec<_> = setup.configs.iter().map(|it| Arc::clone(&it.counts)).collect();
        let mut world = booted(setup);
        if finishes {
            assert_blamed(Trap::Drop, world.finish());
            world.finish()?;
        }
        drop(world);
        let drops: Vec<u32> = counts.iter().map(|it| it.read().1).collect();
        assert_eq!(drops, [1, 1, 1, 1]);
    }
    Ok(())
}

#[test]
fn finishing_drops_every_server_and_leaves_no_trace() -> Result<(), Failure> {
    let setup = setup(3);
    let counts: Vec<_> = setup.configs.iter().map(|it| Arc::clone(&it.counts)).collect();
    let mut world = booted(setup);
    let digest = world.trace().digest();
    world.finish()?;
    assert_eq!(counts.iter().map(|it| it.read().1).collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!(world.trace().digest(), digest);
    Ok(())
}

#[test]
fn a_debug_or_topic_that_panics_spoils_its_row_alone() -> Result<(), Failure> {
    let (mut world, _) = writing(());
    let write = Act::Persist(Put::Trap(Trap::WriteDebug));
    let messages = [Trap::Debug, Trap::Topic].map(send_trapped);
    tell(&mut world, N2, [messages.into(), vec![write]].concat())?;
    let rows: Vec<String> =
        world.trace().records().iter().rev().take(4).map(|it| it.row().text).collect();
    assert!(rows[1].contains("trapped in WriteDebug at"), "{rows:?}");
    assert!(rows[2].contains("\"trapped\""), "{rows:?}");
    assert!(rows[3].contains("trapped in Debug at"), "{rows:?}");
    Ok(())
}

#[test]
fn a_panic_when_the_scenario_reads_a_disk_under_guard_is_a_value() -> Result<(), Failure> {
    let (mut world, _) = writing(());
    assert_eq!(guarded(|| world.cluster().disk(N2).state_bytes()), Ok(8));
    tell(&mut world, N2, vec![Act::Persist(Put::Trap(Trap::StateBytes))])?;
    let panic = guarded(|| world.cluster().disk(N2).state_bytes()).expect_err("it is trapped");
    assert_eq!(panic.message, "trapped in StateBytes");
    assert!(panic.place.as_ref().is_some_and(|place| place.contains("toy.rs:")), "{panic:?}");
    Ok(())
}

#[test]
fn a_panic_without_text_is_still_caught() {
    let world = booted(setup(1));
    let thrown = guarded(|| std::panic::panic_any(7)).expect_err("it panics");
    let place = thrown.place.as_ref().expect("it was raised here");
    assert!(place.contains("panics.rs:"), "{place}");
    assert_eq!(thrown.to_string(), format!("a panic without text at {place}"));
    let resumed = guarded(|| std::panic::resume_unwind(Box::new(7))).expect_err("it panics");
    assert_eq!((&*resumed.message, &resumed.place), ("a panic without text", &None));
    assert_eq!(resumed.to_string(), resumed.message);
    drop(world);
}

#[test]
fn a_panic_of_own_code_is_a_value_and_one_of_the_harness_goes_on_through_all_guards() {
    raftsim_sim::prepare_process();
    let own = guarded_own(&[SOURCE], || panic!("own")).expect_err("it panics");
    assert_eq!(own.message, "own");
    // Here this file is one of the harness.
    let within = || guarded_own(&[file!()], || panic!("ours"));
    assert_eq!(uncaught(|| within().map_err(|_| unreachable!())), "ours");
    let twice = || guarded_own(&[file!()], within).map_err(|_| unreachable!());
    assert_eq!(uncaught(|| twice().map(drop)), "ours");
    // A node's code is a node's, wherever it is.
    let node = guarded_own(&[file!()], || guarded(|| panic!("node")));
    assert_eq!(node.map(|it: Result<(), _>| it.expect_err("it panics").message), Ok("node".into()));
}

/// The message of a panic that no guard caught.
fn uncaught(run: impl FnOnce() -> Result<(), Failure>) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("it panics");
    (*payload.downcast::<&'static str>().expect("a panic with text")).to_owned()
}

struct Nervous;

impl Watch<Toy> for Nervous {
    fn observe(&mut self, _: &Cluster<Toy>, _: &Record<Seen<'_, Toy>>) -> Result<(), Failure> {
        panic!("the watch's own")
    }
}

/// Reads n2's disk whenever that is written or boots.
struct Curious;

impl Watch<Toy> for Curious {
    fn observe(
        &mut self,
        cluster: &Cluster<Toy>,
        record: &Record<Seen<'_, Toy>>,
    ) -> Result<(), Failure> {
        if record.node == Some(N2)
            && matches!(record.what, What::Persisted { .. } | What::Booted(_))
        {
            cluster.with_disk(N2, Disk::state_bytes);
        }
        Ok(())
    }
}

#[test]
fn a_panic_when_a_watch_reads_a_disk_is_blamed_on_the_server() -> Result<(), Failure> {
    let trap = vec![Act::Persist(Put::Trap(Trap::StateBytes))];
    let mut world = watched(setup(2), Curious);
    assert_blamed(Trap::StateBytes, tell(&mut world, N2, trap));
    assert!(!world.cluster().is_up(N2));
    // Its disk stays as it is: the next start reads it and panics again.
    assert_blamed(Trap::StateBytes, world.restart(N2));
    assert!(!world.cluster().is_up(N2));
    world.sleep(ms(1))?;
    assert_eq!(uncaught(|| panic!("not a server's")), "not a server's");
    Ok(())
}

struct Broken;

impl Service for Broken {
    fn apply(
        &mut self,
        _: Index,
        _: Option<Term>,
        _: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure> {
        panic!("the service's own")
    }

    fn restore(&mut self, _: &Snapshot) -> Result<(), Failure> {
        Ok(())
    }
}

impl Client<World<Toy, ()>> for Broken {
    fn wake(
        &mut self,
        _: &mut World<Toy, ()>,
        _: &mut raftsim_sim::Stream,
    ) -> Result<Wake, Failure> {
        panic!("the client's own")
    }
}

#[test]
fn a_panic_of_watch_service_or_client_is_not_blamed_on_a_server() {
    let watch = uncaught(|| World::new(setup(1), Nervous)?.sleep(ms(1)));
    assert_eq!(watch, "the watch's own");
    let service = uncaught(|| {
        let service: Box<dyn Fn(_) -> Box<dyn Service>> = Box::new(|_| Box::new(Broken));
        let mut world = booted(Setup { service, ..setup(1) });
        tell(&mut world, N1, vec![Act::Apply { index: 1, term: Some(1), command: None }])
    });
    assert_eq!(service, "the service's own");
    let client = uncaught(|| {
        let mut world = booted(setup(1));
        world.spawn(Broken)?;
        world.sleep(ms(1))
    });
    assert_eq!(client, "the client's own");
}

#[test]
fn a_scenario_that_panics_drops_its_world_though_its_servers_panic_in_drop() {
    let scenario = uncaught(|| {
        let mut setup = setup(3);
        setup.configs.iter_mut().for_each(|script| script.trap = Some(Trap::Drop));
        let mut world = booted(setup);
        world.sleep(ms(1))?;
        assert_eq!(world.now(), at(2));
        panic!("the scenario's own")
    });
    assert_eq!(scenario, "the scenario's own");
}
