//! What `little_raft` uses of `crossbeam`, and it uses that for its timers alone: a thread sleeps for
//! the time between two heartbeats and then sends a word on a channel. Such a timer depends on the
//! machine. These channels take the word and never deliver it; the node sends heartbeats in its place.

/// The channels of the timers.
pub mod channel {
    use std::convert::Infallible;

    pub use crossbeam_channel::Receiver;

    /// The sending half, of which nothing comes.
    pub struct Sender;

    impl Sender {
        /// Drops the word.
        ///
        /// # Errors
        /// Never.
        pub fn send<T>(&self, _word: T) -> Result<(), Infallible> {
            Ok(())
        }
    }

    /// A channel on which nothing arrives.
    pub fn bounded<T>(_capacity: usize) -> (Sender, Receiver<T>) {
        (Sender, crossbeam_channel::never())
    }
}
