//! Go packages, compiled and run. These tests need a Go toolchain.

mod faults;
mod mistakes;
mod packages;
mod posts;
mod support;
mod wire;
