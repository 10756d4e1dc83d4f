//! Steps as text: a fault and its duration, or the commands to propose.

use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::VERBS;
use raftsim_sim::text::{TextError, Words, number, seconds};

use crate::{Step, Timed, Who};

impl Display for Timed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", seconds(self.at.since(Time::ZERO)), self.step)
    }
}

impl FromStr for Timed {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, |words| Ok(Self { at: words.time()?, step: step(words)? }))
    }
}

impl Timed {
    /// Reads a line that may name several links: a step for each of them, in the line's order.
    pub(crate) fn of_line(line: &str) -> Result<Vec<Self>, TextError> {
        Words::whole(line, |words| {
            let at = words.time()?;
            Ok(steps(words)?.into_iter().map(|step| Self { at, step }).collect())
        })
    }
}

impl Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault { fault, lasting: None } => fault.fmt(out),
            Self::Fault { fault, lasting: Some(lasting) } => {
                write!(out, "{fault} for {}", seconds(*lasting))
            }
            Self::Propose { who, times: 1, every: Duration::ZERO } => write!(out, "propose {who}"),
            Self::Propose { who, times, every: Duration::ZERO } => {
                write!(out, "propose {who} x{times}")
            }
            Self::Propose { who, times, every } => {
                write!(out, "propose {who} x{times} every {}", seconds(*every))
            }
        }
    }
}

impl FromStr for Step {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, step)
    }
}

fn step(words: &mut Words<'_>) -> Result<Step, TextError> {
    TextError::alone(steps(words)?)
}

/// The steps of a line: one, or one for each of its links.
fn steps(words: &mut Words<'_>) -> Result<Vec<Step>, TextError> {
    let verb = words.verb()?;
    if verb == "propose" {
        let (who, times) = (words.server()?, times(words)?);
        let every = words.after("every", Words::span)?.unwrap_or(Duration::ZERO);
        return Ok(vec![Step::Propose { who, times, every }]);
    }
    let Some(faults) = words.faults(verb)? else {
        return Err(TextError::unknown("step", verb, VERBS.into_iter().chain(["propose"])));
    };
    let have_end = faults.iter().all(|fault| fault.end().is_some());
    let lasting = if have_end { words.after("for", Words::span)? } else { None };
    Ok(faults.into_iter().map(|fault| Step::Fault { fault, lasting }).collect())
}

/// The number in a word such as `x20`; 1 if the next word is no such word.
fn times(words: &mut Words<'_>) -> Result<u32, TextError> {
    let Some(times) = words.optional("x20", |word| word.strip_prefix('x')) else { return Ok(1) };
    let number = number(times).filter(|times| (1..=Step::MOST_TIMES).contains(times));
    number.ok_or_else(|| {
        let what = format!("a number such as x20, from x1 to x{}", Step::MOST_TIMES);
        TextError::expected(what, format_args!("x{times}"))
    })
}

impl Step {
    /// The names in the step, such as `leader`, that are resolved to servers when the step is done.
    pub fn who(&self) -> Vec<Who> {
        match self {
            Self::Fault { fault, .. } => fault.names(),
            Self::Propose { who, .. } => vec![*who],
        }
    }

    /// How many commands the step proposes at most in a cluster of `servers` servers.
    pub(crate) fn proposals(&self, servers: u8) -> u64 {
        match self {
            Self::Fault { .. } => 0,
            Self::Propose { who: Who::All, times, .. } => u64::from(*times) * u64::from(servers),
            Self::Propose { who: Who::Node(_) | Who::Leader, times, .. } => u64::from(*times),
        }
    }

    /// The servers that the step names by their numbers.
    pub fn servers(&self) -> Vec<NodeId> {
        let node = |who| if let Who::Node(node) = who { Some(node) } else { None };
        let mut servers: Vec<NodeId> = self.who().into_iter().filter_map(node).collect();
        if let Self::Fault { fault, .. } = self {
            servers.extend(fault.fixed());
        }
        servers
    }
}
