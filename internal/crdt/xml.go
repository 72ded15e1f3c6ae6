package crdt

func xmlHandle(ref typeRef) any { return ref }

// Xml declares a root.
func (d *Doc) Xml(name, kind string) {
	d.declare(name, map[string]typeKind{"xml": typeXmlFragment, "xmlelement": typeXmlElement, "xmltext": typeXmlText}[kind])
}
