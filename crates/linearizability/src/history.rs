//! What clients did and saw: operations with a call and, mostly, a return.

use alloc::vec::Vec;
use core::error::Error;
use core::fmt::{self, Display, Formatter};

/// Identifies a client of the history.
pub type ClientId = u64;

/// A moment of the history. Its unit does not matter, only its order: it may be a time, or the
/// number of a record.
///
/// Two operations at one moment are concurrent: at equal moments calls come before returns.
pub type Moment = u64;

/// One operation of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<I, O> {
    /// Whose operation it is.
    pub client: ClientId,
    /// What the client asked for.
    pub input: I,
    /// When it asked.
    pub call: Moment,
    /// When it was answered, and what. An operation without a return is *pending*: it takes effect
    /// at some moment after its call, or never.
    pub returned: Option<(Moment, O)>,
}

impl<I, O> Operation<I, O> {
    /// When it returned, if it did.
    pub fn returned_at(&self) -> Option<Moment> {
        self.returned.as_ref().map(|(at, _)| *at)
    }

    /// What it returned, if it did.
    pub fn output(&self) -> Option<&O> {
        self.returned.as_ref().map(|(_, output)| output)
    }
}

/// How many operations of one client may be open at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    /// One: a client calls again only after its last operation returned, and never after one that
    /// is pending.
    OneAtATime,
    /// Any number.
    Overlapping,
}

/// A well-formed history. An operation is named by its place in it, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History<I, O> {
    operations: Vec<Operation<I, O>>,
}

impl<I, O> History<I, O> {
    /// A history of these operations, in any order.
    ///
    /// # Errors
    ///
    /// An operation returns before its call, or overlaps another one of its client although
    /// `clients` forbids that.
    pub fn new(operations: Vec<Operation<I, O>>, clients: Clients) -> Result<Self, HistoryError> {
        for (operation, Operation { client, call, returned, .. }) in operations.iter().enumerate() {
            if let Some((returned, _)) = returned
                && returned < call
            {
                let (client, call, returned) = (*client, *call, *returned);
                return Err(HistoryError::ReturnsBeforeCall { operation, client, call, returned });
            }
        }
        let history = Self { operations };
        match clients {
            Clients::OneAtATime => history.overlap().map_or(Ok(history), Err),
            Clients::Overlapping => Ok(history),
        }
    }

    /// Its operations, in the order in which they were given.
    pub fn operations(&self) -> &[Operation<I, O>] {
        &self.operations
    }

    /// The number of operations that never returned.
    pub fn pending(&self) -> usize {
        self.operations.iter().filter(|operation| operation.returned.is_none()).count()
    }

    /// Two operations of one client that are open at the same time, if there are any.
    fn overlap(&self) -> Option<HistoryError> {
        let mut order: Vec<_> = (0..self.operations.len()).collect();
        order.sort_by_key(|&index| (self.operations[index].client, self.operations[index].call));
        order.windows(2).find_map(|pair| {
            let [first, second] = [pair[0], pair[1]];
            let [before, after] = [&self.operations[first], &self.operations[second]];
            let is_over = before.returned_at().is_some_and(|returned| returned <= after.call);
            let client = after.client;
            (before.client == client && !is_over).then_some(HistoryError::Overlap {
                client,
                first,
                second,
            })
        })
    }
}

/// Records a history while it happens. Each call and each return is a moment of its own.
#[derive(Clone, Debug)]
pub struct Recorder<I, O> {
    operations: Vec<Operation<I, O>>,
    now: Moment,
}

impl<I, O> Default for Recorder<I, O> {
    fn default() -> Self {
        Self { operations: Vec::new(), now: 0 }
    }
}

impl<I, O> Recorder<I, O> {
    /// A client calls. The result names the operation.
    pub fn call(&mut self, client: ClientId, input: I) -> usize {
        let call = self.tick();
        self.operations.push(Operation { client, input, call, returned: None });
        self.operations.len() - 1
    }

    /// An operation returns.
    ///
    /// # Errors
    ///
    /// There is no such operation, or it returned before.
    pub fn returned(&mut self, operation: usize, output: O) -> Result<(), HistoryError> {
        let now = self.tick();
        let Some(open) = self.operations.get_mut(operation) else {
            return Err(HistoryError::NoSuchOperation { operation });
        };
        if open.returned.is_some() {
            return Err(HistoryError::ReturnsTwice { operation, client: open.client });
        }
        open.returned = Some((now, output));
        Ok(())
    }

    /// The history so far.
    ///
    /// # Errors
    ///
    /// Those of [`History::new`].
    pub fn finish(self, clients: Clients) -> Result<History<I, O>, HistoryError> {
        History::new(self.operations, clients)
    }

    fn tick(&mut self) -> Moment {
        self.now += 1;
        self.now
    }
}

/// Why something is no history. Operations are named by their places in it, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistoryError {
    /// An operation returns before its call.
    ReturnsBeforeCall {
        /// The operation.
        operation: usize,
        /// Whose it is.
        client: ClientId,
        /// When it was called.
        call: Moment,
        /// When it returned.
        returned: Moment,
    },
    /// Two operations of one client are open at the same time.
    Overlap {
        /// Whose they are.
        client: ClientId,
        /// The one that was called first.
        first: usize,
        /// The other one.
        second: usize,
    },
    /// Something returns that was never called.
    NoSuchOperation {
        /// What returns.
        operation: usize,
    },
    /// An operation returns a second time.
    ReturnsTwice {
        /// The operation.
        operation: usize,
        /// Whose it is.
        client: ClientId,
    },
}

impl Error for HistoryError {}

impl Display for HistoryError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReturnsBeforeCall { operation, client, call, returned } => write!(
                out,
                "operation {operation} of client {client} returns at {returned}, before its call \
                 at {call}"
            ),
            Self::Overlap { client, first, second } => write!(
                out,
                "client {client} calls operation {second} before its operation {first} returned"
            ),
            Self::NoSuchOperation { operation } => {
                write!(out, "operation {operation} returns, but it was never called")
            }
            Self::ReturnsTwice { operation, client } => {
                write!(out, "operation {operation} of client {client} returns a second time")
            }
        }
    }
}
