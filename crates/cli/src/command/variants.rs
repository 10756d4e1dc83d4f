//! The project's own complete Rafts and their variants, which the command offers by name: the forms
//! of the names, and the settings that each means. All of them are right; wrong Rafts are mutants.

use std::ops::Range;

use raftsim_node::Duration;
use raftsim_plan::TextError;
use raftsim_raft::{Config, Raft};
use raftsim_specimens::{Control, mutant};

use crate::command::nodes::{NodeEntry, Variant};

/// The project's own complete Rafts, with their variants: `raft`, which is ours, and `control`.
// The library makes the entry of our Raft that it compares nodes with. So only the library has code
// for worlds of these Rafts; a program that made entries of its own would have it twice.
pub fn own_nodes() -> Vec<NodeEntry> {
    vec![
        NodeEntry::with_variants::<Raft>("raft", RAFT, raft),
        NodeEntry::with_variants::<Control>("control", CONTROL, control),
    ]
}

/// The variants of our Raft.
const RAFT: &[Variant] = &[
    Variant {
        form: "pre-vote",
        about: "asks whether it would win before it stands for election, and protects its leader",
    },
    Variant {
        form: "timeout=A..B",
        about: "draws election timeouts from A to B, such as 2s..4s (with pre-vote: \
                raft:pre-vote,timeout=2s..4s)",
    },
];

/// The variants of the control Raft.
const CONTROL: &[Variant] = &{
    let mut all = [Variant { form: "", about: "" }; mutant::VARIANTS.len()];
    let mut place = 0;
    while place < all.len() {
        let mutant::VariantInfo { name, about, .. } = mutant::VARIANTS[place];
        all[place] = Variant { form: name, about };
        place += 1;
    }
    all
};

/// The settings of our Raft that `text` means: one variant, or several with commas between them.
fn raft(text: &str) -> Result<Config, String> {
    let mut config = Config::default();
    let mut seen: Vec<&str> = vec![];
    for word in text.split(',') {
        let (name, value) = word.split_once('=').map_or((word, None), |(a, b)| (a, Some(b)));
        if seen.contains(&name) {
            return Err(TextError::twice("variant", name).to_string());
        }
        seen.push(name);
        match (name, value) {
            ("pre-vote", None) => {
                config = Config { pre_vote: true, protect_leader: true, ..config };
            }
            ("timeout", Some(range)) => {
                let election_timeout = timeouts(range)?;
                let heartbeat_interval = heartbeat_interval(election_timeout.start);
                config = Config { election_timeout, heartbeat_interval, ..config };
            }
            _ => return Err(unknown(word, RAFT)),
        }
    }
    Ok(config)
}

/// The settings of the control Raft that `text` means: one variant, or several with commas between
/// them.
fn control(text: &str) -> Result<mutant::Config, String> {
    let mut variants = vec![];
    for word in text.split(',') {
        let variant = word.parse().map_err(|_| unlisted(word))?;
        if variants.contains(&variant) {
            return Err(TextError::twice("variant", word).to_string());
        }
        variants.push(variant);
    }
    Ok(mutant::Config::with(&variants))
}

fn unlisted(word: &str) -> String {
    let known: Vec<&str> = CONTROL.iter().map(|variant| variant.form).collect();
    TextError::unlisted("variant", word, &known, "`list` prints all of them").to_string()
}

fn unknown(word: &str, known: &[Variant]) -> String {
    TextError::unknown("variant", word, known.iter().map(|variant| variant.form)).to_string()
}

/// Reads a range of election timeouts. With shorter ones a leader would have to send more
/// heartbeats than the lab allows. In a narrower range servers stand for election at about the same
/// time again and again.
fn timeouts(text: &str) -> Result<Range<Duration>, String> {
    let (least, longest) = (Duration::from_millis(100), Duration::from_secs(60));
    let span = |text: &str| raftsim_plan::span(text).ok();
    let range = text.split_once("..").and_then(|(from, to)| Some(span(from)?..span(to)?));
    let range = range
        .filter(|it| least <= it.start && it.start + it.start / 5 <= it.end && it.end <= longest);
    range.ok_or_else(|| {
        let what = "election timeouts such as 2s..4s, from 100ms to 60s, the second at least a \
                    fifth longer than the first";
        TextError::expected(what, text).to_string()
    })
}

/// The time between two heartbeats if the shortest election timeout is `shortest`: a tenth of it;
/// for a short one the 100 ms that the lab allows, so long as an election timeout has room for two.
fn heartbeat_interval(shortest: Duration) -> Duration {
    (shortest / 10).max(Duration::from_millis(100).min(shortest / 2))
}
