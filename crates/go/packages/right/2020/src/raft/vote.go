package raft

// RequestVoteArgs are the arguments of RequestVote.
type RequestVoteArgs struct {
	Term         int
	CandidateID  int
	LastLogIndex int
	LastLogTerm  int
}

// RequestVoteReply is its result.
type RequestVoteReply struct {
	Term        int
	VoteGranted bool
}

// startElectionLocked makes the server a candidate of the next term.
func (rf *Raft) startElectionLocked() {
	rf.state = Candidate
	rf.currentTerm++
	rf.votedFor = rf.me
	rf.persistLocked()
	rf.resetTimeoutLocked()

	votes := 1
	if votes > len(rf.peers)/2 {
		rf.becomeLeaderLocked()
		return
	}
	args := RequestVoteArgs{
		Term:         rf.currentTerm,
		CandidateID:  rf.me,
		LastLogIndex: rf.lastIndexLocked(),
		LastLogTerm:  rf.termLocked(rf.lastIndexLocked()),
	}
	for i := range rf.peers {
		if i == rf.me {
			continue
		}
		go func(peer int) {
			reply := RequestVoteReply{}
			if !rf.peers[peer].Call("Raft.RequestVote", &args, &reply) {
				return
			}
			rf.mu.Lock()
			defer rf.mu.Unlock()
			if reply.Term > rf.currentTerm {
				rf.becomeFollowerLocked(reply.Term)
				return
			}
			// The vote counts for the election in which it was asked for, and no other.
			if rf.currentTerm != args.Term || rf.state != Candidate || !reply.VoteGranted {
				return
			}
			votes++
			if votes > len(rf.peers)/2 {
				rf.becomeLeaderLocked()
			}
		}(i)
	}
}

func (rf *Raft) becomeLeaderLocked() {
	rf.state = Leader
	for i := range rf.peers {
		rf.nextIndex[i] = rf.lastIndexLocked() + 1
		rf.matchIndex[i] = 0
	}
	go rf.sendHeartbeats(rf.currentTerm)
}

// RequestVote is called by candidates.
func (rf *Raft) RequestVote(args *RequestVoteArgs, reply *RequestVoteReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term > rf.currentTerm {
		rf.becomeFollowerLocked(args.Term)
	}
	reply.Term = rf.currentTerm
	if args.Term < rf.currentTerm {
		return
	}
	if rf.votedFor != -1 && rf.votedFor != args.CandidateID {
		return
	}
	lastTerm := rf.termLocked(rf.lastIndexLocked())
	if args.LastLogTerm < lastTerm ||
		args.LastLogTerm == lastTerm && args.LastLogIndex < rf.lastIndexLocked() {
		return
	}
	rf.votedFor = args.CandidateID
	rf.persistLocked()
	rf.resetTimeoutLocked()
	reply.VoteGranted = true
}
