// Package raft is a Raft server with elections, a replicated log, persistence and snapshots.
//
// rf.mu guards all fields. Functions whose names end in Locked are called with it held. Nothing
// waits for a reply or for the service while it is held.
package raft

import (
	"bytes"
	"log"
	"math/rand"
	"sync"
	"sync/atomic"
	"time"

	"../labgob"
	"../labrpc"
)

const (
	// How often the ticker looks at the clock.
	tick = 10 * time.Millisecond
	// A leader's heartbeats are this far apart.
	heartbeat = 100 * time.Millisecond
	// Election timeouts are drawn from 400 to 799 ms.
	shortestTimeout = 400
	timeoutSpread   = 400
)

// ApplyMsg is what a server hands to its service: a committed command or a snapshot.
type ApplyMsg struct {
	CommandValid bool
	Command      interface{}
	CommandIndex int

	SnapshotValid bool
	Snapshot      []byte
	SnapshotTerm  int
	SnapshotIndex int
}

// LogEntry is one entry of the log.
type LogEntry struct {
	Command interface{}
	Term    int
}

// State is what a server is in its current term.
type State int

// The states of Figure 4.
const (
	Follower State = iota
	Candidate
	Leader
)

// Raft is one server.
type Raft struct {
	mu        sync.Mutex
	peers     []*labrpc.ClientEnd
	persister *Persister
	me        int
	dead      int32

	state            State
	electionDeadline time.Time

	// These survive a crash. log[0] stands for the entry at lastIncludedIndex.
	currentTerm       int
	votedFor          int
	log               []LogEntry
	lastIncludedIndex int

	commitIndex int
	lastApplied int
	nextIndex   []int
	matchIndex  []int

	applyCh   chan ApplyMsg
	applyCond *sync.Cond
	// A leader's snapshot that the service does not have yet.
	waitingSnapshot *ApplyMsg
}

// Make starts a server with what persister holds. It returns at once.
func Make(peers []*labrpc.ClientEnd, me int, persister *Persister, applyCh chan ApplyMsg) *Raft {
	rf := &Raft{
		peers:      peers,
		persister:  persister,
		me:         me,
		state:      Follower,
		votedFor:   -1,
		log:        make([]LogEntry, 1),
		nextIndex:  make([]int, len(peers)),
		matchIndex: make([]int, len(peers)),
		applyCh:    applyCh,
	}
	rf.applyCond = sync.NewCond(&rf.mu)
	rf.readPersist(persister.ReadRaftState())
	rf.commitIndex = rf.lastIncludedIndex
	rf.lastApplied = rf.lastIncludedIndex
	rf.resetTimeoutLocked()
	go rf.ticker()
	go rf.applier()
	return rf
}

// GetState returns the current term, and whether this server believes that it is the leader.
func (rf *Raft) GetState() (int, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	return rf.currentTerm, rf.state == Leader
}

// Start appends a command, if this server leads. It returns the index of the command, the current
// term, and whether the server leads.
func (rf *Raft) Start(command interface{}) (int, int, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.killed() || rf.state != Leader {
		return -1, rf.currentTerm, false
	}
	rf.log = append(rf.log, LogEntry{Command: command, Term: rf.currentTerm})
	rf.persistLocked()
	rf.advanceCommitLocked()
	rf.replicateToAllLocked()
	return rf.lastIndexLocked(), rf.currentTerm, true
}

// Kill asks the server's goroutines to end.
func (rf *Raft) Kill() {
	atomic.StoreInt32(&rf.dead, 1)
	rf.mu.Lock()
	defer rf.mu.Unlock()
	rf.applyCond.Broadcast()
}

func (rf *Raft) killed() bool {
	return atomic.LoadInt32(&rf.dead) == 1
}

// ticker looks now and then whether an election is due.
func (rf *Raft) ticker() {
	for !rf.killed() {
		time.Sleep(tick)
		rf.mu.Lock()
		if rf.state != Leader && time.Now().After(rf.electionDeadline) {
			rf.startElectionLocked()
		}
		rf.mu.Unlock()
	}
}

func (rf *Raft) resetTimeoutLocked() {
	timeout := shortestTimeout + rand.Intn(timeoutSpread)
	rf.electionDeadline = time.Now().Add(time.Duration(timeout) * time.Millisecond)
}

// becomeFollowerLocked adopts a term that is not older than the server's own.
func (rf *Raft) becomeFollowerLocked(term int) {
	if rf.state == Leader {
		// As leader it did not keep its deadline up to date.
		rf.resetTimeoutLocked()
	}
	rf.state = Follower
	if term > rf.currentTerm {
		rf.currentTerm = term
		rf.votedFor = -1
		rf.persistLocked()
	}
}

// The log. Entries are named by their index, wherever they stand in the slice.

func (rf *Raft) lastIndexLocked() int {
	return rf.lastIncludedIndex + len(rf.log) - 1
}

func (rf *Raft) entryLocked(index int) LogEntry {
	return rf.log[index-rf.lastIncludedIndex]
}

func (rf *Raft) termLocked(index int) int {
	return rf.entryLocked(index).Term
}

// dropThroughLocked removes the entries through index from the log. Those after it stay if the
// log has an entry of this term at index.
func (rf *Raft) dropThroughLocked(index, term int) {
	rest := []LogEntry{{Term: term}}
	if index <= rf.lastIndexLocked() && rf.termLocked(index) == term {
		rest = append(rest, rf.log[index-rf.lastIncludedIndex+1:]...)
	}
	rf.log = rest
	rf.lastIncludedIndex = index
}

func (rf *Raft) encodeStateLocked() []byte {
	w := new(bytes.Buffer)
	e := labgob.NewEncoder(w)
	if e.Encode(rf.currentTerm) != nil || e.Encode(rf.votedFor) != nil ||
		e.Encode(rf.lastIncludedIndex) != nil || e.Encode(rf.log) != nil {
		log.Fatalf("server %d: its state cannot be encoded", rf.me)
	}
	return w.Bytes()
}

// persistLocked saves the state before anyone can hear of it; the snapshot stays as it was saved.
func (rf *Raft) persistLocked() {
	rf.persister.SaveRaftState(rf.encodeStateLocked())
}

func (rf *Raft) readPersist(data []byte) {
	if len(data) == 0 {
		return
	}
	d := labgob.NewDecoder(bytes.NewBuffer(data))
	var term, votedFor, lastIncludedIndex int
	var entries []LogEntry
	if d.Decode(&term) != nil || d.Decode(&votedFor) != nil ||
		d.Decode(&lastIncludedIndex) != nil || d.Decode(&entries) != nil {
		log.Fatalf("server %d: its state cannot be decoded", rf.me)
	}
	rf.currentTerm = term
	rf.votedFor = votedFor
	rf.lastIncludedIndex = lastIncludedIndex
	rf.log = entries
}
