package raft

// InstallSnapshotArgs are the arguments of InstallSnapshot.
type InstallSnapshotArgs struct {
	Term              int
	LeaderID          int
	LastIncludedIndex int
	LastIncludedTerm  int
	Data              []byte
}

// InstallSnapshotReply is its result.
type InstallSnapshotReply struct {
	Term int
}

// Snapshot is called by the service, whose snapshot covers everything through index.
func (rf *Raft) Snapshot(index int, snapshot []byte) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	// The service cannot have more than what is committed.
	if index <= rf.lastIncludedIndex || index > rf.commitIndex {
		return
	}
	rf.dropThroughLocked(index, rf.termLocked(index))
	rf.persister.SaveStateAndSnapshot(rf.encodeStateLocked(), snapshot)
}

// CondInstallSnapshot is asked by the service before it takes a snapshot from applyCh.
// InstallSnapshot has refused what is old, and one goroutine sends all messages in order, so none
// is refused here.
func (rf *Raft) CondInstallSnapshot(
	lastIncludedTerm int, lastIncludedIndex int, snapshot []byte) bool {
	return true
}

func (rf *Raft) sendSnapshotLocked(peer int) {
	args := InstallSnapshotArgs{
		Term:              rf.currentTerm,
		LeaderID:          rf.me,
		LastIncludedIndex: rf.lastIncludedIndex,
		LastIncludedTerm:  rf.termLocked(rf.lastIncludedIndex),
		Data:              rf.persister.ReadSnapshot(),
	}
	go func() {
		reply := InstallSnapshotReply{}
		if !rf.peers[peer].Call("Raft.InstallSnapshot", &args, &reply) {
			return
		}
		rf.mu.Lock()
		defer rf.mu.Unlock()
		if reply.Term > rf.currentTerm {
			rf.becomeFollowerLocked(reply.Term)
			return
		}
		if rf.state != Leader || rf.currentTerm != args.Term {
			return
		}
		if args.LastIncludedIndex > rf.matchIndex[peer] {
			rf.matchIndex[peer] = args.LastIncludedIndex
			rf.advanceCommitLocked()
		}
		if args.LastIncludedIndex+1 > rf.nextIndex[peer] {
			rf.nextIndex[peer] = args.LastIncludedIndex + 1
		}
	}()
}

// InstallSnapshot is called by leaders.
func (rf *Raft) InstallSnapshot(args *InstallSnapshotArgs, reply *InstallSnapshotReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term < rf.currentTerm {
		reply.Term = rf.currentTerm
		return
	}
	rf.becomeFollowerLocked(args.Term)
	rf.resetTimeoutLocked()
	reply.Term = rf.currentTerm

	if args.LastIncludedIndex <= rf.commitIndex {
		return // old: the log has it all
	}
	rf.dropThroughLocked(args.LastIncludedIndex, args.LastIncludedTerm)
	rf.commitIndex = args.LastIncludedIndex
	rf.persister.SaveStateAndSnapshot(rf.encodeStateLocked(), args.Data)
	rf.waitingSnapshot = &ApplyMsg{
		SnapshotValid: true,
		Snapshot:      args.Data,
		SnapshotTerm:  args.LastIncludedTerm,
		SnapshotIndex: args.LastIncludedIndex,
	}
	rf.applyCond.Signal()
}

// applier is the only goroutine that sends on applyCh, and it does so without the lock.
func (rf *Raft) applier() {
	for {
		msgs := rf.takeCommitted()
		if len(msgs) == 0 {
			return
		}
		for _, msg := range msgs {
			rf.applyCh <- msg
		}
	}
}

// takeCommitted waits until something can be applied, and returns it; nothing if the server is
// killed.
func (rf *Raft) takeCommitted() []ApplyMsg {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	for rf.commitIndex <= rf.lastApplied && !rf.killed() {
		rf.applyCond.Wait()
	}
	if rf.killed() {
		return nil
	}
	var msgs []ApplyMsg
	if rf.waitingSnapshot != nil {
		msgs = append(msgs, *rf.waitingSnapshot)
		rf.lastApplied = rf.waitingSnapshot.SnapshotIndex
		rf.waitingSnapshot = nil
	}
	for rf.lastApplied < rf.commitIndex {
		rf.lastApplied++
		msgs = append(msgs, ApplyMsg{
			CommandValid: true,
			Command:      rf.entryLocked(rf.lastApplied).Command,
			CommandIndex: rf.lastApplied,
		})
	}
	return msgs
}
