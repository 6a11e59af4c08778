export { openContext, openJob, type RecordedContext } from './conformance/context.ts'
export type {
  Answer,
  Behaviour,
  DeployHarness,
  HarnessOptions,
  TlsHarness,
  WantedRelease,
} from './conformance/deploy/harness.ts'
export { expectServed } from './conformance/deploy/harness.ts'
export { findFailed, type Load, startLoad } from './conformance/deploy/load.ts'
export { type ConformancePart, describeDeployEngine } from './conformance/deploy/suite.ts'
export type { BuildBehaviour, ImageHarness, SeenImage } from './conformance/images/harness.ts'
export { describeImageEngine } from './conformance/images/suite.ts'
