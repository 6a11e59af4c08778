export {
  type Answer,
  type Behaviour,
  type DeployHarness,
  type HarnessWish,
  openContext,
} from './conformance/harness.ts'
export { findFailed, type Load, startLoad } from './conformance/load.ts'
export { describeDeployEngine } from './conformance/suite.ts'
