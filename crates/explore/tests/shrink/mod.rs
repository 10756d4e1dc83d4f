//! Shrinking made-up plans.

mod errors;
mod fewer;
mod signature;
mod simpler;
mod story;
mod toy;
