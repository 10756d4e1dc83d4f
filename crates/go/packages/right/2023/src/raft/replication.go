package raft

import "slices"

// AppendEntriesArgs carries the entries after one that the follower should have. Without entries
// it is a heartbeat.
type AppendEntriesArgs struct {
	Term         int
	LeaderId     int
	PrevLogIndex int
	PrevLogTerm  int
	Entries      []logEntry
	LeaderCommit int
}

// AppendEntriesReply answers that. If the entries did not fit, it says where the follower's log
// disagrees: XTerm is the term of its entry at PrevLogIndex, and XIndex the first index of that
// term. If its log is too short, XTerm is -1, and XIndex the index after its end.
type AppendEntriesReply struct {
	Term    int
	Success bool
	XTerm   int
	XIndex  int
}

// heartbeatDue sends to every follower what it lacks, and sets the timer for the next time.
func (rf *Raft) heartbeatDue() {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.role != leader {
		return
	}
	rf.heartbeatTimer.Reset(heartbeatInterval)
	for server := range rf.peers {
		if server != rf.me {
			rf.replicate(server)
		}
	}
}

// replicate sends a follower what it lacks: entries, or the snapshot if the log no longer has them.
func (rf *Raft) replicate(server int) {
	next := rf.nextIndex[server]
	if next <= rf.log.base() {
		go rf.sendSnapshot(server, InstallSnapshotArgs{
			Term:              rf.currentTerm,
			LeaderId:          rf.me,
			LastIncludedIndex: rf.log.base(),
			LastIncludedTerm:  rf.log.term(rf.log.base()),
			Data:              rf.snapshot,
		})
		return
	}
	go rf.sendEntries(server, AppendEntriesArgs{
		Term:         rf.currentTerm,
		LeaderId:     rf.me,
		PrevLogIndex: next - 1,
		PrevLogTerm:  rf.log.term(next - 1),
		Entries:      rf.log.from(next),
		LeaderCommit: rf.commitIndex,
	})
}

// sendEntries sends entries to a follower, and learns from the reply what its log has.
func (rf *Raft) sendEntries(server int, args AppendEntriesArgs) {
	var reply AppendEntriesReply
	if !rf.peers[server].Call("Raft.AppendEntries", &args, &reply) {
		return
	}
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if reply.Term > rf.currentTerm {
		rf.follow(reply.Term)
		return
	}
	// A reply to a leader of an earlier term says nothing to this one.
	if rf.role != leader || rf.currentTerm != args.Term {
		return
	}
	if reply.Success {
		rf.stored(server, args.PrevLogIndex+len(args.Entries))
		return
	}
	// A later reply may have moved nextIndex already, and no refusal denies what the follower has
	// said that it stores.
	if args.PrevLogIndex != rf.nextIndex[server]-1 || args.PrevLogIndex <= rf.matchIndex[server] {
		return
	}
	rf.nextIndex[server] = max(rf.backUp(args, reply), rf.matchIndex[server]+1)
	rf.replicate(server)
}

// stored notes that a follower has all entries through index. Replies may come in any order, so
// what it has only grows.
func (rf *Raft) stored(server, index int) {
	if index <= rf.matchIndex[server] {
		return
	}
	rf.matchIndex[server] = index
	rf.nextIndex[server] = max(rf.nextIndex[server], index+1)
	rf.advanceCommitIndex()
}

// backUp returns where to try next after a refusal, passing over all conflicting entries of a term
// at once.
func (rf *Raft) backUp(args AppendEntriesArgs, reply AppendEntriesReply) int {
	if reply.XTerm != -1 {
		if index, ok := rf.log.lastOfTerm(reply.XTerm, args.PrevLogIndex); ok {
			return index + 1
		}
	}
	return reply.XIndex
}

// advanceCommitIndex commits what a majority has stored, if it ends with an entry of the leader's
// own term.
func (rf *Raft) advanceCommitIndex() {
	rf.matchIndex[rf.me] = rf.log.last()
	sorted := slices.Clone(rf.matchIndex)
	slices.Sort(sorted)
	majority := sorted[(len(sorted)-1)/2]
	if majority > rf.commitIndex && rf.log.term(majority) == rf.currentTerm {
		rf.commitIndex = majority
		rf.applyCond.Signal()
	}
}

// AppendEntries answers a leader.
func (rf *Raft) AppendEntries(args *AppendEntriesArgs, reply *AppendEntriesReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	reply.Term = max(args.Term, rf.currentTerm)
	if args.Term < rf.currentTerm {
		return
	}
	rf.follow(args.Term)
	rf.resetElectionTimer()

	// All entries that the snapshot covers are committed, so the leader has them too.
	if args.PrevLogIndex > rf.log.last() {
		reply.XTerm, reply.XIndex = -1, rf.log.last()+1
		return
	}
	if prev := args.PrevLogIndex; prev > rf.log.base() && rf.log.term(prev) != args.PrevLogTerm {
		reply.XTerm, reply.XIndex = rf.log.term(prev), rf.log.firstOfTerm(prev)
		return
	}
	reply.Success = true
	rf.merge(args.PrevLogIndex+1, args.Entries)
	lastNew := args.PrevLogIndex + len(args.Entries)
	if commit := min(args.LeaderCommit, lastNew); commit > rf.commitIndex {
		rf.commitIndex = commit
		rf.applyCond.Signal()
	}
}

// merge puts the entries, which begin at index first, into the log. It removes entries only where
// one conflicts with a new one: the request may be old, and the log have more by now.
func (rf *Raft) merge(first int, entries []logEntry) {
	for i, entry := range entries {
		index := first + i
		if index <= rf.log.base() {
			continue
		}
		if index <= rf.log.last() {
			if rf.log.term(index) == entry.Term {
				continue
			}
			rf.log.cut(index)
		}
		rf.log.append(entries[i:]...)
		rf.persist()
		return
	}
}
