package main

// The paper's Figure 2: elections, the log and persistence.

import (
	"slices"
	"strconv"
)

const (
	ms        = 1_000_000 // All times are whole nanoseconds.
	heartbeat = 100 * ms
)

type entry struct {
	term uint64
	// The command, as JSON: this program never looks into it.
	command string
}

// A message is any of the four kinds.
type message struct {
	kind string
	term uint64
	// request_vote: the end of the candidate's log. append: what comes before the entries.
	last, lastTerm uint64
	// vote, appended: whether it is a yes.
	yes bool
	// append
	entries []entry
	commit  uint64
	// appended: if it is a no, from where the leader should try.
	next uint64
}

type raft struct {
	id     uint64
	voters []uint64
	random uint64
	// On disk.
	term, votedFor uint64
	log            []entry
	// In memory.
	role            string
	leader          uint64
	votes           []uint64
	next, match     map[uint64]uint64
	commit, applied uint64
	now, deadline   uint64
	// What the server does, as JSON.
	actions writer
}

func (r *raft) last() uint64 { return uint64(len(r.log) - 1) }

// draw returns the next random word (xorshift). The seed is the only source of random numbers.
func (r *raft) draw() uint64 {
	r.random ^= r.random << 13
	r.random ^= r.random >> 7
	r.random ^= r.random << 17
	return r.random
}

func (r *raft) resetTimer() { r.deadline = r.now + (300+r.draw()%300)*ms }

// Elections (section 5.2).

func (r *raft) standForElection() {
	r.role, r.leader = "candidate", 0
	r.save(r.term+1, r.id)
	r.resetTimer()
	r.broadcast(message{kind: "request_vote", last: r.last(), lastTerm: r.log[r.last()].term})
	r.votes = []uint64{r.id}
	r.countVotes()
}

func (r *raft) onRequestVote(candidate uint64, m message) {
	lastTerm := r.log[r.last()].term
	upToDate := m.lastTerm > lastTerm || m.lastTerm == lastTerm && m.last >= r.last()
	yes := m.term == r.term && upToDate && (r.votedFor == 0 || r.votedFor == candidate)
	if yes {
		r.save(r.term, candidate)
		r.resetTimer()
	}
	r.send(candidate, message{kind: "vote", yes: yes})
}

func (r *raft) onVote(voter uint64, m message) {
	if r.role == "candidate" && m.term == r.term && m.yes && !slices.Contains(r.votes, voter) {
		r.votes = append(r.votes, voter)
		r.countVotes()
	}
}

func (r *raft) countVotes() {
	if 2*len(r.votes) <= len(r.voters) {
		return
	}
	r.role, r.leader = "leader", r.id
	r.next, r.match = map[uint64]uint64{}, map[uint64]uint64{}
	for _, voter := range r.voters {
		r.next[voter] = r.last() + 1
	}
	r.heartbeat()
}

// enter follows in a later term (section 5.1).
func (r *raft) enter(term uint64) {
	if r.role == "leader" {
		r.resetTimer()
	}
	r.role, r.leader = "follower", 0
	r.save(term, 0)
}

// The log (section 5.3).

func (r *raft) propose(proposal uint64, command string) {
	if r.role != "leader" {
		r.reject(proposal)
		return
	}
	r.append(r.last()+1, []entry{{r.term, command}})
	r.accept(proposal)
	r.sendEntries()
	r.advance()
}

func (r *raft) heartbeat() {
	r.deadline = r.now + heartbeat
	r.sendEntries()
}

func (r *raft) sendEntries() {
	for _, voter := range r.voters {
		if voter != r.id {
			r.sendEntriesTo(voter)
		}
	}
}

func (r *raft) sendEntriesTo(peer uint64) {
	last := r.next[peer] - 1
	r.send(peer, message{
		kind: "append", last: last, lastTerm: r.log[last].term, entries: r.log[last+1:], commit: r.commit,
	})
}

func (r *raft) onAppend(leader uint64, m message) {
	if m.term < r.term {
		r.send(leader, message{kind: "appended", next: r.last() + 1})
		return
	}
	r.role, r.leader = "follower", leader
	r.resetTimer()
	if m.last > r.last() {
		r.send(leader, message{kind: "appended", next: r.last() + 1})
		return
	}
	if term := r.log[m.last].term; term != m.lastTerm {
		// Nothing of the term of the wrong entry is of use to the leader.
		next := m.last
		for r.log[next-1].term == term {
			next--
		}
		r.send(leader, message{kind: "appended", next: next})
		return
	}
	for place, sent := range m.entries {
		index := m.last + 1 + uint64(place)
		// An entry that conflicts goes, with all that follow it; one that is there stays.
		if index > r.last() || r.log[index].term != sent.term {
			r.append(index, m.entries[place:])
			break
		}
	}
	last := m.last + uint64(len(m.entries))
	r.commit = max(r.commit, min(m.commit, last))
	r.send(leader, message{kind: "appended", yes: true, next: last + 1})
}

func (r *raft) onAppended(peer uint64, m message) {
	if r.role != "leader" || m.term != r.term {
		return
	}
	if !m.yes {
		if r.match[peer] < m.next && m.next < r.next[peer] {
			r.next[peer] = m.next
			r.sendEntriesTo(peer)
		}
		return
	}
	r.match[peer] = max(r.match[peer], m.next-1)
	r.next[peer] = r.match[peer] + 1
	r.advance()
}

// advance commits what a majority has stored, if it is of this term (section 5.4.2).
func (r *raft) advance() {
	r.match[r.id] = r.last()
	stored := make([]uint64, 0, len(r.voters))
	for _, voter := range r.voters {
		stored = append(stored, r.match[voter])
	}
	slices.Sort(stored)
	index := stored[(len(stored)-1)/2]
	if index > r.commit && r.log[index].term == r.term {
		r.commit = index
	}
}

// The disk.

// append puts entries at the end, from this index on, and writes them to the disk.
func (r *raft) append(index uint64, entries []entry) {
	r.begin("persist")
	r.actions.open("disk")
	for place, entry := range entries {
		r.actions.key(strconv.FormatUint(index+uint64(place), 10))
		r.actions = entry.write(r.actions)
	}
	for gone := index + uint64(len(entries)); gone <= r.last(); gone++ {
		r.actions.raw(strconv.FormatUint(gone, 10), "null")
	}
	r.actions.shut()
	r.actions.shut()
	r.log = append(r.log[:index], entries...)
}

// save sets the term and the vote, and writes them to the disk.
func (r *raft) save(term, votedFor uint64) {
	r.term, r.votedFor = term, votedFor
	r.begin("persist")
	r.actions.open("disk")
	r.actions.number("term", term)
	r.actions.number("voted_for", votedFor)
	r.actions.shut()
	r.actions.shut()
}
