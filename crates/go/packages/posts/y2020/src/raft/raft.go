// Package raft elects leaders as the post "MIT6.824 2020 Lab2 A Raft Leader Election" does it, with
// its names: one loop that sleeps 10 ms and then does what the state asks for. There is no log.
//
// What the post shows is kept. Where a comment begins with "Not shown", the post says nothing or
// too little, and the Rust port of it, in crates/specimens, chose the same.
package raft

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"sync"
	"time"

	"../labgob"
	"../labrpc"
)

// Not shown: all times but the 10 ms of the loop.
const (
	heartbeatInterval = 100 * time.Millisecond
	rpcTimeout        = 100 * time.Millisecond
)

// State is what the server is.
type State string

// The three states.
var (
	Leader    = State("Leader")
	Candidate = State("Candidate")
	Follower  = State("Follower")
)

// ApplyMsg is what a server hands to its service. This one has nothing to hand over.
type ApplyMsg struct {
	CommandValid bool
	Command      interface{}
	CommandIndex int
}

// Raft is one server.
type Raft struct {
	mu        sync.Mutex
	peers     []*labrpc.ClientEnd
	persister *Persister
	me        int

	state State

	// Both are persistent. votedFor is -1 if the server has not voted in currentTerm.
	currentTerm int
	votedFor    int

	// When a follower becomes a candidate, and when a candidate begins an election. It is the zero
	// time until something resets it.
	electionTimeoutAt time.Time
	// Not shown. As leader: when the next heartbeats are due.
	heartbeatAt time.Time
}

// Make starts a server. It leaves electionTimeoutAt as it is, so that the server is a candidate at
// the first turn of its loop.
func Make(peers []*labrpc.ClientEnd, me int, persister *Persister, applyCh chan ApplyMsg) *Raft {
	rf := &Raft{peers: peers, persister: persister, me: me, state: Follower, votedFor: -1}
	rf.readPersist(persister.ReadRaftState())
	go rf.run(context.Background())
	return rf
}

// GetState returns the current term, and whether this server believes that it leads.
func (rf *Raft) GetState() (int, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	return rf.currentTerm, rf.state == Leader
}

// Start accepts nothing: the post ends with the election.
func (rf *Raft) Start(command interface{}) (int, int, bool) {
	term, _ := rf.GetState()
	return -1, term, false
}

// Kill does nothing: the post's loop has no end.
func (rf *Raft) Kill() {}

func (rf *Raft) getState() State {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	return rf.state
}

// run is the loop.
func (rf *Raft) run(ctx context.Context) {
	for {
		time.Sleep(10 * time.Millisecond)
		switch state := rf.getState(); state {
		case Follower:
			rf.checkTimeout()
		case Candidate:
			rf.electLeader()
		case Leader:
			rf.sendHeartbeats()
		default:
			panic(fmt.Sprintf("server %d is in the unknown state %q", rf.me, state))
		}
	}
}

// resetElectionTimeout draws 300 to 599 ms. Not shown: the range.
func (rf *Raft) resetElectionTimeout() {
	timeout := time.Duration(300+rand.Intn(300)) * time.Millisecond
	rf.electionTimeoutAt = time.Now().Add(timeout)
}

func (rf *Raft) electionTimedOut() bool { return !time.Now().Before(rf.electionTimeoutAt) }

// adoptHigherTerm is the rule for all servers, for requests and replies. Not shown: that it makes
// the server a follower, and that its vote is free again.
func (rf *Raft) adoptHigherTerm(term int) {
	if term > rf.currentTerm {
		rf.currentTerm = term
		rf.votedFor = -1
		rf.state = Follower
		rf.persist()
	}
}

// persist saves the term and the vote. Not shown: all of it, and where it is called.
func (rf *Raft) persist() {
	state := new(bytes.Buffer)
	encoder := labgob.NewEncoder(state)
	encoder.Encode(rf.currentTerm)
	encoder.Encode(rf.votedFor)
	rf.persister.SaveRaftState(state.Bytes())
}

func (rf *Raft) readPersist(data []byte) {
	if len(data) == 0 {
		return
	}
	decoder := labgob.NewDecoder(bytes.NewBuffer(data))
	if decoder.Decode(&rf.currentTerm) != nil || decoder.Decode(&rf.votedFor) != nil {
		panic("the persistent state cannot be read")
	}
}
