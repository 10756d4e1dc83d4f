//! Scenarios on another number of servers, or another network, than their own.

use raftsim_node::Duration;
use raftsim_plan::Conditions;
use raftsim_sim::text::counted;
use sim_scenarios::ScenarioInfo;
use sim_scenarios::terminal::complain;

use super::Swept;
use crate::command::args::OnWhat;
use crate::command::bad::Bad;
use crate::command::out;

/// Why a scenario is left out that has its own number of servers.
const FIXES_SIZE: &str = "fixes its number of servers";

/// Why one is left out that has its own network.
const FIXES_NETWORK: &str = "fixes its network";

/// Says on stderr, before the sweep, what another network, or delays, do to the lab's limits:
/// nothing, if every message is delivered at once.
pub(super) fn announce(on: &OnWhat) {
    let slow = on.conditions().network.filter(|network| !network.keeps(Duration::ZERO));
    let place = match (slow, on.delays_file()) {
        (Some(network), None) => format!("on the network `{network}`, and not the lab's"),
        (None, Some(file)) => format!("with the delays in {file}, and not on the lab's network"),
        (Some(network), Some(file)) => {
            format!("on the network `{network}`, and not the lab's, with the delays in {file}")
        }
        (None, None) => return,
    };
    complain(format_args!("{place}: a correct Raft may miss any limit of the lab there"));
}

/// Why a scenario is not run under these conditions; none if it is.
pub(super) fn why_not(info: &ScenarioInfo, conditions: &Conditions) -> Option<&'static str> {
    if conditions.servers.is_some_and(|servers| info.refuses_servers(servers).is_some()) {
        return Some(FIXES_SIZE);
    }
    info.refuses(conditions).map(|_| FIXES_NETWORK)
}

/// Prints how many scenarios were left out, and why.
pub(super) fn print_left_out(results: &[Swept], conditions: &Conditions) -> Result<(), Bad> {
    let left_out = |why| {
        let out = results.iter().filter(|swept| swept.tally.as_ref().err() == Some(&why));
        out.count() as u64
    };
    let mut lines = vec![];
    let size = left_out(FIXES_SIZE);
    if let Some(servers) = conditions.servers.filter(|_| size > 0) {
        let (size, servers) = (counted(size, "scenario"), counted(servers, "server"));
        lines.push(format!("not run: {size} that cannot run with {servers}, as `list` shows"));
    }
    let network = left_out(FIXES_NETWORK);
    if network > 0 {
        let network = counted(network, "scenario");
        lines.push(format!("not run: {network} that depend on the lab's network, as `list` shows"));
    }
    if lines.is_empty() { Ok(()) } else { Ok(out::line(&format!("\n{}", lines.join("\n")))?) }
}
