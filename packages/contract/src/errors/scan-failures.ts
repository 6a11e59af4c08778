import { infrastructure, permanent } from './failure-kind.ts'

/** Between the build of an image and its push. */
export const scanFailures = {
  'vulnerabilities-found': permanent(
    'The image has vulnerabilities that the spec does not allow',
    'Update what the diagnosis names and build again; what has to wait can stand in scan.ignore, with an `until`.',
  ),
  'scan-unavailable': infrastructure(
    'The image could not be scanned',
    'Check scan.image and that the worker’s engine may reach its registry and that of the vulnerability database.',
  ),
} as const
