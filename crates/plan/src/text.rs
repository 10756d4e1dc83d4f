//! The fates of messages, and a plan's ending, as text.

use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::{Duration, NodeId};
use raftsim_sim::text::{ServerName as _, TextError, Words, seconds, span};
use raftsim_sim::{Cause, Fate};

use crate::{Ending, Majority, NamedOverride, Others, Override, Rest};

fn ending(words: &mut Words<'_>) -> Result<Ending, TextError> {
    if words.take("none") {
        Ok(Ending::None)
    } else if words.take("calm") {
        majority(words).map(Ending::Calm)
    } else if words.take("quiet") {
        majority(words).map(Ending::Quiet)
    } else if words.take("load") {
        load(words)
    } else if words.take("stands") {
        members(words).map(Ending::Stands)
    } else {
        Err(words.unexpected(None))
    }
}

/// Reads the members, the state of the others and the network.
fn majority(words: &mut Words<'_>) -> Result<Majority, TextError> {
    let (mut majority, more) = group(words)?;
    if more {
        words.require("network")?;
        words.require("stands")?;
        majority.network = Rest::Stands;
    }
    Ok(majority)
}

/// Reads the members, the state of the others and the server whose link loses messages.
fn load(words: &mut Words<'_>) -> Result<Ending, TextError> {
    let (majority, more) = group(words)?;
    let lossy = if more {
        words.require("lossy")?;
        let lossy = words.server()?;
        if !majority.members.contains(&lossy) {
            let what = format!("one of {}", names(&majority.members));
            return Err(TextError::expected(what, lossy));
        }
        Some(lossy)
    } else {
        None
    };
    Ok(Ending::Load { majority, lossy })
}

/// Reads the members and the state of the others. Returns whether more follows.
fn group(words: &mut Words<'_>) -> Result<(Majority, bool), TextError> {
    let (members, mut others) = (members(words)?, Others::Cut);
    let mut more = words.take(",");
    if more && words.take("others") {
        others = if words.take("cut") {
            Others::Cut
        } else {
            words.require("dead")?;
            Others::Dead
        };
        more = words.take(",");
    }
    Ok((Majority { members, others, network: Rest::Reliable }, more))
}

/// Reads the members.
fn members(words: &mut Words<'_>) -> Result<Vec<NodeId>, TextError> {
    let mut members = vec![words.server()?];
    while let Some(member) = words.optional("n2", NodeId::read) {
        members.push(member);
    }
    members.sort();
    if let Some(twice) = members.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(TextError::twice("server", twice[0]));
    }
    Ok(members)
}

fn named_override(words: &mut Words<'_>) -> Result<NamedOverride, TextError> {
    Ok(NamedOverride { message: words.message()?, fate: fate(words)? })
}

fn fate(words: &mut Words<'_>) -> Result<Override, TextError> {
    if words.take("lost") {
        Ok(Override::Fate(Fate::Drop(Cause::Lost)))
    } else if words.take("twice") {
        Ok(Override::Fate(Fate::Duplicate(delay(words)?, delay(words)?)))
    } else if words.take("fails") {
        delay(words).map(Override::Fails)
    } else {
        delay(words).map(|after| Override::Fate(Fate::Deliver(after)))
    }
}

fn delay(words: &mut Words<'_>) -> Result<Duration, TextError> {
    let Some(text) = words.peek().and_then(|word| word.strip_prefix('+')) else {
        return Err(words.unexpected(Some("a delay such as +0.250s")));
    };
    let delay = span(text)?;
    words.next();
    Ok(delay)
}

impl Display for Ending {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => out.write_str("none"),
            Self::Calm(majority) => write!(out, "calm {majority}"),
            Self::Quiet(majority) => write!(out, "quiet {majority}"),
            Self::Load { majority, lossy: None } => write!(out, "load {majority}"),
            Self::Load { majority, lossy: Some(lossy) } => {
                write!(out, "load {majority}, lossy {lossy}")
            }
            Self::Stands(members) => write!(out, "stands {}", names(members)),
        }
    }
}

impl Display for Majority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let others = match self.others {
            Others::Cut => "cut",
            Others::Dead => "dead",
        };
        let network = match self.network {
            Rest::Reliable => "",
            Rest::Stands => ", network stands",
        };
        write!(out, "{}, others {others}{network}", names(&self.members))
    }
}

fn names(members: &[NodeId]) -> String {
    members.iter().map(NodeId::to_string).collect::<Vec<_>>().join(" ")
}

impl FromStr for Ending {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, ending)
    }
}

impl Display for Override {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Fate(Fate::Deliver(after)) => write!(out, "+{}", seconds(after)),
            Self::Fate(Fate::Drop(_)) => out.write_str("lost"),
            Self::Fate(Fate::Duplicate(one, other)) => {
                write!(out, "twice +{} +{}", seconds(one), seconds(other))
            }
            Self::Fails(after) => write!(out, "fails +{}", seconds(after)),
        }
    }
}

impl FromStr for Override {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, fate)
    }
}

impl Display for NamedOverride {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.message, self.fate)
    }
}

impl FromStr for NamedOverride {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, named_override)
    }
}
