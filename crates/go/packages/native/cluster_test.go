package raft

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// node is a server, as the service sees it.
type node interface {
	Start(command interface{}) (int, int, bool)
	GetState() (int, bool)
	Snapshot(index int, snapshot []byte)
	Kill()
}

// life is a server from a boot to its end.
type life struct {
	raft    node
	disk    *disk
	over    chan struct{} // closed when it crashes
	applied []string      // by index; index 0 is empty
}

// cluster is servers, the network between them, and a service on each.
type cluster struct {
	t  *testing.T
	mu sync.Mutex
	// One for each server. A server that is down has none.
	lives []*life
	disks []*disk
	// Whether the server can reach others, and be reached.
	connected []bool
	// Whether messages are delayed and lost.
	unreliable bool
	// A service takes a snapshot after so many entries; 0 for never.
	snapshotEach int
	// What any server has applied, by index. All others must apply the same.
	agreed []string
	bad    error
}

func newCluster(t *testing.T, n int, snapshotEach int) *cluster {
	gob.Register("")
	c := &cluster{
		t:            t,
		lives:        make([]*life, n),
		disks:        make([]*disk, n),
		connected:    make([]bool, n),
		snapshotEach: snapshotEach,
		agreed:       []string{""},
	}
	for i := range c.lives {
		c.disks[i] = newDisk()
		c.start(i)
		c.connect(i, true)
	}
	t.Cleanup(func() {
		for i := range c.lives {
			c.crash(i)
		}
	})
	return c
}

// start boots a server that is down, from its disk.
func (c *cluster) start(i int) {
	disk := c.disks[i].Copy()
	l := &life{disk: disk, over: make(chan struct{}), applied: []string{""}}
	if snapshot := disk.ReadSnapshot(); len(snapshot) > 0 {
		l.applied = decodeStrings(snapshot)
	}
	carries := make([]carry, len(c.lives))
	for to := range carries {
		carries[to] = func(method string, args []byte) ([]byte, bool) {
			return c.call(i, l, to, method, args)
		}
	}
	messages := make(chan message)
	c.mu.Lock()
	c.disks[i] = disk
	c.lives[i] = l
	l.raft = boot(carries, i, disk, messages)
	raft := l.raft
	c.mu.Unlock()
	go c.serve(i, l, raft, messages)
}

// crash ends the life of a server. Its disk keeps what it has at this moment.
func (c *cluster) crash(i int) {
	c.mu.Lock()
	l := c.lives[i]
	c.lives[i] = nil
	if l != nil {
		c.disks[i] = l.disk.Copy()
		close(l.over)
	}
	c.mu.Unlock()
	if l != nil {
		l.raft.Kill()
	}
}

func (c *cluster) connect(i int, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connected[i] = on
}

// call is one RPC: the handler is found by its name, as in the course's labrpc.
func (c *cluster) call(from int, l *life, to int, method string, args []byte) ([]byte, bool) {
	c.mu.Lock()
	lossy := c.unreliable
	c.mu.Unlock()
	if lossy {
		time.Sleep(time.Duration(rand.Intn(27)) * time.Millisecond)
	}
	target := c.route(from, l, to)
	if target == nil || lossy && rand.Intn(10) == 0 {
		time.Sleep(time.Duration(rand.Intn(300)) * time.Millisecond)
		return nil, false
	}
	handler := reflect.ValueOf(target.raft).MethodByName(strings.TrimPrefix(method, "Raft."))
	request := reflect.New(handler.Type().In(0).Elem())
	if err := gob.NewDecoder(bytes.NewReader(args)).DecodeValue(request); err != nil {
		panic(err)
	}
	reply := reflect.New(handler.Type().In(1).Elem())
	handler.Call([]reflect.Value{request, reply})
	if c.route(from, l, to) != target || lossy && rand.Intn(10) == 0 {
		return nil, false
	}
	if lossy && rand.Intn(10) == 0 {
		// Late, when much may have happened.
		time.Sleep(time.Duration(200+rand.Intn(1000)) * time.Millisecond)
	}
	var answer bytes.Buffer
	if err := gob.NewEncoder(&answer).EncodeValue(reply); err != nil {
		panic(err)
	}
	return answer.Bytes(), true
}

// route returns the life of the server to which a message would get now; nil if it is lost.
func (c *cluster) route(from int, l *life, to int) *life {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lives[from] != l || !c.connected[from] || !c.connected[to] {
		return nil
	}
	return c.lives[to]
}

// serve is the service of one life. It takes snapshots on the goroutine that takes messages.
func (c *cluster) serve(i int, l *life, raft node, messages chan message) {
	for {
		select {
		case <-l.over:
			return
		case msg := <-messages:
			if index := c.apply(i, l, msg); index != 0 {
				raft.Snapshot(index, encodeStrings(l.applied))
			}
		}
	}
}

// apply checks a message and applies it. It returns the index at which a snapshot is due, or 0.
func (c *cluster) apply(i int, l *life, msg message) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := len(l.applied) - 1
	if msg.SnapshotValid {
		l.applied = decodeStrings(msg.Snapshot)
		if msg.SnapshotIndex <= last || msg.SnapshotIndex != len(l.applied)-1 {
			c.report("server %d has applied %d, then a snapshot that ends at %d",
				i, last, msg.SnapshotIndex)
		}
		return 0
	}
	if !msg.CommandValid || msg.CommandIndex != last+1 {
		c.report("server %d has applied %d, then %+v", i, last, msg)
		return 0
	}
	command := msg.Command.(string)
	l.applied = append(l.applied, command)
	if msg.CommandIndex == len(c.agreed) {
		c.agreed = append(c.agreed, command)
	}
	if c.agreed[msg.CommandIndex] != command {
		c.report("server %d applies %q at %d, another %q",
			i, command, msg.CommandIndex, c.agreed[msg.CommandIndex])
	}
	if c.snapshotEach > 0 && msg.CommandIndex%c.snapshotEach == 0 {
		return msg.CommandIndex
	}
	return 0
}

func (c *cluster) report(format string, args ...interface{}) {
	if c.bad == nil {
		c.bad = fmt.Errorf(format, args...)
	}
}

func (c *cluster) check() {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bad != nil {
		c.t.Fatal(c.bad)
	}
}

// reachable returns the rafts of the servers that are up and connected, by number.
func (c *cluster) reachable() map[int]node {
	c.mu.Lock()
	defer c.mu.Unlock()
	rafts := map[int]node{}
	for i, l := range c.lives {
		if l != nil && c.connected[i] {
			rafts[i] = l.raft
		}
	}
	return rafts
}

// leader waits for a leader, of which there may be one in each term, and returns the newest.
func (c *cluster) leader() int {
	c.t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
		leaders := map[int]int{}
		newest := -1
		for i, raft := range c.reachable() {
			if term, leads := raft.GetState(); leads {
				if other, ok := leaders[term]; ok {
					c.t.Fatalf("servers %d and %d lead in term %d", other, i, term)
				}
				leaders[term] = i
				newest = max(newest, term)
			}
		}
		if newest != -1 {
			return leaders[newest]
		}
	}
	c.t.Fatal("there is no leader")
	return -1
}

// count returns how many servers have applied command at index.
func (c *cluster) count(index int, command string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, l := range c.lives {
		if l != nil && index < len(l.applied) && l.applied[index] == command {
			n++
		}
	}
	return n
}

// agree proposes a command until that many servers have applied it, and returns its index.
func (c *cluster) agree(command string, servers int) int {
	c.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		c.check()
		index := -1
		for _, raft := range c.reachable() {
			if at, _, ok := raft.Start(command); ok {
				index = at
				break
			}
		}
		for poll := 0; index != -1 && poll < 100; poll++ {
			if c.count(index, command) >= servers {
				return index
			}
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.t.Fatalf("no agreement on %q", command)
	return -1
}

func encodeStrings(values []string) []byte {
	var buffer bytes.Buffer
	if err := gob.NewEncoder(&buffer).Encode(values); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

func decodeStrings(data []byte) (values []string) {
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&values); err != nil {
		panic(err)
	}
	return values
}
