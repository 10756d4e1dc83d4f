// A small Raft for raftsim, as a program of WASI.
//
//	GOOS=wasip1 GOARCH=wasm go build -o raft.wasm
//	raftsim run --lab 3B --node wasm:raft.wasm
//
// raft.go is the Raft, json.go reads and writes the protocol's JSON, and this file brings the two
// together: one line in, one line out.
package main

import (
	"bufio"
	"os"
	"strconv"
)

func main() {
	in := bufio.NewReaderSize(os.Stdin, 64<<10)
	server := &raft{}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if _, err := os.Stdout.Write(server.answer(line)); err != nil {
			return
		}
	}
}

// answer takes the line of an event, and returns the line that answers it.
func (r *raft) answer(line string) []byte {
	c := cursor{line: line}
	c.enter()
	var turn, from, proposal uint64
	var event, command string
	var got message
	r.actions = append(r.actions[:0], `{"turn":`...)
	for c.more() {
		switch c.key() {
		case "turn":
			turn = c.number()
			r.actions = strconv.AppendUint(r.actions, turn, 10)
			r.actions = append(r.actions, `,"actions":[`...)
		case "now":
			r.now = c.number()
		case "event":
			event = c.text()
		case "from":
			from = c.number()
		case "message":
			got = readMessage(&c)
		case "id":
			proposal = c.number()
		case "command":
			command = c.raw()
		case "voters":
			c.enter()
			for c.more() {
				r.voters = append(r.voters, c.number())
			}
		case "seed":
			r.random = c.number() | 1
		case "disk":
			r.readDisk(&c)
		default:
			c.raw()
		}
	}
	switch {
	case event == "boot":
		// A boot brings no actions.
		r.id, r.role = proposal, "follower"
		r.actions = r.actions[:len(r.actions)-len(`,"actions":[`)]
		r.actions.text("implements", "3C")
		r.actions.raw("claims", `{"answers_earlier_terms":true}`)
		r.resetTimer()
		return r.finish()
	case event == "receive":
		r.receive(from, got)
	case event == "propose":
		r.propose(proposal, command)
	case event == "timeout" && r.role == "leader":
		r.heartbeat()
	case (event == "timeout" || event == "campaign") && r.role != "leader":
		r.standForElection()
	}
	for r.applied < r.commit {
		r.applied++
		r.begin("apply")
		r.actions.number("index", r.applied)
		r.actions.number("term", r.log[r.applied].term)
		r.actions.raw("command", r.log[r.applied].command)
		r.actions.shut()
	}
	r.actions = append(r.actions, ']')
	return r.finish()
}

// finish writes the end of the answer: when to be woken, and what the server believes.
func (r *raft) finish() []byte {
	r.actions.number("deadline", r.deadline)
	r.actions.open("status")
	r.actions.number("term", r.term)
	r.actions.text("role", r.role)
	if r.leader != 0 {
		r.actions.number("leader", r.leader)
	}
	r.actions.shut()
	r.actions.shut()
	r.actions = append(r.actions, '\n')
	return r.actions
}

func (r *raft) receive(from uint64, m message) {
	if m.term > r.term {
		r.enter(m.term)
	}
	switch m.kind {
	case "request_vote":
		r.onRequestVote(from, m)
	case "vote":
		r.onVote(from, m)
	case "append":
		r.onAppend(from, m)
	case "appended":
		r.onAppended(from, m)
	}
}

// begin begins an action, which ends with shut.
func (r *raft) begin(action string) {
	r.actions.open("")
	r.actions.text("do", action)
}

func (r *raft) broadcast(m message) {
	for _, voter := range r.voters {
		if voter != r.id {
			r.send(voter, m)
		}
	}
}

func (r *raft) send(to uint64, m message) {
	m.term = r.term
	r.begin("send")
	r.actions.number("to", to)
	r.actions.number("term", m.term)
	isVote := m.kind == "request_vote" || m.kind == "vote"
	if isVote {
		r.actions.text("topic", "vote")
	} else {
		r.actions.text("topic", "append")
	}
	r.actions.truth("reply", m.kind == "vote" || m.kind == "appended")
	m.write(&r.actions)
	r.actions.shut()
}

func (r *raft) accept(proposal uint64) {
	r.begin("accept")
	r.actions.number("id", proposal)
	r.actions.number("index", r.last())
	r.actions.number("term", r.term)
	r.actions.shut()
}

func (r *raft) reject(proposal uint64) {
	r.begin("reject")
	r.actions.number("id", proposal)
	if r.leader != 0 {
		r.actions.number("leader", r.leader)
	}
	r.actions.shut()
}

func (m *message) write(w *writer) {
	w.open("message")
	w.text("type", m.kind)
	w.number("term", m.term)
	switch m.kind {
	case "request_vote", "append":
		w.number("last", m.last)
		w.number("last_term", m.lastTerm)
	case "vote", "appended":
		w.truth("yes", m.yes)
	}
	switch m.kind {
	case "append":
		w.number("commit", m.commit)
		w.key("entries")
		*w = append(*w, '[')
		for place := range m.entries {
			if place > 0 {
				*w = append(*w, ',')
			}
			*w = m.entries[place].write(*w)
		}
		*w = append(*w, ']')
	case "appended":
		w.number("next", m.next)
	}
	w.shut()
}

func readMessage(c *cursor) (m message) {
	c.enter()
	for c.more() {
		switch c.key() {
		case "type":
			m.kind = c.text()
		case "term":
			m.term = c.number()
		case "last":
			m.last = c.number()
		case "last_term":
			m.lastTerm = c.number()
		case "yes":
			m.yes = c.truth()
		case "commit":
			m.commit = c.number()
		case "next":
			m.next = c.number()
		case "entries":
			c.enter()
			for c.more() {
				m.entries = append(m.entries, readEntry(c))
			}
		}
	}
	return m
}

// write appends the entry: a list of its term and its command.
func (e entry) write(w writer) writer {
	w = append(w, '[')
	w = strconv.AppendUint(w, e.term, 10)
	w = append(w, ',')
	w = append(w, e.command...)
	return append(w, ']')
}

func readEntry(c *cursor) (e entry) {
	c.enter()
	e.term = c.number()
	c.more()
	e.command = c.raw()
	c.more()
	return e
}

// readDisk reads what the last life left: the term, the vote, and each entry by its index.
func (r *raft) readDisk(c *cursor) {
	r.log = []entry{{}}
	c.enter()
	for c.more() {
		switch key := c.key(); key {
		case "term":
			r.term = c.number()
		case "voted_for":
			r.votedFor = c.number()
		default:
			index, _ := strconv.Atoi(key)
			for len(r.log) <= index {
				r.log = append(r.log, entry{})
			}
			r.log[index] = readEntry(c)
		}
	}
}
