package raft

import "6.5840/raftapi"

// InstallSnapshotArgs carries the leader's snapshot.
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

// Snapshot is the service's: its snapshot covers all entries through index.
func (rf *Raft) Snapshot(index int, snapshot []byte) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if index <= rf.log.snapshotIndex() || index > rf.commitIndex {
		return
	}
	rf.log.snapshotTaken(index, rf.log.at(index).Term)
	rf.persistWith(snapshot)
}

func (rf *Raft) sendSnapshot(peer int, args InstallSnapshotArgs) {
	reply := InstallSnapshotReply{}
	if !rf.peers[peer].Call("Raft.InstallSnapshot", &args, &reply) {
		return
	}
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.answersLeader(args.Term, reply.Term) {
		rf.matched(peer, args.LastIncludedIndex)
	}
}

// InstallSnapshot answers a leader that sends its snapshot.
func (rf *Raft) InstallSnapshot(args *InstallSnapshotArgs, reply *InstallSnapshotReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term < rf.currentTerm {
		reply.Term = rf.currentTerm
		return
	}
	rf.enterTerm(args.Term)
	rf.postponeElection()
	reply.Term = rf.currentTerm

	// A snapshot that ends before the commit index has nothing new.
	if args.LastIncludedIndex > rf.commitIndex {
		rf.log.snapshotTaken(args.LastIncludedIndex, args.LastIncludedTerm)
		rf.persistWith(args.Data)
		rf.commitThrough(args.LastIncludedIndex)
	}
}

// applyLoop hands over what is committed. It is the only one that does, so the order is the log's.
func (rf *Raft) applyLoop() {
	for rf.alive.Err() == nil {
		for _, msg := range rf.takeCommitted() {
			select {
			case rf.applyCh <- msg:
			case <-rf.alive.Done():
				return
			}
		}
	}
}

// takeCommitted waits for something to apply: entries, or a snapshot where the log no longer has
// them. It returns nothing when the server is killed.
func (rf *Raft) takeCommitted() []raftapi.ApplyMsg {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	for rf.lastApplied >= rf.commitIndex && rf.alive.Err() == nil {
		rf.canApply.Wait()
	}
	if rf.alive.Err() != nil {
		return nil
	}
	first := rf.lastApplied + 1
	if first <= rf.log.snapshotIndex() {
		rf.lastApplied = rf.log.snapshotIndex()
		return []raftapi.ApplyMsg{{
			SnapshotValid: true,
			Snapshot:      rf.persister.ReadSnapshot(),
			SnapshotTerm:  rf.log.snapshotTerm(),
			SnapshotIndex: rf.log.snapshotIndex(),
		}}
	}
	rf.lastApplied = rf.commitIndex
	var msgs []raftapi.ApplyMsg
	for _, e := range rf.log.slice(first, rf.commitIndex) {
		msgs = append(msgs, raftapi.ApplyMsg{
			CommandValid: true,
			Command:      e.Command,
			CommandIndex: e.Index,
		})
	}
	return msgs
}
