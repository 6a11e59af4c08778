import type { AppSpecInput } from '@stevedore/contract'

const ports = new Map<string, number>()

/** Of each app its own: two cannot be deployed to the same. */
function portOf(app: string): number {
  const port = ports.get(app) ?? 8_081 + ports.size
  ports.set(app, port)
  return port
}

/** A spec as a person would write it, of an app that could be built and deployed. */
export function sampleSpec(app = 'shop'): AppSpecInput {
  return {
    app,
    source: { git: `https://git.example.com/acme/${app}.git` },
    build: { targets: ['development', 'production', 'testing'], default: 'production' },
    image: { registry: 'registry.example.com', name: `acme/${app}` },
    environments: {
      staging: { engine: 'docker', port: portOf(app), replicas: 2, health: { path: '/health' } },
      production: { engine: 'docker', host: `${app}.example.com`, approval: 'required' },
    },
  }
}
