export type {
  Change,
  DeployEngine,
  EngineTraits,
  Observation,
  Place,
  Release,
  Replica,
  TrafficSample,
} from './deploy-engine.ts'

export type { BuiltImage, ImageBuild, ImageEngine, ImagePush, PushedImage, RegistryCredential } from './image-engine.ts'
export { findInside } from './kit/find-inside.ts'
export type { WorkContext } from './work-context.ts'
