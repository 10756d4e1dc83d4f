//! Models of objects that are often tested.

pub mod kv;
pub mod register;
pub mod versioned;

use alloc::format;
use alloc::string::String;

/// How many characters of a value are printed at its end, if it is long.
const SHOWN: usize = 40;

/// A value in quotes. Of a long one the end is shown, since that is where values of one key differ.
fn quoted(value: &str) -> String {
    let length = value.chars().count();
    if length <= SHOWN + 8 {
        return format!("{value:?}");
    }
    let end: String = value.chars().skip(length - SHOWN).collect();
    format!("({} bytes that end with {end:?})", value.len())
}
