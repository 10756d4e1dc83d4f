//! Go's reports on goroutines: what each waits for, and where. This module only reads text.

/// A goroutine in a report.
#[derive(Debug)]
pub(crate) struct Goroutine<'a> {
    pub(crate) number: u64,
    /// What it does, such as `chan send`.
    pub(crate) state: &'a str,
    /// The calls that it is in, the innermost first. The last one is the `go` statement.
    pub(crate) calls: Vec<Call<'a>>,
}

/// A call in a stack.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The function, with its package: `raft.(*Raft).ticker`.
    pub(crate) function: &'a str,
    /// The file and the line.
    pub(crate) place: &'a str,
}

impl Call<'_> {
    /// Whether it is in a package of the student's repository: not in Go's own library, whose
    /// packages have names without a point before the first `/`, and not in what raftsim adds.
    pub(crate) fn is_in(&self, prefix: &str) -> bool {
        let within = self.place.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/'));
        within.is_some_and(|rest| {
            let folder = rest.split('/').next().unwrap_or_default();
            !matches!(folder, "labrpc" | "labgob" | "raftsim_main") && !rest.contains("raftsim_")
        })
    }
}

/// The goroutines in a report, in its order.
pub(crate) fn goroutines(report: &str) -> impl Iterator<Item = Goroutine<'_>> {
    report.split("\n\n").filter_map(goroutine)
}

fn goroutine(text: &str) -> Option<Goroutine<'_>> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("goroutine "));
    let (number, rest) = lines.next()?.strip_prefix("goroutine ")?.split_once(' ')?;
    // `[chan send, 2 minutes]`, and in a report on a panic `gp=0x… m=0 mp=0x… [running]`.
    let state = rest.split_once('[')?.1.split([']', ',']).next()?;
    let lines: Vec<&str> = lines.collect();
    let calls = lines.windows(2).filter_map(|pair| call(pair[0], pair[1]));
    Some(Goroutine { number: number.parse().ok()?, state, calls: calls.collect() })
}

/// A call: a line with the function and its arguments, or with who made the goroutine, and a line
/// with the place.
fn call<'a>(first: &'a str, second: &'a str) -> Option<Call<'a>> {
    let place = second.strip_prefix('\t')?.split(" +0x").next()?;
    let function = match first.strip_prefix("created by ") {
        Some(maker) => maker.split(" in goroutine ").next()?,
        None => first.rsplit_once('(')?.0,
    };
    Some(Call { function: function.rsplit('/').next()?, place })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
goroutine 7 [running]:
main.stacksOf()
\t6.5840/raftsim_main/waits.go:30 +0x2

goroutine 34 [chan send, 2 minutes]:
6.5840/raft.(*Raft).replicate.func2()
\t6.5840/raft/replication.go:84 +0x5
created by 6.5840/raft.(*Raft).replicate in goroutine 7
\t6.5840/raft/replication.go:82 +0x12
";

    #[test]
    fn a_report_lists_what_goroutines_wait_for_and_where() {
        let all: Vec<Goroutine<'_>> = goroutines(REPORT).collect();
        let states: Vec<_> = all.iter().map(|it| (it.number, it.state)).collect();
        assert_eq!(states, [(7, "running"), (34, "chan send")]);
        assert!(!all[0].calls[0].is_in("6.5840"));
        let calls: Vec<_> = all[1].calls.iter().map(|it| (it.function, it.place)).collect();
        let expected = [
            ("raft.(*Raft).replicate.func2", "6.5840/raft/replication.go:84"),
            ("raft.(*Raft).replicate", "6.5840/raft/replication.go:82"),
        ];
        assert_eq!(calls, expected);
        assert!(all[1].calls.iter().all(|call| call.is_in("6.5840")));
    }
}
