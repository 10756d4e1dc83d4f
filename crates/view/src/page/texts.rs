//! The texts of a page, each distinct one once.

use std::collections::BTreeMap;

/// The most characters of one text.
const MOST: usize = 400;

/// A pool of texts.
#[derive(Debug, Default)]
pub(super) struct Texts {
    places: BTreeMap<String, i64>,
    all: Vec<String>,
}

impl Texts {
    /// The place of a text, which is cut if it is long.
    pub(super) fn place(&mut self, text: &str) -> i64 {
        let text = cut(text);
        if let Some(&place) = self.places.get(&text) {
            return place;
        }
        let place = i64::try_from(self.all.len()).expect("fits in an i64");
        self.all.push(text.clone());
        self.places.insert(text, place);
        place
    }

    /// All texts by their places.
    pub(super) fn into_all(self) -> Vec<String> {
        self.all
    }
}

/// A text of at most 400 characters. A longer one ends with how many it had.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}... ({} characters)", &text[..end], text.chars().count()),
    }
}
