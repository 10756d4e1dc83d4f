//! Names of servers: `n1`, and whatever else a text lets stand for servers.

use std::fmt::Display;

use raftsim_node::NodeId;

use super::{TextError, Words, number};

/// What may stand for a server in a text: a [`NodeId`], in plans also `leader` and `all`.
pub trait ServerName: Copy + Eq + Display {
    /// What an error says was expected where such a name should stand.
    const EXPECTED: &'static str;
    /// The same for a link between two such names.
    const EXPECTED_LINKS: &'static str;

    /// Reads one word; `None` if it is no such name.
    fn read(word: &str) -> Option<Self>;

    /// Whether the name may stand for several servers.
    fn is_many(self) -> bool {
        false
    }
}

impl ServerName for NodeId {
    const EXPECTED: &'static str = "a server such as n1";
    const EXPECTED_LINKS: &'static str = "a link such as n1>n2";

    fn read(word: &str) -> Option<Self> {
        let number = number(word.strip_prefix('n')?)?;
        (number != 0).then(|| Self::new(number))
    }
}

impl Words<'_> {
    /// Reads the next word as whatever `S` takes for a server.
    pub fn server<S: ServerName>(&mut self) -> Result<S, TextError> {
        self.value(S::EXPECTED, |word| {
            S::read(word).ok_or_else(|| TextError::expected(S::EXPECTED, word))
        })
    }
}
