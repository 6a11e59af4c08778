import type { EnvironmentSpec } from '@stevedore/contract'
import type { DeployEngine, ImageEngine } from '@stevedore/engine'

/** The vendors behind the ports; chosen once, when the worker starts. */
export interface Engines {
  images: ImageEngine
  deploy: Record<EnvironmentSpec['engine'], DeployEngine>
}
