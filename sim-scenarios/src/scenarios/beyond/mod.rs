//! Beyond the lab: scenarios that the lab lacks.

pub(crate) mod figure_8;
pub(crate) mod links;
pub(crate) mod pre_vote;
pub(crate) mod sizes;
pub(crate) mod stale;
pub(crate) mod votes;
