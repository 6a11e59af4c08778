export {
  type Answer,
  type Behaviour,
  type DeployHarness,
  type HarnessOptions,
  openContext,
} from './conformance/deploy/harness.ts'
export { findFailed, type Load, startLoad } from './conformance/deploy/load.ts'
export { describeDeployEngine } from './conformance/deploy/suite.ts'
