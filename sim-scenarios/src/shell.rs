//! Commands to paste into a shell: a name becomes one word that the shell reads as this name.

use std::fmt::Write as _;

use raftsim_sim::text::foreign::is_harmful;

/// A name as one word of a command line: as it is if no shell minds it, else in quotes. In a name
/// with control characters these are escaped (`$'a\012b'`, which every shell but the plainest reads).
pub fn shell_word(name: &str) -> String {
    let is_plain = |char: char| char.is_alphanumeric() || "_./:@%+,-".contains(char);
    if !name.is_empty() && name.chars().all(is_plain) {
        return name.to_owned();
    }
    if !name.contains(is_harmful) {
        return format!("'{}'", name.replace('\'', r"'\''"));
    }
    let mut word = "$'".to_owned();
    for char in name.chars() {
        // Some shells look up an exclamation mark among earlier commands, even here.
        if char == '!' || is_harmful(char) {
            // Three digits each, so that a digit that follows is not taken for a part of them.
            for byte in char.to_string().bytes() {
                write!(word, r"\{byte:03o}").expect("writing to a string");
            }
        } else {
            word.extend(matches!(char, '\'' | '\\').then_some('\\'));
            word.push(char);
        }
    }
    word.push('\'');
    word
}

/// The arguments of a command as a line.
pub fn shell_line(arguments: &[String]) -> String {
    let word = |argument: &String| match argument.split_once('=') {
        // No shell minds the equals sign after an option.
        Some((option, value)) if option.starts_with("--") => {
            format!("{}={}", shell_word(option), shell_word(value))
        }
        Some(_) | None => shell_word(argument),
    };
    arguments.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// A plan's file as one word of a command line, which `replay` and `shrink` read as a file and not
/// as an option or a scenario.
pub fn plan_word(file: &str) -> String {
    let is_plain = !file.starts_with('-') && (file.contains('/') || file.contains('.'));
    if is_plain { shell_word(file) } else { shell_word(&format!("./{file}")) }
}
