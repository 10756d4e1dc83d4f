//! Numbers that consist of digits, and fractions.

use std::str::FromStr;

use super::TextError;

/// Whether a text consists of digits. (The standard library's parser also accepts a sign.)
pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a number without a sign; `None` if the text is no number or does not fit into `T`.
pub fn number<T: FromStr>(text: &str) -> Option<T> {
    if is_number(text) { text.parse().ok() } else { None }
}

/// A count and what is counted, whose plural ends with an s: `1 server`, `3 servers`.
pub fn counted(count: impl Into<u64>, noun: &str) -> String {
    match count.into() {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

/// How many of how many: `3 of 48 fates`, `1 of 1 server`.
pub fn counted_of((left, of): (usize, usize), noun: &str) -> String {
    format!("{left} of {}", counted(of as u64, noun))
}

/// Reads two numbers such as `3/2`, of which the second is not 0. Errors say that `what` was
/// expected.
pub fn fraction(text: &str, what: &str) -> Result<(u32, u32), TextError> {
    let parts = text.split_once('/');
    match parts.and_then(|(above, below)| Some((number(above)?, number(below)?))) {
        Some((_, 0)) => Err(TextError::expected("a denominator above 0", text)),
        Some(parts) => Ok(parts),
        None => Err(TextError::expected(what, text)),
    }
}
