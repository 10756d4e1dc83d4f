//! Porcupine's format for a key/value store.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use super::ParseError;
use super::edn::{Value, map};
use super::lines::{Ending, Kind, Lines};
use crate::history::{ClientId, History};
use crate::models::kv::{Input, Output, Text};

/// The history of a key/value store: each line is a map with `:process`, `:type`, `:f` (`:get`,
/// `:put` or `:append`), `:key` and `:value`, and perhaps others, which are not read. The value of
/// a get is in its return.
///
/// # Errors
///
/// The first line that is no such map, or that does not fit what its process did before.
pub fn kv(text: &str) -> Result<History<Input, Output>, ParseError> {
    let mut lines = Lines::new();
    for line in text.lines() {
        lines.line += 1;
        if !line.trim().is_empty() {
            read(&mut lines, line).map_err(|reason| lines.error(reason))?;
        }
    }
    lines.finish()
}

fn read(lines: &mut Lines<Input, Output>, line: &str) -> Result<(), String> {
    let map = map(line)?;
    let client = match map.get("process") {
        Some(Value::Integer(process)) => ClientId::try_from(*process).ok(),
        Some(Value::Nil | Value::Keyword(_) | Value::Text(_)) | None => None,
    };
    let client = client.ok_or(":process is no number of a process")?;
    let kind = Kind::of(keyword(&map, "type")?)?;
    let function = keyword(&map, "f")?;
    let key = string(&map, "key")?;
    if kind == Kind::Call {
        let key = key.into();
        let input = match function {
            "get" => Input::Get { key },
            "put" => Input::Put { key, value: string(&map, "value")?.into() },
            "append" => Input::Append { key, value: string(&map, "value")?.into() },
            _ => return Err(format!(":{function} is none of :get, :put and :append")),
        };
        return lines.call(client, input);
    }
    let (open, known) = match lines.open(client)? {
        Input::Get { key } => ("get", key),
        Input::Put { key, .. } => ("put", key),
        Input::Append { key, .. } => ("append", key),
    };
    if (open, &**known) != (function, key) {
        return Err(format!(
            "process {client} returns from :{function} of key {key:?}, but it called :{open} of \
             key {known:?}"
        ));
    }
    let ending = match kind {
        Kind::Done if open == "get" => {
            Ending::Returned(Output::Value(Text::from(string(&map, "value")?)))
        }
        Kind::Done => Ending::Returned(Output::Done),
        Kind::Failed => Ending::Dropped,
        Kind::Unknown | Kind::Call => Ending::Pending,
    };
    lines.end(client, ending)
}

fn keyword<'a>(map: &'a BTreeMap<String, Value>, name: &str) -> Result<&'a str, String> {
    match map.get(name) {
        Some(Value::Keyword(word)) => Ok(word),
        Some(Value::Nil | Value::Integer(_) | Value::Text(_)) => {
            Err(format!(":{name} is no keyword"))
        }
        None => Err(format!("there is no :{name}")),
    }
}

fn string<'a>(map: &'a BTreeMap<String, Value>, name: &str) -> Result<&'a str, String> {
    match map.get(name) {
        Some(Value::Text(text)) => Ok(text),
        Some(Value::Nil | Value::Integer(_) | Value::Keyword(_)) => {
            Err(format!(":{name} is no string"))
        }
        None => Err(format!("there is no :{name}")),
    }
}
