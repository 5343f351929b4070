// The official dev network (@atproto/dev-env): a directory of DIDs and a PDS; with DB_POSTGRES_URL an AppView, too, which knows of notifications. It says
// {"url": …, "appview": true} in one line when it is up, and ends when its standard input does.
//
// It is made of the parts of dev-env and not of its TestNetwork, which needs Redis and a moderation service that nobody here asks for anything.
import net from 'node:net'

// All of it listens on this machine only: dev-env would open itself to whoever is on the same network.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (first, ...rest) {
  if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))) {
    if (typeof rest[0] === 'string') rest.shift()
    return listen.call(this, { port: Number(first), host: '127.0.0.1' }, ...rest)
  }
  if (first && typeof first === 'object' && 'port' in first) return listen.call(this, { ...first, host: '127.0.0.1' }, ...rest)
  return listen.call(this, first, ...rest)
}

const { TestPlc, TestPds, TestBsky, mockNetworkUtilities } = await import('@atproto/dev-env')

const freePort = () =>
  new Promise((done, failed) => {
    const s = net.createServer()
    s.once('error', failed)
    s.listen(0, () => {
      const { port } = s.address()
      s.close(() => done(port))
    })
  })

const database = process.env.DB_POSTGRES_URL
const plc = await TestPlc.create({})
const pdsPort = await freePort()
let bsky
if (database) {
  bsky = await TestBsky.create({
    port: await freePort(),
    plcUrl: plc.url,
    pdsPort,
    repoProvider: `ws://localhost:${pdsPort}`,
    dbPostgresUrl: database,
    dbPostgresSchema: 'appview',
  })
}
const pds = await TestPds.create({
  port: pdsPort,
  didPlcUrl: plc.url,
  ...(bsky && { bskyAppViewUrl: bsky.url, bskyAppViewDid: bsky.ctx.cfg.serverDid }),
})
mockNetworkUtilities(pds, bsky)
console.log(JSON.stringify({ url: pds.url.replace('localhost', '127.0.0.1'), appview: Boolean(bsky) }))

process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
