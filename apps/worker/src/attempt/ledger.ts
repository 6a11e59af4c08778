import { readFacts } from '@stevedore/admission'
import type { JobMessage } from '@stevedore/contract'
import {
  activateRevision,
  activateService,
  adoptRevision,
  type By,
  beginAnew,
  beginStep,
  checkFence,
  clearControl,
  countUnseen,
  createRevision,
  createService,
  endStep,
  endTerminal,
  failRevision,
  failService,
  findChangedSecrets,
  findCredential,
  findDeployed,
  getEnvironment,
  getJob,
  getRevision,
  getService,
  getSpecVersion,
  type Ledger,
  listEarlierPushes,
  listForeignRepositories,
  listGivenSecrets,
  listImages,
  listServices,
  listSteps,
  listVouchedHosts,
  openCertificates,
  openSecrets,
  openSecretValues,
  openUpload,
  pinSecrets,
  readClock,
  readSecrets,
  recordImage,
  recordObservation,
  recordPush,
  recordRefusal,
  recordRemoval,
  StaleFenceError,
  scaleRevision,
  showTerminal,
  takePlaceBefore,
  takeTerminal,
} from '@stevedore/ledger'
import type { PassPoint } from '../worker.ts'
import { patiently } from './patience.ts'
import { Stop } from './stop.ts'

/** What the facade fills in. */
type Given = keyof JobMessage | 'by'

/**
 * The ledger as one attempt uses it. Every call waits while the ledger is away, until the lease ends it, and every call that writes
 * carries the attempt's fence and who writes. Handlers know no other ledger, so none of their calls can forget either.
 */
export function openAttemptLedger(attempt: {
  ledger: Ledger
  message: JobMessage
  by: By
  signal: AbortSignal
  pass: PassPoint
}) {
  const { ledger, message, by, signal, pass } = attempt

  const read =
    <A extends unknown[], T>(call: (ledger: Ledger, ...rest: A) => Promise<T>) =>
    (...rest: A): Promise<T> =>
      patiently(signal, () => call(ledger, ...rest))

  const write =
    <O extends JobMessage & { by?: By }, T>(call: (ledger: Ledger, options: O) => Promise<T>) =>
    async (options: Omit<O, Given>): Promise<T> => {
      await pass(`before ${call.name}`, message)
      const written = await patiently(signal, () => call(ledger, { ...options, ...message, by } as O)).catch(stopIfLost)
      await pass(`after ${call.name}`, message)
      return written
    }

  return {
    /** What admission judges an app's requests by. */
    readFacts: (app: string) => readFacts(ledger, app, (call) => patiently(signal, call)),
    getSpecVersion: read(getSpecVersion),
    listSteps: read(listSteps),
    listImages: read(listImages),
    listForeignRepositories: read(listForeignRepositories),
    getJob: read(getJob),
    getRevision: read(getRevision),
    findDeployed: read(findDeployed),
    listServices: read(listServices),
    getService: read(getService),
    findChangedSecrets: read(findChangedSecrets),
    getEnvironment: read(getEnvironment),
    readSecrets: read(readSecrets),
    listEarlierPushes: read(listEarlierPushes),
    listGivenSecrets: read(listGivenSecrets),
    findCredential: read(findCredential),
    openSecrets: read(openSecrets),
    openSecretValues: read(openSecretValues),
    listVouchedHosts: read(listVouchedHosts),
    openCertificates: read(openCertificates),
    openUpload: read(openUpload),
    readClock: read(readClock),
    recordObservation: read(recordObservation),
    recordRefusal: read(recordRefusal),
    ...{ takeTerminal: read(takeTerminal), showTerminal: read(showTerminal) },
    ...{ countUnseen: read(countUnseen), endTerminal: read(endTerminal) },
    checkFence: write(checkFence),
    ...{ beginStep: write(beginStep), endStep: write(endStep) },
    clearControl: write(clearControl),
    recordImage: write(recordImage),
    recordPush: write(recordPush),
    createRevision: write(createRevision),
    pinSecrets: write(pinSecrets),
    activateRevision: write(activateRevision),
    adoptRevision: write(adoptRevision),
    scaleRevision: write(scaleRevision),
    beginAnew: write(beginAnew),
    failRevision: write(failRevision),
    createService: write(createService),
    activateService: write(activateService),
    failService: write(failService),
    recordRemoval: write(recordRemoval),
    takePlaceBefore: write(takePlaceBefore),
  }
}

/** A refused write is no failure of the work: the lease has run out, and the worker only learns it here where it was stopped meanwhile. */
function stopIfLost(error: unknown): never {
  throw error instanceof StaleFenceError ? new Stop('lease-lost') : error
}

export type AttemptLedger = ReturnType<typeof openAttemptLedger>
