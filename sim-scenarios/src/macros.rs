//! The macros that make tests: `labs!`, one `#[test]` for each scenario; `fuzz!`, one for plans
//! drawn at random; `regressions!`, one for plans that are kept in a folder.

/// Makes one `#[test]` for each scenario: `labs!(MyNode)`, or for each scenario of one part of the
/// lab: `labs!(MyNode, 3A)`. Each test sweeps seeds 0, 1, … on `MyNode` with its default settings.
/// Each sweeps 2,000 seeds, or as many as it can in five seconds. The environment variable
/// `RAFTSIM_SEEDS` sets the number of seeds, `RAFTSIM_TIME` the time, and `RAFTSIM_SEED` one seed to
/// run alone, whose whole trace is printed. If
/// `RAFTSIM_PAGES` names a folder, the first seed that fails is written there as a page, a file that
/// a browser shows.
///
/// Each test runs in a process of its own, because a node may end its process: that is a failure
/// too, which names the seeds. With `RAFTSIM_IN_PROCESS=1` the tests stay in one process.
///
/// A scenario that checks a claim which the node does not make is not run. Its test passes, because
/// a test can only be ignored when it is compiled; and it says on standard error that it was not run.
///
/// A function that returns a [`Suite`](crate::Suite) may come last: `labs!(MyNode, with suite)`, or
/// `labs!(MyNode, 3A, with suite)`. Its invariants judge all of these tests, too. With a list of names it
/// makes the tests of the suite's own scenarios instead: `labs!(MyNode, with suite, [one, another])`. The
/// list must name all scenarios of the suite.
#[macro_export]
macro_rules! labs {
    ($node:ty, with $($name:ident)::+ () $($rest:tt)*) => {
        $crate::no_call! {}
    };
    ($node:ty, $part:tt, with $($name:ident)::+ () $($rest:tt)*) => {
        $crate::no_call! {}
    };
    ($node:ty $(, with $suite:path)?) => {
        $crate::labs! { [sweep_labs] @3A @3B @3C @3D $node, [$($suite)?]: }
    };
    ($node:ty, with $suite:path, [$($name:ident),+ $(,)?]) => {
        fn sweep_own(site: $crate::testing::Site, name: &str) {
            let suite = $crate::testing::suite($suite);
            $crate::testing::sweep_own::<$node>(site, suite, name, &[$(stringify!($name)),+]);
        }
        $(
            #[test]
            fn $name() {
                $crate::testing::in_child($crate::site!(stringify!($name), $node), |site| {
                    sweep_own(site, stringify!($name));
                });
            }
        )+
    };
    ($node:ty, 3A $(, with $suite:path)?) => {
        $crate::labs! { [sweep_3a] @3A $node, [$($suite)?]: }
    };
    ($node:ty, 3B $(, with $suite:path)?) => {
        $crate::labs! { [sweep_3b] @3B $node, [$($suite)?]: }
    };
    ($node:ty, 3C $(, with $suite:path)?) => {
        $crate::labs! { [sweep_3c] @3C $node, [$($suite)?]: }
    };
    ($node:ty, 3D $(, with $suite:path)?) => {
        $crate::labs! { [sweep_3d] @3D $node, [$($suite)?]: }
    };
    ([$sweep:ident] @3A $(@$part:tt)* $node:ty, $suite:tt: $($name:ident)*) => {
        $crate::labs! { [$sweep] $(@$part)* $node, $suite: $($name)*
            initial_election_3a
            reelection_3a
            many_elections_3a
            no_leader_without_majority_3a
            stale_leaders_return_3a
            duplicate_votes_3a
            stale_heartbeats_3a
        }
    };
    ([$sweep:ident] @3B $(@$part:tt)* $node:ty, $suite:tt: $($name:ident)*) => {
        $crate::labs! { [$sweep] $(@$part)* $node, $suite: $($name)*
            basic_agree_3b
            rpc_bytes_3b
            follower_failure_3b
            leader_failure_3b
            fail_agree_3b
            fail_no_agree_3b
            concurrent_starts_3b
            rejoin_3b
            backup_3b
            count_3b
            quorum_loss_3b
            chained_servers_3b
            deaf_leader_3b
            mute_leader_3b
            two_servers_3b
            four_servers_3b
            six_servers_3b
            speed_3b
            later_term_in_replies_3b
            later_term_in_requests_3b
            asks_before_standing_3b
            old_answers_3b
        }
    };
    ([$sweep:ident] @3C $(@$part:tt)* $node:ty, $suite:tt: $($name:ident)*) => {
        $crate::labs! { [$sweep] $(@$part)* $node, $suite: $($name)*
            persist1_3c
            persist2_3c
            persist3_3c
            figure_8_3c
            unreliable_agree_3c
            figure_8_unreliable_3c
            reliable_churn_3c
            unreliable_churn_3c
            figure_8_directed_3c
            crash_between_vote_and_answer_3c
            two_servers_crash_3c
            four_servers_crash_3c
            six_servers_crash_3c
            single_server_3c
        }
    };
    ([$sweep:ident] @3D $(@$part:tt)* $node:ty, $suite:tt: $($name:ident)*) => {
        $crate::labs! { [$sweep] $(@$part)* $node, $suite: $($name)*
            snapshot_basic_3d
            snapshot_install_3d
            snapshot_install_unreliable_3d
            snapshot_install_crash_3d
            snapshot_install_un_crash_3d
            snapshot_all_crash_3d
            snapshot_init_3d
            long_absence_3d
            snapshot_over_conflict_3d
        }
    };
    ([$sweep:ident] $node:ty, $suite:tt: $($name:ident)*) => {
        // One function names the node for all tests, so that a type that is no node is one error.
        fn $sweep(site: $crate::testing::Site, name: &str) {
            match name {
                $(stringify!($name) => {
                    $crate::with_or_without! {
                        $suite
                        [sweep_named::<$node, $crate::registry::each::$name>]
                        [sweep_without::<$node, $crate::registry::each::$name>]
                        (site)
                    }
                })*
                _ => unreachable!("a test has the name of its scenario"),
            }
        }
        $(
            #[test]
            fn $name() {
                $crate::testing::in_child($crate::site!(stringify!($name), $node), |site| {
                    $sweep(site, stringify!($name));
                });
            }
        )*
    };
    ($node:ty, with $suite:path, [$(,)?]) => {
        compile_error!(concat!(
            "`labs!` lists no scenario: name all of the suite's, as in `labs!(", stringify!($node),
            ", with ", stringify!($suite), ", [one, another])`, or leave the list out for the built-in \
             ones"
        ));
    };
    ($node:ty, $part:literal) => {
        $crate::no_such_part! { $part }
    };
    ($node:ty, $part:ident) => {
        $crate::no_such_part! { $part }
    };
    ($($other:tt)*) => {
        compile_error!(concat!(
            "`labs!(", stringify!($($other)*), ")` is none of its forms: `labs!(MyNode)`, \
             `labs!(MyNode, 3A)`, `labs!(MyNode, with suite)`, `labs!(MyNode, 3A, with suite)`, and \
             `labs!(MyNode, with suite, [one, another])` with the names of all scenarios of the suite; \
             `suite` is the path of a function"
        ));
    };
}

/// Makes one `#[test]`, named `fuzz`, which plays plans drawn at random: `fuzz!(MyNode)`, or for a
/// node that implements the lab only up to some part: `fuzz!(MyNode, 3A)`. It plays 500 plans,
/// or as many as it can in five seconds; `PROPTEST_CASES` asks for more, and `RAFTSIM_TIME` sets the
/// time. A plan that fails is written to a file, which `raftsim replay`
/// reads; then it is shrunk, and the shrunk plan takes its place. If the node ends the process, the
/// plan that it was playing is written to another file. With `RAFTSIM_PLAN=FILE` the test plays the
/// plan in that file alone, and prints the whole trace.
///
/// A function that returns a [`Suite`](crate::Suite) may come last: `fuzz!(MyNode, with suite)`, or
/// `fuzz!(MyNode, 3A, with suite)`. Its invariants judge every plan, too.
#[macro_export]
macro_rules! fuzz {
    ($node:ty, with $($name:ident)::+ () $($rest:tt)*) => {
        $crate::no_call! {}
    };
    ($node:ty, $part:tt, with $($name:ident)::+ () $($rest:tt)*) => {
        $crate::no_call! {}
    };
    ($node:ty $(, with $suite:path)?) => {
        $crate::fuzz! { @D $node, [$($suite)?] }
    };
    ($node:ty, 3A $(, with $suite:path)?) => {
        $crate::fuzz! { @A $node, [$($suite)?] }
    };
    ($node:ty, 3B $(, with $suite:path)?) => {
        $crate::fuzz! { @B $node, [$($suite)?] }
    };
    ($node:ty, 3C $(, with $suite:path)?) => {
        $crate::fuzz! { @C $node, [$($suite)?] }
    };
    ($node:ty, 3D $(, with $suite:path)?) => {
        $crate::fuzz! { @D $node, [$($suite)?] }
    };
    (@$part:ident $node:ty, $suite:tt) => {
        #[test]
        fn fuzz() {
            $crate::testing::in_child($crate::site!("fuzz", $node), |site| {
                let folder = option_env!("CARGO_TARGET_TMPDIR").unwrap_or(".");
                let part = $crate::Part::$part;
                $crate::with_or_without! {
                    $suite [fuzz_node::<$node>] [fuzz_without::<$node>] (site, part, folder)
                }
            });
        }
    };
    ($node:ty, $part:literal) => {
        $crate::no_such_part! { $part }
    };
    ($node:ty, $part:ident) => {
        $crate::no_such_part! { $part }
    };
    ($($other:tt)*) => {
        compile_error!(concat!(
            "`fuzz!(", stringify!($($other)*), ")` is none of its forms: `fuzz!(MyNode)`, \
             `fuzz!(MyNode, 3A)`, `fuzz!(MyNode, with suite)` and `fuzz!(MyNode, 3A, with suite)`; \
             `suite` is the path of a function"
        ));
    };
}

/// Makes one `#[test]`, named `regressions`, which plays every plan in a folder:
/// `regressions!(MyNode, "tests/regressions")`, or with a function that returns a
/// [`Suite`](crate::Suite) `regressions!(MyNode, "tests/regressions", with suite)`. The folder is relative
/// to that of the package's manifest, and its plans are the files there that end in `.toml`, such as
/// `raftsim shrink` and [`fuzz!`](crate::fuzz!) write.
///
/// A plan that `guards` a property must pass. One that `breaks` a property must break nothing else;
/// if it passes, its line says so, for it can become one that guards. The test prints a line for each
/// plan, and fails if one of them fails, or if there is none. With `RAFTSIM_PLAN=FILE` it plays the
/// plan in that file alone, and prints the whole trace.
#[macro_export]
macro_rules! regressions {
    ($node:ty, $folder:literal, with $($name:ident)::+ () $($rest:tt)*) => {
        $crate::no_call! {}
    };
    ($node:ty, $folder:literal $(, with $suite:path)?) => {
        #[test]
        fn regressions() {
            $crate::testing::in_child($crate::site!("regressions", $node), |site| {
                $crate::with_or_without! {
                    [$($suite)?] [play_kept::<$node>] [play_kept_without::<$node>] (site, $folder)
                }
            });
        }
    };
    ($($other:tt)*) => {
        compile_error!(concat!(
            "`regressions!(", stringify!($($other)*), ")` is none of its forms: \
             `regressions!(MyNode, \"tests/regressions\")` and \
             `regressions!(MyNode, \"tests/regressions\", with suite)`; the folder is a literal, and \
             `suite` the path of a function"
        ));
    };
}

/// A call of the first function, with a suite, or without one of the second, which does not name the
/// suite's type: so a type that is no node is one error.
#[doc(hidden)]
#[macro_export]
macro_rules! with_or_without {
    ([$suite:path] [$($with:tt)*] [$($without:tt)*] ($($argument:expr),*)) => {
        $crate::testing::$($with)*($($argument),*, $crate::testing::suite($suite))
    };
    ([] [$($with:tt)*] [$($without:tt)*] ($($argument:expr),*)) => {
        $crate::testing::$($without)*($($argument),*)
    };
}

/// The error of the macros above for a part that the lab does not have.
// What the compiler cannot read at all, such as `3E`, a number without its exponent, is an error of
// its own besides.
#[doc(hidden)]
#[macro_export]
macro_rules! no_such_part {
    (with) => {
        compile_error!("`with` needs the path of a function that returns a suite: `with suite`");
    };
    ($part:tt) => {
        compile_error!(concat!(
            "`",
            stringify!($part),
            "` is no part of the lab: name 3A, 3B, 3C or 3D, or none of \
             them for the whole lab"
        ));
    };
}

/// The error of the macros above for a call in the place of a function.
#[doc(hidden)]
#[macro_export]
macro_rules! no_call {
    () => {
        compile_error!(
            "`with` takes the path of a function, and not a call of it: leave out `()` after `with suite`"
        );
    };
}
