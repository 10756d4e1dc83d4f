//! README and guide: reading them, and writing anew the parts that a test can write.
//!
//! `just pages` (`RAFTSIM_GOLDEN=write cargo test -p raftsim pages`) writes transcripts, listings and
//! tables anew. Read the diff: the commit says why they moved.

use std::fs;
use std::path::{Path, PathBuf};

/// The README and the pages of the guide, as paths from the root of the repository.
pub(crate) const PAGES: [&str; 16] = [
    "README.md",
    "crates/cli/guide/any_language.md",
    "crates/cli/guide/bring_your_own.md",
    "crates/cli/guide/checks.md",
    "crates/cli/guide/contract.md",
    "crates/cli/guide/finds.md",
    "crates/cli/guide/go.md",
    "crates/cli/guide/lab.md",
    "crates/cli/guide/own.md",
    "crates/cli/guide/pages.md",
    "crates/cli/guide/plans.md",
    "crates/cli/guide/published.md",
    "crates/cli/guide/speed.md",
    "crates/cli/guide/sweeps.md",
    "crates/cli/guide/time_travel.md",
    "crates/cli/guide/why.md",
];

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the repository, from its root.
#[track_caller]
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A line of a page, and what it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// Prose, a heading, a link, the fence of a block.
    Text(&'a str),
    /// A row of a table.
    Row(&'a str),
    /// A line inside a fenced block.
    Code(&'a str),
}

/// The lines of a page.
pub(crate) fn lines(page: &str) -> Vec<Line<'_>> {
    let mut is_inside = false;
    let lines = page.lines().map(|line| {
        if line.starts_with("```") {
            is_inside = !is_inside;
            return Line::Text(line);
        }
        match is_inside {
            true => Line::Code(line),
            false if line.starts_with('|') => Line::Row(line),
            false => Line::Text(line),
        }
    });
    lines.collect()
}

/// The prose and the tables of a page, without its blocks.
pub(crate) fn prose(page: &str) -> String {
    let kept = lines(page).into_iter().filter_map(|line| match line {
        Line::Text(text) | Line::Row(text) => Some(text),
        Line::Code(_) => None,
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// A page with each fenced block replaced by what `renew` makes of it. `renew` is given the block's
/// language, the marker before it (`file: PATH`, if there is one) and its lines.
pub(crate) fn renew_blocks(
    page: &str,
    mut renew: impl FnMut(&str, Option<&str>, &[&str]) -> Vec<String>,
) -> String {
    let mut renewed: Vec<String> = vec![];
    let mut rest = page.lines();
    let mut marker = None;
    while let Some(line) = rest.next() {
        renewed.push(line.to_owned());
        let Some(language) = line.strip_prefix("```") else {
            if !line.is_empty() {
                marker = marker_in(line);
            }
            continue;
        };
        let block: Vec<&str> = rest.by_ref().take_while(|line| *line != "```").collect();
        renewed.extend(renew(language, marker.take(), &block));
        renewed.push("```".to_owned());
    }
    renewed.join("\n") + "\n"
}

/// A page with the rows of each table after a marker replaced by what `renew` makes of them. `renew`
/// is given the marker (`table: NAME`) and the rows without the table's head.
pub(crate) fn renew_tables(
    page: &str,
    mut renew: impl FnMut(&str, &[&str]) -> Vec<String>,
) -> String {
    let mut renewed: Vec<String> = vec![];
    let mut rest = page.lines().peekable();
    let mut marker = None;
    while let Some(line) = rest.next() {
        renewed.push(line.to_owned());
        if !line.is_empty() && !line.starts_with('|') {
            marker = marker_in(line);
        }
        if line.starts_with("|---")
            && let Some(name) = marker.take()
        {
            let mut rows = vec![];
            while let Some(row) = rest.next_if(|line| line.starts_with('|')) {
                rows.push(row);
            }
            renewed.extend(renew(name, &rows));
        }
    }
    renewed.join("\n") + "\n"
}

/// What an invisible marker says: `<!-- file: PATH -->`, `<!-- table: NAME -->`.
fn marker_in(line: &str) -> Option<&str> {
    line.strip_prefix("<!-- ")?.strip_suffix(" -->")
}

/// Expects a page to be what `renewed` says; or writes it, if `RAFTSIM_GOLDEN` asks for that.
#[track_caller]
pub(crate) fn expect_page(path: &str, renewed: &str) {
    #[expect(clippy::disallowed_methods, reason = "an entry point reads its documented variables")]
    let asked = std::env::var("RAFTSIM_GOLDEN");
    if asked.as_deref() == Ok("write") {
        fs::write(root().join(path), renewed).expect("a page can be written");
    }
    let page = read(path);
    for (number, (line, expected)) in page.lines().zip(renewed.lines()).enumerate() {
        assert_eq!(line, expected, "{path}, line {}: see the head of pages.rs", number + 1);
    }
    assert_eq!(page, renewed, "{path}: see the head of pages.rs");
}
