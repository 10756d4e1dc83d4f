package raft

// InstallSnapshotArgs carries a snapshot to a follower that needs entries which the leader's log
// no longer has.
type InstallSnapshotArgs struct {
	Term              int
	LeaderId          int
	LastIncludedIndex int
	LastIncludedTerm  int
	Data              []byte
}

// InstallSnapshotReply answers that.
type InstallSnapshotReply struct {
	Term int
}

// Snapshot takes the service's snapshot of everything through index in place of that part of the
// log.
func (rf *Raft) Snapshot(index int, snapshot []byte) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if index <= rf.log.base() || index > rf.lastApplied {
		return
	}
	rf.log.compact(index, rf.log.term(index))
	rf.snapshot = snapshot
	rf.persist()
}

// sendSnapshot sends the snapshot to a follower.
func (rf *Raft) sendSnapshot(server int, args InstallSnapshotArgs) {
	var reply InstallSnapshotReply
	if !rf.peers[server].Call("Raft.InstallSnapshot", &args, &reply) {
		return
	}
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if reply.Term > rf.currentTerm {
		rf.follow(reply.Term)
		return
	}
	if rf.role != leader || rf.currentTerm != args.Term {
		return
	}
	rf.stored(server, args.LastIncludedIndex)
}

// InstallSnapshot answers a leader that sends its snapshot.
func (rf *Raft) InstallSnapshot(args *InstallSnapshotArgs, reply *InstallSnapshotReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	reply.Term = max(args.Term, rf.currentTerm)
	if args.Term < rf.currentTerm {
		return
	}
	rf.follow(args.Term)
	rf.resetElectionTimer()

	// What is committed comes, or came, from the log: an old snapshot would lead back.
	if args.LastIncludedIndex <= rf.commitIndex {
		return
	}
	rf.log.compact(args.LastIncludedIndex, args.LastIncludedTerm)
	rf.snapshot = args.Data
	rf.commitIndex = args.LastIncludedIndex
	rf.persist()
	rf.applyCond.Signal()
}
