//! A register with read, write and compare-and-swap, as in Jepsen's tests of etcd. At first it
//! holds nothing.

use alloc::format;
use alloc::string::String;

use crate::model::Model;

/// The model: one register.
#[derive(Clone, Copy, Debug, Default)]
pub struct Register;

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// What the register holds.
    Read,
    /// The register shall hold this.
    Write(i64),
    /// If the register holds `from`, it shall hold `to`.
    CompareAndSwap {
        /// What it must hold.
        from: i64,
        /// What it then holds.
        to: i64,
    },
}

/// What it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// A read: what the register holds.
    Value(Option<i64>),
    /// A write was done.
    Written,
    /// A compare-and-swap: whether the register held `from`.
    Swapped(bool),
}

impl Model for Register {
    type Input = Input;
    type Output = Output;
    type State = Option<i64>;
    type Key = ();

    fn key(&self, _: &Input) {}

    fn initial(&self, (): &()) -> Option<i64> {
        None
    }

    fn step(
        &self,
        state: &Option<i64>,
        input: &Input,
        output: Option<&Output>,
    ) -> Option<Option<i64>> {
        match (input, output) {
            (Input::Read, Some(Output::Value(value))) => (value == state).then_some(*state),
            (Input::Read, None) => Some(*state),
            (Input::Write(value), Some(Output::Written) | None) => Some(Some(*value)),
            (Input::CompareAndSwap { from, to }, output) => {
                let is_equal = *state == Some(*from);
                let after = if is_equal { Some(*to) } else { *state };
                match output {
                    Some(Output::Swapped(swapped)) => (*swapped == is_equal).then_some(after),
                    None => Some(after),
                    Some(Output::Value(_) | Output::Written) => None,
                }
            }
            (Input::Read, Some(Output::Written | Output::Swapped(_)))
            | (Input::Write(_), Some(Output::Value(_) | Output::Swapped(_))) => None,
        }
    }

    fn is_read(&self, input: &Input, output: Option<&Output>) -> bool {
        matches!(input, Input::Read) || output == Some(&Output::Swapped(false))
    }

    fn observed(&self, _: &Input, output: &Output) -> Option<Option<i64>> {
        match output {
            Output::Value(value) => Some(*value),
            Output::Written | Output::Swapped(_) => None,
        }
    }

    fn describe(&self, input: &Input, output: Option<&Output>) -> String {
        match (input, output) {
            (Input::Read, Some(Output::Value(Some(value)))) => format!("read returned {value}"),
            (Input::Read, Some(_)) => "read returned nothing".into(),
            (Input::Read, None) => "read".into(),
            (Input::Write(value), _) => format!("write {value}"),
            (Input::CompareAndSwap { from, to }, output) => {
                let swap = format!("compare-and-swap {from} to {to}");
                match output {
                    Some(Output::Swapped(true)) => format!("{swap} was done"),
                    Some(_) => format!("{swap} found another value"),
                    None => swap,
                }
            }
        }
    }

    fn describe_key(&self, (): &()) -> String {
        "the register".into()
    }

    fn describe_state(&self, state: &Option<i64>) -> String {
        match state {
            Some(value) => format!("the register holds {value}"),
            None => "the register holds nothing".into(),
        }
    }
}
