//! What `run` writes for other programs: plans, JUnit XML, and annotations where GitHub runs it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use raftsim_plan::Expect;
use sim_scenarios::terminal::complain;

use super::Swept;
use crate::command::args::RunArgs;
use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::out;
use crate::command::plans::{self, write_beside};

/// Keeps a plan for each property that a scenario broke, if a folder is named: that of the lowest
/// seed. What cannot be written is reported, and the sweep goes on.
pub(super) fn keep_plans(swept: &Swept, node: &NodeEntry, args: &RunArgs) {
    let (Some(folder), Ok(tally)) = (&args.output, &swept.tally) else { return };
    if tally.failed > 0
        && let Err(error) = fs::create_dir_all(folder)
    {
        let file = folder.display().to_string();
        return complain(format_args!("{}", Bad::File { file, error }));
    }
    for (property, &seed) in &tally.first_seeds {
        let expect = Expect::Breaks(property.name().to_owned());
        let plan = plans::of_scenario(swept.info, seed, node, args.calm.is_on(), expect);
        let name = format!("{}-{}-{seed}.toml", swept.info.name, plans::file_word(node.name()));
        if let Some(file) = plans::write(&plan, Some(&folder.join(name))) {
            complain(format_args!("{}, seed {seed}: kept as {file}", swept.info.name));
        }
    }
}

/// Writes the results as JUnit XML. `text` is what people read of a scenario that failed.
pub(super) fn write_junit(
    file: &Path,
    results: &[Swept],
    node: &NodeEntry,
    text: impl Fn(&Swept) -> Option<String>,
) -> Result<(), Bad> {
    let failed = results.iter().filter(|swept| swept.has_failed()).count();
    let skipped = results.iter().filter(|swept| swept.tally.is_err()).count();
    let seconds: f64 = results.iter().map(|swept| swept.wall_seconds).sum();
    let (count, suite) = (results.len(), xml(&format!("raftsim, node {}", node.name())));
    let totals =
        format!(r#"tests="{count}" failures="{failed}" skipped="{skipped}" time="{seconds:.3}""#);
    let mut document = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mut line = |text: &str| writeln!(document, "{text}").expect("writing to a string");
    line(&format!("<testsuites {totals}>"));
    line(&format!(r#"  <testsuite name="{suite}" {totals}>"#));
    for swept in results {
        let (name, part, time) = (swept.info.name, swept.info.part.name(), swept.wall_seconds);
        let case = format!(r#"<testcase name="{name}" classname="{part}" time="{time:.3}""#);
        match (&swept.tally, text(swept)) {
            (Err(why), _) => {
                line(&format!(r#"    {case}><skipped message="{why}"/></testcase>"#));
            }
            (Ok(_), Some(text)) => {
                let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
                let [first, rest] = [first, rest].map(xml);
                line(&format!("    {case}>"));
                line(&format!(r#"      <failure message="{first}">{rest}</failure>"#));
                line("    </testcase>");
            }
            (Ok(_), None) if swept.is_alone => {
                let why = "the other process of --twice=process ended without a result";
                line(&format!(r#"    {case}><failure message="{why}"/></testcase>"#));
            }
            (Ok(_), None) => line(&format!("    {case}/>")),
        }
    }
    line("  </testsuite>\n</testsuites>");
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
pub(super) fn annotate(text: &str) -> Result<(), Bad> {
    if std::env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return Ok(());
    }
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let title = escape(first).replace(':', "%3A").replace(',', "%2C");
    Ok(out::line(&format!("::error title={title}::{}", escape(rest.trim_start())))?)
}
