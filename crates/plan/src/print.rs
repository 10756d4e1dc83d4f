//! Printing plan files: TOML, in which each key, step and fate has a line of its own.

use std::fmt::{self, Display, Write};

use raftsim_sim::Delays;
use raftsim_sim::text::foreign::is_harmful;
use raftsim_sim::text::seconds;

use crate::{
    Conditions, Expect, NamedOverride, Plan, Schedule, Scope, Snapshots, Target, snapshots,
};

impl Display for Plan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.expect {
            Expect::Breaks(property) => writeln!(out, "breaks = {}", Quoted(property))?,
            Expect::Guards(property) => writeln!(out, "guards = {}", Quoted(property))?,
        }
        writeln!(out, "node = {}", Quoted(&self.node))?;
        match i64::try_from(self.seed) {
            Ok(seed) => writeln!(out, "seed = {seed}")?,
            // It exceeds TOML's integers.
            Err(_) => writeln!(out, "seed = \"{}\"", self.seed)?,
        }
        if let Some(digest) = self.digest {
            writeln!(out, "digest = \"{digest:016x}\"")?;
        }
        if self.closed {
            writeln!(out, "closed = true")?;
        }
        match &self.target {
            Target::Scenario { name, calm, conditions } => {
                writeln!(out, "scenario = {}", Quoted(name))?;
                if !calm {
                    writeln!(out, "calm = false")?;
                }
                conditions.write(out)?;
            }
            Target::Cluster(schedule) => schedule.write(out)?,
        }
        if self.fates.is_empty() {
            return Ok(());
        }
        let fates = self.fates.iter().map(|(&message, &fate)| NamedOverride { message, fate });
        array(out, "fates", fates)
    }
}

impl Conditions {
    fn write(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(servers) = self.servers {
            writeln!(out, "servers = {servers}")?;
        }
        if let Some(network) = self.network {
            writeln!(out, "network = \"{network}\"")?;
        }
        delays(out, self.delays.as_ref())
    }
}

impl Schedule {
    fn write(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "servers = {}", self.servers)?;
        writeln!(out, "network = \"{}\"", self.network)?;
        delays(out, self.delays.as_ref())?;
        writeln!(
            out,
            "demands = \"{}\"",
            match self.scope {
                Scope::Elections => "leader",
                Scope::Log | Scope::Disk | Scope::Snapshots => "agreement",
            }
        )?;
        match &self.snapshots {
            Snapshots::Never => {}
            Snapshots::Every(often) => writeln!(out, "snapshots = {often}")?,
            Snapshots::Own(own) => {
                let lines = own.iter().map(|(&node, &interval)| snapshots::Line(node, interval));
                array(out, "snapshots", lines)?;
            }
        }
        writeln!(out, "length = \"{}\"", seconds(self.length))?;
        writeln!(out, "ending = \"{}\"", self.ending)?;
        array(out, "steps", self.steps.iter())
    }
}

fn delays(out: &mut fmt::Formatter<'_>, delays: Option<&Delays>) -> fmt::Result {
    delays.map_or(Ok(()), |delays| array(out, "delays", delays.rows()))
}

/// Writes an array of texts, one per line. None of them contains a character that TOML escapes.
fn array<T: Display>(
    out: &mut fmt::Formatter<'_>,
    key: &str,
    items: impl ExactSizeIterator<Item = T>,
) -> fmt::Result {
    if items.len() == 0 {
        return writeln!(out, "{key} = []");
    }
    writeln!(out, "{key} = [")?;
    for item in items {
        writeln!(out, "  \"{item}\",")?;
    }
    writeln!(out, "]")
}

/// Any text, printed as a TOML string.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_char('"')?;
        for char in self.0.chars() {
            match char {
                '"' | '\\' => write!(out, "\\{char}")?,
                char if is_harmful(char) => write!(out, "\\U{:08X}", u32::from(char))?,
                char => out.write_char(char)?,
            }
        }
        out.write_char('"')
    }
}
