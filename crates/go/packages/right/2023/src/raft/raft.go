// Package raft is a Raft server with elections, a replicated log, persistence and snapshots.
//
// One mutex, mu, guards every field of a server. It is never held while the server waits: for the
// reply to a call, for a timer, or for the service to take a message from applyCh.
package raft

import (
	"math/rand"
	"sync"
	"time"

	"6.5840/labrpc"
)

const (
	heartbeatInterval   = 100 * time.Millisecond
	electionTimeoutMin  = 400 * time.Millisecond
	electionTimeoutSpan = 400 * time.Millisecond
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

// role is what a server is in its current term.
type role int

const (
	follower role = iota
	candidate
	leader
)

// nobody is the value of votedFor while the vote of the current term is free.
const nobody = -1

// Raft is one server.
type Raft struct {
	mu        sync.Mutex
	peers     []*labrpc.ClientEnd
	persister *Persister
	me        int
	done      chan struct{} // closed by Kill

	// On disk before any message that relies on them.
	currentTerm int
	votedFor    int
	log         raftLog
	snapshot    []byte // ends at log.base()

	role  role
	votes int // granted to this candidate in currentTerm

	commitIndex int
	lastApplied int
	applyCh     chan ApplyMsg
	applyCond   *sync.Cond // signalled when there is something to apply, and by Kill

	// As leader.
	nextIndex  []int
	matchIndex []int

	electionDeadline time.Time
	electionTimer    *time.Timer // fires at electionDeadline
	heartbeatTimer   *time.Timer // runs while the server leads
}

// Make starts a server, with what it saved in an earlier life. It returns at once.
func Make(peers []*labrpc.ClientEnd, me int,
	persister *Persister, applyCh chan ApplyMsg) *Raft {
	rf := &Raft{
		peers:      peers,
		persister:  persister,
		me:         me,
		done:       make(chan struct{}),
		votedFor:   nobody,
		log:        newLog(),
		applyCh:    applyCh,
		nextIndex:  make([]int, len(peers)),
		matchIndex: make([]int, len(peers)),
	}
	rf.applyCond = sync.NewCond(&rf.mu)
	rf.readPersist(persister.ReadRaftState(), persister.ReadSnapshot())
	rf.commitIndex = rf.log.base()
	rf.lastApplied = rf.log.base()

	rf.electionTimer = time.NewTimer(time.Hour)
	rf.heartbeatTimer = time.NewTimer(time.Hour)
	rf.heartbeatTimer.Stop()
	rf.resetElectionTimer()
	go rf.ticker()
	go rf.applier()
	return rf
}

// GetState returns the current term, and whether this server believes that it leads.
func (rf *Raft) GetState() (int, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	return rf.currentTerm, rf.role == leader
}

// Start appends a command to the log of a leader. It returns the index at which the command stands
// if it is ever committed, the current term, and whether this server leads; if not, nothing was
// appended.
func (rf *Raft) Start(command interface{}) (int, int, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.role != leader || rf.killed() {
		return -1, rf.currentTerm, false
	}
	rf.log.append(logEntry{Term: rf.currentTerm, Command: command})
	rf.persist()
	rf.advanceCommitIndex()
	// The ticker sends it, together with what else is started until then.
	rf.heartbeatTimer.Reset(0)
	return rf.log.last(), rf.currentTerm, true
}

// Kill ends the goroutines of a server that is no longer needed.
func (rf *Raft) Kill() {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if !rf.killed() {
		close(rf.done)
		rf.applyCond.Broadcast()
	}
}

func (rf *Raft) killed() bool {
	select {
	case <-rf.done:
		return true
	default:
		return false
	}
}

// ticker acts on the two timers.
func (rf *Raft) ticker() {
	for {
		select {
		case <-rf.done:
			return
		case <-rf.electionTimer.C:
			rf.electionTimedOut()
		case <-rf.heartbeatTimer.C:
			rf.heartbeatDue()
		}
	}
}

// resetElectionTimer begins a new election timeout, drawn afresh.
func (rf *Raft) resetElectionTimer() {
	timeout := electionTimeoutMin + time.Duration(rand.Int63n(int64(electionTimeoutSpan)))
	rf.electionDeadline = time.Now().Add(timeout)
	rf.electionTimer.Reset(timeout)
}

// follow makes the server a follower in term, which is not older than its own.
func (rf *Raft) follow(term int) {
	if term > rf.currentTerm {
		rf.currentTerm = term
		rf.votedFor = nobody
		rf.persist()
	}
	if rf.role == leader {
		// A leader's election timer is stopped.
		rf.heartbeatTimer.Stop()
		rf.resetElectionTimer()
	}
	rf.role = follower
}
