// Stock y-websocket clients in one conversation: node class.mjs URL ORIGIN TOKEN…
//
// Each TOKEN is one person. Everybody types at the end and in the middle, deletes, shows a cursor,
// and goes away and comes back with changes made meanwhile. Prints what each of them ends with.

import WebSocket from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

const [url, origin, ...tokens] = process.argv.slice(2)
const at = url.lastIndexOf('/')

const people = tokens.map((token) => {
  class Browser extends WebSocket {
    constructor(address, protocols) {
      super(address, protocols, { origin, headers: { cookie: `session=${token}` } })
    }
  }
  const doc = new Y.Doc()
  const provider = new WebsocketProvider(url.slice(0, at), url.slice(at + 1), doc, {
    WebSocketPolyfill: Browser,
    disableBc: true, // or they would sync past the server
  })
  return { token, doc, provider, text: doc.getText('text') }
})

/** Resolves when test() holds, asked anew whenever something arrives. */
const until = (what, test) => new Promise((resolve, reject) => {
  const late = setTimeout(() => reject(new Error(`waited too long until ${what}`)), 120_000)
  const look = () => {
    if (!test()) return
    clearTimeout(late)
    for (const { doc, provider } of people) {
      doc.off('update', look)
      provider.off('sync', look)
      provider.awareness.off('change', look)
    }
    resolve()
  }
  for (const { doc, provider } of people) {
    doc.on('update', look)
    provider.on('sync', look)
    provider.awareness.on('change', look)
  }
  look()
})

const together = () => people.every(({ doc, provider }) => provider.synced &&
  doc.getText('text').toString() === people[0].text.toString() &&
  Buffer.compare(Y.encodeStateAsUpdate(doc), Y.encodeStateAsUpdate(people[0].doc)) === 0)

await until('all are in', () => people.every(({ provider }) => provider.synced))

for (const { token, text } of people) text.insert(text.length, `${token} was here. `)
await until('all see all', () => together() && tokens.every((token) => people[0].text.toString().includes(token)))

for (const { text } of people) {
  for (let i = 0; i < 20; i++) text.insert(Math.floor(text.length / 2), String.fromCharCode(97 + i))
  text.delete(0, 3)
}
await until('the middle agrees', together)

for (const [i, { provider }] of people.entries()) provider.awareness.setLocalStateField('cursor', i)
await until('all see all cursors', () => people.every(({ provider }) =>
  [...provider.awareness.getStates().values()].filter(({ cursor }) => cursor !== undefined).length === people.length))
const seen = [...people[0].provider.awareness.getStates()]
  .filter(([client]) => client !== people[0].doc.clientID)
  .map(([, { cursor, user }]) => ({ cursor, user }))

const away = people[people.length - 1]
away.provider.disconnect()
await until('the cursor of who went is gone', () => people[0].provider.awareness.getStates().size === people.length - 1)
away.text.insert(0, 'Written on a train. ')
people[0].text.insert(0, 'Written at home. ')
away.provider.connect()
await until('all agree again', () => together() && people[0].text.toString().includes('train'))

console.log(JSON.stringify({ texts: people.map(({ text }) => text.toString()), seen }))
for (const { provider, doc } of people) {
  provider.destroy()
  doc.destroy()
}
