//! Where two runs part: their first difference.

use raftsim_sim::{Row, RowTopic};

/// Where two runs part. Each place is that of a row in its run; past the last row, that run has
/// ended there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parting {
    /// In the first run: the place of the first row that the other run has not.
    pub one: usize,
    /// The same in the second run.
    pub other: usize,
    /// How many rows are the same in both runs, without notes and what programs printed.
    pub same: usize,
}

impl Parting {
    /// The first difference between two runs; `None` if there is none. What nodes note and print is
    /// no difference: it is not part of a run's digest either.
    pub fn of(one: &[Row], other: &[Row]) -> Option<Self> {
        let counts = |rows: &[Row]| -> Vec<usize> {
            let counted =
                |place: &usize| !matches!(rows[*place].topic, RowTopic::Note | RowTopic::Log);
            (0..rows.len()).filter(counted).collect()
        };
        let (first, second) = (counts(one), counts(other));
        let pairs = first.iter().zip(&second);
        let same = pairs.take_while(|(here, there)| one[**here] == other[**there]).count();
        if same == first.len() && same == second.len() {
            return None;
        }
        let place = |places: &[usize], all: usize| places.get(same).copied().unwrap_or(all);
        Some(Self { one: place(&first, one.len()), other: place(&second, other.len()), same })
    }
}
