// Package raft is a Raft server with elections, a replicated log, persistence and snapshots.
//
// A follower or candidate has one goroutine that waits for its election timeout. A leader has one
// for each follower, which ends with its leadership. Another one hands committed entries to the
// service. All state is guarded by mu, which nobody holds while waiting.
package raft

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"6.5840/labrpc"
	"6.5840/raftapi"
	tester "6.5840/tester1"
)

const (
	heartbeatInterval  = 100 * time.Millisecond
	minElectionTimeout = 400 * time.Millisecond
	maxElectionTimeout = 800 * time.Millisecond
)

type serverState string

const (
	follower  serverState = "follower"
	candidate serverState = "candidate"
	leader    serverState = "leader"
)

// Raft is one server.
type Raft struct {
	mu        sync.Mutex
	peers     []*labrpc.ClientEnd
	me        int
	persister *tester.Persister
	applyCh   chan raftapi.ApplyMsg

	// alive ends when the server is killed.
	alive context.Context
	kill  context.CancelFunc

	state    serverState
	timeout  time.Time          // when an election is due, unless this server leads
	sooner   chan struct{}      // says that timeout changed after the server led
	stepDown context.CancelFunc // as leader: ends the goroutines of the leadership

	// The persistent state, apart from the snapshot, which the persister alone keeps.
	currentTerm int
	votedFor    *int
	log         *entryLog

	commitIndex int
	lastApplied int
	canApply    *sync.Cond

	followers []progress // as leader
}

// progress is what a leader knows of a follower.
type progress struct {
	nextIndex  int
	matchIndex int
	more       chan struct{} // says that there is something new to send
}

// Make starts a server with what persister holds. It returns at once.
func Make(peers []*labrpc.ClientEnd, me int,
	persister *tester.Persister, applyCh chan raftapi.ApplyMsg) raftapi.Raft {
	rf := &Raft{
		peers:     peers,
		me:        me,
		persister: persister,
		applyCh:   applyCh,
		state:     follower,
		sooner:    make(chan struct{}, 1),
		log:       emptyLog(),
	}
	rf.alive, rf.kill = context.WithCancel(context.Background())
	rf.canApply = sync.NewCond(&rf.mu)
	rf.readPersist(persister.ReadRaftState())
	rf.commitIndex = rf.log.snapshotIndex()
	rf.lastApplied = rf.log.snapshotIndex()
	rf.postponeElection()

	go rf.electionLoop()
	go rf.applyLoop()
	return rf
}

// GetState returns the current term, and whether this server believes that it leads.
func (rf *Raft) GetState() (int, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	return rf.currentTerm, rf.state == leader
}

// PersistBytes returns the length of the persisted state.
func (rf *Raft) PersistBytes() int {
	return rf.persister.RaftStateSize()
}

// Start appends a command to the log of a leader. Whether it is ever committed, applyCh shows.
func (rf *Raft) Start(command interface{}) (int, int, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.state != leader || rf.alive.Err() != nil {
		return -1, rf.currentTerm, false
	}
	index := rf.log.lastIndex() + 1
	rf.log.add(entry{Index: index, Term: rf.currentTerm, Command: command})
	rf.persist()
	rf.commitStored()
	for i := range rf.followers {
		signal(rf.followers[i].more)
	}
	return index, rf.currentTerm, true
}

// Kill ends the server's goroutines.
func (rf *Raft) Kill() {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	rf.kill()
	rf.canApply.Broadcast()
}

// signal leaves a token in a channel of size 1, if none lies there.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// enterTerm makes the server a follower in term, which is not older than its own.
func (rf *Raft) enterTerm(term int) {
	if term > rf.currentTerm {
		rf.currentTerm = term
		rf.votedFor = nil
		rf.persist()
	}
	if rf.state == leader {
		rf.stepDown()
		rf.postponeElection()
		signal(rf.sooner)
	}
	rf.state = follower
}

// postponeElection draws an election timeout, which begins now.
func (rf *Raft) postponeElection() {
	rf.timeout = time.Now().Add(minElectionTimeout +
		rand.N(maxElectionTimeout-minElectionTimeout))
}

// electionLoop sleeps until an election is due, or until it has to look again.
func (rf *Raft) electionLoop() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-rf.alive.Done():
			return
		case <-timer.C:
		case <-rf.sooner:
		}
		timer.Reset(rf.electIfDue())
	}
}

// electIfDue begins an election if one is due. It returns how long to wait before the next look.
func (rf *Raft) electIfDue() time.Duration {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.state == leader {
		return maxElectionTimeout // until then, sooner says if the leadership has ended
	}
	if !time.Now().Before(rf.timeout) {
		rf.beginElection()
	}
	return time.Until(rf.timeout)
}
