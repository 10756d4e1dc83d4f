//! The command, as a user sees it.
