//! What continuous integration reads of a result: annotations where GitHub runs the command, and JUnit
//! XML.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::command::bad::Bad;
use crate::command::out;
use crate::command::plans::write_beside;

/// One of the things that a command tried.
pub(crate) struct Case {
    pub(crate) name: String,
    /// What it belongs to: a part of the lab, or the command.
    pub(crate) class: &'static str,
    pub(crate) seconds: f64,
    pub(crate) outcome: Outcome,
}

/// What came of it.
pub(crate) enum Outcome {
    Passed,
    /// Why it was not tried.
    Skipped(&'static str),
    /// What people read of it. The first line is its title.
    Failed(String),
}

/// Writes these cases on a node as JUnit XML.
pub(crate) fn write_junit(file: &Path, node: &str, cases: &[Case]) -> Result<(), Bad> {
    let many = |is: fn(&Outcome) -> bool| cases.iter().filter(|case| is(&case.outcome)).count();
    let failed = many(|outcome| matches!(outcome, Outcome::Failed(_)));
    let skipped = many(|outcome| matches!(outcome, Outcome::Skipped(_)));
    let seconds: f64 = cases.iter().map(|case| case.seconds).sum();
    let (count, suite) = (cases.len(), xml(&format!("raftsim, node {node}")));
    let totals =
        format!(r#"tests="{count}" failures="{failed}" skipped="{skipped}" time="{seconds:.3}""#);
    let mut document = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mut line = |text: &str| writeln!(document, "{text}").expect("writing to a string");
    line(&format!("<testsuites {totals}>"));
    line(&format!(r#"  <testsuite name="{suite}" {totals}>"#));
    for Case { name, class, seconds, outcome } in cases {
        let name = xml(name);
        let case = format!(r#"<testcase name="{name}" classname="{class}" time="{seconds:.3}""#);
        match outcome {
            Outcome::Passed => line(&format!("    {case}/>")),
            Outcome::Skipped(why) => {
                line(&format!(r#"    {case}><skipped message="{why}"/></testcase>"#));
            }
            Outcome::Failed(text) => {
                let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
                let [first, rest] = [first, rest].map(xml);
                line(&format!("    {case}>"));
                line(&format!(r#"      <failure message="{first}">{rest}</failure>"#));
                line("    </testcase>");
            }
        }
    }
    line("  </testsuite>\n</testsuites>");
    if let Some(folder) = file.parent() {
        // If this fails, so does what follows.
        let _ = fs::create_dir_all(folder);
    }
    write_beside(file, &document)
        .map_err(|error| Bad::File { file: file.display().to_string(), error })
}

/// A text as it may stand in XML, also within quotes. Failures quote what a node says so that no
/// control characters are in them.
fn xml(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// Prints the text of a failure as an annotation if GitHub runs this command: see
/// <https://docs.github.com/actions/reference/workflow-commands>.
#[expect(clippy::disallowed_methods, reason = "the command reads its documented variables")]
pub(crate) fn annotate(text: &str) -> Result<(), Bad> {
    if std::env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return Ok(());
    }
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let title = escape(first).replace(':', "%3A").replace(',', "%2C");
    Ok(out::line(&format!("::error title={title}::{}", escape(rest.trim_start())))?)
}
