// node edgecases.mjs > ../testdata/edgecases.json: what yjs makes of bytes that
// no client writes, one entry for each point of edge-cases.md that asks for it.
import './pin.mjs'
import * as Y from 'yjs'
import { b64, deep, declare, pending } from './lib.mjs'

console.error = console.warn = () => {} // yjs reports what it is about to throw

const uint = n => {
  const out = []
  for (n = BigInt(n); n > 127n; n >>= 7n) out.push(Number(n & 127n) | 128)
  return [...out, Number(n)]
}
const str = s => { const b = [...Buffer.from(s)]; return [...uint(b.length), ...b] }
const raw = b => ({ raw: b })
// numbers are varuints, strings have their length in front, raw stays as it is
const bytes = (...parts) => Uint8Array.from(parts.flatMap(p => typeof p === 'string' ? str(p) : p.raw ?? uint(p)))
const info = (kind, bits = 0) => raw([kind | bits])
const ORIGIN = 128
// an update of client 1 with one Item at the start of root r
const one = (kind, ...content) => bytes(1, 1, 1, 0, typeof kind === 'number' ? info(kind) : kind, 1, 'r', ...content, 0)

const apply = (name, updates, { roots, first = false }) => {
  const e = { name, roots, declared: first, updates: updates.map(b64) }
  const doc = new Y.Doc()
  doc.clientID = 4503599627370497
  if (first) declare(doc, roots)
  try {
    for (const u of updates) Y.applyUpdate(doc, u)
  } catch (error) {
    return { ...e, throws: error.message }
  }
  e.pending = pending(doc)
  e.v1 = b64(Y.encodeStateAsUpdate(doc))
  e.v2 = b64(Y.encodeStateAsUpdateV2(doc))
  e.merged = b64(Y.mergeUpdates(updates))
  e.deep = deep(doc, roots)
  return e
}

const text = { roots: { r: 'text' } }
const list = { roots: { r: 'array' } }
const any = (...b) => one(8, 1, raw(b))

const boldTwice = () => { // two clients make the same text bold at once
  const docs = [1, 2, 3].map(id => { const d = new Y.Doc(); d.clientID = id; d.getText('r'); return d })
  const all = []
  const send = (d, f) => {
    d.once('update', u => all.push(u))
    d.transact(f)
  }
  send(docs[0], () => docs[0].getText('r').insert(0, 'abcdef'))
  for (const d of docs.slice(1)) Y.applyUpdate(d, all[0])
  for (const d of docs) send(d, () => d.getText('r').format(1, 3, { bold: true }))
  send(docs[0], () => docs[0].getText('r').delete(1, 3))
  return all
}
const zeroRun = () => { // client 0, again and again, in the column of clients
  const doc = new Y.Doc()
  doc.clientID = 0
  const t = doc.getText('r')
  for (const c of 'abcd') t.insert(0, c)
  return Y.encodeStateAsUpdate(doc)
}

const entries = [
  apply('text begins with a BOM', [one(4, '\ufeffx')], text),
  apply('text is not UTF-8', [one(4, raw([1, 0xff]))], text),
  apply('text holds half a surrogate pair', [one(4, raw([3, 0xed, 0xa0, 0xbd]))], text),
  apply('halves of a pair arrive apart', [one(4, '\ufffd'), bytes(1, 1, 1, 1, info(4, ORIGIN), 1, 0, '\ufffd', 0)], text),
  apply('a pair is cut by what follows inside', [one(4, '😀'), bytes(1, 1, 2, 0, info(4, ORIGIN | 64), 1, 0, 1, 1, '-', 0)], text),
  apply('Deleted without a delete set', [one(1, 3)], text),
  apply('root is declared after', boldTwice(), text),
  apply('root is declared before', boldTwice(), { ...text, first: true }),
  apply('bytes behind the end', [bytes(0, 0, 9, 9)], text),
  apply('second section of a client', [bytes(2, 1, 1, 0, 4, 1, 'r', 'first', 1, 1, 0, 4, 1, 'r', '2nd', 0)], text),
  apply('delete of length 0', [bytes(1, 1, 1, 0, 4, 1, 'r', 'ab', 1, 1, 1, 1, 0)], text),
  apply('Skip with other bits', [one(info(10, ORIGIN), 1)], text),
  apply('Skip in an update', [bytes(1, 2, 1, 0, 10, 2, 4, 1, 'r', 'x', 0)], text),
  apply('largest client', [bytes(1, 1, (1n << 53n) - 1n, 0, 4, 1, 'r', 'x', 0)], text),
  apply('client 0 in a run of the client column', [zeroRun()], text),
  apply('integer written as float64', [any(123, 0x40, 0x14, 0, 0, 0, 0, 0, 0)], list),
  apply('integer written as bigint', [any(122, 0, 0, 0, 0, 0, 0, 0, 5)], list),
  apply('float32 written as float64', [any(123, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0)], list),
  apply('-0', [any(125, 64)], list),
  apply('integer with needless bytes', [any(125, 0x85, 0x00)], list),
  apply('undefined and bigint in an array', [any(127), bytes(1, 1, 1, 1, info(8, ORIGIN), 1, 0, 1, raw([122, 0, 0, 0, 0, 0, 0, 0, 9]), 0)], list),
  apply('object keys', [one(8, 1, raw([118, 5]), 'b', raw([120]), '10', raw([121]), 'b', raw([126]), '9', raw([120]), 'a', raw([121]))], list),
  apply('embed of loose JSON', [one(5, ' { "b" : 1.50 , "2":1e21, "1" : [ "<>&\\u2028" , -0 ] } ')], text),
  apply('format of loose JSON', [one(6, 'k', ' "\\u0041\\/" ')], text),
  apply('lone half in JSON', [one(5, '{"a":"\\ud83d"}')], text),
  apply('JSON values', [one(2, 3, '1', 'undefined', ' {"a":null} ')], list),
  apply('subdocument with other options', [one(9, 'guid', raw([118, 4]), 'shouldLoad', raw([120]), 'meta', raw([125, 1]), 'x', raw([120]), 'gc', raw([121]))], list),
  apply('nothing at all', [bytes()], text),
  apply('unknown content', [one(11)], text),
  apply('every type', [bytes(1, 7, 1, 0, 7, 1, 'r', 0, ...[[1], [2], [3, 'p'], [4], [5, 'h'], [6]].flatMap((type, i) => [info(7, ORIGIN), 1, i, ...type]), 0)], list)
]

const rel = (name, b) => {
  const p = Y.decodeRelativePosition(b)
  return { name, rel: b64(b), again: b64(Y.encodeRelativePosition(p)), json: JSON.stringify(Y.relativePositionToJSON(p)) }
}
const positions = [
  rel('item, without assoc', bytes(0, 1, 2)),
  rel('item, assoc -1', bytes(0, 1, 2, raw([65]))),
  rel('root', bytes(1, 'r', raw([0]))),
  rel('type', bytes(2, 1, 2, raw([0])))
]
process.stdout.write(JSON.stringify({ entries, positions }, null, 1) + '\n')
