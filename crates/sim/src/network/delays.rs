//! The delays of links: what messages take on their way because servers are far from each other.
//!
//! A matrix of delays is a fact of the cluster, as its number of servers is: no fault changes it.
//! Its delays come on top of what the settings of links say.

use std::fmt::Display;
use std::sync::Arc;

use raftsim_node::{Duration, NodeId};

use super::settings::{Leg, LinkSettings, Spread};
use super::text::range;
use crate::text::foreign::quote;
use crate::text::{TextError, counted, seconds, span};

/// How long messages take from each server to each other one, besides what the settings of their
/// link say: a matrix with a row for each sender and a column for each addressee. A clone shares it.
///
/// ```
/// use raftsim_sim::Delays;
///
/// let text = "# us, eu
///     -    45ms
///     40ms..0.050s, -";
/// let delays = Delays::read(text)?;
/// assert_eq!(delays.rows().collect::<Vec<_>>(), ["- 0.045s", "0.040s..0.050s -"]);
///
/// let error = Delays::read("- 45ms\n45 -").unwrap_err();
/// let problem = "line 2: column 1: expected a delay with its unit, such as 45ms, not `45`";
/// assert_eq!(error.to_string(), problem);
/// # Ok::<(), raftsim_sim::DelaysError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delays {
    size: u8,
    /// By sender, then addressee: `size` times `size` of them. That of a server to itself is zero.
    cells: Arc<[Spread]>,
}

/// Why a text is no matrix of delays. Prints as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelaysError {
    /// The line of the text, from 1; `None` if the problem concerns the whole text.
    pub line: Option<usize>,
    /// What was expected, and what was found. It names the column, from 1, if it is about one.
    pub problem: TextError,
}

impl Display for DelaysError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(out, "line {line}: {}", self.problem),
            None => self.problem.fmt(out),
        }
    }
}

impl std::error::Error for DelaysError {}

impl Delays {
    /// Reads a text that has a line for each server, n1 first: the delays of what it sends to n1, to
    /// n2, … and to the last server, with blanks or commas between them. A delay is a span such as
    /// `45ms` or `0.045s`, or a range such as `0.040s..0.050s`, in which every nanosecond is as
    /// likely; what a server sends itself is `-` or `0`. Empty lines do not count, and `#` begins a comment.
    ///
    /// # Errors
    /// If the text is none of that form, or has more than 255 rows.
    pub fn read(text: &str) -> Result<Self, DelaysError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let rows: Vec<_> = (1..).zip(lines).filter(|(_, line)| !line.is_empty()).collect();
        Self::of_rows(&rows)
    }

    /// Reads the rows of a matrix, n1's first, each with the line on which it stands.
    ///
    /// # Errors
    /// The same.
    pub fn of_rows(rows: &[(usize, &str)]) -> Result<Self, DelaysError> {
        let size = u8::try_from(rows.len()).ok().filter(|&size| size > 0).ok_or_else(|| {
            let what = "a row for each server, 1 to 255 rows";
            DelaysError { line: None, problem: TextError::expected(what, rows.len()) }
        })?;
        let mut cells = Vec::with_capacity(rows.len() * rows.len());
        for (from, &(line, row)) in (1..=size).map(NodeId::new).zip(rows) {
            let delays = read_row(row, from, size);
            cells.extend(delays.map_err(|problem| DelaysError { line: Some(line), problem })?);
        }
        Ok(Self { size, cells: cells.into() })
    }

    /// How many servers there are.
    pub fn size(&self) -> u8 {
        self.size
    }

    /// The delay of what one server sends to another.
    ///
    /// # Panics
    /// If the matrix does not have one of the servers.
    pub fn between(&self, from: NodeId, to: NodeId) -> Spread {
        let (size, has) = (usize::from(self.size), |node: NodeId| node.number() <= self.size);
        assert!(has(from) && has(to), "the delays are those of n1 to n{size}");
        self.cells[from.slot() * size + to.slot()]
    }

    /// Whether no message takes a delay.
    pub fn are_zero(&self) -> bool {
        self.cells.iter().all(|&cell| cell == Spread::ZERO)
    }

    /// The delays among these servers, which in this order are n1, n2, and so on.
    ///
    /// # Panics
    /// If there are none, or more than 255, or if the matrix does not have one of them.
    #[must_use]
    pub fn among(&self, servers: &[NodeId]) -> Self {
        let size = u8::try_from(servers.len()).ok().filter(|&size| size > 0);
        let size = size.unwrap_or_else(|| panic!("1 to 255 servers, not {}", servers.len()));
        let row = |&from| servers.iter().map(move |&to| self.between(from, to));
        Self { size, cells: servers.iter().flat_map(row).collect() }
    }

    /// Each row as text, n1's first: `- 0.045s 0.040s..0.050s`.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = String> {
        self.cells.chunks(usize::from(self.size)).enumerate().map(|(from, row)| {
            let cell = |(to, delay): (usize, &Spread)| match delay {
                _ if from == to => "-".to_owned(),
                Spread { base, count: 0 | 1, .. } => seconds(*base).to_string(),
                _ => delay.to_string(),
            };
            row.iter().enumerate().map(cell).collect::<Vec<_>>().join(" ")
        })
    }

    /// What a link does that has these settings, delay included.
    pub fn over(&self, settings: LinkSettings, from: NodeId, to: NodeId) -> LinkSettings {
        let delay = self.between(from, to);
        let [request, reply] = [settings.request, settings.reply]
            .map(|leg| Leg { latency: sum(leg.latency, delay), ..leg });
        LinkSettings { request, reply, ..settings }
    }
}

/// The delays of what the server `from` of `size` servers sends.
fn read_row(row: &str, from: NodeId, size: u8) -> Result<Vec<Spread>, TextError> {
    // With commas an empty cell shows.
    let cells: Vec<&str> = if row.contains(',') {
        row.split(',').map(str::trim).collect()
    } else {
        row.split_whitespace().collect()
    };
    if cells.len() != usize::from(size) {
        let what = format!("{}, as many as there are rows", counted(size, "column"));
        return Err(TextError::expected(what, cells.len()));
    }
    let read = |(to, cell)| {
        read_cell(cell, from, to)
            .map_err(|error| TextError::new(format!("column {}: {error}", to.number())))
    };
    (1..=size).map(NodeId::new).zip(cells).map(read).collect()
}

fn read_cell(cell: &str, from: NodeId, to: NodeId) -> Result<Spread, TextError> {
    let is_own = from == to;
    let delay = match cell {
        "-" if is_own => Spread::ZERO,
        "-" | "" => {
            let what = format!("the delay from {from} to {to}, such as 45ms");
            return Err(TextError::new(format!("expected {what}, not `{cell}`")));
        }
        "0" => Spread::ZERO,
        _ if cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            return Err(TextError::expected("a delay with its unit, such as 45ms", cell));
        }
        _ if cell.contains("..") => range(cell)?,
        _ => Spread::fixed(span(cell)?),
    };
    if is_own && delay != Spread::ZERO {
        let what = format!("`-`, since {from} is this server itself");
        return Err(TextError::new(format!("expected {what}, not `{}`", quote(cell))));
    }
    Ok(delay)
}

/// Uniform over all that the sum of the two may be: exactly their sum, if one of them is fixed. If
/// it spans more than 4.29 s its values are some nanoseconds apart.
fn sum(one: Spread, other: Spread) -> Spread {
    let base = one.base + other.base;
    if other.count <= 1 {
        return Spread { base, ..one };
    }
    if one.count <= 1 {
        return Spread { base, ..other };
    }
    let apart = (one.most() + other.most() - base).as_nanos();
    let step = apart / u64::from(u32::MAX) + 1;
    let count = u32::try_from(apart / step).expect("the step is that wide") + 1;
    Spread { base, step: Duration::from_nanos(step), count }
}
