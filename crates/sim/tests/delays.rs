//! Matrices of delays as text.

use raftsim_node::{Duration, NodeId};
use raftsim_sim::{Delays, Leg, LinkSettings, Spread};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn read(text: &str) -> Result<Vec<String>, String> {
    Delays::read(text).map(|it| it.rows().collect()).map_err(|error| error.to_string())
}

#[test]
fn rows_are_read_with_blanks_or_commas_between_delays() {
    let rows = Ok(vec![
        "- 0.045s 0.120s".to_owned(),
        "0.040s..0.050s - 0.000s".to_owned(),
        "0.120s 0.080s -".to_owned(),
    ]);
    for text in [
        "- 45ms 0.12s\n40ms..50ms - 0\n120ms 80000us -",
        "# from, to\r\n -\t45ms   120ms # n1\r\n\r\n0.040s..0.050s 0 0s\r\n120ms 80ms 0ms\r\n",
        "\u{feff}-,45ms,120ms\n40ms..50ms , - , 0\n120ms,80ms,-\n#",
    ] {
        assert_eq!(read(text), rows, "{text}");
    }
    assert_eq!(read("-"), Ok(vec!["-".to_owned()]));
}

#[test]
fn what_is_no_matrix_is_reported_with_its_line_and_column() {
    let own = "since n1 is this server itself";
    for (text, problem) in [
        ("", "expected a row for each server, 1 to 255 rows, not `0`".to_owned()),
        ("# - 1ms\n\n", "expected a row for each server, 1 to 255 rows, not `0`".to_owned()),
        (&"-\n".repeat(256), "expected a row for each server, 1 to 255 rows, not `256`".to_owned()),
        ("- 1ms\n", "line 1: expected 1 column, as many as there are rows, not `2`".to_owned()),
        (
            "- 1ms\n\n1ms - 1ms",
            "line 3: expected 2 columns, as many as there are rows, not `3`".to_owned(),
        ),
        (
            "-, 1ms,\n1ms, -",
            "line 1: expected 2 columns, as many as there are rows, not `3`".to_owned(),
        ),
        (
            "- 1ms\n- 1ms",
            "line 2: column 1: expected the delay from n2 to n1, such as 45ms, not `-`".to_owned(),
        ),
        (
            "-,\n1ms,-",
            "line 1: column 2: expected the delay from n1 to n2, such as 45ms, not ``".to_owned(),
        ),
        ("1ms 1ms\n1ms -", format!("line 1: column 1: expected `-`, {own}, not `1ms`")),
        (
            "- 1.5\n1ms -",
            "line 1: column 2: expected a delay with its unit, such as 45ms, not `1.5`".to_owned(),
        ),
        ("- far\n1ms -", "line 1: column 2: expected a span such as 0.300s, not `far`".to_owned()),
        (
            "- -5ms\n1ms -",
            "line 1: column 2: expected a span such as 0.300s, not `-5ms`".to_owned(),
        ),
        (
            "-, 1ms 2ms\n1ms, -",
            "line 1: column 2: expected a span such as 0.300s, not `1ms 2ms`".to_owned(),
        ),
        ("- 1ms..\n1ms -", "line 1: column 2: expected a span such as 0.300s, not ``".to_owned()),
        (
            "- 2ms..1ms\n1ms -",
            "line 1: column 2: expected the least latency before the most, not `2ms..1ms`"
                .to_owned(),
        ),
        (
            "- 0s..5s\n1ms -",
            "line 1: column 2: expected latencies at most 4.294967294s apart, not `0.000s..5.000s`"
                .to_owned(),
        ),
        ("- 9h\n1ms -", "line 1: column 2: expected at most 10000.000s, not `9h`".to_owned()),
        (
            "us eu\n- 1ms\n1ms -",
            "line 1: expected 3 columns, as many as there are rows, not `2`".to_owned(),
        ),
        (
            "- \u{1b}[2J\n1ms -",
            "line 1: column 2: expected a span such as 0.300s, not `\\u{1b}[2J`".to_owned(),
        ),
    ] {
        assert_eq!(read(text), Err(problem), "{text}");
    }
}

#[test]
fn a_delay_comes_on_top_of_the_latency_of_a_link() {
    let [n1, n2] = [1, 2].map(NodeId::new);
    let delays = Delays::read("- 45ms\n40ms..42ms -").unwrap();
    let between = |least, most| Spread::between(ms(least), ms(most));
    let latency = |latency| LinkSettings::uniform(Leg { latency, ..Leg::RELIABLE });
    let over = |spread, from, to| delays.over(latency(spread), from, to);
    assert_eq!(over(Spread::ZERO, n1, n2), latency(Spread::fixed(ms(45))));
    assert_eq!(over(Spread::ZERO, n2, n1), latency(between(40, 42)));
    assert_eq!(over(Spread::fixed(ms(5)), n2, n1), latency(between(45, 47)));
    let steps = Spread { base: ms(45), ..Spread::millis(27) };
    assert_eq!(over(Spread::millis(27), n1, n2), latency(steps));
    assert_eq!(over(between(1, 10), n2, n1), latency(between(41, 52)));
    // A spread that is too wide for single nanoseconds has the same ends, within a step.
    let wide = Delays::read("- 0s..4s\n0 -").unwrap().over(latency(between(0, 4000)), n1, n2);
    let Leg { latency: wide, .. } = wide.request;
    assert_eq!((wide.base, wide.step), (Duration::ZERO, Duration::from_nanos(2)));
    assert_eq!(wide.most(), ms(8000));
    let lossy = LinkSettings::labrpc(true, true, true);
    let over = delays.over(lossy, n1, n2);
    assert_eq!((over.request.loss, over.reply.late), (lossy.request.loss, lossy.reply.late));
    assert_eq!(over.call_failure, lossy.call_failure);
}

#[test]
fn the_servers_that_are_left_keep_their_delays() {
    let delays = Delays::read("- 1ms 2ms\n3ms - 4ms\n5ms 6ms -").unwrap();
    let among = |numbers: &[u8]| {
        let servers: Vec<NodeId> = numbers.iter().copied().map(NodeId::new).collect();
        delays.among(&servers)
    };
    assert_eq!(among(&[1, 2]), Delays::read("- 1ms\n3ms -").unwrap());
    assert_eq!(among(&[1, 3]), Delays::read("- 2ms\n5ms -").unwrap());
    assert_eq!(among(&[2, 1]), Delays::read("- 3ms\n1ms -").unwrap());
    assert_eq!(among(&[1, 2, 3]), delays);
    assert!(!delays.are_zero());
    assert!(Delays::read("- 0\n0ms -").unwrap().are_zero());
}
