package crdt_test

import (
	"fmt"
	"testing"

	"grimoire/internal/crdt"
)

// XML nodes know their neighbours, and can be found.
func ExampleXmlFragment_TreeWalker() {
	d := crdt.New(crdt.Options{ClientID: 1})
	page := d.XmlFragment("page")
	d.Transact(nil, func(t *crdt.Transaction) {
		page.Push(t,
			crdt.NewXmlElement("h1", crdt.NewXmlText("Title")),
			crdt.NewXmlElement("div", crdt.NewXmlElement("p", crdt.NewXmlText("first")), crdt.NewXmlElement("p", crdt.NewXmlText("second"))))
		page.InsertAfter(t, page.FirstChild(), crdt.NewXmlElement("hr"))
	})
	isText := func(node crdt.Type) bool { _, ok := node.(*crdt.XmlText); return ok }
	for text := range page.TreeWalker(isText) {
		fmt.Println(text.Parent(), text)
	}
	last := page.QuerySelectorAll("P")[1]
	fmt.Println(last.PrevSibling(), last.NextSibling(), page.QuerySelector("hr"))
	// Output:
	// <h1>Title</h1> Title
	// <p>first</p> first
	// <p>second</p> second
	// <p>first</p> <nil> <hr></hr>
}

func TestXmlFragment_WhatIsNotThere(t *testing.T) {
	d := crdt.New(crdt.Options{ClientID: 1})
	page := d.XmlFragment("page")
	early := crdt.NewXmlElement("p")
	for name, got := range map[string]crdt.Type{
		"first of none": page.FirstChild(), "first of what is in no Doc": early.FirstChild(),
		"behind what is in no Doc": early.NextSibling(), "above a root": page.Parent(), "above what is in no Doc": early.Parent(),
	} {
		if got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if page.QuerySelector("p") != nil || page.QuerySelectorAll("") != nil {
		t.Error("something was found in nothing")
	}
	for range early.TreeWalker(nil) {
		t.Error("a walk through what is in no Doc")
	}
	d.Transact(nil, func(tx *crdt.Transaction) { page.Push(tx, early, 7, crdt.NewXmlText("x")) }) // 7 is no node
	gone := crdt.NewXmlElement("gone")
	d.Transact(nil, func(tx *crdt.Transaction) { page.Push(tx, gone) })
	d.Transact(nil, func(tx *crdt.Transaction) { page.Delete(tx, 3, 1) })
	if early.NextSibling() != nil || gone.Parent() != nil || gone.PrevSibling() != nil {
		t.Error("a number or what is gone is a node")
	}
	n := 0
	for range page.TreeWalker(nil) {
		n++
	}
	if n != 2 {
		t.Errorf("%d nodes, want 2", n)
	}
	for name, f := range map[string]func(*crdt.Transaction){
		"a root":      func(tx *crdt.Transaction) { page.InsertAfter(tx, d.Text("elsewhere"), 1) },
		"no child":    func(tx *crdt.Transaction) { page.InsertAfter(tx, crdt.NewXmlText("x"), 1) },
		"gone":        func(tx *crdt.Transaction) { page.InsertAfter(tx, gone, 1) },
		"not in that": func(*crdt.Transaction) { crdt.NewXmlFragment(early).InsertAfter(nil, gone, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("inserted behind %s", name)
				}
			}()
			d.Transact(nil, f)
		}()
	}
}

// A tree as deep as an update can make it is walked without a stack.
func TestXmlFragment_WalksWhatIsDeep(t *testing.T) {
	const depth = 100_000
	update := append(uints(1, depth, 1, 0, 7, 1, "page", 3, "p"), bytesOf(depth-1, func(i int) []byte { return uints(7, 0, 1, i, 3, "p") })...)
	d := crdt.New(crdt.Options{ClientID: 2})
	if err := d.Apply(append(update, 0), nil); err != nil {
		t.Fatal(err)
	}
	if n := len(d.XmlFragment("page").QuerySelectorAll("p")); n != depth {
		t.Errorf("%d elements, want %d", n, depth)
	}
}
