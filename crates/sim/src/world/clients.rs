//! Clients in the world: started, woken, and waited for.

use raftsim_node::{Node, Time};

use super::{Item, World};
use crate::clients::{Client, ClientId, Wake};
use crate::failure::Failure;
use crate::random::Purpose;
use crate::trace::watch::Watch;

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Starts a client. It is first woken at this instant, after everything that is already due
    /// now.
    pub fn spawn(&mut self, client: impl Client<Self>) -> Result<ClientId, Failure> {
        let number = self.clients.next();
        let stream = self.streams.stream(Purpose::Client(number));
        self.clients.add(client, stream);
        let now = self.now();
        self.push(now, Item::Wake(number))?;
        Ok(ClientId(number))
    }

    /// Runs the world until a client is done, and returns the client.
    ///
    /// # Panics
    /// If the client is not a `C`, was returned before, or is never done, since nothing else will ever
    /// happen: these are mistakes of the scenario.
    #[track_caller]
    pub fn join<C: Client<Self>>(&mut self, id: ClientId) -> Result<C, Failure> {
        assert!(self.clients.has(id), "a client is joined once");
        let is_done = self.run(|world| {
            while !world.clients.is_done(id) {
                if !world.do_next(Time::MAX)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        assert!(is_done, "the client is never done: nothing else will happen in this world");
        Ok(self.clients.hand_back(id))
    }

    pub(super) fn wake(&mut self, number: u32) -> Result<(), Failure> {
        // The client may have been returned while a wake-up of it was in the queue.
        let Some(mut resident) = self.clients.take(number) else { return Ok(()) };
        let wake = resident.wake(self)?;
        self.clients.put_back(number, resident);
        match wake {
            Wake::At(time) => {
                let time = time.max(self.now());
                self.push_made(time, || Item::Wake(number))
            }
            Wake::Done => Ok(()),
        }
    }
}
