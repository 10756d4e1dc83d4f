//! The result of one search method on one bug.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use raftsim_explore::{HarnessPanic, Hunt, HuntStats};
use raftsim_specimens::mutant::MutationInfo;
use serde::Serialize;

use super::book::{Book, Page};
use super::method::SearchMethod;

/// The result of one search method on one bug.
pub(super) struct Row {
    pub(super) bug: &'static MutationInfo,
    pub(super) method: SearchMethod,
    pub(super) budget: NonZeroU64,
    pub(super) hunts: Vec<Hunt>,
    pub(super) found: HuntStats,
    cpu_seconds: f64,
}

/// The same, as JSON.
#[derive(Serialize)]
pub(super) struct RowJson<'a> {
    bug: &'a str,
    way: String,
    starts: usize,
    budget: u64,
    caught: bool,
    property: Option<&'a str>,
    /// How many searches ended with each property.
    properties: BTreeMap<&'a str, u64>,
    median_runs: Option<u64>,
    low: Option<u64>,
    high: Option<u64>,
    /// How many runs each search took; null if its budget ended first.
    runs: Vec<Option<u64>>,
    cpu_seconds: f64,
}

impl Row {
    /// Searches for a bug by one method, from at most `starts` starts, until the searches so far
    /// are enough. Returns `None` if the command is stopped before.
    pub(super) fn of(
        bug: &'static MutationInfo,
        method: SearchMethod,
        budget: NonZeroU64,
        starts: usize,
        is_enough: impl Fn(&[Hunt]) -> bool,
        book: &Book<'_>,
    ) -> Result<Option<Self>, HarnessPanic> {
        let name = format!("{}, {method}, at most {budget} runs", bug.name);
        let page = Page::open(book, &name);
        let mut hunts = page.hunts();
        while hunts.is_empty() || (hunts.len() < starts && !is_enough(&hunts)) {
            let start = hunts.len() as u64;
            let Some(hunt) = method.hunt(bug.mutation, start, page.made(), budget, &page)? else {
                page.stops_here();
                return Ok(None);
            };
            page.ends(&hunt);
            hunts.push(hunt);
        }
        let (found, cpu_seconds) = (HuntStats::of(&hunts), page.cpu_seconds());
        Ok(Some(Self { bug, method, budget, hunts, found, cpu_seconds }))
    }

    pub(super) fn is_caught(&self) -> bool {
        self.hunts.iter().any(|hunt| hunt.property.is_some())
    }

    /// How many searches ended with each property.
    fn properties(&self) -> BTreeMap<&'static str, u64> {
        let mut properties = BTreeMap::new();
        for property in self.hunts.iter().filter_map(|hunt| hunt.property) {
            *properties.entry(property.name()).or_default() += 1;
        }
        properties
    }

    /// The property with which most searches ended.
    pub(super) fn property(&self) -> Option<&'static str> {
        let most = self.properties().into_iter().max_by_key(|&(_, times)| times);
        most.map(|(property, _)| property)
    }

    /// The CPU time of a search, on average.
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    pub(super) fn cpu_millis(&self) -> f64 {
        self.cpu_seconds * 1e3 / self.hunts.len() as f64
    }

    pub(super) fn to_json(&self) -> RowJson<'_> {
        let HuntStats { median, low, high } = self.found;
        let runs = self.hunts.iter().map(|hunt| hunt.property.map(|_| hunt.runs));
        RowJson {
            bug: self.bug.name,
            way: self.method.to_string(),
            starts: self.hunts.len(),
            budget: self.budget.get(),
            caught: self.is_caught(),
            property: self.property(),
            properties: self.properties(),
            median_runs: median,
            low,
            high,
            runs: runs.collect(),
            cpu_seconds: self.cpu_seconds,
        }
    }
}
