//! What of a sweep is done: so much that the sweep can be taken up again from it.

use std::collections::BTreeMap;

use super::Sweep;
use super::tally::Tally;

/// The pieces of a sweep that are done, in order. Threads hand in their pieces as they come; two
/// that meet become one.
///
/// A place is a number from 0 to [`Sweep::count`], which stands for the seed [`Sweep::seed`].
///
/// Invariants: pieces do not overlap, and none is empty. Two pieces that meet are one, unless the
/// first ends the sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// By the first place of a piece.
    pieces: BTreeMap<u64, Piece>,
}

/// The result of consecutive seeds of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The place after its last seed.
    pub end: u64,
    /// What its seeds gave.
    pub tally: Tally,
}

impl Done {
    /// The first place of each piece, and the piece.
    pub fn pieces(&self) -> impl Iterator<Item = (u64, &Piece)> {
        self.pieces.iter().map(|(&begin, piece)| (begin, piece))
    }

    /// Adds a piece that begins at `begin`.
    ///
    /// # Panics
    /// If it overlaps one that is there, or is empty.
    pub fn add(&mut self, options: &Sweep, begin: u64, piece: Piece) {
        let mut piece = piece;
        assert!(begin < piece.end, "a piece is not empty");
        let before = self.pieces.range(..piece.end).next_back().map(|(&first, it)| (first, it.end));
        let reaches = before.map_or(0, |(_, end)| end);
        assert!(reaches <= begin, "a piece is done once");
        if let Some(next) = self.pieces.remove(&piece.end) {
            if options.ends_with(&piece.tally) {
                self.pieces.insert(piece.end, next);
            } else {
                piece.tally.add(next.tally);
                piece.end = next.end;
            }
        }
        match before {
            Some((first, end)) if end == begin => {
                let before = self.pieces.get_mut(&first).expect("found above");
                if options.ends_with(&before.tally) {
                    self.pieces.insert(begin, piece);
                } else {
                    before.tally.add(piece.tally);
                    before.end = piece.end;
                }
            }
            Some(_) | None => {
                self.pieces.insert(begin, piece);
            }
        }
    }

    /// The tally of everything that is done; of a sweep that ends with its first failure, up to the
    /// lowest seed that failed.
    pub fn tally(&self, options: &Sweep) -> Tally {
        let mut sum = Tally::default();
        for piece in self.pieces.values() {
            sum.add(piece.tally.clone());
            if options.ends_with(&sum) {
                break;
            }
        }
        sum
    }

    /// The first place that is not done; the sweep's count if all are. Of a sweep that ended with
    /// its first failure all are.
    pub fn next(&self, options: &Sweep) -> u64 {
        self.gaps(options).first().map_or(options.count(), |&(begin, _)| begin)
    }

    /// The places that are still to be done: the first of each gap, and the one after its last.
    pub(super) fn gaps(&self, options: &Sweep) -> Vec<(u64, u64)> {
        let mut gaps = vec![];
        let mut at = 0;
        for (&begin, piece) in &self.pieces {
            if at < begin {
                gaps.push((at, begin));
            }
            at = piece.end;
            if options.ends_with(&piece.tally) {
                return gaps;
            }
        }
        if at < options.count() {
            gaps.push((at, options.count()));
        }
        gaps
    }
}
