// Package labrpc stands in for the course's package of this name: the end of a wire on which a
// server calls another. What lies between the ends is up to whoever makes them.
package labrpc

import (
	"bytes"
	"encoding/gob"
)

// ClientEnd is one server's end of the wire to one other.
type ClientEnd struct {
	// Carry takes encoded arguments to the method svcMeth of the other server, and returns the
	// encoded reply; false if no reply came.
	Carry func(svcMeth string, args []byte) ([]byte, bool)
}

// Call sends args to the method svcMeth, such as "Raft.RequestVote", waits, and stores the answer
// in what reply points to. It returns false if the request or its reply was lost.
func (e *ClientEnd) Call(svcMeth string, args interface{}, reply interface{}) bool {
	var request bytes.Buffer
	if err := gob.NewEncoder(&request).Encode(args); err != nil {
		panic(err)
	}
	answer, ok := e.Carry(svcMeth, request.Bytes())
	if !ok {
		return false
	}
	if err := gob.NewDecoder(bytes.NewReader(answer)).Decode(reply); err != nil {
		panic(err)
	}
	return true
}
