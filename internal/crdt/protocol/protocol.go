// Package protocol encodes and decodes the messages that a client and a server exchange about one
// Doc: those of y-protocols 1.0, which every y-websocket client speaks, and those of grimoire.v1,
// which only clients that asked for this subprotocol send and get.
//
//	frame = varUint type, payload
//
//	  0 sync             varUint 0, varBytes state vector   SyncStep1   both ways
//	                     varUint 1, varBytes update         SyncStep2   both ways
//	                     varUint 2, varBytes update         Update      both ways
//	  1 awareness        varBytes of varUint count, then for each
//	                     varUint client, varUint clock,
//	                     varString JSON                     Awareness   both ways
//	  2 auth             varUint 0, varString reason        Denied      to the client
//	  3 query awareness  –                                  Query       to the server
//	100 saved            varUint generation,
//	                     varString epoch, varUint frames    Saved       to the client
//	101 head             varUint generation, varUint seq,
//	                     varUint hash, varUint deletes
//	                     (may be left out)                  Head        both ways
//	102 refused          varUint frame, varString reason,
//	                     varString path                     Refused     to the client
//	103 reset            varUint generation                 Reset       to the client
//	104 drain            varUint milliseconds               Drain       to the client
//	105 rights           varString role, varUint actions,
//	                     varUint frozen (0, 1),
//	                     varString reason                   Rights      to the client
//	106 seal             varUint row, varUint settled,
//	                     varBytes seal                      Seal        to the client
//	107 sealed           varBytes update, varBytes seal     Sealed      to the server
//
// varUint, varString and varBytes are lib0's. A frame holds exactly one message: an unknown type
// and bytes after the end are errors. Updates and state vectors are not looked into here.
//
// Decode never panics, never allocates by a number it read, and returns messages whose bytes are
// those of the frame.
package protocol

import (
	"errors"
	"fmt"

	"grimoire/internal/crdt/lib0"
)

// Types of message; part of the wire format.
const (
	typeSync           = 0
	typeAwareness      = 1
	typeAuth           = 2
	typeQueryAwareness = 3
	typeSaved          = 100
	typeHead           = 101
	typeRefused        = 102
	typeReset          = 103
	typeDrain          = 104
	typeRights         = 105
	typeSeal           = 106
	typeSealed         = 107
)

// Kinds of sync message; part of the wire format.
const (
	syncStep1  = 0
	syncStep2  = 1
	syncUpdate = 2
)

// authDenied is the only kind of auth message; part of the wire format.
const authDenied = 0

// ErrUnknown is wrapped by the error for a type or kind of message that is not in the table.
var ErrUnknown = errors.New("unknown message")

// Decode reads the one message of a frame. Its error wraps ErrUnknown, lib0.ErrMalformed or
// lib0.ErrLimit.
func Decode(frame []byte) (Message, error) {
	r := lib0.NewReader(frame)
	m, err := decode(&r)
	if err == nil && r.Err() == nil && r.Len() > 0 {
		r.Fail(lib0.ErrMalformed, "bytes after the message")
	}
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("message of %d bytes: %w", len(frame), err)
	}
	return m, nil
}

func decode(r *lib0.Reader) (Message, error) {
	switch kind := r.Uint(); kind {
	case typeSync:
		return decodeSync(r)
	case typeAwareness:
		return Awareness{Clients: decodeClients(r)}, nil
	case typeAuth:
		if kind := r.Uint(); kind != authDenied {
			return nil, fmt.Errorf("%w: auth of kind %d", ErrUnknown, kind)
		}
		return Denied{Reason: string(r.String())}, nil
	case typeQueryAwareness:
		return QueryAwareness{}, nil
	case typeSaved:
		return Saved{Generation: r.Uint(), Epoch: string(r.String()), Frames: r.Uint()}, nil
	case typeHead:
		return decodeHead(r), nil
	case typeRefused:
		return Refused{Frame: r.Uint(), Reason: string(r.String()), Path: string(r.String())}, nil
	case typeReset:
		return Reset{Generation: r.Uint()}, nil
	case typeDrain:
		return Drain{Milliseconds: r.Uint()}, nil
	case typeRights:
		return Rights{Role: string(r.String()), May: Actions(r.Uint()), Frozen: r.Uint() != 0, Reason: string(r.String())}, nil
	case typeSeal:
		return Seal{Row: r.Uint(), Settled: r.Uint(), Seal: r.Bytes()}, nil
	case typeSealed:
		return Sealed{Update: r.Bytes(), Seal: r.Bytes()}, nil
	default:
		return nil, fmt.Errorf("%w: type %d", ErrUnknown, kind)
	}
}

func decodeSync(r *lib0.Reader) (Message, error) {
	switch kind := r.Uint(); kind {
	case syncStep1:
		return SyncStep1{Vector: r.Bytes()}, nil
	case syncStep2:
		return SyncStep2{Update: r.Bytes()}, nil
	case syncUpdate:
		return Update{Update: r.Bytes()}, nil
	default:
		return nil, fmt.Errorf("%w: sync of kind %d", ErrUnknown, kind)
	}
}

func decodeHead(r *lib0.Reader) Head {
	m := Head{Generation: r.Uint(), Seq: r.Uint(), Hash: r.Uint()}
	if r.Len() > 0 {
		m.Deletes = r.Uint()
	}
	return m
}

// Append appends the frame that holds m to dst.
func Append(dst []byte, m Message) []byte { return m.append(dst) }
