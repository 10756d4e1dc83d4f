//! Shrinking made-up plans.

mod drawn;
mod errors;
mod fewer;
mod servers;
mod signature;
mod simpler;
mod story;
mod toy;
