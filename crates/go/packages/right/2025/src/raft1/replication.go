package raft

import (
	"context"
	"slices"
	"time"
)

// AppendEntriesArgs carries the entries that follow one in the leader's log. Without entries it is
// a heartbeat.
type AppendEntriesArgs struct {
	Term         int
	LeaderId     int
	PrevLogIndex int
	PrevLogTerm  int
	Entries      []entry
	LeaderCommit int
}

// AppendEntriesReply answers that. With a refusal comes what the leader needs to find where the
// logs agree: the follower's length (the index after its last entry), and the term at PrevLogIndex
// with the first index of that term, if it has an entry there.
type AppendEntriesReply struct {
	Term    int
	Success bool
	XTerm   int
	XIndex  int
	XLen    int
}

// replicationLoop keeps one follower up to date until the leadership of term ends. It waits for no
// reply: a call to a server that is down may take seconds.
func (rf *Raft) replicationLoop(
	leading context.Context, peer, term int, more <-chan struct{}) {
	heartbeat := time.NewTicker(heartbeatInterval)
	defer heartbeat.Stop()
	for {
		rf.sync(peer, term)
		select {
		case <-leading.Done():
			return
		case <-heartbeat.C:
		case <-more:
			heartbeat.Reset(heartbeatInterval)
		}
	}
}

// sync sends a follower what it lacks, or a heartbeat, unless the leadership of term is over.
func (rf *Raft) sync(peer, term int) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.state != leader || rf.currentTerm != term {
		return
	}
	prev := rf.followers[peer].nextIndex - 1
	if prev < rf.log.snapshotIndex() {
		go rf.sendSnapshot(peer, InstallSnapshotArgs{
			Term:              term,
			LeaderId:          rf.me,
			LastIncludedIndex: rf.log.snapshotIndex(),
			LastIncludedTerm:  rf.log.snapshotTerm(),
			Data:              rf.persister.ReadSnapshot(),
		})
		return
	}
	go rf.sendEntries(peer, AppendEntriesArgs{
		Term:         term,
		LeaderId:     rf.me,
		PrevLogIndex: prev,
		PrevLogTerm:  rf.log.at(prev).Term,
		Entries:      rf.log.slice(prev+1, rf.log.lastIndex()),
		LeaderCommit: rf.commitIndex,
	})
}

func (rf *Raft) sendEntries(peer int, args AppendEntriesArgs) {
	reply := AppendEntriesReply{}
	if !rf.peers[peer].Call("Raft.AppendEntries", &args, &reply) {
		return
	}
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if !rf.answersLeader(args.Term, reply.Term) {
		return
	}
	if reply.Success {
		rf.matched(peer, args.PrevLogIndex+len(args.Entries))
		return
	}
	state := &rf.followers[peer]
	// Only a refusal of the last guess says anything new, and none denies what is known.
	if args.PrevLogIndex != state.nextIndex-1 || args.PrevLogIndex <= state.matchIndex {
		return
	}
	state.nextIndex = max(rf.nextGuess(&args, &reply), state.matchIndex+1)
	signal(state.more)
}

// answersLeader returns whether a reply answers a request of the current leadership. A later term
// in the reply ends it.
func (rf *Raft) answersLeader(asked, replied int) bool {
	if replied > rf.currentTerm {
		rf.enterTerm(replied)
	}
	return rf.state == leader && rf.currentTerm == asked
}

// matched notes that a follower stores everything through index.
func (rf *Raft) matched(peer, index int) {
	state := &rf.followers[peer]
	state.matchIndex = max(state.matchIndex, index)
	state.nextIndex = max(state.nextIndex, index+1)
	rf.commitStored()
}

// nextGuess returns where the follower's log may begin to differ, after it refused.
func (rf *Raft) nextGuess(args *AppendEntriesArgs, reply *AppendEntriesReply) int {
	if reply.XLen <= args.PrevLogIndex {
		return reply.XLen
	}
	// The leader's last entry of the term that conflicts, if it has one.
	for index := args.PrevLogIndex - 1; index >= rf.log.snapshotIndex(); index-- {
		term := rf.log.at(index).Term
		if term == reply.XTerm {
			return index + 1
		}
		if term < reply.XTerm {
			break
		}
	}
	return reply.XIndex
}

// commitStored commits what a majority stores, if the last of it is of the current term.
func (rf *Raft) commitStored() {
	stored := make([]int, 0, len(rf.peers))
	for peer, state := range rf.followers {
		if peer == rf.me {
			stored = append(stored, rf.log.lastIndex())
		} else {
			stored = append(stored, state.matchIndex)
		}
	}
	slices.Sort(stored)
	byMajority := stored[(len(stored)-1)/2]
	if byMajority > rf.commitIndex && rf.log.at(byMajority).Term == rf.currentTerm {
		rf.commitThrough(byMajority)
	}
}

func (rf *Raft) commitThrough(index int) {
	if index > rf.commitIndex {
		rf.commitIndex = index
		rf.canApply.Signal()
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
	rf.enterTerm(args.Term)
	rf.postponeElection()
	reply.Term = rf.currentTerm

	prev := args.PrevLogIndex
	if !rf.log.has(prev, args.PrevLogTerm) {
		reply.XLen = rf.log.lastIndex() + 1
		if prev < reply.XLen {
			reply.XTerm = rf.log.at(prev).Term
			reply.XIndex = prev
			for rf.log.at(reply.XIndex-1).Term == reply.XTerm &&
				reply.XIndex-1 > rf.log.snapshotIndex() {
				reply.XIndex--
			}
		}
		return
	}
	reply.Success = true
	for i, e := range args.Entries {
		// An entry that the log has already is no reason to touch what follows it.
		if !rf.log.has(e.Index, e.Term) {
			if e.Index <= rf.log.lastIndex() {
				rf.log.keepBefore(e.Index)
			}
			rf.log.add(args.Entries[i:]...)
			rf.persist()
			break
		}
	}
	rf.commitThrough(min(args.LeaderCommit, prev+len(args.Entries)))
}
