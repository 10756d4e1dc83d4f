//! Shrinking made-up plans.

mod drawn;
mod errors;
mod fewer;
mod signature;
mod simpler;
mod story;
mod toy;
