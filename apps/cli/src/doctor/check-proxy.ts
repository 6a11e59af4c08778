import { createServer } from 'node:net'
import type { Config } from '@stevedore/config'
import { systemCode } from '../system-error.ts'
import type { Check } from './check.ts'
import { dockerEnvironment, runProgram } from './run-program.ts'

/** The proxy of the engine that DOCKER_HOST names: whether its image is there, and its ports are free or its own. */
export async function checkProxy(config: Config): Promise<Check[]> {
  const image = await checkImage(config)
  // Ports of another machine cannot be tried from here.
  const isHere = config.dockerHost === undefined || config.dockerHost.startsWith('unix:')
  return isHere && !(await isRunning(config)) ? [image, ...(await checkPorts(config))] : [image]
}

async function checkImage(config: Config): Promise<Check> {
  const { proxyImage } = config
  const env = dockerEnvironment(config)
  const { exitCode } = await runProgram('docker', ['image', 'inspect', '--format', '{{.Id}}', '--', proxyImage], {
    env,
  })
  if (exitCode === 0) return { name: 'proxy image', state: 'good', found: `${proxyImage} is there` }
  const found = `${proxyImage} is not on the engine: the first deploy with a host fetches it`
  return { name: 'proxy image', state: 'missing', found, remedy: `docker pull ${proxyImage}` }
}

async function isRunning(config: Config): Promise<boolean> {
  const arguments_ = ['ps', '--filter', `name=^/${config.proxyName}$`, '--format', '{{.Names}}']
  const { stdout } = await runProgram('docker', arguments_, { env: dockerEnvironment(config) })
  return stdout.trim() !== ''
}

async function checkPorts({ proxyPorts }: Config): Promise<Check[]> {
  const { http, https, admin } = proxyPorts
  const taken = await Promise.all([
    ...[http, https].map((port) => isTaken(port, '0.0.0.0')),
    isTaken(admin, '127.0.0.1'),
  ])
  const ports = [http, https, admin].filter((_port, index) => taken[index])
  if (ports.length === 0) return [{ name: 'ports', state: 'good', found: `${http}, ${https} and ${admin} are free` }]
  const remedy = 'stop what listens there (ss -ltnp), or set STEVEDORE_PROXY_HTTP_PORT, _HTTPS_PORT or _ADMIN_PORT'
  const found = `something else than the proxy listens on ${ports.join(', ')}: apps with a host cannot be deployed here`
  return [{ name: 'ports', state: 'missing', found, remedy }]
}

/** A port that only others may open tells nothing. */
function isTaken(port: number, host: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once('error', (error) => resolve(systemCode(error) === 'EADDRINUSE'))
  server.listen(port, host, () => server.close(() => resolve(false)))
  return promise
}
