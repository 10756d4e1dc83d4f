//! Steps as text: a verb, whose, and how.

use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::{Duration, NodeId, Time};

use crate::atom::number;
use crate::span::seconds;
use crate::words::{TextError, Words};
use crate::{Link, Step, Timed, Who};

impl Display for Timed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", seconds(self.at.since(Time::ZERO)), self.step)
    }
}

impl FromStr for Timed {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, |words| Ok(Self { at: words.time()?, step: words.step()? }))
    }
}

impl Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partition(groups) => {
                let groups: Vec<String> = groups.iter().map(|group| joined(group)).collect();
                write!(out, "partition {}", groups.join(" | "))
            }
            Self::Isolate { who, lasting } => write!(out, "isolate {who}{}", For(*lasting)),
            Self::Join(who) => write!(out, "join {who}"),
            Self::Block { links, lasting } => write!(out, "block {links}{}", For(*lasting)),
            Self::Unblock(links) => write!(out, "unblock {links}"),
            Self::Heal => out.write_str("heal"),
            Self::Swizzle { cut, mend, every } => {
                let (cut, mend) = (joined(cut), joined(mend));
                write!(out, "swizzle {cut} every {} mend {mend}", seconds(*every))
            }
            Self::Network(network) => write!(out, "network {network}"),
            Self::Link(links, network) => write!(out, "link {links} {network}"),
            Self::Crash { who, after: None, lasting } => {
                write!(out, "crash {who}{}", For(*lasting))
            }
            Self::Crash { who, after: Some(after), lasting } => {
                write!(out, "crash {who} after {after}{}", For(*lasting))
            }
            Self::Restart(who) => write!(out, "restart {who}"),
            Self::Pause { who, lasting } => write!(out, "pause {who}{}", For(*lasting)),
            Self::Resume(who) => write!(out, "resume {who}"),
            Self::Disk { who, latency } => write!(out, "disk {who} {}", seconds(*latency)),
            Self::Clock { who, rate } => write!(out, "clock {who} {rate}"),
            Self::Jump { who, ahead } => write!(out, "jump {who} {}", seconds(*ahead)),
            Self::Expire(who) => write!(out, "expire {who}"),
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

/// For how long, if that is said.
struct For(Option<Duration>);

impl Display for For {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |lasting| write!(out, " for {}", seconds(lasting)))
    }
}

fn joined<T: Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}

impl FromStr for Step {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, Words::step)
    }
}

/// What a step may begin with.
const VERBS: [&str; 18] = [
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
    "restart",
    "pause",
    "resume",
    "disk",
    "clock",
    "jump",
    "expire",
    "propose",
];

impl Words<'_> {
    fn step(&mut self) -> Result<Step, TextError> {
        let verb = self.value("a step such as `heal`", |verb| Ok(verb.to_owned()))?;
        Ok(match verb.as_str() {
            "partition" => Step::Partition(self.groups()?),
            "isolate" => Step::Isolate { who: self.who()?, lasting: self.lasting()? },
            "join" => Step::Join(self.who()?),
            "block" => Step::Block { links: self.links()?, lasting: self.lasting()? },
            "unblock" => Step::Unblock(self.links()?),
            "heal" => Step::Heal,
            "swizzle" => self.swizzle()?,
            "network" => Step::Network(self.network()?),
            "link" => Step::Link(self.links()?, self.network()?),
            "crash" => {
                let (who, after) = (self.who()?, self.after("after", Self::actions)?);
                Step::Crash { who, after, lasting: self.lasting()? }
            }
            "restart" => Step::Restart(self.who()?),
            "pause" => Step::Pause { who: self.who()?, lasting: self.lasting()? },
            "resume" => Step::Resume(self.who()?),
            "disk" => Step::Disk { who: self.who()?, latency: self.span()? },
            "clock" => Step::Clock { who: self.who()?, rate: self.rate()? },
            "jump" => Step::Jump { who: self.who()?, ahead: self.span()? },
            "expire" => Step::Expire(self.who()?),
            "propose" => {
                let (who, times) = (self.who()?, self.times()?);
                let every = self.after("every", Self::span)?.unwrap_or(Duration::ZERO);
                Step::Propose { who, times, every }
            }
            other => return Err(TextError::unknown("step", other, VERBS)),
        })
    }

    fn groups(&mut self) -> Result<Vec<Vec<NodeId>>, TextError> {
        let (mut groups, mut seen) = (vec![], BTreeSet::new());
        loop {
            let mut group = vec![];
            while group.is_empty() || self.peek().is_some_and(|word| word != "|") {
                let server = self.server()?;
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

    fn swizzle(&mut self) -> Result<Step, TextError> {
        let cut = self.listed_links("every")?;
        let every = self.after("every", Self::span)?;
        let Some(every) = every else { return Err(self.unexpected(None)) };
        self.require("mend")?;
        let mend = self.listed_links("")?;
        let sorted = |links: &[Link]| links.iter().copied().collect::<BTreeSet<_>>();
        if sorted(&cut) != sorted(&mend) {
            let (cut, mend) = (joined(&cut), joined(&mend));
            return Err(TextError::expected(format!("mend to list what is cut, {cut}"), mend));
        }
        Ok(Step::Swizzle { cut, mend, every })
    }

    /// One link or more, up to this word or the end.
    fn listed_links(&mut self, end: &str) -> Result<Vec<Link>, TextError> {
        let mut links = vec![];
        while links.is_empty() || self.peek().is_some_and(|word| word != end) {
            let link = self.link()?;
            if links.contains(&link) {
                return Err(TextError::twice("link", link));
            }
            links.push(link);
        }
        Ok(links)
    }

    fn lasting(&mut self) -> Result<Option<Duration>, TextError> {
        self.after("for", Self::span)
    }

    fn actions(&mut self) -> Result<u32, TextError> {
        let what = "a number of actions such as 3";
        self.value(what, |word| number(word).ok_or_else(|| TextError::expected(what, word)))
    }

    /// How many times, as `x20`; once if that is not said.
    fn times(&mut self) -> Result<u32, TextError> {
        let Some(times) = self.optional("x20", |word| word.strip_prefix('x')) else { return Ok(1) };
        let number = number(times).filter(|times| (1..=Step::MOST_TIMES).contains(times));
        number.ok_or_else(|| {
            let what = format!("a number such as x20, from x1 to x{}", Step::MOST_TIMES);
            TextError::expected(what, format_args!("x{times}"))
        })
    }
}

impl Step {
    /// Whom the step names.
    pub fn who(&self) -> Vec<Who> {
        match self {
            Self::Partition(groups) => groups.concat().into_iter().map(Who::Node).collect(),
            Self::Block { links, .. } | Self::Unblock(links) | Self::Link(links, _) => {
                vec![links.from, links.to]
            }
            // What is mended is what was cut.
            Self::Swizzle { cut, .. } => {
                cut.iter().flat_map(|link| [link.from, link.to]).map(Who::Node).collect()
            }
            Self::Heal | Self::Network(_) => vec![],
            Self::Join(who)
            | Self::Restart(who)
            | Self::Resume(who)
            | Self::Expire(who)
            | Self::Isolate { who, .. }
            | Self::Crash { who, .. }
            | Self::Pause { who, .. }
            | Self::Disk { who, .. }
            | Self::Clock { who, .. }
            | Self::Jump { who, .. }
            | Self::Propose { who, .. } => vec![*who],
        }
    }

    /// The servers that the step names.
    pub fn servers(&self) -> Vec<NodeId> {
        let node = |who| if let Who::Node(node) = who { Some(node) } else { None };
        self.who().into_iter().filter_map(node).collect()
    }
}
