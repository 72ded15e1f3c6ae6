package annotation

import (
	"encoding/binary"
	"fmt"
	"io"

	"grimoire/internal/crdt"
)

// defaultTags are the class tags of a new conversation. Colours are names of
// the palette's pigments, each with its own line.
var defaultTags = []Tag{
	{Name: "effective", Colour: "malachite", Pattern: "solid"},
	{Name: "too broad", Colour: "orpiment", Pattern: "dashed"},
	{Name: "hallucination", Colour: "vermilion", Pattern: "wavy"},
	{Name: "good follow-up", Colour: "lapis", Pattern: "double"},
	{Name: "needs source", Colour: "azurite", Pattern: "solid"},
}

// Seed returns the first state of a conversation's Doc as one v1 update: its
// title, its turns in order and the class tags. Turns without an id get one
// from random. A conversation is seeded once, by the server, when it is made.
func Seed(random io.Reader, title string, turns []Turn) ([]byte, error) {
	client, err := clientID(random)
	if err != nil {
		return nil, err
	}
	doc := crdt.New(crdt.Options{ClientID: client})
	doc.Transact(nil, func(tx *crdt.Transaction) {
		meta := doc.Map(RootMeta)
		meta.Set(tx, keyVersion, Version)
		meta.Set(tx, keyTitle, Clean(title))
		if err = seedTurns(tx, doc, random, turns); err == nil {
			err = seedTags(tx, doc, random)
		}
	})
	if err != nil {
		return nil, err
	}
	return doc.Encode(nil), nil
}

// clientID returns a random 32-bit client id other than 0, as Yjs draws them.
func clientID(random io.Reader) (uint64, error) {
	var b [4]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, fmt.Errorf("read client id: %w", err)
		}
		if id := binary.LittleEndian.Uint32(b[:]); id != 0 {
			return uint64(id), nil
		}
	}
}

func seedTurns(tx *crdt.Transaction, doc *crdt.Doc, random io.Reader, turns []Turn) error {
	facts := doc.Map(RootTurns)
	var text []byte
	for _, turn := range turns {
		id := turn.ID
		if id == "" {
			var err error
			if id, err = NewID(random); err != nil {
				return err
			}
		}
		setMap(tx, facts, id, map[string]any{
			keyRole: turn.Role, keySpeaker: Clean(turn.Speaker), keyModel: Clean(turn.Model), keyKind: turn.Kind,
		})
		text = append(text, Marker(id)+Clean(turn.Markdown)+afterTurn...)
	}
	doc.Text(RootText).Insert(tx, 0, string(text))
	return nil
}

func seedTags(tx *crdt.Transaction, doc *crdt.Doc, random io.Reader) error {
	tags := doc.Map(RootTags)
	for i, place := range places(len(defaultTags)) {
		id, err := NewID(random)
		if err != nil {
			return err
		}
		setMap(tx, tags, id, map[string]any{
			keyName: defaultTags[i].Name, keyColour: defaultTags[i].Colour, keyPattern: defaultTags[i].Pattern,
			keyPos: place, keyLocked: true, keyOrigin: OriginClass,
		})
	}
	return nil
}

// setMap puts a new Map with the given values at key.
func setMap(tx *crdt.Transaction, parent *crdt.Map, key string, values map[string]any) {
	parent.Set(tx, key, crdt.NewMap())
	child := getMap(parent, key)
	for _, k := range sortedKeys(values) {
		child.Set(tx, k, values[k])
	}
}

// SetTitle writes the title of a conversation into its Doc.
func SetTitle(doc *crdt.Doc, title string) {
	doc.Transact(nil, func(tx *crdt.Transaction) { doc.Map(RootMeta).Set(tx, keyTitle, Clean(title)) })
}
