export type { BuildReach } from './build-reach.ts'
export type {
  Certificate,
  CertificateRefusal,
  CertificateStore,
  Change,
  Command,
  CommandEnd,
  DeployEngine,
  FoundHost,
  FoundPlace,
  LinkEnd,
  LogOptions,
  Observation,
  Place,
  Release,
  Replica,
  ReplicaCommand,
  ServiceSight,
  Terminal,
  TerminalLine,
  TrafficSample,
} from './deploy-engine.ts'
export type {
  BuildSource,
  BuiltImage,
  ImageBuild,
  ImageConfig,
  ImageEngine,
  ImagePush,
  PushedImage,
  RegistryCredential,
} from './image-engine.ts'
export type { ImageScan, ScanOutput, ScanProgram } from './image-scan.ts'
export { withDeadline, withinMs } from './kit/deadline.ts'
export { execMark, terminalType, writeExecEnd } from './kit/exec-mark.ts'
export { markContent, nameFileKey } from './kit/file-marks.ts'
export { findInside, toUnreadable } from './kit/find-inside.ts'
export {
  buildHealthRequest,
  busyStatus,
  isHealthyStatus,
  nameInChecks,
  readHealthAnswer,
} from './kit/health-request.ts'
export { labelKeys } from './kit/label-keys.ts'
export {
  byTime,
  createProbeFilter,
  type LogLine,
  orderArrivals,
  splitStamp,
} from './kit/log-lines.ts'
export { openProcess } from './kit/open-process.ts'
export { openService } from './kit/open-service.ts'
export { pollUntil, sleep } from './kit/poll.ts'
export { requireKnownUser } from './kit/require-known-user.ts'
export { retryCall } from './kit/retry.ts'
export { scanPaths } from './kit/scan-paths.ts'
export { createLineSplitter, type LineSplitter, readLines } from './kit/split-lines.ts'
export { suggestSettings } from './kit/suggest-settings.ts'
export { describeTraffic, toPercent } from './kit/traffic.ts'
export { nameUnscanned, unscannedRepository } from './kit/unscanned.ts'
export type { Site } from './site.ts'
export type { WorkContext } from './work-context.ts'
