//! The scenarios: the lab's tests by part, and those beyond the lab.

pub(crate) mod agreement;
pub(crate) mod beyond;
pub(crate) mod churn;
pub(crate) mod elections;
pub(crate) mod persistence;
pub(crate) mod snapshots;
