// bench.mjs DIR TASK RUNS
//
// Runs one task of ../bench on the inputs in DIR with yjs, and prints what it
// took: ms, or kB for heap-b4. ../bench/work.go is the same for the Go engine.
import fs from 'node:fs'
import path from 'node:path'
import * as Y from 'yjs'
import * as decoding from 'lib0/decoding'

const [dir, task, runs] = process.argv.slice(2)

const read = name => new Uint8Array(fs.readFileSync(path.join(dir, name)))

const split = all => {
  const updates = []
  for (const d = decoding.createDecoder(all); decoding.hasContent(d);) {
    updates.push(decoding.readVarUint8Array(d))
  }
  return updates
}

const load = (updates, apply = Y.applyUpdate) => {
  const doc = new Y.Doc()
  for (const u of updates) apply(doc, u)
  return doc
}

// yjs sorts all updates again for each struct, so it merges in groups.
const mergeTree = (updates, merge = Y.mergeUpdates) => {
  while (updates.length > 1) {
    const merged = []
    for (let i = 0; i < updates.length; i += 64) {
      merged.push(merge(updates.slice(i, i + 64)))
    }
    updates = merged
  }
  return updates[0]
}

const half = doc => {
  const [[client, clock]] = Y.decodeStateVector(Y.encodeStateVector(doc))
  return Y.encodeStateVector(new Map([[client, Math.floor(clock / 2)]]))
}

const heap = state => {
  const used = () => { globalThis.gc(); return process.memoryUsage().heapUsed }
  const docs = []
  const before = used()
  for (let i = 0; i < 10; i++) docs.push(load([state]))
  return (used() - before) / 1000 / docs.length
}

const ms = f => {
  const start = performance.now()
  f()
  return performance.now() - start
}

const warm = f => {
  f()
  const took = Array.from({ length: Number(runs) }, () => ms(f)).sort((a, b) => a - b)
  return took[took.length >> 1]
}

const run = () => {
  switch (task) {
    case 'apply-b4': {
      const updates = split(read('b4.updates'))
      return warm(() => load(updates))
    }
    case 'load-b4': {
      const state = read('b4.state')
      return warm(() => load([state]))
    }
    case 'load-b4-cold': {
      const state = read('b4.state')
      return ms(() => load([state]))
    }
    case 'load-10': {
      const state = read('b4x10.state')
      return warm(() => load([state]))
    }
    case 'encode-b4': {
      const doc = load([read('b4.state')])
      return warm(() => Y.encodeStateAsUpdate(doc))
    }
    case 'diff-b4': {
      const doc = load([read('b4.state')])
      const sv = half(doc)
      return warm(() => Y.encodeStateAsUpdate(doc, sv))
    }
    case 'diff-bytes': {
      const state = read('b4.state')
      const sv = half(load([state]))
      return warm(() => Y.diffUpdate(state, sv))
    }
    case 'merge-b4': {
      const updates = split(read('b4.updates'))
      return warm(() => mergeTree(updates))
    }
    case 'apply-1000': {
      const updates = split(read('crowd.updates'))
      return ms(() => load(updates))
    }
    case 'load-1000': {
      const state = read('crowd.state')
      return warm(() => load([state]))
    }
    case 'load-b4-v2': {
      const state = read('b4.state.v2')
      return warm(() => load([state], Y.applyUpdateV2))
    }
    case 'encode-b4-v2': {
      const doc = load([read('b4.state')])
      return warm(() => Y.encodeStateAsUpdateV2(doc))
    }
    case 'merge-b4-v2': {
      const updates = split(read('b4.updates.v2'))
      return warm(() => mergeTree(updates, Y.mergeUpdatesV2))
    }
    case 'load-1000-v2': {
      const state = read('crowd.state.v2')
      return warm(() => load([state], Y.applyUpdateV2))
    }
    case 'heap-b4':
      return heap(read('b4.state'))
    default:
      throw new Error(`unknown task ${task}`)
  }
}

console.log(run())
