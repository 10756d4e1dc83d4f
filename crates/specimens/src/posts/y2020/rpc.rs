//! How a server of the post of 2020 handles requests, replies and failed calls.

use raftsim_node::{CallId, NodeId, Term, Time, Topic};

use super::{
    AppendEntriesArgs, AppendEntriesReply, Message, Out, RequestVoteArgs, RequestVoteReply, Server,
    State,
};
use crate::Persister;

impl<const STEPS_DOWN: bool> Server<STEPS_DOWN> {
    /// The post: a higher term is adopted, from requests and replies. A follower by Figure 2.
    fn adopt_higher_term(&mut self, term: Term, out: &mut Out) {
        if term <= self.current_term() {
            return;
        }
        out.note(match self.state {
            State::Leader => "higher term: adopted, step down",
            State::Candidate => "higher term: adopted, follower",
            State::Follower => "higher term: adopted",
        });
        self.durable = Persister { current_term: term, voted_for: None };
        self.state = State::Follower;
    }

    /// The post: refuse a stale term; the vote is free or the candidate's: reset, grant.
    fn request_vote(
        &mut self,
        args: RequestVoteArgs,
        now: Time,
        out: &mut Out,
    ) -> RequestVoteReply {
        let before = self.durable;
        self.adopt_higher_term(args.term, out);
        let free = self.durable.voted_for.is_none_or(|voted_for| voted_for == args.candidate_id);
        let vote_granted = if args.term < self.current_term() {
            out.note("vote refused: stale term");
            false
        } else if free {
            out.note("vote granted: election timeout reset");
            self.durable.voted_for = Some(args.candidate_id);
            self.reset_election_timeout(now);
            true
        } else {
            out.note("vote refused: voted for another in this term");
            false
        };
        out.persist(before, self.durable);
        RequestVoteReply {
            term: self.current_term(),
            vote_granted,
            candidate_id: args.candidate_id,
        }
    }

    /// The post: refuse a stale term; reset; a candidate becomes a follower.
    fn append_entries(
        &mut self,
        args: AppendEntriesArgs,
        now: Time,
        out: &mut Out,
    ) -> AppendEntriesReply {
        if args.term < self.current_term() {
            out.note("heartbeat refused: stale term");
            return AppendEntriesReply { term: self.current_term(), success: false };
        }
        let before = self.durable;
        self.adopt_higher_term(args.term, out);
        out.note("heartbeat: election timeout reset");
        self.reset_election_timeout(now);
        if self.state == State::Candidate {
            out.note("a leader of this term: follower");
            self.state = State::Follower;
        }
        out.persist(before, self.durable);
        AppendEntriesReply { term: self.current_term(), success: true }
    }

    fn handle_request_vote_reply(
        &mut self,
        asked_in: Term,
        reply: RequestVoteReply,
        now: Time,
        out: &mut Out,
    ) {
        let before = self.durable;
        self.adopt_higher_term(reply.term, out);
        out.persist(before, self.durable);
        if self.current_term() != asked_in || self.state != State::Candidate {
            out.note("vote ignored: no longer a candidate of that term");
        } else if reply.vote_granted {
            self.votes += 1;
            self.lead_if_elected(now, out);
        } else {
            out.note("vote refused");
        }
    }

    pub(super) fn receive(&mut self, from: NodeId, message: Message, now: Time, out: &mut Out) {
        if !self.boot.peers().any(|peer| peer == from) {
            out.note("message ignored: not from a peer");
            return;
        }
        match message {
            Message::RequestVote(call, args) => {
                let reply = self.request_vote(args, now, out);
                out.send(from, Message::RequestVoteReply(call, reply));
            }
            Message::RequestVoteReply(call, reply) => {
                match self.calls.answer(from, call, Topic::Vote) {
                    Some(asked_in) => self.handle_request_vote_reply(asked_in, reply, now, out),
                    None => out.note("reply ignored: no such call is open"),
                }
            }
            Message::AppendEntries(call, args) => {
                let reply = self.append_entries(args, now, out);
                out.send(from, Message::AppendEntriesReply(call, reply));
            }
            Message::AppendEntriesReply(call, reply) => {
                if self.calls.answer(from, call, Topic::Append).is_none() {
                    out.note("reply ignored: no such call is open");
                    return;
                }
                let before = self.durable;
                self.adopt_higher_term(reply.term, out);
                out.persist(before, self.durable);
                self.call_returned(call, true, now, out);
            }
        }
    }

    pub(super) fn call_failed(&mut self, to: NodeId, call: CallId, now: Time, out: &mut Out) {
        match self.calls.fail(to, call) {
            None => out.note("failure ignored: no such call is open"),
            Some(Topic::Append) => {
                out.note("a heartbeat's call failed");
                self.call_returned(call, false, now, out);
            }
            Some(Topic::Vote | Topic::Snapshot | Topic::Other | _) => {
                out.note("a vote's call failed: not tried again");
            }
        }
    }
}
