package raft

import (
	"fmt"
	"math/rand"
	"testing"
	"time"
)

func TestLeadersAreElectedAndReplaced(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, 0)
	for round := 0; round < 3; round++ {
		old := c.leader()
		c.connect(old, false)
		c.leader()
		c.connect(old, true)
	}
	first := c.leader()
	c.connect(first, false)
	second := c.leader()
	c.connect(second, false)
	time.Sleep(time.Second)
	for i, raft := range c.reachable() {
		if _, leads := raft.GetState(); leads {
			t.Fatalf("server %d leads alone", i)
		}
	}
	c.connect(second, true)
	c.leader()
}

func TestASingleServerAgrees(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, 5)
	for i := 1; i <= 12; i++ {
		if index := c.agree(fmt.Sprint(i), 1); index != i {
			t.Fatalf("command %d is at %d", i, index)
		}
	}
	c.crash(0)
	c.start(0)
	c.agree("after the crash", 1)
}

func TestServersAgreeAlthoughOneIsCutOff(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, 0)
	for i := 1; i <= 5; i++ {
		if index := c.agree(fmt.Sprint(i), 3); index != i {
			t.Fatalf("command %d is at %d", i, index)
		}
	}
	for round := 0; round < 2; round++ {
		old := c.leader()
		c.connect(old, false)
		c.mu.Lock()
		raft := c.lives[old].raft
		c.mu.Unlock()
		for i := 0; i < 20; i++ {
			raft.Start(fmt.Sprint("lost ", round, i))
		}
		for i := 0; i < 20; i++ {
			c.agree(fmt.Sprint("kept ", round, i), 2)
		}
		c.connect(old, true)
		c.agree(fmt.Sprint("all ", round), 3)
	}
}

func TestServersRestart(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, 0)
	for round := 0; round < 3; round++ {
		c.agree(fmt.Sprint("a", round), 3)
		for i := range c.lives {
			c.crash(i)
		}
		for i := range c.lives {
			c.start(i)
		}
		c.agree(fmt.Sprint("b", round), 3)
		old := c.leader()
		c.crash(old)
		c.agree(fmt.Sprint("c", round), 2)
		c.start(old)
	}
	c.agree("end", 3)
}

func TestServersCatchUpBySnapshots(t *testing.T) {
	t.Parallel()
	for _, lossy := range []bool{false, true} {
		c := newCluster(t, 3, 10)
		c.mu.Lock()
		c.unreliable = lossy
		c.mu.Unlock()
		for round := 0; round < 4; round++ {
			away := (c.leader() + round%2) % 3
			if round < 2 {
				c.connect(away, false)
			} else {
				c.crash(away)
			}
			for i := 0; i < 25; i++ {
				c.agree(fmt.Sprint(round, " ", i), 2)
			}
			if round < 2 {
				c.connect(away, true)
			} else {
				c.start(away)
			}
			c.agree(fmt.Sprint("all ", round), 3)
			for i, disk := range c.disks {
				if size := disk.RaftStateSize(); size > 2000 {
					t.Fatalf("server %d has a log of %d bytes", i, size)
				}
			}
		}
		for i := range c.lives {
			c.crash(i)
		}
		for i := range c.lives {
			c.start(i)
		}
		c.agree("end", 3)
	}
}

func TestServersAgreeAfterChurn(t *testing.T) {
	t.Parallel()
	for _, snapshots := range []int{0, 10} {
		c := newCluster(t, 5, snapshots)
		c.mu.Lock()
		c.unreliable = true
		c.mu.Unlock()
		for step := 0; step < 150; step++ {
			for i, raft := range c.reachable() {
				raft.Start(fmt.Sprint(step, " by ", i))
			}
			switch i := rand.Intn(5); rand.Intn(5) {
			case 0:
				c.connect(i, false)
			case 1:
				c.crash(i)
			default:
				c.connect(i, true)
				if c.lives[i] == nil {
					c.start(i)
				}
			}
			time.Sleep(time.Duration(rand.Intn(60)) * time.Millisecond)
			c.check()
		}
		for i := range c.lives {
			c.connect(i, true)
			if c.lives[i] == nil {
				c.start(i)
			}
		}
		c.agree("end", 5)
		c.check()
	}
}

func TestSnapshotsAreTakenWhileMuchIsApplied(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, 10)
	for round := 0; round < 3; round++ {
		raft := c.reachable()[c.leader()]
		for i := 0; i < 35; i++ {
			raft.Start(fmt.Sprint(round, " ", i))
		}
		c.agree(fmt.Sprint("all ", round), 3)
	}
}
