//! Faults as text: a verb, the server or the links, and the rest.

use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::NodeId;

use super::{CrashPoint, Fault, Link, Links};
use crate::text::{ServerName, TextError, Words, number, seconds};

impl<S: ServerName> Display for Fault<S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partition(groups) => {
                let groups: Vec<String> = groups.iter().map(|group| joined(group)).collect();
                write!(out, "partition {}", groups.join(" | "))
            }
            Self::Isolate(who) => write!(out, "isolate {who}"),
            Self::Join(who) => write!(out, "join {who}"),
            Self::Block(links) => write!(out, "block {links}"),
            Self::Unblock(links) => write!(out, "unblock {links}"),
            Self::Heal => out.write_str("heal"),
            Self::Swizzle { cut, mend, every } => {
                let (cut, mend) = (joined(cut), joined(mend));
                write!(out, "swizzle {cut} every {} mend {mend}", seconds(*every))
            }
            Self::Network(settings) => write!(out, "network {settings}"),
            Self::Link(links, settings) => write!(out, "link {links} {settings}"),
            Self::Crash { who, after: None } => write!(out, "crash {who}"),
            Self::Crash { who, after: Some(CrashPoint::Actions(many)) } => {
                write!(out, "crash {who} after {many}")
            }
            Self::Crash { who, after: Some(CrashPoint::Gap(number)) } => {
                write!(out, "crash {who} at gap {number}")
            }
            Self::Disarm(who) => write!(out, "disarm {who}"),
            Self::Restart(who) => write!(out, "restart {who}"),
            Self::Pause(who) => write!(out, "pause {who}"),
            Self::Resume(who) => write!(out, "resume {who}"),
            Self::Disk { who, latency } => write!(out, "disk {who} {}", seconds(*latency)),
            Self::Clock { who, rate } => write!(out, "clock {who} {rate}"),
            Self::Jump { who, ahead } => write!(out, "jump {who} {}", seconds(*ahead)),
            Self::Expire(who) => write!(out, "expire {who}"),
            Self::Campaign(who) => write!(out, "campaign {who}"),
        }
    }
}

impl<S: ServerName> FromStr for Fault<S> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, |words| {
            let verb = words.verb()?;
            let unknown = || TextError::unknown("fault", verb, VERBS);
            TextError::alone(words.faults(verb)?.ok_or_else(unknown)?)
        })
    }
}

/// The verbs of all faults.
pub const VERBS: [&str; 19] = [
    "partition",
    "isolate",
    "join",
    "block",
    "unblock",
    "heal",
    "swizzle",
    "network",
    "link",
    "crash",
    "disarm",
    "restart",
    "pause",
    "resume",
    "disk",
    "clock",
    "jump",
    "expire",
    "campaign",
];

impl<'a> Words<'a> {
    /// Reads the verb of any step.
    pub fn verb(&mut self) -> Result<&'a str, TextError> {
        let verb = self.next();
        verb.ok_or_else(|| self.unexpected(Some("a step such as `heal`")))
    }

    /// Reads what follows the `verb` of a fault: several faults if it names several links. `None` if
    /// no fault has this verb.
    pub fn faults<S: ServerName>(
        &mut self,
        verb: &str,
    ) -> Result<Option<Vec<Fault<S>>>, TextError> {
        Ok(Some(vec![match verb {
            "block" => return self.of_links(|_| Ok(Fault::Block)),
            "unblock" => return self.of_links(|_| Ok(Fault::Unblock)),
            "link" => {
                return self.of_links(|words| {
                    let settings = words.settings()?;
                    Ok(move |links| Fault::Link(links, settings))
                });
            }
            "partition" => Fault::Partition(self.groups()?),
            "isolate" => Fault::Isolate(self.server()?),
            "join" => Fault::Join(self.server()?),
            "heal" => Fault::Heal,
            "swizzle" => self.swizzle()?,
            "network" => Fault::Network(self.settings()?),
            "crash" => Fault::Crash { who: self.server()?, after: self.crash_point()? },
            "disarm" => Fault::Disarm(self.server()?),
            "restart" => Fault::Restart(self.server()?),
            "pause" => Fault::Pause(self.server()?),
            "resume" => Fault::Resume(self.server()?),
            "disk" => Fault::Disk { who: self.server()?, latency: self.span()? },
            "clock" => Fault::Clock { who: self.server()?, rate: self.rate()? },
            "jump" => Fault::Jump { who: self.server()?, ahead: self.span()? },
            "expire" => Fault::Expire(self.server()?),
            "campaign" => Fault::Campaign(self.server()?),
            _ => return Ok(None),
        }]))
    }

    /// Reads links, and then what is done to each of them.
    fn of_links<S: ServerName, F: Fn(Links<S>) -> Fault<S>>(
        &mut self,
        fault: impl FnOnce(&mut Self) -> Result<F, TextError>,
    ) -> Result<Option<Vec<Fault<S>>>, TextError> {
        let links = self.listed_links(|word| word.contains('>'))?;
        let fault = fault(self)?;
        Ok(Some(links.into_iter().map(fault).collect()))
    }

    fn groups(&mut self) -> Result<Vec<Vec<NodeId>>, TextError> {
        let (mut groups, mut seen) = (vec![], BTreeSet::new());
        loop {
            let mut group = vec![];
            while group.is_empty() || self.peek().is_some_and(|word| word != "|") {
                let server: NodeId = self.server()?;
                if !seen.insert(server) {
                    return Err(TextError::twice("server", server));
                }
                group.push(server);
            }
            groups.push(group);
            if !self.take("|") {
                return Ok(groups);
            }
        }
    }

    fn swizzle<S>(&mut self) -> Result<Fault<S>, TextError> {
        let cut: Vec<Link> = self.listed_links(|word| word != "every")?;
        let every = self.after("every", Self::span)?;
        let Some(every) = every else { return Err(self.unexpected(None)) };
        self.require("mend")?;
        let mend: Vec<Link> = self.listed_links(|_| true)?;
        let sorted = |links: &[Link]| links.iter().copied().collect::<BTreeSet<_>>();
        if sorted(&cut) != sorted(&mend) {
            let (cut, mend) = (joined(&cut), joined(&mend));
            return Err(TextError::expected(
                format!("`mend` and the links that are cut, {cut}"),
                mend,
            ));
        }
        Ok(Fault::Swizzle { cut, mend, every })
    }

    /// Reads one word that names links, none of them twice, or more while there `is_one`.
    fn listed_links<S: ServerName>(
        &mut self,
        is_one: impl Fn(&str) -> bool,
    ) -> Result<Vec<Links<S>>, TextError> {
        let mut listed = vec![];
        while listed.is_empty() || self.peek().is_some_and(&is_one) {
            let links = self.links()?;
            if listed.contains(&links) {
                return Err(TextError::twice("link", links));
            }
            listed.push(links);
        }
        Ok(listed)
    }

    fn crash_point(&mut self) -> Result<Option<CrashPoint>, TextError> {
        if self.take("at") {
            self.require("gap")?;
            let what = "the number of a gap between two writes, from 1";
            let gap = self.value(what, |word| {
                let gap = number(word).filter(|&gap: &u32| gap > 0);
                gap.ok_or_else(|| TextError::expected(what, word))
            });
            return gap.map(|gap| Some(CrashPoint::Gap(gap)));
        }
        Ok(self.after("after", Self::actions)?.map(CrashPoint::Actions))
    }

    fn actions(&mut self) -> Result<u32, TextError> {
        let what = "a number of actions such as 3";
        self.value(what, |word| number(word).ok_or_else(|| TextError::expected(what, word)))
    }
}

impl Words<'_> {
    /// Reads the next word as links such as `n1>n2`.
    pub fn links<S: ServerName>(&mut self) -> Result<Links<S>, TextError> {
        self.value(S::EXPECTED_LINKS, links)
    }
}

fn links<S: ServerName>(text: &str) -> Result<Links<S>, TextError> {
    let ends = text.split_once('>').and_then(|(from, to)| Some((S::read(from)?, S::read(to)?)));
    match ends {
        Some((from, to)) if from == to && !from.is_many() => {
            Err(TextError::expected("a link to another server", text))
        }
        Some((from, to)) => Ok(Links { from, to }),
        None => Err(TextError::expected(S::EXPECTED_LINKS, text)),
    }
}

impl<S: Display> Display for Links<S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}>{}", self.from, self.to)
    }
}

impl<S: ServerName> FromStr for Links<S> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, Words::links)
    }
}

fn joined<T: Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}
