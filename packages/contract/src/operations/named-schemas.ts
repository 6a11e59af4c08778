import { appSpec, appsSpec } from '../app-spec/app-spec.ts'
import { environmentSpec } from '../app-spec/environment.ts'
import { strategy } from '../app-spec/strategy.ts'
import { strategyTypes } from '../app-spec/strategy-types.ts'
import { buildReport } from '../jobs/build-report.ts'
import { jobEvent } from '../jobs/events.ts'
import { execRequest, jobRequest, runRequest } from '../jobs/request.ts'
import { jobResult } from '../jobs/results.ts'
import { change, replica, sample } from '../jobs/rollout.ts'
import { scanReport } from '../jobs/scan-report.ts'
import { callerView, secretView, tokenView } from './access.ts'
import { appView, declaredApp, specComparison, specVersionView } from './apps.ts'
import { auditEntryView, auditGuard, auditVerification, checkpointsView, jsonValue } from './audit.ts'
import { certificateView } from './certificates.ts'
import { checkView } from './checks.ts'
import { environmentView, observation, revisionComparison, revisionView, settingChange } from './environments.ts'
import { grantView } from './grants.ts'
import { imageView } from './images.ts'
import { failureView, feedEvent, jobDetailView, jobView, stepView } from './jobs.ts'
import { emptyBody } from './operation.ts'
import { readyView } from './probes.ts'
import { deliveryView, recordedDelivery } from './webhooks.ts'
import { workerView } from './workers.ts'

/** What the documentation calls the schemas of requests, wherever they stand: as one writes them, with what may be left out. */
export const requestSchemas = {
  AppSpecInput: appSpec,
  AppsSpecInput: appsSpec,
  EnvironmentSpecInput: environmentSpec,
  StrategyInput: strategy,
  JobRequest: jobRequest,
  RunRequest: runRequest,
  ExecRequest: execRequest,
  EmptyBody: emptyBody,
} as const

/** Schemas in whose place a request may have one of these names alone. */
export const shorthands: ReadonlyMap<unknown, readonly string[]> = new Map([[strategy, strategyTypes]])

/** The same of answers: with all defaults filled in. */
export const answerSchemas = {
  App: appView,
  DeclaredApp: declaredApp,
  AppSpec: appSpec,
  SpecVersion: specVersionView,
  SpecComparison: specComparison,
  EnvironmentSpec: environmentSpec,
  Strategy: strategy,
  Job: jobView,
  JobDetail: jobDetailView,
  RecordedRequest: jobView.shape.request,
  JobResult: jobResult,
  BuildReport: buildReport,
  ScanReport: scanReport,
  Failure: failureView,
  Step: stepView,
  JobEvent: jobEvent,
  FeedEvent: feedEvent,
  Environment: environmentView,
  Observation: observation,
  Replica: replica,
  Sample: sample,
  Change: change,
  Revision: revisionView,
  RevisionComparison: revisionComparison,
  SettingChange: settingChange,
  RevisionSettings: revisionView.shape.settings,
  Image: imageView,
  AuditEntry: auditEntryView,
  AuditVerification: auditVerification,
  AuditGuard: auditGuard,
  Checkpoints: checkpointsView,
  Json: jsonValue,
  Secret: secretView,
  Certificate: certificateView,
  Grant: grantView,
  Token: tokenView,
  Caller: callerView,
  Delivery: deliveryView,
  RecordedDelivery: recordedDelivery,
  Worker: workerView,
  Check: checkView,
  Readiness: readyView,
} as const
