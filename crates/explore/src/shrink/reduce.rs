//! Leaves out lines: by delta debugging (Zeller and Hildebrandt 2002), singly, and in pairs.

use super::search::Search;
use raftsim_plan::Plan;

/// Leaves out as many of the best plan's items as it can: first all of them, then smaller and
/// smaller parts. It begins at the end: what comes late in a run changes the least of what the
/// other items do. `with` returns the plan that has these items and no others.
pub(super) fn reduce<T: Clone>(
    search: &mut Search<'_>,
    items: Vec<T>,
    with: impl Fn(&Plan, &[T]) -> Plan,
) {
    let mut items = items;
    let mut part = items.len();
    while part > 0 {
        let mut end = items.len();
        while end > 0 {
            let start = end.saturating_sub(part);
            // Of hundreds of thousands of items the rest is not made if nobody plays it.
            let rest = || [&items[..start], &items[end..]].concat();
            if search.takes(|best| with(best, &rest())) {
                items = rest();
            }
            end = start;
        }
        part = items.len().min(part / 2);
    }
}

/// Leaves out single lines until each of those left is needed. Then the plan is 1-minimal, unless
/// the budget ended first.
pub(super) fn reduce_singly(search: &mut Search<'_>) {
    let mut has_changed = true;
    while has_changed && !search.is_spent() {
        has_changed = false;
        for line in (0..search.best().lines()).rev() {
            has_changed |= search.takes(|best| best.without_line(line));
        }
    }
}

/// The largest plan, in lines, for which all pairs of lines are tried.
const FEW: usize = 32;

/// Leaves out two lines at once where neither can go alone, such as a fault and the step that ends
/// it. Returns whether it left out any.
pub(super) fn reduce_in_pairs(search: &mut Search<'_>) -> bool {
    let mut has_changed = false;
    let mut second = search.best().lines();
    if second > FEW {
        return false;
    }
    while second > 0 {
        second -= 1;
        let takes = |first| search.takes(|best| best.without_line(second).without_line(first));
        if (0..second).rev().any(takes) {
            has_changed = true;
            second = search.best().lines();
        }
    }
    has_changed
}
