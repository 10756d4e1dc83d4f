//! The right variants of the control Raft: what published Rafts do otherwise than Figure 2, and
//! may.

use core::fmt;
use core::str::FromStr;

use raftsim_node::{Claims, Duration};

use super::Mutation;
use super::policy::{AsksAgain, BacksUp, CommitNews, Policy, Writes};

/// Settings of a server. The default is the control itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// What it does where Raft leaves a choice.
    pub policy: Policy,
    /// The mistake that it makes; `None` for the control and its variants, which make none.
    pub mutation: Option<Mutation>,
}

impl Config {
    /// The settings of the mutant with this mutation, or of the control.
    pub fn of(mutation: impl Into<Option<Mutation>>) -> Self {
        let mutation = mutation.into();
        let variants = mutation.map_or(&[][..], Mutation::of_variants);
        Self { mutation, ..Self::with(variants) }
    }

    /// The settings of the control with these variants, the last of which wins where two of them
    /// make the same choice.
    pub fn with(variants: &[Variant]) -> Self {
        let mut policy = Policy::CONTROL;
        for variant in variants {
            (variant.info().apply)(&mut policy);
        }
        Self { policy, mutation: None }
    }

    /// What a server with these settings promises.
    pub(super) fn claims(self) -> Claims {
        self.policy.claims()
    }
}

/// A variant's row of the table.
#[derive(Clone, Copy, Debug)]
pub struct VariantInfo {
    /// The variant.
    pub variant: Variant,
    /// Its name, in kebab case.
    pub name: &'static str,
    /// What it does otherwise than the control, in one line.
    pub about: &'static str,
    /// Makes its choices in a policy.
    apply: fn(&mut Policy),
}

/// Makes the enum and the table from one list, so that they cannot differ.
macro_rules! variants {
    ($($variant:ident $name:literal $about:literal { $($field:ident: $value:expr),+ $(,)? })+) => {
        /// A right variant of the control Raft.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Variant {
            $(#[doc = $about] $variant,)+
        }

        /// Every variant, in the order of [`Variant`].
        pub const VARIANTS: &[VariantInfo] = &[$(VariantInfo {
            variant: Variant::$variant,
            name: $name,
            about: $about,
            apply: |policy| { $(policy.$field = $value;)+ },
        },)+];
    };
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

variants! {
    // Elections.
    PreVote "pre-vote"
    "asks whether it would win before it stands for election, and steps down without a majority"
    { asks_first: true, steps_down: true }
    StepsDown "steps-down"
    "steps down without a majority, but stands for election without asking first"
    { steps_down: true }
    Sticky "sticky"
    "does not enter the later term of a candidate while it hears its leader"
    { is_sticky: true }
    ShortTimeouts "short-timeouts"
    "draws election timeouts from 150 to 300 ms, and sends heartbeats every 50 ms"
    { timeout_least: ms(150), timeout_spread: ms(150), heartbeat_least: ms(50) }
    LongTimeouts "long-timeouts"
    "draws election timeouts from 2 to 4 s, and sends heartbeats every 200 ms"
    { timeout_least: ms(2000), timeout_spread: ms(2000), heartbeat_least: ms(200) }
    RandomHeartbeats "random-heartbeats"
    "sends heartbeats every 50 to 100 ms, drawn anew each time"
    { heartbeat_least: ms(50), heartbeat_spread: ms(50) }
    VoteTimer "vote-timer"
    "restarts its election timer when it gets a vote"
    { restarts_at_votes: true }
    AsksOnce "asks-once"
    "asks for votes once in each term, and not again"
    { asks_again: AsksAgain::Never }
    AsksAtRandom "asks-at-random"
    "asks again for the votes that it lacks after random times"
    { asks_again: AsksAgain::AtRandom }
    VoteAlone "vote-alone"
    "writes its new term first when it stands for election, and its vote in a second write"
    { writes_vote_alone: true }
    OwnTerms "own-terms"
    "stands for election only in terms of its own, which the servers have in turn"
    { has_own_terms: true }
    DropsStale "drops-stale"
    "does not answer messages of earlier terms"
    { answers_stale: false }
    NamesNoLeader "names-no-leader"
    "does not say which server leads"
    { names_leader: false }
    NoOp "no-op"
    "appends an entry of its own when it is elected, and restarts its election timer in each later \
     term"
    { no_op: true, restarts_in_later_terms: true }

    // Replication.
    Heartbeats "heartbeats-apart"
    "sends heartbeats without entries, and repeats what is outstanding when one is answered"
    { heartbeats_apart: true }
    Batches "batches"
    "gathers proposals for 5 ms before it sends them"
    { gathers: ms(5) }
    Pipelines "pipelines"
    "has up to four requests outstanding to each follower, and repeats them with a heartbeat"
    { window: 4 }
    SmallMessages "small-messages"
    "sends at most 64 entries in a message"
    { entries_at_once: 64 }
    EagerCommit "eager-commit"
    "sends each new commit index at once, in a message of its own"
    { commit_news: CommitNews::AtOnce }
    LazyCommit "lazy-commit"
    "sends a new commit index with the next heartbeat, not with entries"
    { commit_news: CommitNews::WithHeartbeats }
    BacksUpByOne "backs-up-by-one"
    "goes back by one entry after a refusal, eight times; then by whole terms"
    { backs_up: BacksUp::ByOne(8) }
    BacksUpByHalves "backs-up-by-halves"
    "goes back after a refusal by half of the entries that may differ"
    { backs_up: BacksUp::ByHalves }
    Guesses "guesses"
    "sends its last four entries when it is elected, before it knows whether the logs agree"
    { guesses: 4 }

    // Disks and services.
    EntryByEntry "entry-by-entry"
    "writes each entry in a write of its own"
    { writes: Writes::EntryByEntry }
    LazyWrites "lazy-writes"
    "writes entries 5 ms later, and acknowledges and counts them only then"
    { writes: Writes::After(ms(5)) }
    ParallelWrites "parallel-writes"
    "writes entries in the next step, and sends them before"
    { writes: Writes::After(Duration::ZERO) }
    WritesCommit "writes-commit"
    "writes its commit index to the disk, and goes on from there after a crash"
    { writes_commit: true }
    LazyApply "lazy-apply"
    "applies entries 5 ms after they are committed, at most 16 at a time"
    { applies_after: ms(5), applies_at_once: 16 }
    KeepsTail "keeps-tail"
    "keeps the last eight of the entries that a snapshot covers"
    { keeps: 8 }
    SnapshotsFirst "snapshots-first"
    "keeps eight such entries, and sends the snapshot to a follower that lacks four of them"
    { keeps: 8, snapshot_from: 4 }
    CompactsLate "compacts-late"
    "does not compact a log of fewer than 25 entries"
    { compacts_from: 25 }
}

impl Variant {
    /// Its row of the table.
    pub fn info(self) -> &'static VariantInfo {
        // The enum and the table are made from the same list.
        &VARIANTS[self as usize]
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

impl Policy {
    /// The variants whose choices it makes.
    pub(super) fn variants(&self) -> impl Iterator<Item = Variant> {
        let makes = |info: &&VariantInfo| {
            let mut policy = *self;
            (info.apply)(&mut policy);
            policy == *self
        };
        VARIANTS.iter().filter(makes).map(|info| info.variant)
    }
}

/// The error that no variant has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVariant(String);

impl FromStr for Variant {
    type Err = UnknownVariant;

    fn from_str(name: &str) -> Result<Self, UnknownVariant> {
        let found = VARIANTS.iter().find(|info| info.name == name);
        found.map(|info| info.variant).ok_or_else(|| UnknownVariant(name.to_owned()))
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

impl fmt::Display for UnknownVariant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "no variant is named {:?}", self.0)
    }
}

impl core::error::Error for UnknownVariant {}
