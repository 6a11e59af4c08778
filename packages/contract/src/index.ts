export {
  type AppSpec,
  type AppSpecInput,
  appSpec,
  defaultTarget,
  lastStage,
  listTargets,
} from './app-spec/app-spec.ts'
export {
  type DockerEnvironment,
  type EnvironmentSpec,
  environmentSpec,
  type Health,
  type KubernetesEnvironment,
  type Resources,
} from './app-spec/environment.ts'
export {
  type Analysis,
  type BlueGreenStrategy,
  type CanaryStep,
  type CanaryStrategy,
  defaultStrategy,
  type RollingStrategy,
  type Strategy,
  type StrategyType,
  strategy,
  strategyTypes,
} from './app-spec/strategy.ts'
export { parseTriggerAction, type Trigger, type TriggerAction } from './app-spec/trigger.ts'
export { type AuditAction, type AuditEntry, type AuditVerification, auditActions } from './audit.ts'
export { type BuildReport, buildReport, imageTags } from './build-report.ts'
export { durationMs } from './duration.ts'
export { type EventType, eventTypes, type JobEvent } from './events.ts'
export { FailureError } from './failure-error.ts'
export { classifyFailure, type FailureClass, type FailureCode, failures, type JobFailure } from './failures.ts'
export { listFaults, problemOfFaults } from './faults.ts'
export {
  type AddressReach,
  classifyAddress,
  type GitUrl,
  gitUrl,
  isHostAllowed,
  isMetricsHostAllowed,
  parseGitUrl,
} from './git-url.ts'
export {
  finalStates,
  isFinal,
  type JobControl,
  type JobKind,
  type JobMessage,
  type JobState,
  type JobVerb,
  jobKinds,
  jobStates,
  jobVerbs,
  type StepState,
  stepStates,
  type WaitReason,
  waitReasons,
} from './job.ts'
export type {
  BuildPayload,
  DeployPayload,
  FollowUp,
  JobPayload,
  PushPayload,
  RemovePayload,
  RollbackPayload,
} from './job-payload.ts'
export {
  type BuildRequest,
  type DeployRequest,
  type JobRequest,
  jobRequest,
  type PushRequest,
  type RollbackRequest,
} from './job-request.ts'
export { maskAddresses } from './mask-addresses.ts'
export {
  appName,
  environmentName,
  gitRef,
  imageDigest,
  looksSecret,
  pinnedImage,
  registryHost,
  relativePath,
  secretName,
  targetName,
  version,
} from './names.ts'
export { type Fault, type Problem, type ProblemCode, ProblemError, problems, problemTypeBase } from './problems.ts'
export { cpuCores, memoryBytes } from './quantity.ts'
export { grants, type Right, type Role, rights, roles } from './roles.ts'
export { findDeceptiveText } from './text.ts'
export {
  type AppView,
  appView,
  type EnvironmentView,
  environmentView,
  type FailureView,
  failureView,
  type ImageView,
  imageView,
  type JobDetailView,
  type JobView,
  jobDetailView,
  jobView,
  type ReplicaView,
  type RevisionView,
  replicaView,
  revisionStates,
  revisionView,
  type SecretView,
  type StepView,
  secretView,
  stepView,
  type TokenView,
  tokenView,
} from './views.ts'
