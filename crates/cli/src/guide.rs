//! The guide: what the README leaves out, a page a module.
//!
//! The pages are the Markdown files in `crates/cli/guide`, where they can be read as they are. Their
//! transcripts, tables and listings are kept true by the tests of this crate. A page's links to other
//! pages lead to files there, and to modules here: of two definitions of a link the first one counts.

#[doc = "[finds]: finds"]
#[doc = "[pages]: pages"]
#[doc = "[own]: own"]
#[doc = ""]
#[doc = include_str!("../guide/plans.md")]
pub mod plans {}

#[doc = "[plans]: plans"]
#[doc = "[own]: own"]
#[doc = ""]
#[doc = include_str!("../guide/sweeps.md")]
pub mod sweeps {}

#[doc = "[contract]: contract"]
#[doc = "[plans]: plans"]
#[doc = ""]
#[doc = include_str!("../guide/pages.md")]
pub mod pages {}

#[doc = include_str!("../guide/why.md")]
pub mod why {}

#[doc = "[contract]: contract"]
#[doc = ""]
#[doc = include_str!("../guide/time_travel.md")]
pub mod time_travel {}

#[doc = "[contract]: contract"]
#[doc = "[plans]: plans"]
#[doc = "[lab]: lab"]
#[doc = "[checks]: checks"]
#[doc = "[any]: any_language"]
#[doc = "[suite]: own"]
#[doc = ""]
#[doc = include_str!("../guide/bring_your_own.md")]
pub mod bring_your_own {}

#[doc = "[own]: bring_your_own"]
#[doc = ""]
#[doc = include_str!("../guide/contract.md")]
pub mod contract {}

#[doc = "[plans]: plans"]
#[doc = "[any]: any_language"]
#[doc = ""]
#[doc = include_str!("../guide/go.md")]
pub mod go {}

#[doc = "[plans]: plans"]
#[doc = "[contract]: contract"]
#[doc = ""]
#[doc = include_str!("../guide/any_language.md")]
pub mod any_language {}

#[doc = "[own]: bring_your_own"]
#[doc = ""]
#[doc = include_str!("../guide/own.md")]
pub mod own {}

#[doc = "[checks]: checks"]
#[doc = ""]
#[doc = include_str!("../guide/published.md")]
pub mod published {}

#[doc = "[checks]: checks"]
#[doc = ""]
#[doc = include_str!("../guide/lab.md")]
pub mod lab {}

#[doc = include_str!("../guide/checks.md")]
pub mod checks {}

#[doc = "[plans]: plans"]
#[doc = ""]
#[doc = include_str!("../guide/finds.md")]
pub mod finds {}

#[doc = include_str!("../guide/speed.md")]
pub mod speed {}
