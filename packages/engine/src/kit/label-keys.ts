/**
 * Keys of the labels on images, containers and networks. A container also has those of its image, whoever started it. The objects
 * of a cluster carry keys of their own, since Kubernetes wants a domain before a slash.
 */
export const labelKeys = {
  app: 'io.stevedore.app',
  environment: 'io.stevedore.environment',
  revision: 'io.stevedore.revision',
  version: 'io.stevedore.version',
  target: 'io.stevedore.target',
  /** By this key everything that a job makes on an engine can be found. */
  job: 'io.stevedore.job',
  /** Sets the containers of installations apart that share an engine. */
  network: 'io.stevedore.network',
  /** Of what role `process` has: its name in the settings. */
  process: 'io.stevedore.process',
  /** Of what role `service` has: its name in the settings. */
  service: 'io.stevedore.service',
  /** Of what role `link` has: where it leads, `APP/ENVIRONMENT`. */
  link: 'io.stevedore.link',
  role: 'io.stevedore.role',
  /** The name that the settings give to a volume. */
  volume: 'io.stevedore.volume',
  /** What a container's files are, by their paths. */
  files: 'io.stevedore.files',
  settingsHash: 'io.stevedore.settings-hash',
  /** The worker's limit of memory that a container was made with, where its settings name none. */
  defaultMemory: 'io.stevedore.default-memory',
  port: 'io.stevedore.port',
  protocol: 'io.stevedore.protocol',
  furtherPorts: 'io.stevedore.further-ports',
  check: 'io.stevedore.check',
} as const
