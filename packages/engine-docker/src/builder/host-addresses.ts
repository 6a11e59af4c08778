import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'

/** The IPv4 addresses of the engine's machine, beside loopback: what listens on them is not for builds, whatever network they are of. */
export async function readHostAddresses(docker: Docker, image: string): Promise<string[]> {
  return callEngine(async () => {
    const container = await docker.createContainer({
      Image: image,
      Entrypoint: ['ip'],
      Cmd: ['-o', '-4', 'address', 'show'],
      HostConfig: { NetworkMode: 'host', CapDrop: ['ALL'], ReadonlyRootfs: true },
    })
    try {
      await container.start()
      await container.wait()
      const output = await container.logs({ stdout: true, stderr: false })
      const addresses = [...output.toString('latin1').matchAll(/ inet (\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})\//g)]
      return [...new Set(addresses.map(([, address = '']) => address))].filter((address) => !address.startsWith('127.'))
    } finally {
      await container.remove({ force: true })
    }
  }, 'builder-failed')
}
