package raft

import "context"

// RequestVoteArgs asks for a vote.
type RequestVoteArgs struct {
	Term         int
	CandidateId  int
	LastLogIndex int
	LastLogTerm  int
}

// RequestVoteReply answers that.
type RequestVoteReply struct {
	Term        int
	VoteGranted bool
}

// beginElection makes the server a candidate of the next term, and asks all others for their votes.
func (rf *Raft) beginElection() {
	rf.state = candidate
	rf.currentTerm++
	rf.votedFor = &rf.me
	rf.persist()
	rf.postponeElection()
	go rf.runElection(RequestVoteArgs{
		Term:         rf.currentTerm,
		CandidateId:  rf.me,
		LastLogIndex: rf.log.lastIndex(),
		LastLogTerm:  rf.log.lastTerm(),
	})
}

// runElection collects votes until a majority has granted theirs or all have answered.
func (rf *Raft) runElection(args RequestVoteArgs) {
	// There is room for all, so that nobody waits for a count that is over.
	ballots := make(chan bool, len(rf.peers))
	ballots <- true // its own
	for peer := range rf.peers {
		if peer != rf.me {
			go func(peer int) { ballots <- rf.requestVote(peer, args) }(peer)
		}
	}
	granted := 0
	for range rf.peers {
		if <-ballots {
			granted++
		}
		if granted > len(rf.peers)/2 {
			rf.lead(args.Term)
			return
		}
	}
}

// requestVote returns whether a peer granted its vote.
func (rf *Raft) requestVote(peer int, args RequestVoteArgs) bool {
	reply := RequestVoteReply{}
	if !rf.peers[peer].Call("Raft.RequestVote", &args, &reply) {
		return false
	}
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if reply.Term > rf.currentTerm {
		rf.enterTerm(reply.Term)
	}
	return reply.VoteGranted
}

// lead makes the server the leader of term, if it is still a candidate of that term.
func (rf *Raft) lead(term int) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.state != candidate || rf.currentTerm != term {
		return
	}
	rf.state = leader
	leading, stepDown := context.WithCancel(rf.alive)
	rf.stepDown = stepDown
	rf.followers = make([]progress, len(rf.peers))
	for peer := range rf.peers {
		more := make(chan struct{}, 1)
		rf.followers[peer] = progress{nextIndex: rf.log.lastIndex() + 1, more: more}
		if peer != rf.me {
			go rf.replicationLoop(leading, peer, term, more)
		}
	}
}

// RequestVote answers a candidate.
func (rf *Raft) RequestVote(args *RequestVoteArgs, reply *RequestVoteReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term > rf.currentTerm {
		rf.enterTerm(args.Term)
	}
	reply.Term = rf.currentTerm
	reply.VoteGranted = rf.mayVoteFor(args)
	if reply.VoteGranted {
		rf.votedFor = &args.CandidateId
		rf.persist()
		rf.postponeElection()
	}
}

func (rf *Raft) mayVoteFor(args *RequestVoteArgs) bool {
	switch {
	case args.Term < rf.currentTerm:
		return false
	case rf.votedFor != nil && *rf.votedFor != args.CandidateId:
		return false
	case args.LastLogTerm != rf.log.lastTerm():
		return args.LastLogTerm > rf.log.lastTerm()
	default:
		return args.LastLogIndex >= rf.log.lastIndex()
	}
}
