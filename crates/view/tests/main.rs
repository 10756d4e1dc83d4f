//! How a run is drawn, on made-up rows.

mod columns;
mod data;
mod ends;
mod filter;
mod page;
mod parting;
mod story;
mod support;
mod travel;
