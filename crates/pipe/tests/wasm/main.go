// A server that elects nobody, and does something wrong at its first event after the boot.
package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"time"
)

// What it does: set by the linker.
var mode string

const base = `"deadline":%d,"status":{"term":0,"role":"follower"}`

func main() {
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(9)
		}
		var turn, now uint64
		fmt.Sscanf(line, `{"turn":%d,"now":%d`, &turn, &now)
		answer := fmt.Sprintf(`{"turn":%d,`+base, turn, now+100_000_000)
		out := ""
		if !strings.Contains(line, `"event":"boot"`) {
			out = misbehave(in)
		}
		if mode == "again" {
			fmt.Println(answer + "}")
		}
		fmt.Printf("%s,\"out\":%q}\n", answer, out)
	}
}

func misbehave(in *bufio.Reader) string {
	switch mode {
	case "loop":
		for {
			spin++
		}
	case "exit":
		fmt.Fprintln(os.Stderr, "I leave")
		os.Exit(3)
	case "end":
		panic("oh no")
	case "rubbish":
		fmt.Println("hello")
	case "wait":
		in.ReadString('\n')
	case "flood":
		for line := strings.Repeat("x", 1<<16); ; {
			os.Stdout.WriteString(line)
		}
	case "errors":
		for line := strings.Repeat("x", 1<<24); ; {
			os.Stderr.WriteString(line)
		}
	case "memory":
		for grown := [][]byte{}; ; {
			grown = append(grown, make([]byte, 64<<20))
			grown[len(grown)-1][0] = 1
		}
	case "deep":
		return fmt.Sprint(deep(0))
	case "world":
		// What differs from machine to machine and from run to run, if anything does.
		_, file := os.ReadFile("/etc/passwd")
		_, socket := net.Dial("tcp", "127.0.0.1:80")
		start := time.Now()
		time.Sleep(time.Second)
		slept := time.Since(start) >= time.Second
		return fmt.Sprint(file != nil, socket != nil, os.Args, os.Environ(), slept, start.UnixNano(),
			rand.Uint64())
	}
	return ""
}

var spin int

func deep(depth int) int {
	var room [1 << 10]int
	room[depth%len(room)] = depth
	return deep(depth+1) + room[0]
}
