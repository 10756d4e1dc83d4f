//! What the network does, what becomes of messages, and how a plan ends, as text.

use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::{Duration, NodeId};
use raftsim_sim::{Cause, Fate, Ratio};

use crate::atom::known_server;
use crate::span::{seconds, span};
use crate::words::{TextError, Words};
use crate::{Ending, Majority, NamedOverride, Network, Others, Override, Weather};

impl Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Labrpc { unreliable: false, reordering: false } => "reliable",
            Self::Labrpc { unreliable: true, reordering: false } => "unreliable",
            Self::Labrpc { unreliable: false, reordering: true } => "reordering",
            Self::Labrpc { unreliable: true, reordering: true } => "unreliable reordering",
            Self::Own(weather) => return weather.fmt(out),
        })
    }
}

impl FromStr for Network {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, Words::network)
    }
}

impl Display for Weather {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = vec![];
        for (name, ratio) in [("loss", self.loss), ("twice", self.twice), ("late", self.late)] {
            if ratio.numerator > 0 {
                parts.push(format!("{name} {}/{}", ratio.numerator, ratio.denominator));
            }
        }
        if self.latency != Self::CLEAR.latency {
            let (least, most) = self.latency;
            parts.push(format!("latency {}..{}", seconds(least), seconds(most)));
        }
        if parts.is_empty() {
            parts.push("clear".to_owned());
        }
        out.write_str(&parts.join(" "))
    }
}

impl FromStr for Weather {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, Words::weather)
    }
}

impl Words<'_> {
    pub(super) fn network(&mut self) -> Result<Network, TextError> {
        if self.take("reliable") {
            return Ok(Network::Labrpc { unreliable: false, reordering: false });
        }
        let unreliable = self.take("unreliable");
        let reordering = self.take("reordering");
        if unreliable || reordering {
            return Ok(Network::Labrpc { unreliable, reordering });
        }
        self.weather().map(Network::Own)
    }

    fn weather(&mut self) -> Result<Weather, TextError> {
        if self.take("clear") {
            return Ok(Weather::CLEAR);
        }
        let loss = self.after("loss", Self::ratio)?;
        let twice = self.after("twice", Self::ratio)?;
        let late = self.after("late", Self::ratio)?;
        let latency = self.after("latency", Self::latency)?;
        if latency.is_none() && [loss, twice, late] == [None; 3] {
            return Err(self.unexpected(None));
        }
        Ok(Weather {
            loss: loss.unwrap_or(Ratio::ZERO),
            twice: twice.unwrap_or(Ratio::ZERO),
            late: late.unwrap_or(Ratio::ZERO),
            latency: latency.unwrap_or(Weather::CLEAR.latency),
        })
    }

    fn ending(&mut self) -> Result<Ending, TextError> {
        if self.take("none") {
            Ok(Ending::None)
        } else if self.take("calm") {
            self.majority().map(Ending::Calm)
        } else if self.take("quiet") {
            self.majority().map(Ending::Quiet)
        } else {
            Err(self.unexpected(None))
        }
    }

    /// From the word behind the verb on.
    fn majority(&mut self) -> Result<Majority, TextError> {
        let mut members = vec![self.server()?];
        while let Some(member) = self.optional("n2", known_server) {
            members.push(member);
        }
        members.sort();
        if let Some(twice) = members.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(TextError::twice("server", twice[0]));
        }
        if !self.take(",") {
            return Ok(Majority { members, others: Others::Cut });
        }
        self.require("others")?;
        if self.take("cut") {
            return Ok(Majority { members, others: Others::Cut });
        }
        self.require("dead")?;
        Ok(Majority { members, others: Others::Dead })
    }

    fn fated(&mut self) -> Result<NamedOverride, TextError> {
        Ok(NamedOverride { message: self.message()?, given: self.given()? })
    }

    fn given(&mut self) -> Result<Override, TextError> {
        if self.take("lost") {
            Ok(Override::Fate(Fate::Drop(Cause::Lost)))
        } else if self.take("twice") {
            Ok(Override::Fate(Fate::Duplicate(self.delay()?, self.delay()?)))
        } else if self.take("fails") {
            self.delay().map(Override::Fails)
        } else {
            self.delay().map(|after| Override::Fate(Fate::Deliver(after)))
        }
    }

    fn delay(&mut self) -> Result<Duration, TextError> {
        let Some(text) = self.peek().and_then(|word| word.strip_prefix('+')) else {
            return Err(self.unexpected(Some("a delay such as +0.250s")));
        };
        let delay = span(text)?;
        self.next();
        Ok(delay)
    }
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
        Words::whole(text, Words::ending)
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
        Words::whole(text, Words::given)
    }
}

impl Display for NamedOverride {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.message, self.given)
    }
}

impl FromStr for NamedOverride {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, Words::fated)
    }
}
