//! What runs do not judge because the node does not give what an oracle needs.

use raftsim_sim::{Property, property};

use crate::judged::{Judged, Needs, PROPERTIES, Seen, Shown};
use crate::{CommitIndex, LeaderStays, Promises, Quorum};

/// A property that was not judged, or not wholly, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotJudged {
    /// The property.
    pub property: Property,
    /// What the node does not give, as a clause.
    pub why: &'static str,
}

const NO_VIEW: &str = "its disks offer no view";
const NO_TERM: &str = "its messages have no term";
const NO_PROMISE: &str = "its messages promise nothing";
const NEITHER: &str = "its messages have no term, and promise nothing";
const NO_COMMIT: &str = "its status has no commit index";
const NO_CLAIM: &str = "not claimed";

impl Judged {
    /// What was not judged, in any run, of a node that shows `shown`: in the order of the reasons.
    /// Whether runs are `plans` decides if faults may stand in them. Without a run there is nothing
    /// to say.
    pub fn not_judged(&self, shown: &Shown, plans: bool) -> Vec<NotJudged> {
        if self.iter().all(|(_, times)| times == 0) {
            return vec![];
        }
        let mut all = vec![];
        let mut add = |why, properties: &[Property]| {
            all.extend(properties.iter().map(|&property| NotJudged { property, why }));
        };
        if shown.view {
            match self.seen {
                // A server that is alone sends none, whatever they would say.
                Seen { messages: false, .. } | Seen { terms: true, promises: true, .. } => {}
                Seen { terms: false, promises: false, .. } => add(NEITHER, &[Promises::PROPERTY]),
                Seen { terms: false, .. } => add(NO_TERM, &[Promises::PROPERTY]),
                Seen { promises: false, .. } => add(NO_PROMISE, &[Promises::PROPERTY]),
            }
        } else {
            let of_view = PROPERTIES.iter().filter(|(_, needs)| *needs == Needs::View);
            let mut hidden: Vec<Property> = of_view.map(|&(property, _)| property).collect();
            hidden.push(Promises::PROPERTY);
            add(NO_VIEW, &hidden);
        }
        let reports = self.iter().any(|(it, times)| it == CommitIndex::PROPERTY && times > 0);
        add(NO_COMMIT, if reports { &[] } else { &[CommitIndex::PROPERTY] });
        let claims = &shown.claims;
        let unclaimed = [
            (claims.steps_down_within.is_some(), Quorum::PROPERTY),
            (claims.keeps_its_leader, LeaderStays::PROPERTY),
            (claims.copes_with_standing_faults || !plans, property::AGREEMENT_WHILE_FAULTS_STAND),
        ];
        for (is_judged, property) in unclaimed {
            add(NO_CLAIM, if is_judged { &[] } else { std::slice::from_ref(&property) });
        }
        all
    }
}
