//! What a plan has: kinds of steps, the network that it begins with, snapshots, how it begins and
//! ends.

use raftsim_node::{Duration, Time};
use raftsim_plan::{Ending, Plan, Schedule, Snapshots, Step, Who};
use raftsim_sim::{Fault, Late, LinkSettings, Ratio, Spread};

/// One thing that a plan has or lacks.
pub(crate) struct Trait {
    pub(crate) name: &'static str,
    has: fn(&Schedule) -> bool,
}

/// Every trait: at most 64.
pub(crate) const TRAITS: &[Trait] = &[
    is("partition", |schedule| any_fault(schedule, |fault| matches!(fault, Fault::Partition(_)))),
    is("isolate", |schedule| any_fault(schedule, |fault| matches!(fault, Fault::Isolate(_)))),
    is("block", |schedule| any_fault(schedule, |fault| matches!(fault, Fault::Block(_)))),
    is("swizzle", |schedule| any_fault(schedule, |fault| matches!(fault, Fault::Swizzle { .. }))),
    is("network", |schedule| any_fault(schedule, is_bad_network)),
    is("link", |schedule| any_fault(schedule, |fault| matches!(fault, Fault::Link(..)))),
    is("pause", |schedule| any_fault(schedule, |fault| matches!(fault, Fault::Pause(_)))),
    is("clock", |schedule| any_fault(schedule, is_clock)),
    is("expire", |schedule| {
        let mut steps = schedule.steps.iter().map(|timed| &timed.step).peekable();
        while is_aged(schedule) && steps.next_if(|step| is_expire(step)).is_some() {}
        steps.any(is_expire)
    }),
    is("crash", |schedule| {
        any_fault(schedule, |fault| matches!(fault, Fault::Crash { after: None, .. }))
    }),
    is("crash within", |schedule| {
        any_fault(schedule, |fault| matches!(fault, Fault::Crash { after: Some(_), .. }))
    }),
    is("disk", |schedule| {
        any_fault(
            schedule,
            |fault| matches!(fault, Fault::Disk { latency, .. } if *latency > Duration::ZERO),
        )
    }),
    is("trickle", |schedule| proposes(schedule, |every, _| every >= Duration::from_millis(1))),
    is("burst", |schedule| {
        proposes(schedule, |every, times| every == Duration::ZERO && times <= 8)
    }),
    is("starts lossy", |schedule| starts(schedule, |network| network.request.loss != Ratio::ZERO)),
    is("starts reordering", |schedule| {
        starts(schedule, |network| network.reply.late != Late::NEVER)
    }),
    is("starts doubling", |schedule| {
        starts(schedule, |network| network.request.duplicate != Ratio::ZERO)
    }),
    is("slow snapshots", |schedule| starts(schedule, |network| network.snapshots != Spread::ZERO)),
    is("snapshots: all alike", |schedule| matches!(schedule.snapshots, Snapshots::Every(_))),
    is("snapshots: each its own", |schedule| matches!(schedule.snapshots, Snapshots::Own(_))),
    is("aged", is_aged),
    is("long", |schedule| proposes(schedule, |every, _| every == Duration::from_micros(10))),
    is("ends in quiet", |schedule| matches!(schedule.ending, Ending::Quiet(_))),
    is("ends with load", |schedule| matches!(schedule.ending, Ending::Load { .. })),
    is("faults stand", |schedule| matches!(schedule.ending, Ending::Stands(_))),
    is("1 server", |schedule| schedule.servers == 1),
    is("2 servers", |schedule| schedule.servers == 2),
    is("4 or 6 servers", |schedule| matches!(schedule.servers, 4 | 6)),
    is("5 servers", |schedule| schedule.servers == 5),
    is("7 servers", |schedule| schedule.servers == 7),
    is("over 20 steps", |schedule| schedule.steps.len() > 20),
];

const _: () = assert!(TRAITS.len() <= 64, "a plan's traits are the bits of a number");

/// How many elections come first where servers age, at least.
const AGED: usize = 4;

const fn is(name: &'static str, has: fn(&Schedule) -> bool) -> Trait {
    Trait { name, has }
}

/// The traits of a plan, a bit for each.
pub(crate) fn traits_of(plan: &Plan) -> u64 {
    let schedule = plan.schedule().expect("a drawn plan has a schedule");
    let bits = TRAITS.iter().enumerate().filter(|(_, each)| (each.has)(schedule));
    bits.fold(0, |all, (at, _)| all | 1 << at)
}

/// Whether it has such a fault, other than those that stand at its end.
fn any_fault(schedule: &Schedule, is: fn(&Fault<Who>) -> bool) -> bool {
    let last = schedule.steps.last().map(|timed| timed.at);
    let stands = matches!(schedule.ending, Ending::Stands(_));
    let steps = schedule.steps.iter().filter(|timed| !(stands && Some(timed.at) == last));
    steps.map(|timed| &timed.step).any(|step| match step {
        Step::Fault { fault, .. } => is(fault),
        Step::Propose { .. } => false,
    })
}

fn is_bad_network(fault: &Fault<Who>) -> bool {
    matches!(fault, Fault::Network(network) if *network != LinkSettings::RELIABLE)
}

fn is_clock(fault: &Fault<Who>) -> bool {
    matches!(fault, Fault::Jump { .. })
        || matches!(fault, Fault::Clock { rate, .. } if !rate.is_true())
}

fn is_expire(step: &Step) -> bool {
    matches!(step, Step::Fault { fault: Fault::Expire(_), .. })
}

fn is_aged(schedule: &Schedule) -> bool {
    schedule.steps.first_chunk::<AGED>().is_some_and(|first| {
        let last = first[AGED - 1].at.since(Time::ZERO);
        last <= Duration::from_millis(12) && first.iter().all(|timed| is_expire(&timed.step))
    })
}

fn proposes(schedule: &Schedule, is: fn(Duration, u32) -> bool) -> bool {
    schedule
        .steps
        .iter()
        .any(|timed| matches!(timed.step, Step::Propose { times, every, .. } if is(every, times)))
}

fn starts(schedule: &Schedule, is: fn(&LinkSettings) -> bool) -> bool {
    is(&schedule.network)
}
