//! Skeletons of a Raft for the parts of the labs: to begin with, copy the files of one of the
//! folders `part-3a` to `part-3d` and `rpc-3a` into the `src` of your crate. They have holes, each a
//! `todo!` with a name.
//!
//! Here they are modules, as they stand and with their holes filled, so that the tests can show
//! that each compiles and that a Raft of this shape passes its parts.

#[path = "../part-3a/lib.rs"]
pub mod part_3a;
#[path = "../part-3b/lib.rs"]
pub mod part_3b;
#[path = "../part-3c/lib.rs"]
pub mod part_3c;
#[path = "../part-3d/lib.rs"]
pub mod part_3d;
#[path = "../rpc-3a/lib.rs"]
pub mod rpc_3a;

/// The skeletons with their holes filled from the folder `fills`: see `build.rs`. All that a skeleton
/// has ready is of use then.
#[deny(unused)]
pub mod filled {
    include!(concat!(env!("OUT_DIR"), "/filled.rs"));
}
