package raft

import (
	"bytes"
	"log"

	"6.5840/labgob"
)

// persist saves what must survive a crash. It is called before the lock is released, and so before
// any message that relies on a change. State and snapshot are saved at once, as they belong
// together.
func (rf *Raft) persist() {
	var state bytes.Buffer
	encoder := labgob.NewEncoder(&state)
	for _, value := range []interface{}{rf.currentTerm, rf.votedFor, rf.log} {
		if err := encoder.Encode(value); err != nil {
			log.Fatalf("server %d cannot encode its state: %v", rf.me, err)
		}
	}
	rf.persister.Save(state.Bytes(), rf.snapshot)
}

// readPersist takes back what an earlier life saved.
func (rf *Raft) readPersist(state []byte, snapshot []byte) {
	if len(state) == 0 {
		return
	}
	decoder := labgob.NewDecoder(bytes.NewReader(state))
	var saved raftLog
	for _, value := range []interface{}{&rf.currentTerm, &rf.votedFor, &saved} {
		if err := decoder.Decode(value); err != nil {
			log.Fatalf("server %d cannot decode its state: %v", rf.me, err)
		}
	}
	rf.log = saved
	rf.snapshot = snapshot
}
