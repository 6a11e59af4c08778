export type {
  Change,
  DeployEngine,
  Observation,
  Place,
  Release,
  Replica,
  TrafficSample,
} from './deploy-engine.ts'
export type {
  BuildReach,
  BuildSource,
  BuiltImage,
  ImageBuild,
  ImageEngine,
  ImagePush,
  PushedImage,
  RegistryCredential,
} from './image-engine.ts'
export { withDeadline, withinMs } from './kit/deadline.ts'
export { findInside, toUnreadable } from './kit/find-inside.ts'
export { labelKeys } from './kit/label-keys.ts'
export { pollUntil, sleep } from './kit/poll.ts'
export { retryCall } from './kit/retry.ts'
export { describeTraffic, toPercent } from './kit/traffic.ts'
export type { WorkContext } from './work-context.ts'
