export {
  type AppLimits,
  chooseAppLimits,
  chooseMemoryLimit,
  defaultAppLimits,
  describeMemoryLimit,
  describeProcessLimit,
} from './app-spec/app-limits.ts'
export {
  type AppSpec,
  type AppSpecInput,
  type AppsSpecInput,
  appSpec,
  appsSpec,
  imageNameOf,
  lastStage,
  listDefaultTargets,
  listTargets,
  usualTarget,
} from './app-spec/app-spec.ts'
export { listClaims } from './app-spec/claims.ts'
export { usualCommandTimeout } from './app-spec/command.ts'
export {
  imageOfService,
  listServiceSecrets,
  listServices,
  type RecordedService,
  recordedService,
  type ServiceSpec,
  versionOfService,
} from './app-spec/companions.ts'
export { type Contact, listContacts, locateRegistry } from './app-spec/contacts.ts'
export { type PortProtocol, servicePortOf } from './app-spec/entrance.ts'
export {
  type DockerEnvironment,
  type EnvironmentSpec,
  environmentSpec,
  type Health,
  type KubernetesEnvironment,
  type Resources,
  steadyIntervalMs,
} from './app-spec/environment.ts'
export {
  type FileSetting,
  listFiles,
  listSourceFiles,
  maxFileBytes,
  maxFilesBytes,
  type PlacedFile,
  withoutContents,
} from './app-spec/files.ts'
export { type Linked, linkPort, listCallers, listLinks, nameLinked, nameLinkedBy } from './app-spec/links.ts'
export { collectNamesAndPorts, type Entrance, listEntrances } from './app-spec/list-entrances.ts'
export type { NetworkPolicySettings } from './app-spec/network-policy.ts'
export { settingsOfProcess } from './app-spec/process-settings.ts'
export { listProcesses } from './app-spec/processes.ts'
export { everyApp, type GrantAccess, type GrantCause, type ResourceKind } from './app-spec/resource-kinds.ts'
export {
  coversResource,
  describeResource,
  listEnvironmentResources,
  listImageRepository,
  listRepository,
  listResources,
  type NamedResource,
  nameGrantCommand,
  type Resource,
} from './app-spec/resources.ts'
export {
  type Account,
  chooseAccount,
  chooseHealth,
  type FromImage,
  findUnknownUser,
  stopMs,
} from './app-spec/run-as.ts'
export { applyScale, countReplicas, findCount, type Scale, scale } from './app-spec/scale.ts'
export type { ScanSpec } from './app-spec/scan.ts'
export { type Schedule, type ScheduleOutcome, schedule } from './app-spec/schedules.ts'
export { settingsOfService } from './app-spec/service-settings.ts'
export {
  type Analysis,
  type BlueGreenStrategy,
  type CanaryStep,
  type CanaryStrategy,
  defaultStrategy,
  type RollingStrategy,
  type Strategy,
  strategy,
} from './app-spec/strategy.ts'
export { type StrategyType, strategyTypes } from './app-spec/strategy-types.ts'
export { parseTriggerAction, type Trigger, type TriggerAction } from './app-spec/trigger.ts'
export {
  findStrategyFault,
  findUnshared,
  findVolumeLosses,
  listVolumes,
  type Volume,
} from './app-spec/volumes.ts'
export { type AuditAction, type AuditDetail, auditActions } from './audit.ts'
export { FailureError } from './errors/failure-error.ts'
export type { Awaited } from './errors/failure-kind.ts'
export { failureRunbookSections, findFailureRunbook } from './errors/failure-runbooks.ts'
export {
  classifyFailure,
  type FailureCode,
  failureCodes,
  failures,
  findAwaited,
} from './errors/failures.ts'
export { listFaults, notFound, refuseFaults } from './errors/faults.ts'
export { type JobFailure, jobFailure } from './errors/job-failure.ts'
export {
  type Fault,
  type Problem,
  type ProblemCode,
  ProblemError,
  problems,
  problemTypeBase,
} from './errors/problems.ts'
export { type BuildReport, buildReport, imageTags } from './jobs/build-report.ts'
export {
  type EventData,
  type EventType,
  eventTypes,
  type JobEvent,
  jobEvent,
  type NewEvent,
} from './jobs/events.ts'
export {
  type ControlVerb,
  controlVerbs,
  finalStates,
  isFinal,
  isForRetry,
  type JobKind,
  type JobMessage,
  type JobState,
  type JobVerb,
  jobKinds,
  jobStates,
  type QueueReason,
  type StepState,
  type WaitReason,
  waitReasons,
} from './jobs/job.ts'
export { type JobControl, jobControl } from './jobs/job-control.ts'
export {
  type ChangedFiles,
  type DeliveredEvent,
  deliveredEvent,
  nameRef,
  type RepositoryEvent,
} from './jobs/repository-event.ts'
export {
  type DeployRequest,
  type JobRequest,
  type PushRequest,
  type RecordedRequest,
  type RequestByKind,
  type RollbackRequest,
  recordedRequest,
} from './jobs/request.ts'
export {
  type EnvironmentByKind,
  type FollowUp,
  followUp,
  type ResolvedBuild,
  type ResolvedByKind,
  type ResolvedDeploy,
  type ResolvedExec,
  type ResolvedJob,
  type ResolvedPush,
  type ResolvedRollback,
  resolvedJob,
} from './jobs/resolved.ts'
export {
  type JobResult,
  jobResult,
  type ResultByKind,
  type SampleResult,
  stepResults,
} from './jobs/results.ts'
export type {
  Change,
  RolloutAction,
  RolloutInput,
  RolloutPlan,
  RolloutTraits,
  Sample,
  TrafficWeights,
  Verdict,
} from './jobs/rollout.ts'
export { mostFindings, type ScanFinding, type ScanReport, scanReport } from './jobs/scan-report.ts'
export { describeCounts, type Severity, severities } from './jobs/severities.ts'
export type { CallerView, SecretScope, SecretView, TokenView } from './operations/access.ts'
export type { AppView, DeclaredApp, ListedApp, SpecComparison, SpecVersionView } from './operations/apps.ts'
export type { AuditEntry, AuditVerification, CheckpointsView } from './operations/audit.ts'
export type { CertificateView } from './operations/certificates.ts'
export type { CheckView } from './operations/checks.ts'
export type { RevisionComparison, SettingChange } from './operations/environments.ts'
export {
  type EnvironmentView,
  type ObservationView,
  observation,
  type ReplicaCount,
  type RevisionState,
  type RevisionView,
  type ScheduleView,
  type ServiceView,
  type UnknownPlaceView,
} from './operations/environments.ts'
export type { GrantView } from './operations/grants.ts'
export type { ImageView } from './operations/images.ts'
export type { FailureView, JobDetailView, JobView, StepView } from './operations/jobs.ts'
export { answerSchemas, requestSchemas, shorthands } from './operations/named-schemas.ts'
export type {
  Access,
  AnswerOf,
  AnswerShape,
  EventOf,
  EventStreamShape,
  InputOf,
  Operation,
  Reach,
  SignatureScheme,
} from './operations/operation.ts'
export { type OperationName, type Operations, operations, type StreamName } from './operations/operations.ts'
export type { ReadyView } from './operations/probes.ts'
export type { Page } from './operations/query.ts'
export {
  type DeliveryView,
  isWebhookSecretName,
  type RecordedDelivery,
  type WebhookProvider,
  webhookSecretName,
  webhookSecretNameOf,
} from './operations/webhooks.ts'
export type { WorkerView } from './operations/workers.ts'
export { grants, listRights, type Right, type Role, roles } from './roles.ts'
export { readStored, shapeOf, UnreadableDocumentError } from './stored.ts'
export { type OutgoingCall, outgoingCalls, traceCall } from './trace-call.ts'
export { type ClusterNeed, clusterRights } from './values/cluster-rights.ts'
export {
  type CredentialUse,
  gitToHost,
  listCredentialUses,
  registryToHost,
} from './values/credential-host.ts'
export { durationMs } from './values/duration-ms.ts'
export { isOwnRef, isRefName } from './values/git-ref.ts'
export {
  classifyAddress,
  type GitUrl,
  isAddressAllowed,
  isContactAllowed,
  isHostAllowed,
  metadataNetworks,
  normalizeHost,
  parseGitUrl,
} from './values/git-url.ts'
export { maskAddresses, quoteForeign } from './values/mask-addresses.ts'
export {
  appName,
  imageDigest,
  isImageId,
  looksSecret,
  registryOfImage,
  version,
} from './values/names.ts'
export { suggest } from './values/nearest.ts'
export { isWithinNetwork, type Network, parseNetwork } from './values/network.ts'
export { cpuCores, cpuQuantity, memoryBytes, memoryQuantity } from './values/quantity.ts'
export { nameRepository } from './values/repository.ts'
export { cutStart, cutText, findDeceptiveText, inOrder } from './values/text.ts'
