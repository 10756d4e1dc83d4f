package raft

import "time"

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

// electionTimedOut begins an election, unless the timer was reset just when it fired.
func (rf *Raft) electionTimedOut() {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.role == leader || time.Now().Before(rf.electionDeadline) {
		return
	}
	rf.role = candidate
	rf.currentTerm++
	rf.votedFor = rf.me
	rf.votes = 1
	rf.persist()
	rf.resetElectionTimer()
	rf.leadIfElected()
	args := RequestVoteArgs{
		Term:         rf.currentTerm,
		CandidateId:  rf.me,
		LastLogIndex: rf.log.last(),
		LastLogTerm:  rf.log.lastTerm(),
	}
	for server := range rf.peers {
		if server != rf.me {
			go rf.askForVote(server, args)
		}
	}
}

// askForVote asks one server, and counts its vote.
func (rf *Raft) askForVote(server int, args RequestVoteArgs) {
	var reply RequestVoteReply
	if !rf.peers[server].Call("Raft.RequestVote", &args, &reply) {
		return
	}
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if reply.Term > rf.currentTerm {
		rf.follow(reply.Term)
		return
	}
	// Meanwhile the election may be over, or another one going on.
	if rf.role != candidate || rf.currentTerm != args.Term || !reply.VoteGranted {
		return
	}
	rf.votes++
	rf.leadIfElected()
}

// leadIfElected makes the candidate the leader if it has the votes of a majority.
func (rf *Raft) leadIfElected() {
	if rf.votes <= len(rf.peers)/2 {
		return
	}
	rf.role = leader
	for server := range rf.peers {
		rf.nextIndex[server] = rf.log.last() + 1
		rf.matchIndex[server] = 0
	}
	rf.electionTimer.Stop()
	rf.heartbeatTimer.Reset(0)
}

// RequestVote answers a candidate.
func (rf *Raft) RequestVote(args *RequestVoteArgs, reply *RequestVoteReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term > rf.currentTerm {
		rf.follow(args.Term)
	}
	reply.Term = rf.currentTerm
	if args.Term < rf.currentTerm {
		return
	}
	free := rf.votedFor == nobody || rf.votedFor == args.CandidateId
	if free && rf.upToDate(args.LastLogIndex, args.LastLogTerm) {
		rf.votedFor = args.CandidateId
		rf.persist()
		rf.resetElectionTimer()
		reply.VoteGranted = true
	}
}

// upToDate returns whether a log that ends like this is at least as up-to-date as the server's own.
func (rf *Raft) upToDate(lastIndex, lastTerm int) bool {
	if lastTerm != rf.log.lastTerm() {
		return lastTerm > rf.log.lastTerm()
	}
	return lastIndex >= rf.log.last()
}
