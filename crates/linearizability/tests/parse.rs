//! The two formats: what is read, and what is refused with the number of its line.

use raftsim_linearizability::Budget;
use raftsim_linearizability::Operation;
use raftsim_linearizability::models::kv::{self, Output};
use raftsim_linearizability::models::register::{self, Input};
use raftsim_linearizability::parse::{self, Format, judge};

use crate::support::{done, pending};

const KV: &str = r#"{:process 0, :type :invoke, :f :append, :key "a\"b", :value "x\\\n"}
{:process 1, :type :invoke, :f :get, :key "k", :value nil, :time 12, :index 3}

{:type :ok :process 0 :f :append :key "a\"b" :value "x\\\n"}
{:process 1, :type :ok, :f :get, :key "k", :value "é"}
{:process 1, :type :invoke, :f :put, :key "k", :value ""}
{:process 0, :type :invoke, :f :put, :key "k", :value "z"}
{:process 0, :type :fail, :f :put, :key "k", :value "z"}
{:process 1, :type :info, :f :put, :key "k", :value ""}
{:process 2, :type :invoke, :f :get, :key "k"}
"#;

#[test]
fn maps_are_read_as_operations_of_a_store() {
    let history = parse::kv(KV).expect("it is well-formed");
    let append = kv::Input::Append { key: "a\"b".into(), value: "x\\\n".into() };
    let get = kv::Input::Get { key: "k".into() };
    let put = kv::Input::Put { key: "k".into(), value: "".into() };
    let expected = [
        done(0, (1, 4), append, Output::Done),
        done(1, (2, 5), get.clone(), Output::Value("é".into())),
        pending(1, 6, put),
        pending(2, 10, get),
    ];
    assert_eq!(history.operations(), expected);
}

const REGISTER: &str = "2015-04-01 some other line
INFO  jepsen.util - 0\t:invoke\t:read\tnil
INFO  jepsen.util - :nemesis\t:info\t:start\tnil
INFO jepsen.util - 1   :invoke :cas    [-1 4]
INFO  jepsen.util - 1\t:fail\t:cas\t[-1 4]
INFO  jepsen.util - 0\t:ok\t:read\tnil
INFO  jepsen.util - 0\t:invoke\t:read\tnil
INFO  jepsen.util - 0\t:fail\t:read\t:timed-out
INFO  jepsen.util - 0\t:invoke\t:write\t7
INFO  jepsen.util - 0\t:info\t:write\t:timed-out
INFO  jepsen.util - 2\t:invoke\t:cas\t[7 8]
INFO  jepsen.util - 2\t:ok\t:cas\t[7 8]
INFO  jepsen.util - 2\t:invoke\t:write\t9
";

#[test]
fn a_log_is_read_as_operations_of_a_register() {
    let history = parse::register(REGISTER).expect("it is well-formed");
    let expected: [Operation<Input, register::Output>; 5] = [
        done(0, (2, 6), Input::Read, register::Output::Value(None)),
        done(
            1,
            (4, 5),
            Input::CompareAndSwap { from: -1, to: 4 },
            register::Output::Swapped(false),
        ),
        pending(0, 9, Input::Write(7)),
        done(
            2,
            (11, 12),
            Input::CompareAndSwap { from: 7, to: 8 },
            register::Output::Swapped(true),
        ),
        pending(2, 13, Input::Write(9)),
    ];
    assert_eq!(history.operations(), expected);
}

#[test]
fn the_format_is_found_out_from_the_text() {
    assert_eq!(Format::of(KV), Ok(Format::Kv));
    assert_eq!(Format::of(REGISTER), Ok(Format::Register));
    for text in ["", "\n\n", "hello", "[1 2]"] {
        let error = judge(text, Budget::default()).unwrap_err();
        assert_eq!(error.to_string(), "line 1: this is no history in a known format");
    }
    let (format, report) = judge(REGISTER, Budget::default()).expect("it is well-formed");
    assert_eq!(format.to_string(), "operations of a register (Jepsen's log of etcd)");
    assert_eq!(
        report.to_string(),
        "linearizable: 5 operations, of which 2 never returned, on 1 object; 4 steps"
    );
}

/// What is said of a text whose last line is wrong.
fn refusals(lines: &[(&str, &str)], read: impl Fn(&str) -> Result<(), String>, before: &str) {
    let number = before.lines().count() + 1;
    for (line, expected) in lines {
        let text = format!("{before}{line}\n");
        assert_eq!(read(&text), Err(format!("line {number}: {expected}")), "{line}");
    }
}

#[test]
fn a_wrong_map_is_refused_with_its_line() {
    let before = "{:process 0, :type :invoke, :f :get, :key \"k\", :value nil}\n\n";
    let read = |text: &str| parse::kv(text).map(drop).map_err(|error| error.to_string());
    refusals(
        &[
            ("hello", "the line is no map in braces"),
            ("{:process 0", "the line is no map in braces"),
            ("{}", ":process is no number of a process"),
            ("{:process -1}", ":process is no number of a process"),
            (
                "{:process 99999999999999999999}",
                "99999999999999999999 is no keyword, string, integer of 64 bits or nil",
            ),
            ("{:process 1 :process 2}", ":process is there twice"),
            ("{:process}", ":process has no value"),
            ("{process 1}", "process is no keyword, string, integer of 64 bits or nil"),
            ("{1 2}", "a keyword such as :f should stand before \"1 2\""),
            ("{: 2}", "a colon without a word"),
            (r#"{:key "k}"#, "a string does not end"),
            (r#"{:key "\q"}"#, "\\q is no escape"),
            ("{:process 1}", "there is no :type"),
            ("{:process 1 :type 3}", ":type is no keyword"),
            ("{:process 1 :type :done}", ":done is none of :invoke, :ok, :fail and :info"),
            ("{:process 1 :type :invoke :f :get :key 3}", ":key is no string"),
            (
                "{:process 1 :type :invoke :f :cas :key \"k\"}",
                ":cas is none of :get, :put and :append",
            ),
            ("{:process 1 :type :invoke :f :put :key \"k\" :value nil}", ":value is no string"),
            (
                "{:process 0 :type :invoke :f :get :key \"k\"}",
                "process 0 calls before its last call returned",
            ),
            ("{:process 1 :type :ok :f :get :key \"k\"}", "process 1 has no open call"),
            ("{:process 0 :type :ok :f :get :key \"k\" :value nil}", ":value is no string"),
            (
                "{:process 0 :type :ok :f :get :key \"l\" :value \"\"}",
                "process 0 returns from :get of key \"l\", but it called :get of key \"k\"",
            ),
        ],
        read,
        before,
    );
    let before = format!("{before}{{:process 0 :type :info :f :get :key \"k\"}}\n");
    let call = "{:process 0 :type :invoke :f :get :key \"k\"}";
    refusals(&[(call, "process 0 calls, but its last call is pending")], read, &before);
}

#[test]
fn a_wrong_line_of_a_log_is_refused_with_its_number() {
    let before = "INFO jepsen.util - 0 :invoke :write 1\nINFO jepsen.util - 2 :invoke :cas [1 2]\n";
    let read = |text: &str| parse::register(text).map(drop).map_err(|error| error.to_string());
    refusals(
        &[
            ("INFO jepsen.util - 1", "the line has no kind"),
            ("INFO jepsen.util - 1 :invoke", "the line has no function"),
            ("INFO jepsen.util - 1 :invoke :read", "the line has no value"),
            ("INFO jepsen.util - 1x :invoke :read nil", "1x is no number of a process"),
            ("INFO jepsen.util - 1 invoke :read nil", "invoke is no keyword"),
            (
                "INFO jepsen.util - 1 :call :read nil",
                ":call is none of :invoke, :ok, :fail and :info",
            ),
            ("INFO jepsen.util - 1 :invoke :incr 1", ":incr is none of :read, :write and :cas"),
            ("INFO jepsen.util - 1 :invoke :write nil", "nil is no integer of 64 bits"),
            ("INFO jepsen.util - 1 :invoke :write [1 2]", "[1 is no value of :write"),
            ("INFO jepsen.util - 1 :invoke :cas 1", "1 is no value of :cas"),
            (
                "INFO jepsen.util - 1 :invoke :cas [1",
                "the line has more or fewer words than it should",
            ),
            ("INFO jepsen.util - 1 :invoke :cas [1 2", "[1 2 is no pair"),
            (
                "INFO jepsen.util - 1 :invoke :read nil 3",
                "the line has more or fewer words than it should",
            ),
            (
                "INFO jepsen.util - 0 :invoke :write 1",
                "process 0 calls before its last call returned",
            ),
            ("INFO jepsen.util - 1 :ok :write 1", "process 1 has no open call"),
            (
                "INFO jepsen.util - 0 :ok :read 1",
                "process 0 returns from :read, but it called :write",
            ),
            (
                "INFO jepsen.util - 0 :ok :write 2",
                "process 0 returns with another value than it called with",
            ),
            (
                "INFO jepsen.util - 2 :ok :cas [1 3]",
                "process 2 returns with another value than it called with",
            ),
        ],
        read,
        before,
    );
}
