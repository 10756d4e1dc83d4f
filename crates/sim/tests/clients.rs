//! What runs beside the scenario, and what consumes `Apply`.

use std::cell::RefCell;
use std::rc::Rc;

use raftsim_node::{Bytes, Command, Event, Index, Snapshot, Term, Time};
use raftsim_sim::{
    Client, Fact, Failure, Property, Purpose, Recording, Service, Setup, Stream, Streams, Wake,
    Watch, World,
};

use crate::toy::{Act, N1, N2, Put, Script, Toy, at, booted, ms, send, setup, story, tell};

/// Wakes at these times, one after the other, and records when it woke and what it drew.
struct Sleeper {
    name: &'static str,
    wakes: Vec<Time>,
    diary: Rc<RefCell<Vec<(&'static str, Time)>>>,
    drawn: Vec<u32>,
}

impl<W: Watch<Toy>> Client<World<Toy, W>> for Sleeper {
    fn wake(&mut self, world: &mut World<Toy, W>, stream: &mut Stream) -> Result<Wake, Failure> {
        self.diary.borrow_mut().push((self.name, world.now()));
        self.drawn.push(stream.word());
        if self.wakes.is_empty() {
            return Ok(Wake::Done);
        }
        Ok(Wake::At(self.wakes.remove(0)))
    }
}

type Diary = Rc<RefCell<Vec<(&'static str, Time)>>>;

fn sleeper(name: &'static str, diary: &Diary, wakes: &[u64]) -> Sleeper {
    let wakes = wakes.iter().map(|&millis| at(millis)).collect();
    Sleeper { name, wakes, diary: Rc::clone(diary), drawn: vec![] }
}

#[test]
fn clients_wake_by_time_and_at_one_time_in_the_order_they_asked() -> Result<(), Failure> {
    let diary = Diary::default();
    let mut world = booted(setup(1));
    world.spawn(sleeper("a", &diary, &[5, 7]))?;
    world.spawn(sleeper("b", &diary, &[3, 5, 9]))?;
    assert_eq!(*diary.borrow(), []);
    world.sleep(ms(8))?;
    let expected = [
        ("a", at(1)),
        ("b", at(1)),
        ("b", at(3)),
        ("a", at(5)),
        ("b", at(5)),
        ("a", at(7)),
        ("b", at(9)),
    ];
    assert_eq!(*diary.borrow(), expected);
    Ok(())
}

/// Checks what happened before it woke.
struct Asks(Diary);

impl Client<World<Toy, ()>> for Asks {
    fn wake(&mut self, world: &mut World<Toy, ()>, _: &mut Stream) -> Result<Wake, Failure> {
        assert!(story(world).ends_with(&["0.001000s n2 <- n1 a".to_owned()]));
        self.0.borrow_mut().push(("asked", world.now()));
        Ok(Wake::Done)
    }
}

#[test]
fn a_client_is_first_woken_after_what_already_waits() -> Result<(), Failure> {
    let diary = Diary::default();
    let mut world = booted(setup(2));
    tell(&mut world, N1, vec![send(N2, "a")])?;
    world.spawn(Asks(Rc::clone(&diary)))?;
    world.sleep(ms(1))?;
    assert_eq!(*diary.borrow(), [("asked", at(1))]);
    Ok(())
}

#[test]
fn a_wake_in_the_past_means_now() -> Result<(), Failure> {
    let diary = Diary::default();
    let mut world = booted(setup(1));
    world.sleep(ms(9))?;
    let client = world.spawn(sleeper("a", &diary, &[0, 5, 12]))?;
    let client: Sleeper = world.join(client)?;
    assert_eq!(*diary.borrow(), [10, 10, 10, 12].map(|millis| ("a", at(millis))));
    assert_eq!((client.name, client.wakes, client.drawn.len()), ("a", vec![], 4));
    Ok(())
}

#[test]
fn join_lets_the_world_run_until_the_client_is_done_and_no_longer() -> Result<(), Failure> {
    let diary = Diary::default();
    let mut world = booted(setup(1));
    let slow = world.spawn(sleeper("slow", &diary, &[50]))?;
    let quick = world.spawn(sleeper("quick", &diary, &[20]))?;
    let _: Sleeper = world.join(quick)?;
    assert_eq!(world.now(), at(20));
    let _: Sleeper = world.join(slow)?;
    assert_eq!(world.now(), at(50));
    let done = world.spawn(sleeper("done", &diary, &[]))?;
    world.sleep(ms(10))?;
    let _: Sleeper = world.join(done)?;
    assert_eq!(world.now(), at(60));
    Ok(())
}

#[test]
fn each_client_draws_from_its_own_stream_whatever_the_others_do() -> Result<(), Failure> {
    let diary = Diary::default();
    let streams = Streams::new(7, "toys");
    let expected = |number| {
        let mut stream = streams.stream(Purpose::Client(number));
        [stream.word(), stream.word()]
    };
    let mut world = booted(setup(1));
    let first = world.spawn(sleeper("a", &diary, &[2]))?;
    let second = world.spawn(sleeper("b", &diary, &[2]))?;
    world.stream(Purpose::Client(0)).word();
    let first: Sleeper = world.join(first)?;
    let second: Sleeper = world.join(second)?;
    assert_eq!(first.drawn, expected(0));
    assert_eq!(second.drawn, expected(1));
    Ok(())
}

/// Proposes a command when it first wakes.
struct Proposer(Option<(Index, Term)>);

impl Client<World<Toy, ()>> for Proposer {
    fn wake(&mut self, world: &mut World<Toy, ()>, _: &mut Stream) -> Result<Wake, Failure> {
        self.0 = world.propose(N1, Command::from("x"))?.accepted();
        Ok(Wake::Done)
    }
}

#[test]
fn a_client_may_act_on_the_world_that_wakes_it() -> Result<(), Failure> {
    let mut setup = setup(1);
    setup.configs[0] = Script::reacting(|_, event, _| match event {
        Event::Propose { id, .. } => vec![Act::Accept { id: *id, index: 6, term: 3 }],
        _ => vec![],
    });
    let mut world = booted(setup);
    let client = world.spawn(Proposer(None))?;
    let client: Proposer = world.join(client)?;
    assert_eq!(client.0, Some((6, 3)));
    Ok(())
}

struct Fails;

impl Client<World<Toy, ()>> for Fails {
    fn wake(&mut self, world: &mut World<Toy, ()>, _: &mut Stream) -> Result<Wake, Failure> {
        let facts = ["it works", "it does not"].map(Fact::new);
        Err(Failure::violation(Property::new("Work"), world.now(), facts))
    }
}

#[test]
fn a_clients_failure_ends_the_run() -> Result<(), Failure> {
    let mut world = booted(setup(1));
    let client = world.spawn(Fails)?;
    let failure = world.join::<Fails>(client).map(drop).expect_err("it fails");
    assert_eq!(failure.to_string(), "0.001000s Work (broken): it works; but it does not");
    Ok(())
}

/// Records what it is handed, and makes a snapshot after every second entry.
struct Scribe(Rc<RefCell<Vec<String>>>);

impl Service for Scribe {
    fn apply(
        &mut self,
        index: Index,
        term: Option<Term>,
        command: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure> {
        let term = term.expect("the node knows it");
        self.0.borrow_mut().push(format!("apply {index}@{term} {command:?}"));
        Ok(index.is_multiple_of(2).then(|| Bytes::from(format!("through {index}").as_str())))
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Failure> {
        let (Snapshot { index, data, .. }, term) = (snapshot, snapshot.known_term());
        self.0.borrow_mut().push(format!("restore {index}@{term} {data:?}"));
        Ok(())
    }
}

/// One server that stores each snapshot that its service makes.
fn scribbling() -> (World<Toy, ()>, Rc<RefCell<Vec<String>>>) {
    let told = Rc::new(RefCell::new(vec![]));
    let mut setup = Setup { recording: Recording::On, ..setup(1) };
    setup.configs[0] = Script::reacting(|_, event, _| match event {
        Event::Compact { through, snapshot } => {
            let data = snapshot.clone();
            vec![Act::Persist(Put::Snapshot(Snapshot { index: *through, term: Some(1), data }))]
        }
        _ => vec![],
    });
    let service = Rc::clone(&told);
    setup.service = Box::new(move |node| {
        service.borrow_mut().push(format!("new for {node}"));
        Box::new(Scribe(Rc::clone(&service)))
    });
    (booted(setup), told)
}

fn apply(index: Index) -> Act {
    Act::Apply { index, term: Some(1), command: (index != 1).then(|| Command::from("x")) }
}

#[test]
fn snapshots_of_the_service_are_events_after_the_list_that_applied() -> Result<(), Failure> {
    let (mut world, _) = scribbling();
    tell(&mut world, N1, [1, 2, 3, 4].map(apply).to_vec())?;
    let expected = [
        "applies 1",
        "applies 2",
        "applies 3",
        "applies 4",
        "compact 2 \"through 2\"",
        "writes Snapshot { index: 2, term: 1, data: \"through 2\" }",
        "compact 4 \"through 4\"",
        "writes Snapshot { index: 4, term: 1, data: \"through 4\" }",
    ];
    assert_eq!(story(&world), expected.map(|deed| format!("0.001000s n1 {deed}")));
    assert_eq!(world.meters().events, 3);
    Ok(())
}

#[test]
fn a_service_is_made_anew_at_every_boot_and_restores_the_snapshot_on_disk() -> Result<(), Failure> {
    let (mut world, told) = scribbling();
    tell(&mut world, N1, [1, 2, 3].map(apply).to_vec())?;
    world.crash(N1)?;
    world.restart(N1)?;
    tell(&mut world, N1, vec![apply(3)])?;
    let expected = [
        "new for n1",
        "apply 1@1 None",
        "apply 2@1 Some(\"x\")",
        "apply 3@1 Some(\"x\")",
        "new for n1",
        "restore 2@1 \"through 2\"",
        "apply 3@1 Some(\"x\")",
    ];
    assert_eq!(*told.borrow(), expected);
    Ok(())
}

#[test]
fn a_snapshot_from_the_leader_reaches_the_service() -> Result<(), Failure> {
    let (mut world, told) = scribbling();
    let restore = Act::Restore { index: 9, term: Some(3), snapshot: Bytes::from("s") };
    tell(&mut world, N1, vec![apply(1), restore, apply(11)])?;
    assert_eq!(told.borrow()[2..], ["restore 9@3 \"s\"", "apply 11@1 Some(\"x\")"]);
    Ok(())
}

#[test]
fn a_crash_within_the_list_takes_its_snapshots_with_it() -> Result<(), Failure> {
    let (mut world, _) = scribbling();
    world.crash_after(N1, 2)?;
    tell(&mut world, N1, [1, 2, 3].map(apply).to_vec())?;
    let expected = ["crash n1 after 2", "applies 1", "applies 2", "crashes"];
    assert_eq!(story(&world), expected.map(|deed| format!("0.001000s n1 {deed}")));
    assert_eq!(world.cluster().disk(N1).snapshot, None);
    Ok(())
}
