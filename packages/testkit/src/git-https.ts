import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listenLocally, stopServer } from './free-port.ts'

export interface GitHttpsServer {
  /** `https://localhost:PORT`; a repository's folder name follows. */
  url: string
  port: number
  /** The certificate that signs the server's. */
  caFile: string
  /** `METHOD path` of each request so far. */
  requests: string[]
  stop(): Promise<void>
}

interface GitHttpsOptions {
  /** The folder of the repositories. */
  root: string
  /** Asked for as the password when given. */
  token?: string
  /** Answers a request instead of git: true when it has. */
  intercept?(request: IncomingMessage, response: ServerResponse): boolean
}

/** Serves repositories as a forge does: git's own smart HTTP behind TLS, with a certificate made for the occasion. */
export async function serveGitHttps({ root, token, intercept }: GitHttpsOptions): Promise<GitHttpsServer> {
  const dir = mkdtempSync(join(tmpdir(), 'stevedore-tls-'))
  const [keyFile, caFile] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  makeCertificate(keyFile, caFile)
  const requests: string[] = []
  const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(caFile) }, (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (intercept?.(request, response)) return
    if (token !== undefined && !hasToken(request, token)) refuse(response)
    else answerGit(root, request, response)
  })
  const port = await listenLocally(server)
  const stop = async () => {
    await stopServer(server)
    rmSync(dir, { recursive: true, force: true })
  }
  return { url: `https://localhost:${port}`, port, caFile, requests, stop }
}

function makeCertificate(keyFile: string, certFile: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,DNS:git.test,IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', ...key, '-days', '2', ...names, '-out', certFile], { stdio: 'pipe' })
}

function hasToken(request: IncomingMessage, token: string): boolean {
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ')
  return scheme === 'Basic' && Buffer.from(encoded, 'base64').toString().split(':')[1] === token
}

function refuse(response: ServerResponse): void {
  response.writeHead(401, { 'www-authenticate': 'Basic realm="fixture"' }).end()
}

/**
 * Answers a request by git itself, which is CGI: the request as variables and standard input, the answer as headers, an empty line and a
 * body.
 */
export function answerGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const backend = spawn('git', ['http-backend'], {
    env: cgiVariables(root, request),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  // git may end before it has read a request that it refuses; its answer says so.
  request.pipe(backend.stdin).on('error', () => undefined)
  let head = Buffer.alloc(0)
  backend.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) return void response.write(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end >= 0) writeHead(response, head.subarray(0, end).toString(), head.subarray(end + 4))
  })
  backend.on('close', () => response.end())
}

function cgiVariables(root: string, request: IncomingMessage): Record<string, string> {
  const [path = '', query = ''] = (request.url ?? '').split('?')
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    PATH_INFO: decodeURIComponent(path),
    QUERY_STRING: query,
    REQUEST_METHOD: request.method ?? 'GET',
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
  }
}

function writeHead(response: ServerResponse, head: string, body: Buffer): void {
  const headers = head.split('\r\n').map((line) => line.split(/: (.*)/s))
  const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200'
  for (const [name = '', value = ''] of headers) if (name !== 'Status') response.setHeader(name, value)
  response.writeHead(Number.parseInt(status, 10)).write(body)
}
