package raft

import "time"

// RequestVoteArgs asks for a vote. It says nothing about the candidate's log.
type RequestVoteArgs struct {
	Term        int
	CandidateID int
}

// RequestVoteReply answers that.
type RequestVoteReply struct {
	Term        int
	VoteGranted bool
}

// AppendEntriesArgs is a heartbeat.
type AppendEntriesArgs struct {
	Term int
}

// AppendEntriesReply answers that.
type AppendEntriesReply struct {
	Term    int
	Success bool
}

// checkTimeout makes a follower a candidate. The next turn of the loop begins its election.
func (rf *Raft) checkTimeout() {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.state == Follower && rf.electionTimedOut() {
		rf.state = Candidate
	}
}

// electLeader begins an election if the timeout has passed: the first one, or another one.
//
// Not shown: how votes are counted. They are as they come, while the server is a candidate of the
// term in which it asked for them.
func (rf *Raft) electLeader() {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.state != Candidate || !rf.electionTimedOut() {
		return
	}
	rf.currentTerm++
	rf.votedFor = rf.me
	rf.resetElectionTimeout()
	rf.persist()
	votes := 1
	leadIfElected := func() {
		if votes > len(rf.peers)/2 {
			rf.state = Leader
			rf.heartbeatAt = time.Now()
		}
	}
	leadIfElected()
	args := RequestVoteArgs{Term: rf.currentTerm, CandidateID: rf.me}
	for server := range rf.peers {
		if server == rf.me {
			continue
		}
		go func(server int) {
			reply := RequestVoteReply{}
			if !rf.peers[server].Call("Raft.RequestVote", &args, &reply) {
				return
			}
			rf.mu.Lock()
			defer rf.mu.Unlock()
			rf.adoptHigherTerm(reply.Term)
			if rf.currentTerm == args.Term && rf.state == Candidate && reply.VoteGranted {
				votes++
				leadIfElected()
			}
		}(server)
	}
}

// sendHeartbeats sends a heartbeat to each server, if it is time, and waits for the replies, but
// only until time.After says that it has been long enough. A leader that then lacks the replies of
// a majority becomes a follower.
//
// Not shown: that the loop waits here, what counts as a reply, and how long is long enough.
func (rf *Raft) sendHeartbeats() {
	rf.mu.Lock()
	if rf.state != Leader || time.Now().Before(rf.heartbeatAt) {
		rf.mu.Unlock()
		return
	}
	rf.heartbeatAt = time.Now().Add(heartbeatInterval)
	args := AppendEntriesArgs{Term: rf.currentTerm}
	rf.mu.Unlock()

	// With room for all, so that a goroutine whose call returns late can end.
	returned := make(chan bool, len(rf.peers))
	for server := range rf.peers {
		if server != rf.me {
			go func(server int) { returned <- rf.sendHeartbeat(server, args) }(server)
		}
	}
	answered := 1 + countAnswers(returned, len(rf.peers)-1)

	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.state == Leader && answered <= len(rf.peers)/2 {
		rf.state = Follower
	}
}

// countAnswers waits for the calls of a round, but not for too long. It returns how many servers
// answered.
func countAnswers(returned <-chan bool, calls int) int {
	timeout := time.After(rpcTimeout)
	answered := 0
	for ; calls > 0; calls-- {
		select {
		case ok := <-returned:
			if ok {
				answered++
			}
		case <-timeout:
			return answered
		}
	}
	return answered
}

// sendHeartbeat returns whether a server answered.
func (rf *Raft) sendHeartbeat(server int, args AppendEntriesArgs) bool {
	reply := AppendEntriesReply{}
	if !rf.peers[server].Call("Raft.AppendEntries", &args, &reply) {
		return false
	}
	rf.mu.Lock()
	defer rf.mu.Unlock()
	rf.adoptHigherTerm(reply.Term)
	return true
}

// RequestVote answers a candidate. It does not compare logs.
func (rf *Raft) RequestVote(args *RequestVoteArgs, reply *RequestVoteReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	rf.adoptHigherTerm(args.Term)
	reply.Term = rf.currentTerm
	if args.Term < rf.currentTerm {
		return
	}
	if rf.votedFor == -1 || rf.votedFor == args.CandidateID {
		rf.votedFor = args.CandidateID
		rf.resetElectionTimeout()
		rf.persist()
		reply.VoteGranted = true
	}
}

// AppendEntries answers a leader.
func (rf *Raft) AppendEntries(args *AppendEntriesArgs, reply *AppendEntriesReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term < rf.currentTerm {
		reply.Term = rf.currentTerm
		return
	}
	rf.adoptHigherTerm(args.Term)
	rf.resetElectionTimeout()
	if rf.state == Candidate {
		rf.state = Follower
	}
	reply.Term = rf.currentTerm
	reply.Success = true
}
