//! The imports of a program: WASI, and the functions of the shim (`shim/host.go`), which append to
//! the server's list of actions.

use raftsim_node::Bytes;
use raftsim_wasi::{Memory, link, slice};
use wasmtime::{Caller, Engine, Linker, Module, Result};

use crate::host::{Act, Life};

/// The name of the shim's functions.
const SHIM: &str = "raftsim";

/// The imports that `module` asks for.
pub(crate) fn imports(engine: &Engine, module: &Module) -> Result<Linker<Life>> {
    let mut linker = link(engine, module)?;
    actions(&mut linker)?;
    answers(&mut linker)?;
    Ok(linker)
}

/// What the server does: the shim's functions that return nothing.
fn actions(linker: &mut Linker<Life>) -> Result<()> {
    linker.func_wrap(
        SHIM,
        "send",
        |mut caller: Caller<'_, Life>,
         to: u32,
         call: u64,
         is_reply: u32,
         term: u64,
         name: u32,
         name_size: u32,
         body: u32,
         size: u32| {
            let memory = Memory::of(&mut caller)?;
            let name = slice(memory.bytes, name, name_size)?.to_vec();
            let body = Bytes::from(&*slice(memory.bytes, body, size)?);
            let (is_reply, term) = (is_reply == 1, known(term));
            memory.host.acts.push(Act::Send { to, call, is_reply, term, name, body });
            Ok(())
        },
    )?;
    linker.func_wrap(
        SHIM,
        "persist",
        |mut caller: Caller<'_, Life>, state, state_size, has_snapshot: u32, snapshot, size| {
            let memory = Memory::of(&mut caller)?;
            let state = Bytes::from(&*slice(memory.bytes, state, state_size)?);
            let snapshot = Bytes::from(&*slice(memory.bytes, snapshot, size)?);
            let snapshot = (has_snapshot == 1).then_some(snapshot);
            memory.host.acts.push(Act::Persist { state, snapshot });
            Ok(())
        },
    )?;
    linker.func_wrap(
        SHIM,
        "apply",
        |mut caller: Caller<'_, Life>, index: u64, _term: u64, has_command: u32, at, size| {
            let memory = Memory::of(&mut caller)?;
            let command = Bytes::from(&*slice(memory.bytes, at, size)?);
            let command = (has_command == 1).then_some(command);
            memory.host.acts.push(Act::Apply { index, command });
            Ok(())
        },
    )?;
    linker.func_wrap(
        SHIM,
        "restore",
        |mut caller: Caller<'_, Life>, index: u64, _term: u64, at, size| {
            let memory = Memory::of(&mut caller)?;
            let snapshot = slice(memory.bytes, at, size)?.to_vec();
            memory.host.acts.push(Act::Restore { index, snapshot });
            Ok(())
        },
    )?;
    Ok(())
}

/// What the server answers: the shim's functions that take no bytes.
fn answers(linker: &mut Linker<Life>) -> Result<()> {
    linker.func_wrap(
        SHIM,
        "accept",
        |mut caller: Caller<'_, Life>, proposal: u64, index: u64, term: u64| {
            caller.data_mut().acts.push(Act::Accept { proposal, index, term });
        },
    )?;
    linker.func_wrap(SHIM, "reject", |mut caller: Caller<'_, Life>, proposal: u64| {
        caller.data_mut().acts.push(Act::Reject { proposal });
    })?;
    linker.func_wrap(SHIM, "status", |mut caller: Caller<'_, Life>, term: u64, leads: u32| {
        caller.data_mut().state = Some((known(term).unwrap_or(0), leads == 1));
    })?;
    linker.func_wrap(SHIM, "again", |mut caller: Caller<'_, Life>| caller.data_mut().again())?;
    Ok(())
}

/// A term that may be -1, which means that the program does not say it.
fn known(term: u64) -> Option<u64> {
    (term <= i64::MAX.cast_unsigned()).then_some(term)
}
