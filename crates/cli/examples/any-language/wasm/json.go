package main

// A reader for the lines of raftsim's protocol, which is small and fast because it reads no more
// than what raftsim and this program write: valid JSON, without spaces.

import "strconv"

// A cursor reads a line of JSON from left to right.
type cursor struct {
	line string
	at   int
}

// enter steps into an object or a list, which begins here.
func (c *cursor) enter() { c.at++ }

// more steps to the next member of the object or list, or behind its end.
func (c *cursor) more() bool {
	switch c.line[c.at] {
	case ',':
		c.at++
	case '}', ']':
		c.at++
		return false
	}
	return true
}

// key reads a member's name.
func (c *cursor) key() string {
	start := c.at + 1
	c.raw()
	c.at++ // The colon.
	return c.line[start : c.at-2]
}

// number reads a whole number, and null as 0.
func (c *cursor) number() uint64 {
	if c.line[c.at] == 'n' {
		c.at += len("null")
		return 0
	}
	var number uint64
	for ; c.at < len(c.line); c.at++ {
		digit := c.line[c.at] - '0'
		if digit > 9 {
			break
		}
		number = 10*number + uint64(digit)
	}
	return number
}

// truth reads true or false.
func (c *cursor) truth() bool {
	return c.raw() == "true"
}

// text reads a string without backslashes in it.
func (c *cursor) text() string {
	quoted := c.raw()
	return quoted[1 : len(quoted)-1]
}

// raw reads any value, and returns it as it is written.
func (c *cursor) raw() string {
	start, depth := c.at, 0
	for ; c.at < len(c.line); c.at++ {
		switch c.line[c.at] {
		case '"':
			for c.at++; c.line[c.at] != '"'; c.at++ {
				if c.line[c.at] == '\\' {
					c.at++
				}
			}
			if depth == 0 {
				c.at++
				return c.line[start:c.at]
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return c.line[start:c.at]
			}
			if depth--; depth == 0 {
				c.at++
				return c.line[start:c.at]
			}
		case ',':
			if depth == 0 {
				return c.line[start:c.at]
			}
		}
	}
	return c.line[start:]
}

// A writer appends JSON.
type writer []byte

// key writes a name with its colon, and a comma before it.
func (w *writer) key(name string) {
	if last := (*w)[len(*w)-1]; last != '{' {
		*w = append(*w, ',')
	}
	*w = append(*w, '"')
	*w = append(*w, name...)
	*w = append(*w, `":`...)
}

func (w *writer) raw(name, value string) {
	w.key(name)
	*w = append(*w, value...)
}

func (w *writer) text(name, value string) {
	w.key(name)
	*w = append(*w, '"')
	*w = append(*w, value...)
	*w = append(*w, '"')
}

func (w *writer) number(name string, value uint64) {
	w.key(name)
	*w = strconv.AppendUint(*w, value, 10)
}

func (w *writer) truth(name string, value bool) {
	w.key(name)
	*w = strconv.AppendBool(*w, value)
}

// open begins an object, which has a name unless it stands in a list.
func (w *writer) open(name string) {
	if name != "" {
		w.key(name)
	} else if (*w)[len(*w)-1] == '}' {
		*w = append(*w, ',')
	}
	*w = append(*w, '{')
}

func (w *writer) shut() { *w = append(*w, '}') }
