//! Histories of keys with versions are judged without a search.
//!
//! Version `v` of a key *begins* when its put takes effect, and ends when version `v + 1` begins. So
//! the operations of a key bound the moment at which each version begins:
//!
//! - It is not before the call of a put of this version or an earlier one, nor before the call of a
//!   get of an earlier one.
//! - It is not after the return of a put of this version or a later one, nor after the return of a
//!   get of this version or a later one.
//!
//! A key is linearizable if and only if each version up to the highest has exactly one put, gets
//! return what was put, and no version must begin later than it may. Then each version can begin as
//! early as it may. A put that found another version than `w` does so before version `w` begins or
//! after `w + 1` begins: if `w + 1` cannot have begun by its return, `w` did not begin before its
//! call.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::check::{Parts, object, parts};
use crate::history::{History, Moment};
use crate::models::versioned::{Input, Output, Version, Versioned};
use crate::order::join;
use crate::report::{Budget, Contradiction, Object, Report, Verdict};
use crate::search::Item;
