//! What one word of a plan says: a server, a link, a message, a share, a rate.

use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::{MessageName, Rate, Ratio};

use crate::span::{seconds, span, time};
use crate::words::{TextError, Words};
use crate::{Link, Links, Weather, Who};

/// How many times as fast, or as slow, as the world's a clock may run.
const MOST_RATE: u32 = 1_000;

const LINKS: &str = "a link such as n1>n2, `leader>all` or `all>n3`";

impl Words<'_> {
    pub(super) fn time(&mut self) -> Result<Time, TextError> {
        self.value("a time such as 1.250s", time)
    }

    pub(super) fn span(&mut self) -> Result<Duration, TextError> {
        self.value("a span such as 0.300s", span)
    }

    pub(super) fn server(&mut self) -> Result<NodeId, TextError> {
        self.value("a server such as n1", server)
    }

    pub(super) fn who(&mut self) -> Result<Who, TextError> {
        self.value("a server such as n1, `leader` or `all`", who)
    }

    pub(super) fn link(&mut self) -> Result<Link, TextError> {
        self.value("a link such as n1>n2", link)
    }

    pub(super) fn links(&mut self) -> Result<Links, TextError> {
        self.value(LINKS, links)
    }

    pub(super) fn message(&mut self) -> Result<MessageName, TextError> {
        self.value("a message such as n1>n2#7", message)
    }

    pub(super) fn ratio(&mut self) -> Result<Ratio, TextError> {
        self.value("a ratio such as 1/10", ratio)
    }

    pub(super) fn rate(&mut self) -> Result<Rate, TextError> {
        self.value("a rate such as 3/2", rate)
    }

    pub(super) fn latency(&mut self) -> Result<(Duration, Duration), TextError> {
        self.value("a latency such as 0.001s..0.030s", latency)
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
        Words::whole(text, Words::who)
    }
}

impl Display for Links {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}>{}", self.from, self.to)
    }
}

impl FromStr for Links {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, Words::links)
    }
}

impl Display for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}>{}", self.from, self.to)
    }
}

impl FromStr for Link {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, Words::link)
    }
}

pub(super) fn known_server(text: &str) -> Option<NodeId> {
    let number = number(text.strip_prefix('n')?)?;
    (number != 0).then(|| NodeId::new(number))
}

fn server(text: &str) -> Result<NodeId, TextError> {
    known_server(text).ok_or_else(|| TextError::expected("a server such as n1", text))
}

fn known_who(text: &str) -> Option<Who> {
    match text {
        "leader" => Some(Who::Leader),
        "all" => Some(Who::All),
        text => known_server(text).map(Who::Node),
    }
}

fn who(text: &str) -> Result<Who, TextError> {
    known_who(text)
        .ok_or_else(|| TextError::expected("a server such as n1, `leader` or `all`", text))
}

fn links(text: &str) -> Result<Links, TextError> {
    let ends = text.split_once('>');
    match ends.and_then(|(from, to)| Some((known_who(from)?, known_who(to)?))) {
        Some((from, to)) if from == to && from != Who::All => Err(TextError::to_another(text)),
        Some((from, to)) => Ok(Links { from, to }),
        None => Err(TextError::expected(LINKS, text)),
    }
}

fn link(text: &str) -> Result<Link, TextError> {
    match ends(text) {
        Some((from, to)) => another(from, to, text).map(|()| Link { from, to }),
        None => Err(TextError::expected("a link such as n1>n2", text)),
    }
}

fn ends(text: &str) -> Option<(NodeId, NodeId)> {
    let (from, to) = text.split_once('>')?;
    Some((known_server(from)?, known_server(to)?))
}

fn another(from: NodeId, to: NodeId, text: &str) -> Result<(), TextError> {
    if from == to { Err(TextError::to_another(text)) } else { Ok(()) }
}

impl TextError {
    fn to_another(text: &str) -> Self {
        Self::expected("a link to another server", text)
    }
}

fn message(text: &str) -> Result<MessageName, TextError> {
    let parts = text.split_once('#').and_then(|(link, n)| Some((ends(link)?, number(n)?)));
    match parts {
        Some(((from, to), n)) => another(from, to, text).map(|()| MessageName { from, to, seq: n }),
        None => Err(TextError::expected("a message such as n1>n2#7", text)),
    }
}

/// Two numbers, as `3/2`; the second is not 0.
fn fraction(text: &str, what: &str) -> Result<(u32, u32), TextError> {
    let parts = text.split_once('/');
    match parts.and_then(|(above, below)| Some((number(above)?, number(below)?))) {
        Some((_, 0)) => Err(TextError::expected("a denominator above 0", text)),
        Some(parts) => Ok(parts),
        None => Err(TextError::expected(what, text)),
    }
}

fn ratio(text: &str) -> Result<Ratio, TextError> {
    let (numerator, denominator) = fraction(text, "a ratio such as 1/10")?;
    match numerator {
        0 => Ok(Ratio::ZERO),
        _ if numerator > denominator => Err(TextError::expected("a ratio of at most 1", text)),
        _ => Ok(Ratio::new(numerator, denominator)),
    }
}

fn rate(text: &str) -> Result<Rate, TextError> {
    let (numerator, denominator) = fraction(text, "a rate such as 3/2")?;
    let (own, worlds) = (u64::from(numerator), u64::from(denominator));
    let most = u64::from(MOST_RATE);
    if own > worlds * most || worlds > own * most {
        let what = format!("a rate from 1/{most} to {most}/1");
        return Err(TextError::expected(what, text));
    }
    Ok(Rate::new(numerator, denominator))
}

fn latency(text: &str) -> Result<(Duration, Duration), TextError> {
    let Some((least, most)) = text.split_once("..") else {
        return Err(TextError::expected("a latency such as 0.001s..0.030s", text));
    };
    let (least, most) = (span(least)?, span(most)?);
    if least > most {
        return Err(TextError::expected("the least latency before the most", text));
    }
    if most - least > Weather::MOST_APART {
        let apart = seconds(Weather::MOST_APART);
        return Err(TextError::expected(format!("latencies at most {apart} apart"), text));
    }
    Ok((least, most))
}

/// Whether a text is digits alone: what the standard library parses may have a sign.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number without a sign.
pub(super) fn number<T: FromStr>(text: &str) -> Option<T> {
    if is_number(text) { text.parse().ok() } else { None }
}
