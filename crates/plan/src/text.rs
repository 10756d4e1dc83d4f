//! The fates of messages, and a plan's ending, as text.

use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::{Duration, NodeId};
use raftsim_sim::text::{ServerName as _, TextError, Words, seconds, span};
use raftsim_sim::{Cause, Fate};

use crate::{Ending, Majority, NamedOverride, Others, Override};

fn ending(words: &mut Words<'_>) -> Result<Ending, TextError> {
    if words.take("none") {
        Ok(Ending::None)
    } else if words.take("calm") {
        majority(words).map(Ending::Calm)
    } else if words.take("quiet") {
        majority(words).map(Ending::Quiet)
    } else {
        Err(words.unexpected(None))
    }
}

/// Reads the members and the state of the others.
fn majority(words: &mut Words<'_>) -> Result<Majority, TextError> {
    let mut members = vec![words.server()?];
    while let Some(member) = words.optional("n2", NodeId::read) {
        members.push(member);
    }
    members.sort();
    if let Some(twice) = members.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(TextError::twice("server", twice[0]));
    }
    if !words.take(",") {
        return Ok(Majority { members, others: Others::Cut });
    }
    words.require("others")?;
    if words.take("cut") {
        return Ok(Majority { members, others: Others::Cut });
    }
    words.require("dead")?;
    Ok(Majority { members, others: Others::Dead })
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
        }
    }
}

impl Display for Majority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<String> = self.members.iter().map(NodeId::to_string).collect();
        let others = match self.others {
            Others::Cut => "cut",
            Others::Dead => "dead",
        };
        write!(out, "{}, others {others}", members.join(" "))
    }
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
