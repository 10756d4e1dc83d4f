//! The checks on made-up histories, good and bad; against exhaustive search; on histories in files.

mod budget;
mod exhaustive;
mod histories;
mod log;
mod made_up;
mod parse;
mod random;
mod support;
mod versions;
