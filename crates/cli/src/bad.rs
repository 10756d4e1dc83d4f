//! Bad usage and bad input: one clear line each.

use std::io;

/// Why a command could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Bad {
    /// Not bad at all: help or version was asked for.
    #[error("{0}")]
    Told(String),
    #[error("{0}")]
    Usage(String),
    #[error("no {kind} is named `{name}` ({hint})")]
    Unknown { kind: &'static str, name: String, hint: String },
    #[error("there is no file `{0}`")]
    NoFile(String),
    #[error("{file}: {problem}")]
    Plan { file: String, problem: String },
    #[error("{file}: {error}")]
    File { file: String, error: io::Error },
    #[error("{0}")]
    Output(#[from] io::Error),
}

impl Bad {
    /// `name` is not among `known`: suggests the nearest, or names them all.
    pub(crate) fn unknown<'a>(
        kind: &'static str,
        name: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Self {
        let known: Vec<&str> = known.collect();
        // Farther than this and the suggestion would be a guess.
        let near = |other: &&str| strsim::damerau_levenshtein(name, other) <= other.len() / 2;
        let nearest = known
            .iter()
            .copied()
            .filter(near)
            .min_by_key(|other| strsim::damerau_levenshtein(name, other));
        let hint = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("there is {}", known.join(", ")),
        };
        Self::Unknown { kind, name: name.to_owned(), hint }
    }
}
