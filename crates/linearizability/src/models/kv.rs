//! A key/value store with get, put and append, as in the labs of 6.824 before 2025 and in the tests
//! of Porcupine. At first each value is empty.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;

use super::quoted;
use crate::model::Model;
pub use crate::text::Text;

/// The model: each key is an object of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kv;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The value of a key.
    Get {
        /// The key.
        key: Arc<str>,
    },
    /// Gives a key a new value.
    Put {
        /// The key.
        key: Arc<str>,
        /// Its new value.
        value: Arc<str>,
    },
    /// Appends to the value of a key.
    Append {
        /// The key.
        key: Arc<str>,
        /// What is appended.
        value: Arc<str>,
    },
}

/// What it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A get: the value.
    Value(Text),
    /// A put or an append was done.
    Done,
}

impl Input {
    fn key(&self) -> &Arc<str> {
        match self {
            Self::Get { key } | Self::Put { key, .. } | Self::Append { key, .. } => key,
        }
    }
}

impl Model for Kv {
    type Input = Input;
    type Output = Output;
    type State = Text;
    type Key = Arc<str>;

    fn key(&self, input: &Input) -> Arc<str> {
        input.key().clone()
    }

    fn initial(&self, _: &Arc<str>) -> Text {
        Text::default()
    }

    fn step(&self, state: &Text, input: &Input, output: Option<&Output>) -> Option<Text> {
        match (input, output) {
            (Input::Get { .. }, Some(Output::Value(value))) => {
                (value == state).then(|| state.clone())
            }
            (Input::Get { .. }, None) => Some(state.clone()),
            (Input::Put { value, .. }, Some(Output::Done) | None) => {
                Some(Text::default().followed_by(value))
            }
            (Input::Append { value, .. }, Some(Output::Done) | None) => {
                Some(state.followed_by(value))
            }
            (Input::Get { .. }, Some(Output::Done))
            | (Input::Put { .. } | Input::Append { .. }, Some(Output::Value(_))) => None,
        }
    }

    fn is_read(&self, input: &Input, _: Option<&Output>) -> bool {
        matches!(input, Input::Get { .. })
    }

    fn observed(&self, _: &Input, output: &Output) -> Option<Text> {
        match output {
            Output::Value(value) => Some(value.clone()),
            Output::Done => None,
        }
    }

    fn describe(&self, input: &Input, output: Option<&Output>) -> String {
        match (input, output) {
            (Input::Get { .. }, Some(Output::Value(value))) => {
                format!("get returned {}", quoted(&String::from(value)))
            }
            (Input::Get { .. }, Some(Output::Done)) => "get returned no value".into(),
            (Input::Get { .. }, None) => "get".into(),
            (Input::Put { value, .. }, _) => format!("put {}", quoted(value)),
            (Input::Append { value, .. }, _) => format!("append {}", quoted(value)),
        }
    }

    fn describe_key(&self, key: &Arc<str>) -> String {
        format!("key {key:?}")
    }

    fn describe_state(&self, state: &Text) -> String {
        format!("the value is {}", quoted(&String::from(state)))
    }

    /// Of long values it says where they differ.
    fn refusal(&self, state: &Text, _: &Input, output: &Output) -> String {
        let is = self.describe_state(state);
        let Output::Value(value) = output else { return is };
        let [state, value] = [state, value].map(String::from);
        let common = state.bytes().zip(value.bytes()).take_while(|(ours, theirs)| ours == theirs);
        let common = common.count();
        if state.len().min(value.len()) <= super::SHOWN {
            return is;
        }
        format!("{is}, and the first byte that differs is number {common}, from 0")
    }
}
