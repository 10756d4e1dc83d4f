//! The end of what a program printed on its standard error.

use std::mem;

/// How many of the last lines a failure quotes, and how many bytes of one.
const LINES: usize = 10;
const LINE: usize = 300;

/// How many of the last bytes are kept.
const KEPT: usize = LINES * LINE;

/// What is kept of a program's standard error.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<u8>);

impl Errors {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        if self.0.len() > 2 * KEPT {
            let rest = self.0.split_off(self.0.len() - KEPT);
            self.0 = rest;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The last lines, to be appended to a sentence; nothing if there are none.
    pub(crate) fn take(&mut self) -> String {
        let bytes = mem::take(&mut self.0);
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let lines = lines.into_iter().filter(|line| !line.is_empty());
        let mut last: Vec<String> = lines.rev().take(LINES).map(shown).collect();
        if last.is_empty() {
            return String::new();
        }
        last.reverse();
        format!("; on its standard error: {}", last.join("; "))
    }
}

/// A line, cut short, and without the addresses in it: those differ from run to run.
fn shown(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("0x") {
        let (before, number) = rest.split_at(at + 2);
        let after = number.trim_start_matches(|char: char| char.is_ascii_hexdigit());
        shown.push_str(before);
        let digits = number.len() - after.len();
        shown.push_str(if digits >= 6 { "..." } else { &number[..digits] });
        rest = after;
    }
    shown.push_str(rest);
    match shown.char_indices().nth(LINE) {
        Some((end, _)) => shown[..end].to_owned() + "...",
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::Errors;

    #[test]
    fn the_last_lines_are_kept_without_addresses() {
        let mut errors = Errors::default();
        for line in 0..10_000 {
            errors.add(format!("line {line}\n\n").as_bytes());
        }
        errors.add(b"<Raft at 0x7f00deadbeef> 0x1f \xff\n");
        let end = errors.take();
        assert!(end.starts_with("; on its standard error: line 9991; line 9992; "), "{end}");
        assert!(end.ends_with("; line 9999; <Raft at 0x...> 0x1f \u{fffd}"), "{end}");
        errors.add("x".repeat(10_000).as_bytes());
        assert!(errors.take().len() < 400);
        assert_eq!(errors.take(), "");
    }
}
