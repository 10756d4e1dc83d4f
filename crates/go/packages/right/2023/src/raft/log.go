package raft

// logEntry is a command, and the term in which a leader appended it. Its fields are exported for
// the encoder.
type logEntry struct {
	Term    int
	Command interface{}
}

// raftLog is the log after a snapshot. Its first entry stands for the last one that the snapshot
// covers, or for index 0 if there is no snapshot: it has that entry's term and no command.
type raftLog struct {
	Base    int // the index of the first entry
	Entries []logEntry
}

func newLog() raftLog { return raftLog{Entries: make([]logEntry, 1)} }

// base returns the index of the last entry that the snapshot covers.
func (l *raftLog) base() int { return l.Base }

func (l *raftLog) last() int { return l.Base + len(l.Entries) - 1 }

// term returns the term of the entry at index, which is base() or later.
func (l *raftLog) term(index int) int { return l.Entries[index-l.Base].Term }

func (l *raftLog) lastTerm() int { return l.term(l.last()) }

func (l *raftLog) command(index int) interface{} { return l.Entries[index-l.Base].Command }

func (l *raftLog) append(entries ...logEntry) { l.Entries = append(l.Entries, entries...) }

// from returns a copy of the entries from index on. A copy, because it is encoded and sent after
// the lock is released.
func (l *raftLog) from(index int) []logEntry {
	return append([]logEntry(nil), l.Entries[index-l.Base:]...)
}

// cut removes the entries from index on.
func (l *raftLog) cut(index int) { l.Entries = l.Entries[:index-l.Base] }

// compact makes index, of this term, the base. If the log has that entry, those after it stay;
// otherwise none stays. The kept entries move to a new array, so that the old one can be freed.
func (l *raftLog) compact(index, term int) {
	var kept []logEntry
	if index <= l.last() && l.term(index) == term {
		kept = l.Entries[index+1-l.Base:]
	}
	l.Entries = append([]logEntry{{Term: term}}, kept...)
	l.Base = index
}

// firstOfTerm returns the first index after the base from which all entries through index have the
// term of the entry at index.
func (l *raftLog) firstOfTerm(index int) int {
	term := l.term(index)
	for index > l.Base+1 && l.term(index-1) == term {
		index--
	}
	return index
}

// lastOfTerm returns the index of the last entry of term before the index limit, and whether there
// is one.
func (l *raftLog) lastOfTerm(term, limit int) (int, bool) {
	for index := min(limit-1, l.last()); index >= l.Base && l.term(index) >= term; index-- {
		if l.term(index) == term {
			return index, true
		}
	}
	return 0, false
}
