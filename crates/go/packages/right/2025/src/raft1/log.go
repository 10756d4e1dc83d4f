package raft

import (
	"bytes"
	"fmt"

	"6.5840/labgob"
)

// entry is one entry of the log.
type entry struct {
	Index   int
	Term    int
	Command interface{}
}

// entryLog holds the entries after the snapshot, and in front of them the last entry that the
// snapshot covers, without its command. Without a snapshot that is an entry 0 of term 0.
type entryLog struct {
	entries []entry
}

func emptyLog() *entryLog { return &entryLog{entries: make([]entry, 1)} }

func (l *entryLog) snapshotIndex() int { return l.entries[0].Index }

func (l *entryLog) snapshotTerm() int { return l.entries[0].Term }

func (l *entryLog) lastIndex() int { return l.entries[len(l.entries)-1].Index }

func (l *entryLog) lastTerm() int { return l.entries[len(l.entries)-1].Term }

// at returns the entry at index, which is snapshotIndex() or later.
func (l *entryLog) at(index int) entry { return l.entries[index-l.snapshotIndex()] }

// has returns whether the log is known to agree with one that has an entry of this term at index.
// What the snapshot covers is committed, and so the same in the logs of all leaders.
func (l *entryLog) has(index, term int) bool {
	if index <= l.snapshotIndex() {
		return true
	}
	return index <= l.lastIndex() && l.at(index).Term == term
}

func (l *entryLog) add(entries ...entry) { l.entries = append(l.entries, entries...) }

// slice returns a copy of the entries from first through last.
func (l *entryLog) slice(first, last int) []entry {
	if first > last {
		return nil
	}
	base := l.snapshotIndex()
	return append([]entry(nil), l.entries[first-base:last+1-base]...)
}

// keepBefore removes the entry at index and all after it.
func (l *entryLog) keepBefore(index int) { l.entries = l.entries[:index-l.snapshotIndex()] }

// snapshotTaken removes the entries that a snapshot, which ends like this, covers. If it conflicts
// with the log, or goes beyond it, nothing of the log remains.
func (l *entryLog) snapshotTaken(index, term int) {
	entries := []entry{{Index: index, Term: term}}
	if l.has(index, term) {
		entries = append(entries, l.slice(index+1, l.lastIndex())...)
	}
	l.entries = entries
}

// persist saves the state together with the snapshot that the persister has already. It must be
// called before the lock is released.
func (rf *Raft) persist() {
	rf.persistWith(rf.persister.ReadSnapshot())
}

// persistWith saves the state and a new snapshot, at once.
func (rf *Raft) persistWith(snapshot []byte) {
	votedFor := -1
	if rf.votedFor != nil {
		votedFor = *rf.votedFor
	}
	var state bytes.Buffer
	encoder := labgob.NewEncoder(&state)
	must(encoder.Encode(rf.currentTerm))
	must(encoder.Encode(votedFor))
	must(encoder.Encode(rf.log.entries))
	rf.persister.Save(state.Bytes(), snapshot)
}

func (rf *Raft) readPersist(state []byte) {
	if len(state) == 0 {
		return
	}
	var votedFor int
	decoder := labgob.NewDecoder(bytes.NewReader(state))
	must(decoder.Decode(&rf.currentTerm))
	must(decoder.Decode(&votedFor))
	rf.log.entries = nil
	must(decoder.Decode(&rf.log.entries))
	if votedFor != -1 {
		rf.votedFor = &votedFor
	}
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("the persistent state: %v", err))
	}
}
