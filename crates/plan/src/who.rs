//! The servers that a step of a plan names, resolved when it is done.

use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::NodeId;
use raftsim_sim::text::{ServerName, TextError, Words};

/// The server or servers on which a step acts. Prints as `n3`, `leader` or `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// This server.
    Node(NodeId),
    /// The server that leads then, in the highest term; none if no server leads.
    Leader,
    /// Every server.
    All,
}

impl ServerName for Who {
    const EXPECTED: &'static str = "a server such as n1, `leader` or `all`";
    const EXPECTED_LINKS: &'static str = "a link such as n1>n2, `leader>all` or `all>n3`";

    fn read(word: &str) -> Option<Self> {
        match word {
            "leader" => Some(Self::Leader),
            "all" => Some(Self::All),
            word => NodeId::read(word).map(Self::Node),
        }
    }

    fn is_many(self) -> bool {
        self == Self::All
    }
}

impl Display for Who {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(node) => node.fmt(out),
            Self::Leader => out.write_str("leader"),
            Self::All => out.write_str("all"),
        }
    }
}

impl FromStr for Who {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, Words::server)
    }
}
