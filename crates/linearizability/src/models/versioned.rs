//! A key/value store whose keys have versions, as in lab 4 of 6.5840 in 2025. At first no key is
//! there.
//!
//! A put names the version that it expects. A key that is not there has version 0 in this sense,
//! and a put of version 0 creates it at version 1. A put of its present version replaces the value,
//! and the version grows by 1.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;

use super::quoted;
use crate::model::Model;

/// The model: each key is an object of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Versioned;

/// The version of a key.
pub type Version = u64;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The value and the version of a key.
    Get {
        /// The key.
        key: Arc<str>,
    },
    /// Gives a key a new value, if it has this version.
    Put {
        /// The key.
        key: Arc<str>,
        /// Its new value.
        value: Arc<str>,
        /// The version that it must have, 0 if it must not be there.
        version: Version,
    },
}

/// What it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A get found this value at this version, which is at least 1.
    Value(Arc<str>, Version),
    /// The key is not there (`ErrNoKey`): a get, or a put of a version of at least 1.
    NoKey,
    /// The put was done (`OK`).
    Done,
    /// The key has another version (`ErrVersion`), so the put was not done.
    OtherVersion,
    /// The put was done while it was open, or never will be (`ErrMaybe`): the client sent it more
    /// than once, and the version was another one when the last of these was handled.
    Maybe,
}

/// The value and the version of a key that is there.
pub type Entry = (Arc<str>, Version);

impl Model for Versioned {
    type Input = Input;
    type Output = Output;
    type State = Option<Entry>;
    type Key = Arc<str>;

    fn key(&self, input: &Input) -> Arc<str> {
        match input {
            Input::Get { key } | Input::Put { key, .. } => key.clone(),
        }
    }

    fn initial(&self, _: &Arc<str>) -> Option<Entry> {
        None
    }

    fn step(
        &self,
        state: &Option<Entry>,
        input: &Input,
        output: Option<&Output>,
    ) -> Option<Option<Entry>> {
        let now = state.as_ref().map_or(0, |(_, version)| *version);
        match input {
            Input::Get { .. } => {
                let is_right = match output {
                    None => true,
                    Some(Output::NoKey) => state.is_none(),
                    Some(Output::Value(value, version)) => {
                        let known = state.as_ref();
                        known.is_some_and(|(known, now)| known == value && now == version)
                    }
                    Some(Output::Done | Output::OtherVersion | Output::Maybe) => false,
                };
                is_right.then(|| state.clone())
            }
            Input::Put { value, version, .. } if *version == now => match output {
                None | Some(Output::Done | Output::Maybe) => {
                    Some(Some((value.clone(), version.checked_add(1)?)))
                }
                Some(Output::Value(..) | Output::NoKey | Output::OtherVersion) => None,
            },
            Input::Put { .. } => {
                let is_right = match output {
                    None | Some(Output::Maybe) => true,
                    Some(Output::NoKey) => now == 0,
                    Some(Output::OtherVersion) => now > 0,
                    Some(Output::Value(..) | Output::Done) => false,
                };
                is_right.then(|| state.clone())
            }
        }
    }

    fn is_read(&self, input: &Input, output: Option<&Output>) -> bool {
        matches!(input, Input::Get { .. })
            || matches!(output, Some(Output::NoKey | Output::OtherVersion))
    }

    fn observed(&self, _: &Input, output: &Output) -> Option<Option<Entry>> {
        match output {
            Output::Value(value, version) => Some(Some((value.clone(), *version))),
            Output::NoKey => Some(None),
            Output::Done | Output::OtherVersion | Output::Maybe => None,
        }
    }

    fn describe(&self, input: &Input, output: Option<&Output>) -> String {
        let does = match input {
            Input::Get { .. } => "get".into(),
            Input::Put { value, version, .. } => {
                format!("put {} at version {version}", quoted(value))
            }
        };
        match output {
            None => does,
            Some(Output::Value(value, version)) => {
                format!("{does} returned {} at version {version}", quoted(value))
            }
            Some(Output::NoKey) => format!("{does} found no key"),
            Some(Output::Done) => format!("{does} was done"),
            Some(Output::OtherVersion) => format!("{does} found another version"),
            Some(Output::Maybe) => format!("{does} may have been done"),
        }
    }

    fn describe_key(&self, key: &Arc<str>) -> String {
        format!("key {key:?}")
    }

    fn describe_state(&self, state: &Option<Entry>) -> String {
        match state {
            Some((value, version)) => {
                format!("the value is {} at version {version}", quoted(value))
            }
            None => "the key is not there".into(),
        }
    }
}
