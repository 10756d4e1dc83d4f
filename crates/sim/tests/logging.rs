//! While a run is recorded, `tracing` gets every record at its virtual time.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, Once};

use raftsim_node::Time;
use raftsim_sim::{Failure, Recording, Setup, virtual_now};
use tracing::subscriber::Interest;
use tracing::{Metadata, span};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::toy::{Act, N1, N2, Put, booted, ms, send, setup, tell};

/// A subscriber that ignores everything, on every thread that has no other.
///
/// Two threads of this test binary, one listening and one not, may meet a place that emits events
/// for the first time at once; then `tracing` may remember that nobody ever listens there. With a
/// subscriber that is never gone it always asks.
struct Deaf;

impl tracing::Subscriber for Deaf {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Installs [`Deaf`] forever. Call it before anything is emitted.
pub(crate) fn deafen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Deaf).expect("it is the only one"));
}

struct VirtualClock;

impl FormatTime for VirtualClock {
    fn format_time(&self, out: &mut Writer<'_>) -> fmt::Result {
        write!(out, "{}", virtual_now())
    }
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("one thread writes").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `tracing` gets of a run, line by line.
fn heard(run: impl FnOnce() -> Result<(), Failure>) -> Result<Vec<String>, Failure> {
    let buffer = Buffer::default();
    let sink = buffer.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_timer(VirtualClock)
        .with_writer(move || sink.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, run)?;
    let text = String::from_utf8(buffer.0.lock().expect("one thread wrote").clone());
    Ok(text.expect("text").lines().map(str::to_owned).collect())
}

fn world(recording: Recording) -> Result<Vec<String>, Failure> {
    heard(|| {
        let mut world = booted(Setup { recording, ..setup(2) });
        tell(&mut world, N1, vec![send(N2, "a"), Act::Persist(Put::Number(4))])?;
        world.sleep(ms(5))?;
        world.isolate(N2)?;
        world.heal()
    })
}

#[test]
fn tracing_gets_nothing_of_the_world_while_nothing_is_recorded() -> Result<(), Failure> {
    let lines = world(Recording::Off)?;
    // Events that a server emits itself are emitted in any case.
    assert!(!lines.iter().any(|line| line.contains("raftsim")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("step")), "{lines:?}");
    assert_eq!(lines.len(), 4, "{lines:?}");
    Ok(())
}

#[test]
fn tracing_gets_records_at_their_virtual_time_with_server_and_life() -> Result<(), Failure> {
    let lines = world(Recording::On)?;
    let told: Vec<&String> = lines.iter().filter(|line| line.contains(" raftsim: ")).collect();
    let expected = [
        "0.001000s DEBUG raftsim: propose 1 \"\" node=n1 life=1",
        "0.001000s DEBUG raftsim: -> n2 \"a\" false None 10 #0 +0.000000s node=n1 life=1",
        "0.001000s DEBUG raftsim: disk 4 node=n1 life=1",
        "0.001000s DEBUG raftsim: reject 1 node=n1 life=1",
        "0.001000s DEBUG raftsim: <- n1 \"a\" false None 10 #0 node=n2 life=1",
        "0.006000s  INFO raftsim: isolate n2 node=n2 life=1",
        "0.006000s  INFO raftsim: heal node=world life=0",
    ];
    assert_eq!(told[2..], expected);
    Ok(())
}

#[test]
fn an_event_that_a_server_emits_stands_within_its_step() -> Result<(), Failure> {
    let lines = world(Recording::On)?;
    let said: Vec<&String> = lines.iter().filter(|line| line.contains("thinking")).collect();
    let expected = [
        "0.001000s  INFO step{node=n1 time=0.001000s}: main::toy: thinking",
        "0.001000s  INFO step{node=n2 time=0.001000s}: main::toy: thinking",
    ];
    assert_eq!(said, expected);
    Ok(())
}

#[test]
fn an_event_that_a_server_emits_at_boot_has_the_time_of_its_boot() -> Result<(), Failure> {
    let mut booted_at = None;
    let lines = heard(|| {
        let mut world = booted(setup(1));
        world.sleep(ms(5))?;
        world.restart(N1)?;
        let boots = world.trace().records();
        booted_at = boots.first().map(|record| record.time);
        Ok(())
    })?;
    let said: Vec<&String> = lines.iter().filter(|line| line.contains("booting")).collect();
    let first: Time = booted_at.expect("it booted");
    let expected = [
        format!("{first}  INFO main::toy: booting"),
        "0.006000s  INFO main::toy: booting".to_owned(),
    ];
    assert_eq!(said, expected.iter().collect::<Vec<_>>());
    Ok(())
}

#[test]
fn the_virtual_clock_shows_the_time_of_the_run_that_this_thread_records() -> Result<(), Failure> {
    let mut world = booted(setup(1));
    world.sleep(ms(5))?;
    assert_eq!(virtual_now(), world.now());
    let unrecorded = booted(Setup { recording: Recording::Off, ..setup(1) });
    assert_eq!(virtual_now(), world.now());
    drop(unrecorded);
    Ok(())
}
