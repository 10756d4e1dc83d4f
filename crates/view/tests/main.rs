//! How a run is drawn, on made-up rows.

mod columns;
mod filter;
mod page;
mod support;
