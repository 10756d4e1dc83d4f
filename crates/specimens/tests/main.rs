//! The specimens behave as their posts show them, mistakes included.

mod control;
mod policies;
mod post_2020;
mod post_2020_claim;
mod post_2025;
mod support;
mod variants;
