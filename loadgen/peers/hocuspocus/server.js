// Hocuspocus with its SQLite extension as its users run it, for loadgen's
// suites. PORT is the port, DB the file that documents go to.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { SQLite } from '@hocuspocus/extension-sqlite'
import { Server } from '@hocuspocus/server'

const { PORT, DB } = process.env
mkdirSync(dirname(DB), { recursive: true })
const server = new Server({ port: Number(PORT), address: '127.0.0.1', quiet: true, extensions: [new SQLite({ database: DB })] })
await server.listen()
