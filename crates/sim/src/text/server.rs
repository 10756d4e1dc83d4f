//! Names of servers in a text: `n1`, and in plans also names such as `leader`.

use std::fmt::Display;

use raftsim_node::NodeId;

use super::{TextError, Words, number};

/// What may stand for a server in a text: a [`NodeId`], in plans also `leader` and `all`.
pub trait ServerName: Copy + Eq + Display {
    /// What errors say was expected in place of such a name.
    const EXPECTED: &'static str;
    /// The same for a link between two such names.
    const EXPECTED_LINKS: &'static str;

    /// Reads one word; `None` if the word is no such name.
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
    /// Reads the next word as a name of the type `S`.
    pub fn server<S: ServerName>(&mut self) -> Result<S, TextError> {
        self.value(S::EXPECTED, |word| {
            S::read(word).ok_or_else(|| TextError::expected(S::EXPECTED, word))
        })
    }
}
