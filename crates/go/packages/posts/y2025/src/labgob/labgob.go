// Package labgob stands in for the course's package of this name: gob under the names that a Raft
// uses. It has none of the course's warnings.
package labgob

import (
	"encoding/gob"
	"io"
	"reflect"
)

// LabEncoder writes values.
type LabEncoder struct{ gob *gob.Encoder }

// NewEncoder returns an encoder that writes to w.
func NewEncoder(w io.Writer) *LabEncoder { return &LabEncoder{gob.NewEncoder(w)} }

// Encode writes one value.
func (enc *LabEncoder) Encode(e interface{}) error { return enc.gob.Encode(e) }

// EncodeValue writes the value that value stands for.
func (enc *LabEncoder) EncodeValue(value reflect.Value) error { return enc.gob.EncodeValue(value) }

// LabDecoder reads values.
type LabDecoder struct{ gob *gob.Decoder }

// NewDecoder returns a decoder that reads from r.
func NewDecoder(r io.Reader) *LabDecoder { return &LabDecoder{gob.NewDecoder(r)} }

// Decode reads the next value into what e points to.
func (dec *LabDecoder) Decode(e interface{}) error { return dec.gob.Decode(e) }

// Register names the type of value, so that interfaces can carry it.
func Register(value interface{}) { gob.Register(value) }

// RegisterName does so under a name.
func RegisterName(name string, value interface{}) { gob.RegisterName(name, value) }
