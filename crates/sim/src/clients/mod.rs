//! What runs beside a scenario's main line: small state machines that the world wakes.

pub(crate) mod proposal;
pub(crate) mod service;

use std::any::Any;

use raftsim_node::{Node, Time};

use crate::failure::Failure;
use crate::random::{Purpose, Stream};
use crate::trace::watch::Watch;
use crate::world::queue::Exhausted;
use crate::world::{Item, World};

/// A client's number, in the order of their birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientId(u32);

/// When a client wants to be woken next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// At this time; now, if it is past.
    At(Time),
    /// Never: it has done its work.
    Done,
}

/// A client of the cluster: woken from the same queue that delivers messages, with a stream of
/// random words of its own.
pub trait Client<N: Node, W: Watch<N>>: Any {
    /// Does what is due now.
    fn wake(&mut self, world: &mut World<N, W>, stream: &mut Stream) -> Result<Wake, Failure>;
}

/// A client and its stream; taken out while it runs, and left out once it is done.
pub(crate) struct Resident<N: Node, W: Watch<N>> {
    client: Box<dyn Client<N, W>>,
    stream: Stream,
    done: bool,
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Lets a client in; it is woken first at this instant, behind what already waits.
    pub fn spawn(&mut self, client: impl Client<N, W>) -> Result<ClientId, Failure> {
        let number = u32::try_from(self.clients.len()).expect("under 2^32 clients");
        let stream = self.streams.stream(Purpose::Client(number));
        let resident = Resident { client: Box::new(client), stream, done: false };
        self.clients.push(Some(Box::new(resident)));
        let now = self.now();
        self.push(now, Item::Wake(number))?;
        Ok(ClientId(number))
    }

    /// Runs the world until a client is done, and hands it back.
    ///
    /// # Panics
    /// When the client is not a `C`, or was handed back before: a mistake of the scenario's.
    pub fn join<C: Client<N, W>>(&mut self, id: ClientId) -> Result<C, Failure> {
        self.run_until_done(id)?;
        let resident = self.clients[id.0 as usize].take().expect("seen above");
        let client: Box<dyn Any> = resident.client;
        Ok(*client.downcast().expect("a client is joined as what it is"))
    }

    fn run_until_done(&mut self, id: ClientId) -> Result<(), Failure> {
        let waits = |world: &Self| {
            let resident = world.clients[id.0 as usize].as_ref();
            !resident.expect("a client is joined once").done
        };
        self.run(|world| {
            while waits(world) {
                world.do_next(Time::MAX)?;
            }
            Ok(())
        })
    }

    pub(crate) fn wake(&mut self, number: u32) -> Result<(), Failure> {
        // A client may be gone: it was handed back while a wake-up of its waited.
        let Some(mut resident) = self.clients[number as usize].take() else { return Ok(()) };
        let wake = resident.client.wake(self, &mut resident.stream)?;
        resident.done = wake == Wake::Done;
        self.clients[number as usize] = Some(resident);
        match wake {
            Wake::At(time) => {
                let time = time.max(self.now());
                self.push_made(time, || Item::Wake(number))
            }
            Wake::Done => Ok(()),
        }
    }
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Puts something into the queue, within its limits.
    pub(crate) fn push(&mut self, time: Time, item: Item<N::Message>) -> Result<(), Failure> {
        self.push_made(time, || item)
    }

    /// The same; the item is made in its place.
    #[inline]
    pub(crate) fn push_made(
        &mut self,
        time: Time,
        make: impl FnOnce() -> Item<N::Message>,
    ) -> Result<(), Failure> {
        if self.queue.len() >= self.caps.in_flight {
            return Err(self.too_many(self.queue.len(), &make()));
        }
        let pushed = self.queue.push(time, make);
        pushed.map_err(|Exhausted| self.flood("2^32 messages were sent in one run".to_owned()))
    }

    #[cold]
    pub(crate) fn too_many(&self, waiting: usize, item: &Item<N::Message>) -> Failure {
        let last = match item {
            Item::Deliver(letter) => format!(", and {} sends one more", letter.from()),
            Item::Boot(_)
            | Item::CallFailed { .. }
            | Item::CallPoll { .. }
            | Item::Written { .. }
            | Item::Wake(_) => String::new(),
        };
        self.flood(format!("{waiting} messages wait to be delivered{last}"))
    }
}
