//! What runs beside a scenario: clients, which are small state machines that the world wakes;
//! proposals; and the services that consume what servers apply.
//!
//! This room does not know the world: a client gets the world on which it acts as a parameter.

pub(crate) mod proposal;
pub(crate) mod service;

use std::any::Any;

use raftsim_node::Time;

use crate::failure::Failure;
use crate::random::Stream;

/// A client's number, in the order in which clients were spawned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientId(pub(crate) u32);

/// When a client wants to be woken next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// At this time; at once, if the time is past.
    At(Time),
    /// Never again: it has done its work.
    Done,
}

/// A client of the cluster. The queue that delivers messages also wakes clients, and each has its
/// own stream of random words. `World` is the world on which it acts, a [`crate::World`].
pub trait Client<World>: Any {
    /// Does what is due now; returns when to wake the client next.
    ///
    /// # Errors
    /// A failure, which ends the run.
    fn wake(&mut self, world: &mut World, stream: &mut Stream) -> Result<Wake, Failure>;
}

/// All clients of a run, by number.
pub(crate) struct Clients<World> {
    /// Boxed, since each is taken out of its place while it runs. `None` once it was returned.
    residents: Vec<Option<Box<Resident<World>>>>,
}

/// A client and its stream.
pub(crate) struct Resident<World> {
    client: Box<dyn Client<World>>,
    stream: Stream,
    is_done: bool,
}

impl<World: 'static> Clients<World> {
    pub(crate) fn new() -> Self {
        Self { residents: Vec::new() }
    }

    /// The number of the next client.
    pub(crate) fn next(&self) -> u32 {
        u32::try_from(self.residents.len()).expect("under 2^32 clients")
    }

    pub(crate) fn add(&mut self, client: impl Client<World>, stream: Stream) {
        let resident = Resident { client: Box::new(client), stream, is_done: false };
        self.residents.push(Some(Box::new(resident)));
    }

    /// Gives every client that was not returned another stream.
    pub(crate) fn reseed(&mut self, stream: impl Fn(u32) -> Stream) {
        for (number, resident) in (0..).zip(&mut self.residents) {
            if let Some(resident) = resident {
                resident.stream = stream(number);
            }
        }
    }

    /// Takes a client out to run; `None` if it was returned before.
    pub(crate) fn take(&mut self, number: u32) -> Option<Box<Resident<World>>> {
        self.residents[number as usize].take()
    }

    /// Puts a client back after it ran.
    pub(crate) fn put_back(&mut self, number: u32, resident: Box<Resident<World>>) {
        self.residents[number as usize] = Some(resident);
    }

    /// Whether there is such a client, which was not returned before.
    pub(crate) fn has(&self, id: ClientId) -> bool {
        self.residents.get(id.0 as usize).is_some_and(Option::is_some)
    }

    /// Whether a client has done its work.
    ///
    /// # Panics
    /// If it was returned before: a client is joined once.
    pub(crate) fn is_done(&self, id: ClientId) -> bool {
        self.residents[id.0 as usize].as_ref().expect("a client is joined once").is_done
    }

    /// Returns a client to the scenario.
    ///
    /// # Panics
    /// If it is not a `C`, or was returned before.
    #[track_caller]
    pub(crate) fn hand_back<C: Client<World>>(&mut self, id: ClientId) -> C {
        let resident = self.take(id.0).expect("a client is joined once");
        let client: Box<dyn Any> = resident.client;
        *client.downcast().expect("a client is joined as the type that it has")
    }
}

impl<World: 'static> Resident<World> {
    /// Wakes the client.
    pub(crate) fn wake(&mut self, world: &mut World) -> Result<Wake, Failure> {
        let wake = self.client.wake(world, &mut self.stream)?;
        self.is_done = wake == Wake::Done;
        Ok(wake)
    }
}
