//! The lines of plans: a line that is printed is read back the same, and a wrong one is reported.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::str::FromStr;

use proptest::prelude::*;
use raftsim_node::{Duration, NodeId, Time};
use raftsim_plan::{
    Ending, NamedOverride, Override, Step, TextError, Timed, Who, long_span, seconds, span, time,
};
use raftsim_sim::{Cause, Fate, Link, Links, VERBS};

use crate::plans;

pub(crate) fn reads_back<T: Display + FromStr<Err = TextError> + PartialEq + Debug>(
    value: &T,
) -> Result<(), TestCaseError> {
    let text = value.to_string();
    let read = text.parse::<T>();
    prop_assert_eq!(read.as_ref(), Ok(value), "{}", text);
    prop_assert!(!text.contains('"'));
    prop_assert!(!text.contains('\\'));
    prop_assert!(!text.contains('\n'));
    Ok(())
}

proptest! {
    #![proptest_config(plans::config(2_000))]

    #[test]
    fn a_step_is_read_as_it_is_printed(timed in plans::timed(9)) {
        reads_back(&timed)?;
        reads_back(&timed.step)?;
    }

    #[test]
    fn an_ending_is_read_as_it_is_printed(ending in plans::ending(7)) {
        reads_back(&ending)?;
    }

    #[test]
    fn a_fate_is_read_as_it_is_printed(named in plans::named_override(255)) {
        reads_back(&named)?;
        reads_back(&named.fate)?;
    }

    #[test]
    fn a_word_is_read_as_it_is_printed(
        who in plans::who(255),
        link in plans::link(255),
        links in plans::links(255),
    ) {
        reads_back(&who)?;
        reads_back(&link)?;
        reads_back(&links)?;
    }

    #[test]
    fn a_span_is_read_as_it_is_printed(value in plans::span()) {
        let text = seconds(value).to_string();
        prop_assert_eq!(span(&text), Ok(value));
        prop_assert_eq!(time(&text), Ok(Time::ZERO + value));
    }

    #[test]
    fn any_text_that_is_not_a_step_is_refused(text in "(?s).{0,40}") {
        prop_assert!(text.parse::<Timed>().is_err());
    }

    #[test]
    fn words_in_any_order_never_panic(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..8),
    ) {
        let text = words.join(" ");
        if let Ok(timed) = text.parse::<Timed>() {
            reads_back(&timed)?;
        }
        if let Ok(step) = text.parse::<Step>() {
            reads_back(&step)?;
        }
        if let Ok(named) = text.parse::<NamedOverride>() {
            reads_back(&named)?;
        }
        if let Ok(ending) = text.parse::<Ending>() {
            reads_back(&ending)?;
        }
    }
}

const WORDS: &[&str] = &[
    "1.250s",
    "1.250s",
    "crash",
    "disarm",
    "campaign",
    "partition",
    "propose",
    "swizzle",
    "network",
    "calm",
    "n1",
    "n2",
    "n3",
    "leader",
    "|",
    ",",
    "for",
    "every",
    "mend",
    "after",
    "3",
    "x3",
    "n1>n2",
    "n2>n1",
    "n1>n2#7",
    "loss",
    "1/3",
    "lost",
    "+0.001s",
    "twice",
    "others",
    "cut",
    "0.001s..0.002s",
];

const STEPS: &str = "\
partition n1 n2 | n3 n4 n5
partition n1 n2
isolate leader
isolate n1 for 0.500s
join n1
block n1>n2
block leader>all for 0.300s
block all>all
unblock n1>n2
unblock all>leader
heal
swizzle n1>n2 n2>n3 n3>n1 every 0.050s mend n3>n1 n1>n2 n2>n3
network reliable
network unreliable
network reordering
network unreliable reordering
network loss 1/10 twice 1/20 late 1/3 latency 0.001s..0.030s
network twice 1/20 latency 0.000s..0.030s
network late 2/3
network late 1/3 from 0.100s below 0.500s latency 0.005s..0.005s
network latency 0.000s..0.026s by 0.002s
network requests loss 1/10 replies clear
network requests clear replies late 1/3 latency 0.001s..0.030s
network unreliable failing 0.000s..0.099s by 0.001s
network loss 1/10 failing 0.500s..0.500s
link n1>n2 loss 1/5
link n3>leader late 1/3
link n2>n1 unreliable
link n2>all requests clear replies loss 1/5 failing 0.000s..0.099s by 0.001s
crash leader
crash n2 after 3
crash n2 at gap 2
crash n2 at gap 1 for 0.400s
crash n2 after 3 for 0.400s
crash n2 for 0.400s
crash all
disarm n2
disarm leader
restart n2
pause n3 for 1.000s
pause n3
resume n3
disk n2 0.020s
clock n2 3/2
jump n2 0.500s
expire n2
campaign n1
campaign all
propose leader
propose n3 x5
propose leader x20 every 0.050s
propose leader x1 every 0.000050123s";

#[test]
fn every_canonical_step_prints_as_it_is_read() {
    for line in STEPS.lines() {
        let line = format!("1.250s {line}");
        assert_eq!(line.parse().map(|timed: Timed| timed.to_string()), Ok(line));
    }
}

#[test]
fn every_verb_is_known_and_has_an_example() {
    let verbs = VERBS.into_iter().chain(["propose"]);
    let examples = STEPS.lines().map(|line| line.split(' ').next().unwrap());
    assert_eq!(examples.collect::<BTreeSet<_>>(), verbs.collect());
}

/// A fault may have a duration if another fault undoes it, and only then.
#[test]
fn a_fault_may_have_a_duration_if_another_undoes_it() {
    let lasting = STEPS.lines().filter(|line| !line.contains(" for ")).filter_map(|line| {
        let step = line.parse().unwrap();
        let end = if let Step::Fault { fault, .. } = step { fault.end() } else { None };
        let longer = format!("{line} for 0.250s").parse::<Step>();
        assert_eq!(longer.is_ok(), end.is_some(), "{line}");
        end.map(|end| (line, end.to_string()))
    });
    let ends = [
        ("isolate leader", "join leader"),
        ("block n1>n2", "unblock n1>n2"),
        ("block all>all", "unblock all>all"),
        ("crash leader", "restart leader"),
        ("crash n2 after 3", "restart n2"),
        ("crash n2 at gap 2", "restart n2"),
        ("crash all", "restart all"),
        ("pause n3", "resume n3"),
    ];
    assert_eq!(lasting.collect::<Vec<_>>(), ends.map(|(step, end)| (step, end.to_owned())));
}

#[test]
fn every_canonical_fate_prints_as_it_is_read() {
    for line in [
        "n1>n2#7 lost",
        "n1>n2#7 +0.250s",
        "n1>n2#18446744073709551615 twice +0.001s +0.020s",
        "n1>n2#0 fails +3.210s",
    ] {
        assert_eq!(line.parse().map(|named: NamedOverride| named.to_string()).as_deref(), Ok(line));
    }
}

#[test]
fn every_canonical_ending_prints_as_it_is_read() {
    for line in [
        "none",
        "calm n1 n2 n3, others cut",
        "calm n1 n2 n3, others dead",
        "quiet n1 n2 n3, others cut",
        "load n1 n2 n3, others cut",
        "load n1 n2 n3, others dead, lossy n2",
        "calm n1 n2 n3, others cut, network stands",
        "quiet n1 n2 n3, others dead, network stands",
        "stands n2 n3 n4",
    ] {
        assert_eq!(line.parse().map(|ending: Ending| ending.to_string()).as_deref(), Ok(line));
    }
}

#[test]
fn a_loose_text_is_read_too() {
    for (loose, canonical) in [
        ("  300ms   partition n1|n2  n3 ", "0.300s partition n1 | n2 n3"),
        ("1.5s crash n2 for 400ms", "1.500s crash n2 for 0.400s"),
        ("2s propose n1 x1", "2.000s propose n1"),
        ("50us propose n1 x2 every 0s", "0.00005s propose n1 x2"),
        ("1.2500000000s network loss 0/7 late 1/3", "1.250s network late 1/3"),
        ("7ns network latency 0s..0s", "0.000000007s network reliable"),
        ("0s network clear", "0.000s network reliable"),
    ] {
        assert_eq!(loose.parse().map(|it: Timed| it.to_string()).as_deref(), Ok(canonical));
    }
    let calm = "calm n3 n1 n2".parse().map(|ending: Ending| ending.to_string());
    assert_eq!(calm.as_deref(), Ok("calm n1 n2 n3, others cut"));
    let calm = "calm n1 n2, network stands".parse().map(|ending: Ending| ending.to_string());
    assert_eq!(calm.as_deref(), Ok("calm n1 n2, others cut, network stands"));
}

#[test]
fn a_drop_prints_as_lost_whatever_its_cause() {
    let dropped = |cause| Override::Fate(Fate::Drop(cause));
    for cause in [Cause::Blocked, Cause::Down, Cause::Lost, Cause::Unasked] {
        assert_eq!(dropped(cause).to_string(), "lost");
    }
    assert_eq!("lost".parse(), Ok(dropped(Cause::Lost)));
}

#[test]
fn spans_are_exact() {
    for (text, nanos) in [
        ("0.000050123s", 50_123),
        ("0s", 0),
        ("1.5s", 1_500_000_000),
        ("1.000000001s", 1_000_000_001),
        ("300ms", 300_000_000),
        ("0.000001ms", 1),
        ("12.5us", 12_500),
        ("9ns", 9),
        ("10000s", 10_000_000_000_000),
    ] {
        assert_eq!(span(text), Ok(Duration::from_nanos(nanos)), "{text}");
        assert_eq!(time(text), Ok(Time::from_nanos(nanos)), "{text}");
    }
}

pub(crate) fn problem<T: FromStr<Err = TextError> + Debug>(text: &str) -> String {
    text.parse::<T>().unwrap_err().to_string()
}

#[test]
fn a_wrong_span_is_reported() {
    for (text, expected) in [
        ("", "expected a span such as 0.300s, not ``"),
        ("1.5", "expected a span such as 0.300s, not `1.5`"),
        ("s", "expected a span such as 0.300s, not `s`"),
        (".5s", "expected a span such as 0.300s, not `.5s`"),
        ("1.s", "expected a span such as 0.300s, not `1.s`"),
        ("-1s", "expected a span such as 0.300s, not `-1s`"),
        ("+1s", "expected a span such as 0.300s, not `+1s`"),
        ("1e3s", "expected a span such as 0.300s, not `1e3s`"),
        ("1d", "expected a span such as 0.300s, not `1d`"),
        ("0.00000000001m", "expected whole nanoseconds, not `0.00000000001m`"),
        ("2.8h", "expected at most 10000.000s, not `2.8h`"),
        ("1.0000000001s", "expected whole nanoseconds, not `1.0000000001s`"),
        ("0.5ns", "expected whole nanoseconds, not `0.5ns`"),
        ("10000.000000001s", "expected at most 10000.000s, not `10000.000000001s`"),
        (
            "99999999999999999999999999s",
            "expected at most 10000.000s, not `99999999999999999999999999s`",
        ),
    ] {
        assert_eq!(span(text).unwrap_err().to_string(), expected);
    }
    let time = time("soon").unwrap_err().to_string();
    assert_eq!(time, "expected a time such as 1.250s, not `soon`");
}

#[test]
fn a_span_may_be_in_minutes_and_hours() {
    let spans = ["2m", "1.5m", "1h", "2.75h"].map(|text| span(text).unwrap());
    assert_eq!(spans, [120, 90, 3600, 9900].map(Duration::from_secs));
    assert_eq!(span("0.0000000001m"), Ok(Duration::from_nanos(6)));
    assert_eq!(long_span("8h"), Ok(Duration::from_secs(8 * 3600)));
    assert_eq!(
        long_span("5124096h"),
        Err(TextError::expected("at most 18446744073.709551615s", "5124096h"))
    );
}

#[test]
fn a_wrong_step_is_reported() {
    for (step, expected) in [
        ("", "expected a step such as `heal` after `1.250s`"),
        ("partiton n1 | n2", "no step is named `partiton` (did you mean `partition`?)"),
        ("Crash n1", "no step is named `Crash` (did you mean `crash`?)"),
        (
            "abracadabra n1",
            "no step is named `abracadabra` (known: partition, isolate, join, block, unblock, \
             heal, swizzle, network, link, crash, disarm, restart, pause, resume, disk, clock, \
             jump, expire, campaign, propose)",
        ),
        ("crash", "expected a server such as n1, `leader` or `all` after `crash`"),
        ("crash n0", "expected a server such as n1, `leader` or `all`, not `n0`"),
        ("crash n256", "expected a server such as n1, `leader` or `all`, not `n256`"),
        ("crash 1", "expected a server such as n1, `leader` or `all`, not `1`"),
        ("crash n1 fro 0.400s", "expected `at`, `after`, `for` or the end, not `fro`"),
        ("crash n1 after", "expected a number of actions such as 3 after `after`"),
        ("crash n1 after -3", "expected a number of actions such as 3, not `-3`"),
        ("crash n1 after 3 again", "expected `for` or the end, not `again`"),
        ("crash n1 for 3", "expected a span such as 0.300s, not `3`"),
        ("crash n1 for 3s after 3", "expected the end, not `after`"),
        ("heal n1", "expected the end, not `n1`"),
        ("heal for 1s", "expected the end, not `for`"),
        ("restart n1 for 1s", "expected the end, not `for`"),
        ("disarm", "expected a server such as n1, `leader` or `all` after `disarm`"),
        ("disarm n1 after 3", "expected the end, not `after`"),
        ("campaign", "expected a server such as n1, `leader` or `all` after `campaign`"),
        ("campaign n1 for 1s", "expected the end, not `for`"),
        ("partition", "expected a server such as n1 after `partition`"),
        ("partition | n1", "expected a server such as n1, not `|`"),
        ("partition n1 |", "expected a server such as n1 after `|`"),
        ("partition n1, n2", "expected a server such as n1, not `,`"),
        ("partition n1 leader", "expected a server such as n1, not `leader`"),
        ("partition n1 n2 | n1", "expected each server once, not n1 twice"),
        ("block n1>n1", "expected a link to another server, not `n1>n1`"),
        ("block n1->n2", "expected a link such as n1>n2, `leader>all` or `all>n3`, not `n1->n2`"),
        ("block n1 n2", "expected a link such as n1>n2, `leader>all` or `all>n3`, not `n1`"),
        ("unblock leader>leader", "expected a link to another server, not `leader>leader`"),
        (
            "link all>nobody",
            "expected a link such as n1>n2, `leader>all` or `all>n3`, not `all>nobody`",
        ),
        ("swizzle every 0.050s mend", "expected a link such as n1>n2, not `every`"),
        ("swizzle n1>n2", "expected `every` after `n1>n2`"),
        ("swizzle n1>n2 every 0.050s", "expected `mend` after `0.050s`"),
        (
            "swizzle n1>n2 n2>n1 every 0.050s mend n1>n2",
            "expected `mend` and the links that are cut, n1>n2 n2>n1, not `n1>n2`",
        ),
        (
            "swizzle n1>n2 n1>n2 every 0.050s mend n1>n2 n1>n2",
            "expected each link once, not n1>n2 twice",
        ),
        ("clock n1 1.5", "expected a rate such as 3/2, not `1.5`"),
        ("clock n1 1/0", "expected a denominator above 0, not `1/0`"),
        ("clock n1 0/1", "expected a rate from 1/1000 to 1000/1, not `0/1`"),
        ("clock n1 1001/1", "expected a rate from 1/1000 to 1000/1, not `1001/1`"),
        ("propose n1 x0", "expected a number such as x20, from x1 to x1000, not `x0`"),
        ("propose n1 x1001", "expected a number such as x20, from x1 to x1000, not `x1001`"),
        ("propose n1 x-1", "expected a number such as x20, from x1 to x1000, not `x-1`"),
        ("propose n1 5", "expected `x20`, `every` or the end, not `5`"),
    ] {
        assert_eq!(problem::<Timed>(&format!("1.250s {step}")), expected);
    }
    assert_eq!(problem::<Timed>("1s block n1>n2 n2>n1"), "expected one link, not `2`");
    assert_eq!(problem::<Timed>(""), "expected a time such as 1.250s");
    assert_eq!(problem::<Timed>("heal"), "expected a time such as 1.250s, not `heal`");
}

#[test]
fn a_wrong_fate_is_reported() {
    for (text, expected) in [
        ("", "expected a message such as n1>n2#7"),
        ("n1>n2 lost", "expected a message such as n1>n2#7, not `n1>n2`"),
        ("n1>n2#-1 lost", "expected a message such as n1>n2#7, not `n1>n2#-1`"),
        ("n1>n1#1 lost", "expected a link to another server, not `n1>n1#1`"),
        (
            "n1>n2#7 0.250s",
            "expected `lost`, `twice`, `fails` or a delay such as +0.250s, not `0.250s`",
        ),
        ("n1>n2#7 twice +0.001s", "expected a delay such as +0.250s after `+0.001s`"),
        ("n1>n2#7 fails", "expected a delay such as +0.250s after `fails`"),
        ("n1>n2#7 lost twice", "expected the end, not `twice`"),
    ] {
        assert_eq!(problem::<NamedOverride>(text), expected);
    }
}

#[test]
fn a_wrong_ending_is_reported() {
    for (text, expected) in [
        ("", "expected `none`, `calm`, `quiet`, `load` or `stands`"),
        ("loud", "expected `none`, `calm`, `quiet`, `load` or `stands`, not `loud`"),
        ("none n1", "expected the end, not `n1`"),
        ("calm", "expected a server such as n1 after `calm`"),
        ("calm , others cut", "expected a server such as n1, not `,`"),
        ("calm n1 n2 n1", "expected each server once, not n1 twice"),
        ("calm n1 n2 others cut", "expected `n2`, `,` or the end, not `others`"),
        ("calm n1 n2, rest cut", "expected `others` or `network`, not `rest`"),
        ("calm n1 n2, others cut, disks stand", "expected `network`, not `disks`"),
        ("calm n1 n2, network stands, others cut", "expected the end, not `,`"),
        ("calm n1 n2, network mends", "expected `stands`, not `mends`"),
        ("load n1 n2, others cut, lossy n3", "expected one of n1 n2, not `n3`"),
        ("load n1 n2, others cut, network stands", "expected `lossy`, not `network`"),
        ("stands", "expected a server such as n1 after `stands`"),
        ("stands n1 n2, others cut", "expected `n2` or the end, not `,`"),
        ("calm n1 n2, others alive", "expected `cut` or `dead`, not `alive`"),
    ] {
        assert_eq!(problem::<Ending>(text), expected);
    }
}

#[test]
fn a_wrong_word_is_reported() {
    assert_eq!(problem::<Link>("n1"), "expected a link such as n1>n2, not `n1`");
    assert_eq!(problem::<Link>("n1>leader"), "expected a link such as n1>n2, not `n1>leader`");
    let links = "expected a link such as n1>n2, `leader>all` or `all>n3`, not `n1`";
    assert_eq!(problem::<Links<Who>>("n1"), links);
    assert_eq!(problem::<Step>("clock n1 2"), "expected a rate such as 3/2, not `2`");
    assert_eq!(problem::<Who>("n1 n2"), "expected the end, not `n2`");
    assert_eq!("n7".parse(), Ok(Who::Node(NodeId::new(7))));
}
