//! What a run looks like, on made-up rows.

mod columns;
mod filter;
mod support;
