//! How a run is drawn, on made-up rows.

mod columns;
mod filter;
mod support;
