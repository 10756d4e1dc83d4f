//! Conditions at which to stop, such as `n2 is leader`.

use std::cmp::Ordering;

use raftsim_node::NodeId;
use raftsim_sim::text::{ServerName as _, TextError, Words, number};

use super::{RoleAt, Timeline};

/// A condition on the servers after a step.
///
/// | form | holds if |
/// |---|---|
/// | `n2 is leader` | the server has this role: `leader`, `candidate`, `pre-candidate`, `follower`; or it is `down` or `paused` |
/// | `any is leader` | any server has |
/// | `term of n3 >= 7` | the server's `term`, `commit` index or `last` index of its log compares so: `>=`, `<=`, `>`, `<`, `=` |
/// | `term >= 4` | that of any server does |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The server; `None` for any.
    who: Option<NodeId>,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Is(RoleAt),
    IsPaused,
    Compares(Measure, Relation, u64),
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Term,
    Commit,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    AtLeast,
    AtMost,
    More,
    Less,
    Equal,
}

const MEASURES: [(&str, Measure); 3] =
    [("term", Measure::Term), ("commit", Measure::Commit), ("last", Measure::Last)];

const RELATIONS: [(&str, Relation); 5] = [
    (">=", Relation::AtLeast),
    ("<=", Relation::AtMost),
    (">", Relation::More),
    ("<", Relation::Less),
    ("=", Relation::Equal),
];

impl Condition {
    /// Reads a condition on a cluster that has this number of servers.
    ///
    /// # Errors
    /// A line that says what was expected, and what stands there.
    pub fn read(text: &str, servers: u8) -> Result<Self, TextError> {
        Words::whole(text, |words| match one_of(words, &MEASURES) {
            Some(measure) => Self::comparison(words, measure, servers),
            None => Self::role(words, servers),
        })
    }

    fn comparison(words: &mut Words<'_>, measure: Measure, most: u8) -> Result<Self, TextError> {
        let who = words.after("of", |words| server(words, most))?;
        let Some(relation) = one_of(words, &RELATIONS) else { return Err(words.unexpected(None)) };
        let read = |word: &str| number(word).ok_or_else(|| TextError::expected("a number", word));
        let least = words.value("a number", read)?;
        Ok(Self { who, what: What::Compares(measure, relation, least) })
    }

    fn role(words: &mut Words<'_>, most: u8) -> Result<Self, TextError> {
        let who = if words.take("any") { None } else { Some(server(words, most)?) };
        words.require("is")?;
        let what = words.value("a role such as leader", |word| {
            let role = RoleAt::ALL[..5].iter().find(|role| role.name() == word);
            match role {
                Some(&role) => Ok(What::Is(role)),
                None if word == "paused" => Ok(What::IsPaused),
                None => {
                    let known = RoleAt::ALL[..5].iter().map(|role| role.name());
                    Err(TextError::unknown("role", word, known.chain(["paused"])))
                }
            }
        })?;
        Ok(Self { who, what })
    }

    /// Whether it holds after a step.
    pub fn holds(&self, timeline: &Timeline, step: usize) -> bool {
        let mut nodes = timeline.nodes().filter(|&node| self.who.is_none_or(|who| who == node));
        nodes.any(|node| self.what.holds(timeline, step, node))
    }
}

impl What {
    fn holds(self, timeline: &Timeline, step: usize, node: NodeId) -> bool {
        let (role, term, _, commit) = timeline.status(Some(step), node);
        match self {
            Self::Is(wanted) => role == wanted,
            Self::IsPaused => timeline.is_paused(step, node),
            Self::Compares(measure, relation, number) => {
                let measured = match measure {
                    Measure::Term => Some(term),
                    Measure::Commit => commit,
                    Measure::Last => Some(timeline.last_index(step, node)),
                };
                measured.is_some_and(|it| relation.accepts(it.cmp(&number)))
            }
        }
    }
}

impl Relation {
    fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::AtLeast => order.is_ge(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::Less => order.is_lt(),
            Self::Equal => order.is_eq(),
        }
    }
}

fn server(words: &mut Words<'_>, most: u8) -> Result<NodeId, TextError> {
    words.value("a server such as n1", |word| {
        let node = NodeId::read(word).filter(|node| node.number() <= most);
        node.ok_or_else(|| TextError::expected(format!("a server, n1 to n{most}"), word))
    })
}

/// Takes the next word if it is one of these names.
fn one_of<T: Copy>(words: &mut Words<'_>, names: &[(&'static str, T)]) -> Option<T> {
    names.iter().find(|(name, _)| words.take(name)).map(|&(_, value)| value)
}
