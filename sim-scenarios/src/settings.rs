//! A node's settings between runs. To copy or drop them runs the node's code, which is guarded: a
//! panic in it is a failure of a run, or says nothing that a run has not said.

use std::fmt;
use std::mem;
use std::ops::Deref;
use std::sync::Arc;

use raftsim_node::Time;
use raftsim_sim::{Fact, Failure, guarded};

/// The settings of a node, of the type `C`. A clone shares them.
#[derive(Clone, Debug)]
pub struct Settings<C>(Arc<Owned<C>>);

/// It is always there until it is dropped.
struct Owned<C>(Option<C>);

impl<C> Settings<C> {
    /// These settings.
    pub fn new(settings: C) -> Self {
        Self(Arc::new(Owned(Some(settings))))
    }
}

impl<C: Clone> Settings<C> {
    /// A copy for each server, given the number of servers.
    ///
    /// # Errors
    /// If the node's code panics.
    pub(crate) fn for_servers(&self, servers: u8) -> Result<Vec<C>, Failure> {
        let mut made = vec![];
        match guarded(|| (0..servers).for_each(|_| made.push(C::clone(self)))) {
            Ok(()) => Ok(made),
            Err(panic) => {
                mem::forget(made);
                let rule = Fact::new("a value of the node's was copied: its settings");
                Err(Failure::panicked(Time::ZERO, rule, &panic))
            }
        }
    }
}

impl<C> Deref for Settings<C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.0.0.as_ref().expect("it is there until it is dropped")
    }
}

impl<C> Drop for Owned<C> {
    fn drop(&mut self) {
        // The run that dropped its copies has reported such a panic.
        let _ = guarded(|| drop(self.0.take()));
    }
}

impl<C: fmt::Debug> fmt::Debug for Owned<C> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}
