//! Rules for term and vote: on disks, in messages, in statuses.

use raftsim_node::{Index, Message, NodeId, Promise, Term, Time};
use raftsim_sim::{Durable, Fact, Failure, Property, property};

use crate::judged::Seen;

/// What the sender of a message vouches for: that it is on the sender's disk when the message is
/// sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// The message's term.
    pub term: Option<Term>,
    /// The message's promise: a vote, or entries that are stored.
    pub promise: Option<Promise>,
}

impl Vouched {
    /// Reads it from a message: this runs the node's code.
    #[inline]
    pub fn by(message: &impl Message) -> Self {
        Self { term: message.term(), promise: message.promise() }
    }
}

/// Each server votes for at most one candidate in a given term (§5.2), also across crashes. It
/// keeps nothing but a count.
#[derive(Clone, Debug, Default)]
pub struct OneVote {
    judged: u64,
}

impl OneVote {
    /// The property that it judges.
    pub const PROPERTY: Property = property::ONE_VOTE_PER_TERM;

    /// A write changed `node`'s disk from `before` to `after`.
    pub fn written(
        &mut self,
        time: Time,
        node: NodeId,
        before: Durable,
        after: Durable,
    ) -> Result<(), Failure> {
        self.judged += u64::from(after.voted_for.is_some());
        if before.term != after.term {
            return Ok(());
        }
        let Some(first) = before.voted_for else { return Ok(()) };
        if after.voted_for == Some(first) {
            return Ok(());
        }
        Err(Self::broken(time, node, first, after.term, after.voted_for))
    }

    #[cold]
    fn broken(
        time: Time,
        node: NodeId,
        first: NodeId,
        term: Term,
        voted_for: Option<NodeId>,
    ) -> Failure {
        let second = match voted_for {
            Some(second) => format!("its disk now has a vote for {second} in the same term"),
            None => "its disk has forgotten that vote within the term".to_owned(),
        };
        let facts = [format!("{node} voted for {first} in term {term}"), second];
        let facts = facts.map(|text| Fact::new(text).by(node));
        Failure::violation(Self::PROPERTY, time, facts)
    }

    /// The number of votes that it judged: writes that leave a vote on the disk.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

/// The term and the promise of a message are on its sender's disk when it is sent. It keeps nothing
/// but a count, and what messages say at all.
#[derive(Clone, Debug, Default)]
pub struct Promises {
    judged: u64,
    /// What messages said, a bit each: [`MESSAGE`], [`TERM`], [`PROMISE`].
    said: u8,
}

/// There was a message.
const MESSAGE: u8 = 1;
const TERM: u8 = 2;
const PROMISE: u8 = 4;
const ALL: u8 = MESSAGE | TERM | PROMISE;

impl Promises {
    /// The property that it judges.
    pub const PROPERTY: Property = property::PROMISES_ARE_DURABLE;

    /// `from`, whose disk holds `disk`, sends a message that vouches for `vouched`.
    ///
    /// A promise of an earlier term than the disk's is not judged: the disk no longer shows it.
    #[inline]
    pub fn sent(
        &mut self,
        time: Time,
        from: NodeId,
        disk: &Durable,
        vouched: Vouched,
    ) -> Result<(), Failure> {
        let Vouched { term, promise } = vouched;
        if term.is_none() && promise.is_none() {
            self.said |= MESSAGE;
            return Ok(());
        }
        self.judged += 1;
        if self.said != ALL {
            self.listen(term.is_some(), promise.is_some());
        }
        if holds(disk, term, promise) {
            return Ok(());
        }
        // The call below gets the parts of the promise. To pass the promise itself, the compiler
        // would write it to memory for every message, and hardly any message breaks its promise.
        let (vote, through) = match promise {
            Some(Promise::Vote { candidate }) => (Some(candidate), None),
            Some(Promise::Stored { through }) => (None, Some(through)),
            Some(_) | None => (None, None),
        };
        Err(broken(time, from, disk, term, vote, through))
    }

    /// Notes what messages say: soon a message has said everything.
    #[cold]
    fn listen(&mut self, term: bool, promise: bool) {
        self.said |= MESSAGE | (u8::from(term) * TERM) | (u8::from(promise) * PROMISE);
    }

    /// `from` acknowledges to `leader`, in the leader's term, that it stores entries through
    /// `through`. At that index `from`'s log has an entry of the term `own`, and `leader`'s log one
    /// of the term `theirs`; `None` if the disk does not show it. The terms must be equal.
    ///
    /// That `from`'s log is long enough does not suffice: it may be a tail of older entries that
    /// reaches further than what the leader sent.
    #[inline]
    pub fn acknowledged(
        &mut self,
        time: Time,
        from: NodeId,
        through: Index,
        own: Option<Term>,
        leader: (NodeId, Option<Term>),
    ) -> Result<(), Failure> {
        let ((leader, Some(theirs)), Some(own)) = (leader, own) else { return Ok(()) };
        if own == theirs {
            return Ok(());
        }
        Err(Self::mistaken(time, (from, own), through, (leader, theirs)))
    }

    #[cold]
    fn mistaken(
        time: Time,
        (from, own): (NodeId, Term),
        through: Index,
        (leader, theirs): (NodeId, Term),
    ) -> Failure {
        let first = format!("{leader}, which leads, has {through}@{theirs}");
        let promised = format!("{from} acknowledges entries through {through}");
        let second = format!("{promised}, and its disk holds {through}@{own}");
        let facts = [Fact::new(first).by(leader), Fact::new(second).by(from)];
        Failure::violation(Self::PROPERTY, time, facts.map(|fact| fact.entry(through)))
    }

    /// The number of messages that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    /// What messages said.
    pub fn seen(&self) -> Seen {
        let said = |what| self.said & what != 0;
        Seen { messages: said(MESSAGE), terms: said(TERM), promises: said(PROMISE) }
    }
}

/// Whether a disk holds what a message vouches for.
#[inline]
fn holds(disk: &Durable, term: Option<Term>, promise: Option<Promise>) -> bool {
    match term {
        Some(term) if term > disk.term => return false,
        Some(term) if term < disk.term => return true,
        Some(_) | None => {}
    }
    match promise {
        Some(Promise::Vote { candidate }) => disk.voted_for == Some(candidate),
        Some(Promise::Stored { through }) => through <= disk.last_index,
        // A kind of promise that this oracle does not know yet is not judged.
        Some(_) | None => true,
    }
}

/// The failure of a message that vouches for something that its sender's disk does not hold: its
/// term, its vote, or its log `through` an index.
#[cold]
fn broken(
    time: Time,
    from: NodeId,
    disk: &Durable,
    sent: Option<Term>,
    vote: Option<NodeId>,
    through: Option<Index>,
) -> Failure {
    let term = disk.term;
    let facts = match (sent, vote, through) {
        (Some(sent), _, _) if sent > term => [
            Fact::new(format!("{from}'s disk is in term {term}")),
            Fact::new(format!("it sends a message of term {sent}")),
        ],
        (_, Some(candidate), _) => {
            let vote =
                disk.voted_for.map_or("no vote".to_owned(), |vote| format!("a vote for {vote}"));
            let second = Fact::new(format!("it sends its vote for {candidate}"));
            [Fact::new(format!("{from}'s disk has {vote} in term {term}")), second]
        }
        (_, None, Some(through)) => {
            let first = Fact::new(format!("{from}'s log on disk ends at {}", disk.last_index));
            let second = Fact::new(format!("it acknowledges entries through {through}"));
            [first.entry(disk.last_index), second.entry(through)]
        }
        (_, None, None) => unreachable!("what is not judged is not broken"),
    };
    Failure::violation(Promises::PROPERTY, time, facts.map(|fact| fact.by(from)))
}

/// `currentTerm` never decreases (Figure 2: increases monotonically). It keeps nothing but a count.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    judged: u64,
}

impl Terms {
    /// The property that it judges.
    pub const PROPERTY: Property = property::TERMS_NEVER_GO_BACK;

    /// Within a life, `node`'s status went from term `before` to term `after`.
    #[inline]
    pub fn believed(
        &mut self,
        time: Time,
        node: NodeId,
        before: Term,
        after: Term,
    ) -> Result<(), Failure> {
        self.judge(time, node, (" was in", before), ("is", after))
    }

    /// `node`'s disk went from term `before` to term `after`.
    #[inline]
    pub fn written(
        &mut self,
        time: Time,
        node: NodeId,
        before: Term,
        after: Term,
    ) -> Result<(), Failure> {
        self.judge(time, node, ("'s disk was in", before), ("is", after))
    }

    /// `node` booted from a disk in term `disk`, with a status in term `status`.
    pub fn booted(
        &mut self,
        time: Time,
        node: NodeId,
        disk: Term,
        status: Term,
    ) -> Result<(), Failure> {
        self.judge(time, node, (" boots from a disk in", disk), ("starts", status))
    }

    /// Judges two terms. In the facts of a failure, `was` follows the server's name before the
    /// first term, and `is` stands before the second.
    #[inline]
    fn judge(
        &mut self,
        time: Time,
        node: NodeId,
        (was, before): (&str, Term),
        (is, after): (&str, Term),
    ) -> Result<(), Failure> {
        self.judged += 1;
        if after >= before { Ok(()) } else { Err(Self::broken(time, node, was, before, is, after)) }
    }

    #[cold]
    fn broken(time: Time, node: NodeId, was: &str, before: Term, is: &str, after: Term) -> Failure {
        let facts = [format!("{node}{was} term {before}"), format!("it {is} in term {after}")];
        let facts = facts.map(|text| Fact::new(text).by(node));
        Failure::violation(Self::PROPERTY, time, facts)
    }

    /// The number of changes that it judged.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}
