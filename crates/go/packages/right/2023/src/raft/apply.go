package raft

// applier hands to the service what is committed, in the order of the log. As there is one such
// goroutine, the order of its messages is that of the log, although it sends them without the lock.
func (rf *Raft) applier() {
	for {
		msg, ok := rf.nextToApply()
		if !ok {
			return
		}
		select {
		case rf.applyCh <- msg:
		case <-rf.done:
			return
		}
	}
}

// nextToApply waits for the next message; false if the server is killed meanwhile.
func (rf *Raft) nextToApply() (ApplyMsg, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	for rf.lastApplied >= rf.commitIndex && !rf.killed() {
		rf.applyCond.Wait()
	}
	if rf.killed() {
		return ApplyMsg{}, false
	}
	if base := rf.log.base(); rf.lastApplied < base {
		// The snapshot of a leader took the place of entries that are not applied.
		rf.lastApplied = base
		return ApplyMsg{
			SnapshotValid: true,
			Snapshot:      rf.snapshot,
			SnapshotTerm:  rf.log.term(base),
			SnapshotIndex: base,
		}, true
	}
	rf.lastApplied++
	return ApplyMsg{
		CommandValid: true,
		Command:      rf.log.command(rf.lastApplied),
		CommandIndex: rf.lastApplied,
	}, true
}
