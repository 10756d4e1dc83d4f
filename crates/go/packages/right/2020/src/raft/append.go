package raft

import "time"

// AppendEntriesArgs are the arguments of AppendEntries.
type AppendEntriesArgs struct {
	Term         int
	LeaderID     int
	PrevLogIndex int
	PrevLogTerm  int
	Entries      []LogEntry
	LeaderCommit int
}

// AppendEntriesReply is its result. After a refusal ConflictTerm is the term of the follower's
// entry at PrevLogIndex, 0 if it has none, and the leader should try ConflictIndex next, unless it
// knows better.
type AppendEntriesReply struct {
	Term          int
	Success       bool
	ConflictTerm  int
	ConflictIndex int
}

// sendHeartbeats runs for as long as the server leads in term.
func (rf *Raft) sendHeartbeats(term int) {
	for !rf.killed() {
		rf.mu.Lock()
		if rf.state != Leader || rf.currentTerm != term {
			rf.mu.Unlock()
			return
		}
		rf.replicateToAllLocked()
		rf.mu.Unlock()
		time.Sleep(heartbeat)
	}
}

func (rf *Raft) replicateToAllLocked() {
	for i := range rf.peers {
		if i != rf.me {
			rf.replicateLocked(i)
		}
	}
}

// replicateLocked sends a follower what it lacks, or an empty heartbeat.
func (rf *Raft) replicateLocked(peer int) {
	prev := rf.nextIndex[peer] - 1
	if prev < rf.lastIncludedIndex {
		rf.sendSnapshotLocked(peer)
		return
	}
	args := AppendEntriesArgs{
		Term:         rf.currentTerm,
		LeaderID:     rf.me,
		PrevLogIndex: prev,
		PrevLogTerm:  rf.termLocked(prev),
		LeaderCommit: rf.commitIndex,
	}
	// A copy, which nobody changes while it is on its way.
	args.Entries = append(args.Entries, rf.log[prev+1-rf.lastIncludedIndex:]...)
	go func() {
		reply := AppendEntriesReply{}
		if rf.peers[peer].Call("Raft.AppendEntries", &args, &reply) {
			rf.handleAppendReply(peer, &args, &reply)
		}
	}()
}

func (rf *Raft) handleAppendReply(peer int, args *AppendEntriesArgs, reply *AppendEntriesReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if reply.Term > rf.currentTerm {
		rf.becomeFollowerLocked(reply.Term)
		return
	}
	if rf.state != Leader || rf.currentTerm != args.Term {
		return // it answers a request of an earlier term
	}
	if reply.Success {
		// What this request showed, not what has been appended since.
		match := args.PrevLogIndex + len(args.Entries)
		if match > rf.matchIndex[peer] {
			rf.matchIndex[peer] = match
			rf.advanceCommitLocked()
		}
		if match+1 > rf.nextIndex[peer] {
			rf.nextIndex[peer] = match + 1
		}
		return
	}
	if args.PrevLogIndex != rf.nextIndex[peer]-1 || args.PrevLogIndex <= rf.matchIndex[peer] {
		return // it answers an older request than the last one that counts
	}
	next := reply.ConflictIndex
	if reply.ConflictTerm != 0 {
		// If the leader has entries of that term, the logs agree up to the last of them at most.
		for i := args.PrevLogIndex - 1; i >= rf.lastIncludedIndex; i-- {
			if rf.termLocked(i) == reply.ConflictTerm {
				next = i + 1
			}
			if rf.termLocked(i) <= reply.ConflictTerm {
				break
			}
		}
	}
	if next <= rf.matchIndex[peer] {
		next = rf.matchIndex[peer] + 1
	}
	rf.nextIndex[peer] = next
	rf.replicateLocked(peer)
}

// advanceCommitLocked commits the last entry of the leader's own term that a majority has, and so
// all before it.
func (rf *Raft) advanceCommitLocked() {
	for index := rf.lastIndexLocked(); index > rf.commitIndex; index-- {
		if rf.termLocked(index) != rf.currentTerm {
			return
		}
		count := 1
		for i := range rf.peers {
			if i != rf.me && rf.matchIndex[i] >= index {
				count++
			}
		}
		if count > len(rf.peers)/2 {
			rf.commitIndex = index
			rf.applyCond.Signal()
			return
		}
	}
}

// AppendEntries is called by leaders.
func (rf *Raft) AppendEntries(args *AppendEntriesArgs, reply *AppendEntriesReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term < rf.currentTerm {
		reply.Term = rf.currentTerm
		return
	}
	rf.becomeFollowerLocked(args.Term)
	rf.resetTimeoutLocked()
	reply.Term = rf.currentTerm

	prev := args.PrevLogIndex
	if prev > rf.lastIndexLocked() {
		reply.ConflictIndex = rf.lastIndexLocked() + 1
		return
	}
	if prev > rf.lastIncludedIndex && rf.termLocked(prev) != args.PrevLogTerm {
		reply.ConflictTerm = rf.termLocked(prev)
		first := prev
		for first-1 > rf.lastIncludedIndex && rf.termLocked(first-1) == reply.ConflictTerm {
			first--
		}
		reply.ConflictIndex = first
		return
	}
	reply.Success = true
	rf.takeEntriesLocked(prev+1, args.Entries)

	commit := args.LeaderCommit
	if last := prev + len(args.Entries); commit > last {
		commit = last
	}
	if commit > rf.commitIndex {
		rf.commitIndex = commit
		rf.applyCond.Signal()
	}
}

// takeEntriesLocked appends what the log lacks. Only an entry that conflicts with a new one is
// removed, and what follows it.
func (rf *Raft) takeEntriesLocked(index int, entries []LogEntry) {
	for len(entries) > 0 && index <= rf.lastIndexLocked() {
		if index > rf.lastIncludedIndex && rf.termLocked(index) != entries[0].Term {
			rf.log = rf.log[:index-rf.lastIncludedIndex]
			break
		}
		index++
		entries = entries[1:]
	}
	if len(entries) > 0 {
		rf.log = append(rf.log, entries...)
		rf.persistLocked()
	}
}
