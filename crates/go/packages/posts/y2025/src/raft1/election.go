package raft

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

// AppendEntriesArgs is a heartbeat.
type AppendEntriesArgs struct {
	Term         int
	LeaderID     int
	PrevLogIndex int
	PrevLogTerm  int
	Entries      []LogEntry
	LeaderCommit int
}

// AppendEntriesReply answers that.
type AppendEntriesReply struct {
	Term    int
	Success bool
}

// election makes the server a candidate of the next term, and asks all others for their votes.
func (rf *Raft) election() {
	rf.mu.Lock()
	rf.state = Candidate
	rf.currentTerm++
	rf.voteFor = rf.me
	rf.persist()
	rf.electionTimer.Reset(rf.getNewElectionTimeout())
	args := RequestVoteArgs{
		Term:         rf.currentTerm,
		CandidateId:  rf.me,
		LastLogIndex: rf.getLastIndex(),
		LastLogTerm:  rf.getLastLogTerm(),
	}
	rf.mu.Unlock()

	votes := 1
	for i := range rf.peers {
		if i == rf.me {
			continue
		}
		go func(server int) {
			reply := RequestVoteReply{}
			if !rf.peers[server].Call("Raft.RequestVote", &args, &reply) {
				return
			}
			rf.mu.Lock()
			if rf.currentTerm != args.Term || rf.state != Candidate || !reply.VoteGranted {
				// The post looks at a higher term in replies that grant the vote, and in no others.
				rf.mu.Unlock()
				return
			}
			votes++
			if votes >= rf.majority {
				rf.lead()
				rf.mu.Unlock()
				rf.sendHeartbeat(true)
				rf.heartBeat()
				return
			}
			if reply.Term > rf.currentTerm {
				// The post leaves voteFor as it is.
				rf.currentTerm = reply.Term
				rf.state = Follower
				rf.persist()
			}
			rf.mu.Unlock()
		}(i)
	}
}

// lead makes the candidate the leader. It stops the election timer.
func (rf *Raft) lead() {
	rf.state = Leader
	for i := range rf.peers {
		rf.nextIndex[i] = rf.getLastIndex() + 1
		rf.matchIndex[i] = 0
	}
	rf.electionTimer.Stop()
}

// heartBeat sends a heartbeat to each server, and waits for nothing.
func (rf *Raft) heartBeat() {
	rf.mu.Lock()
	term := rf.currentTerm
	commitIndex := rf.commitIndex
	nextIndex := append([]int(nil), rf.nextIndex...)
	rf.mu.Unlock()
	for i := range rf.peers {
		if i == rf.me {
			continue
		}
		go func(server int) {
			rf.mu.Lock()
			if rf.state != Leader {
				rf.mu.Unlock()
				return
			}
			prev := nextIndex[server] - 1
			args := AppendEntriesArgs{
				Term:         term,
				LeaderID:     rf.me,
				PrevLogIndex: prev,
				PrevLogTerm:  rf.log[prev].Term,
				Entries:      []LogEntry{},
				LeaderCommit: commitIndex,
			}
			rf.mu.Unlock()
			reply := AppendEntriesReply{}
			if !rf.peers[server].Call("Raft.AppendEntries", &args, &reply) {
				return
			}
			rf.mu.Lock()
			deposed := reply.Term > rf.currentTerm
			if deposed {
				rf.currentTerm = reply.Term
				rf.state = Follower
				rf.voteFor = -1
				rf.persist()
			}
			rf.mu.Unlock()
			if deposed {
				// The post starts no election timer.
				rf.sendHeartbeat(false)
			}
		}(i)
	}
}

// convertToFollower adopts the higher term of a request. A leader stops its heartbeats. Not shown:
// that it does so in AppendEntries too.
func (rf *Raft) convertToFollower(term int) {
	if rf.state == Leader {
		rf.sendHeartbeat(false)
	}
	rf.currentTerm = term
	rf.voteFor = -1
	rf.state = Follower
	rf.persist()
}

// RequestVote answers a candidate. Only a vote that is granted resets the election timer. Not
// shown: its lines, which the post says are those of Figure 2.
func (rf *Raft) RequestVote(args *RequestVoteArgs, reply *RequestVoteReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term > rf.currentTerm {
		rf.convertToFollower(args.Term)
	}
	reply.Term = rf.currentTerm
	if args.Term < rf.currentTerm || rf.voteFor != -1 && rf.voteFor != args.CandidateId {
		return
	}
	lastTerm, lastIndex := rf.getLastLogTerm(), rf.getLastIndex()
	if args.LastLogTerm > lastTerm ||
		args.LastLogTerm == lastTerm && args.LastLogIndex >= lastIndex {
		rf.voteFor = args.CandidateId
		rf.persist()
		rf.electionTimer.Reset(rf.getNewElectionTimeout())
		reply.VoteGranted = true
	}
}

// AppendEntries answers a leader. Not shown: all of it.
func (rf *Raft) AppendEntries(args *AppendEntriesArgs, reply *AppendEntriesReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term < rf.currentTerm {
		reply.Term = rf.currentTerm
		return
	}
	if args.Term > rf.currentTerm {
		rf.convertToFollower(args.Term)
	}
	if rf.state == Candidate {
		rf.state = Follower
	}
	if rf.state != Leader {
		rf.electionTimer.Reset(rf.getNewElectionTimeout())
	}
	reply.Term = rf.currentTerm
	reply.Success = args.PrevLogIndex == rf.getLastIndex() &&
		args.PrevLogTerm == rf.getLastLogTerm()
}
