//! A node's settings between runs. To copy or drop them runs the node's code, which is guarded: a
//! panic in it is a failure of a run, or says nothing that a run has not said.

use std::fmt;
use std::mem;
use std::sync::Arc;

use raftsim_node::{Claims, NodeId, Time};
use raftsim_sim::{Fact, Failure, guarded};

/// The settings of a node's servers, of the type `C`. A clone shares them.
#[derive(Clone, Debug)]
pub struct Settings<C>(Arc<Owned<C>>);

/// It is always there until it is dropped.
struct Owned<C>(Option<Kind<C>>);

enum Kind<C> {
    /// Every server has these.
    Same(C),
    /// Each server has its own.
    Each(Box<dyn Fn(NodeId) -> C + Send + Sync>),
}

impl<C> Settings<C> {
    /// These settings, on every server.
    pub fn new(settings: C) -> Self {
        Self(Arc::new(Owned(Some(Kind::Same(settings)))))
    }

    /// For each server the settings that `of` returns: always the same for the same server.
    pub fn each(of: impl Fn(NodeId) -> C + Send + Sync + 'static) -> Self {
        Self(Arc::new(Owned(Some(Kind::Each(Box::new(of))))))
    }

    fn kind(&self) -> &Kind<C> {
        self.0.0.as_ref().expect("it is there until it is dropped")
    }
}

/// As many servers as the largest scenario has.
const LARGEST: u8 = 7;

impl<C: Clone> Settings<C> {
    /// The settings of one server. This runs the node's code, which is not guarded here.
    fn of(&self, server: NodeId) -> C {
        match self.kind() {
            Kind::Same(settings) => settings.clone(),
            Kind::Each(of) => of(server),
        }
    }

    /// What all of seven servers claim, by what each of them `claims`: nothing, if the node's code
    /// panics.
    pub fn claims(&self, claims: impl Fn(&C) -> Claims) -> Claims {
        let shared = guarded(|| match self.kind() {
            Kind::Same(settings) => claims(settings),
            Kind::Each(of) => {
                let each = (1..=LARGEST).map(|number| claims(&of(NodeId::new(number))));
                each.reduce(Claims::shared_with).expect("there are servers")
            }
        });
        shared.unwrap_or_default()
    }

    /// The settings of each server, given the number of servers.
    ///
    /// # Errors
    /// If the node's code panics.
    pub(crate) fn for_servers(&self, servers: u8) -> Result<Vec<C>, Failure> {
        let mut made = vec![];
        let servers = (1..=servers).map(NodeId::new);
        match guarded(|| made.extend(servers.map(|server| self.of(server)))) {
            Ok(()) => Ok(made),
            Err(panic) => {
                mem::forget(made);
                let rule = Fact::new("a value of the node's was copied: its settings");
                Err(Failure::panicked(Time::ZERO, rule, &panic))
            }
        }
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
        match &self.0 {
            Some(Kind::Same(settings)) => settings.fmt(out),
            Some(Kind::Each(_)) => out.write_str("of each server its own"),
            None => out.write_str("dropped"),
        }
    }
}
