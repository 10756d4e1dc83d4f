//! The end of what a program printed on its standard error.

use std::collections::VecDeque;
use std::mem;

/// How many of the last lines a failure quotes, and how many characters of one.
const LINES: usize = 10;
const LINE: usize = 300;

/// How many of the first bytes of a line are kept.
const KEPT: usize = 8 * LINE;

/// What is kept of a program's standard error: whole lines, so that it does not matter in which
/// parts they were read.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    /// The last lines that are not empty.
    lines: VecDeque<Vec<u8>>,
    /// What has been read of the next one.
    next: Vec<u8>,
}

impl Errors {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            let kept = part.len().min(KEPT.saturating_sub(self.next.len()));
            self.next.extend_from_slice(&part[..kept]);
            if part.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let line = mem::take(&mut self.next);
        if line.trim_ascii().is_empty() {
            return;
        }
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The last lines, to be appended to a sentence; nothing if there are none.
    pub(crate) fn take(&mut self) -> String {
        self.end_line();
        let lines = mem::take(&mut self.lines);
        if lines.is_empty() {
            return String::new();
        }
        let lines = lines.iter().map(|line| shown(String::from_utf8_lossy(line).trim()));
        format!("; on its standard error: {}", lines.collect::<Vec<_>>().join("; "))
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
