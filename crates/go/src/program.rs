//! A compiled program: the code that all servers of all runs share.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use raftsim_node::Digest;
use raftsim_wasi::engine;
use wasmtime::{Engine, InstancePre, Module, Result};

use crate::host::Life;
use crate::layout::Layout;
use crate::server::Server;
use crate::wasi::imports;

/// A Go program with one server in it, ready to start.
pub struct Program {
    engine: Engine,
    ready: InstancePre<Life>,
    /// An instance that runs no server and says what messages hold, for people.
    reader: Mutex<Option<Server>>,
    /// Whether the package takes snapshots, as those of the labs of 2021 and later do.
    has_snapshots: bool,
    /// A digest of the code.
    digest: u64,
    /// What the names of the package's functions begin with.
    pub(crate) package: String,
    /// What the paths of the student's files begin with.
    pub(crate) prefix: String,
}

impl Program {
    /// Loads the program with this WebAssembly code. What it is compiled to is kept in the folder
    /// `cache`, by its content.
    ///
    /// # Errors
    /// If the code is no such program.
    pub(crate) fn load(code: &[u8], cache: &Path, layout: &Layout) -> Result<Arc<Self>> {
        let engine = engine(cache)?;
        let module = Module::from_binary(&engine, code)?;
        let ready = imports(&engine, &module)?.instantiate_pre(&module)?;
        // In the code's names the linker puts `_` for all but letters, digits and points.
        let is_kept = |it: char| it.is_ascii_alphanumeric() || it == '.';
        let path = layout.raft_path().replace(|it| !is_kept(it), "_");
        let mut digest = Digest::new();
        digest.bytes(code);
        Ok(Arc::new(Self {
            engine,
            ready,
            reader: Mutex::new(None),
            has_snapshots: layout.has_snapshots,
            digest: digest.value(),
            package: path + ".",
            prefix: layout.prefix.clone(),
        }))
    }

    /// Starts Go once, without a server: no run can begin if that fails.
    pub(crate) fn try_out(&self) -> Result<()> {
        let server = Server::start(self, 0, 0)?;
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
        Ok(())
    }

    /// Whether the package takes snapshots, as those of the labs of 2021 and later do.
    pub fn has_snapshots(&self) -> bool {
        self.has_snapshots
    }

    /// A digest of the code that was compiled: the same only as long as neither the package nor the
    /// toolchain changes.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn ready(&self) -> &InstancePre<Life> {
        &self.ready
    }

    /// What a message holds, for people. An instance that runs no server says it: if the sender
    /// did, its memory would be collected at other times, and it would do other things than in a
    /// run that nobody reads.
    pub(crate) fn text(&self, is_reply: bool, name: &str, body: &[u8]) -> String {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut server = match reader.take() {
            Some(server) => server,
            None => match Server::start(self, 0, 0) {
                Ok(server) => server,
                Err(error) => return error.to_string(),
            },
        };
        match server.text(is_reply, name.as_bytes(), body) {
            Ok(text) => {
                *reader = Some(server);
                text
            }
            Err(error) => error.to_string(),
        }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Program").finish_non_exhaustive()
    }
}
