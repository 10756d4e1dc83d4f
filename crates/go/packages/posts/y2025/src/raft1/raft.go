// Package raft elects leaders as the post "MIT 6.824 lab3-A raft leader election" of 2025-10-26
// does it, with its names: a ticker that polls two timers. There is no log.
//
// What the post shows is kept. Where a comment begins with "Not shown", the post says nothing or
// too little, and the Rust port of it, in crates/specimens, chose the same.
package raft

import (
	"bytes"
	"math/rand"
	"sync"
	"sync/atomic"
	"time"

	"6.5840/labgob"
	"6.5840/labrpc"
	"6.5840/raftapi"
	tester "6.5840/tester1"
)

const heartbeatInterval = 100 * time.Millisecond

// Status is what the server is.
type Status int

// The three of them.
const (
	Follower Status = iota
	Candidate
	Leader
)

// LogEntry is an entry of the log, which only ever has its first, empty one.
type LogEntry struct {
	Term    int
	Command interface{}
}

// Raft is one server.
type Raft struct {
	mu        sync.Mutex
	peers     []*labrpc.ClientEnd
	persister *tester.Persister
	me        int
	dead      int32

	state       Status
	currentTerm int
	voteFor     int
	log         []LogEntry

	commitIndex int
	nextIndex   []int
	matchIndex  []int
	majority    int

	rng            *rand.Rand
	electionTimer  *time.Timer
	heartbeatTimer *time.Timer
}

// Make starts a server: a follower whose election timer runs, and whose heartbeat timer does not.
func Make(peers []*labrpc.ClientEnd, me int,
	persister *tester.Persister, applyCh chan raftapi.ApplyMsg) raftapi.Raft {
	rf := &Raft{
		peers:          peers,
		persister:      persister,
		me:             me,
		state:          Follower,
		voteFor:        -1,
		log:            make([]LogEntry, 1),
		nextIndex:      make([]int, len(peers)),
		matchIndex:     make([]int, len(peers)),
		majority:       len(peers)/2 + 1,
		rng:            rand.New(rand.NewSource(time.Now().UnixNano())),
		heartbeatTimer: time.NewTimer(heartbeatInterval),
	}
	rf.heartbeatTimer.Stop()
	rf.electionTimer = time.NewTimer(rf.getNewElectionTimeout())
	rf.readPersist(persister.ReadRaftState())
	go rf.ticker()
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

// Snapshot does nothing.
func (rf *Raft) Snapshot(index int, snapshot []byte) {}

// PersistBytes returns the length of the persisted state.
func (rf *Raft) PersistBytes() int { return rf.persister.RaftStateSize() }

// Kill ends the ticker.
func (rf *Raft) Kill() { atomic.StoreInt32(&rf.dead, 1) }

func (rf *Raft) killed() bool { return atomic.LoadInt32(&rf.dead) == 1 }

func (rf *Raft) getLastIndex() int { return len(rf.log) - 1 }

func (rf *Raft) getLastLogTerm() int { return rf.log[rf.getLastIndex()].Term }

// getNewElectionTimeout draws 300 to 599 ms. Not shown: the range.
func (rf *Raft) getNewElectionTimeout() time.Duration {
	return time.Duration(300+rf.rng.Intn(300)) * time.Millisecond
}

// ticker acts on whichever timer has fired, and otherwise looks again in 5 ms.
func (rf *Raft) ticker() {
	for !rf.killed() {
		select {
		case <-rf.electionTimer.C:
			rf.election()
		case <-rf.heartbeatTimer.C:
			if _, leads := rf.GetState(); leads {
				rf.heartbeatTimer.Reset(heartbeatInterval)
				rf.heartBeat()
			}
		default:
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// sendHeartbeat starts the heartbeat timer or stops it. Not shown: all but its name and uses.
func (rf *Raft) sendHeartbeat(on bool) {
	if on {
		rf.heartbeatTimer.Reset(heartbeatInterval)
	} else {
		rf.heartbeatTimer.Stop()
	}
}

// persist saves the term and the vote. Not shown: all of it, and where it is called.
func (rf *Raft) persist() {
	state := new(bytes.Buffer)
	encoder := labgob.NewEncoder(state)
	encoder.Encode(rf.currentTerm)
	encoder.Encode(rf.voteFor)
	rf.persister.Save(state.Bytes(), nil)
}

func (rf *Raft) readPersist(data []byte) {
	if len(data) == 0 {
		return
	}
	decoder := labgob.NewDecoder(bytes.NewBuffer(data))
	if decoder.Decode(&rf.currentTerm) != nil || decoder.Decode(&rf.voteFor) != nil {
		panic("the persistent state cannot be read")
	}
}
