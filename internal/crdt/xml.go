package crdt

// XmlFragment is a shared list of XML nodes: XmlElement, XmlText, XmlHook.
type XmlFragment struct {
	Array
}

// XmlElement is a fragment with a name and attributes.
type XmlElement struct {
	XmlFragment
	name         string
	initialAttrs keyed
}

// XmlText is a text among XML nodes.
type XmlText struct {
	Text
}

// XmlHook is a map among XML nodes; editors give its name a meaning.
type XmlHook struct {
	Map
	name string
}

// XmlFragment returns the root fragment of a name. It panics if the root was
// used as another type.
func (d *Doc) XmlFragment(name string) *XmlFragment {
	return &XmlFragment{Array{typeRef: d.declare(name, typeXmlFragment)}}
}

// XmlElement returns the root element of a name, whose node name is the one
// yjs gives roots. It panics if the root was used as another type.
func (d *Doc) XmlElement(name string) *XmlElement {
	return &XmlElement{XmlFragment: XmlFragment{Array{typeRef: d.declare(name, typeXmlElement)}}, name: "UNDEFINED"}
}

// XmlText returns the root XML text of a name. It panics if the root was used
// as another type.
func (d *Doc) XmlText(name string) *XmlText {
	return &XmlText{Text{typeRef: d.declare(name, typeXmlText)}}
}

// NewXmlFragment returns a fragment of nodes, to be put into another type.
func NewXmlFragment(nodes ...any) *XmlFragment { return &XmlFragment{Array{initial: nodes}} }

// NewXmlElement returns an element of nodes, to be put into another type.
func NewXmlElement(name string, nodes ...any) *XmlElement {
	return &XmlElement{XmlFragment: *NewXmlFragment(nodes...), name: name}
}

// NewXmlText returns a text that begins with s, to be put into another type.
func NewXmlText(s string) *XmlText {
	x := &XmlText{}
	x.Insert(nil, 0, s)
	return x
}

// NewXmlHook returns an empty hook, to be put into another type.
func NewXmlHook(name string) *XmlHook { return &XmlHook{name: name} }

// Push puts nodes behind the last one.
func (f *XmlFragment) Push(t *Transaction, nodes ...any) { f.Insert(t, f.Len(), nodes...) }

// String returns the nodes as yjs prints them: nothing is escaped.
func (f *XmlFragment) String() string { return printed(now{}, f) }

// Name returns the node name.
func (e *XmlElement) Name() string { return e.name }

// Attribute returns an attribute, see [Map.Get].
func (e *XmlElement) Attribute(key string) (value any, ok bool) { return e.entry(e.initialAttrs, key) }

// Attributes returns the keys of the attributes.
func (e *XmlElement) Attributes() []string { return e.entries(e.initialAttrs) }

// SetAttribute sets an attribute, see [Map.Set].
func (e *XmlElement) SetAttribute(t *Transaction, key string, value any) {
	e.setEntry(t, &e.initialAttrs, key, value)
}

// RemoveAttribute takes an attribute away.
func (e *XmlElement) RemoveAttribute(t *Transaction, key string) {
	e.deleteEntry(t, &e.initialAttrs, key)
}

// String returns the element as yjs prints it: its name in lower case, its
// attributes sorted, nothing escaped.
func (e *XmlElement) String() string { return printed(now{}, e) }

// String returns the text as yjs prints it: each format is an element around
// it, an object's properties are its attributes, and nothing is escaped.
func (x *XmlText) String() string { return printed(now{}, x) }

// Name returns the hook's name.
func (h *XmlHook) Name() string { return h.name }

func (f *XmlFragment) shape() (typeKind, string) { return typeXmlFragment, "" }
func (e *XmlElement) shape() (typeKind, string)  { return typeXmlElement, e.name }
func (x *XmlText) shape() (typeKind, string)     { return typeXmlText, "" }
func (h *XmlHook) shape() (typeKind, string)     { return typeXmlHook, h.name }

func (e *XmlElement) begin(t *Transaction, ref typeRef) step {
	children := e.XmlFragment.begin(t, ref)
	attrs := e.initialAttrs
	e.initialAttrs = nil
	return func() (first, then step) { return children, e.setKeys(t, attrs) }
}
