import { z } from 'zod'
import { commandFailures } from './command-failures.ts'
import {
  type Awaited,
  away,
  type FailureClass,
  type FailureKind,
  infrastructure,
  permanent,
  transient,
} from './failure-kind.ts'
import { scanFailures } from './scan-failures.ts'

/** Every way in which a job can fail; docs/errors.md lists each and a test keeps the two equal. */
export const failures = {
  // source
  'source-unreachable': away(
    'source',
    'The repository could not be reached',
    'Check the address and that the worker may reach it.',
  ),
  'source-denied': permanent(
    'The repository refused the credentials',
    'Store a working credential and name it in source.credential.',
  ),
  'ref-not-found': permanent('The repository has no such branch, tag or commit', 'Check source.ref or --ref.'),
  'ref-ambiguous': permanent(
    'A branch and a tag have this name',
    'Name the one that is meant in full: refs/heads/NAME or refs/tags/NAME.',
  ),
  'commit-not-in-ref': permanent(
    'The commit is not part of the repository',
    'Push the commit to a branch of the repository itself.',
  ),
  'address-not-allowed': permanent(
    'The address leads to a network that may not be contacted',
    'Ask the operator to list the host in ALLOWED_HOSTS.',
  ),
  'credential-rebind': permanent(
    'A stored credential is for another host',
    'Have an administrator store it anew for the host: stevedore secret set NAME --app APP --host HOST, with --host for each that it is for.',
  ),
  'repo-too-large': permanent(
    'The source is larger than the limit',
    'Make the repository smaller or ask the operator to raise the limit.',
  ),
  'bad-archive': permanent(
    'The uploaded archive is not safe to unpack',
    'Upload plain files and folders with relative paths.',
  ),
  'path-missing': permanent(
    'The source has no such path',
    'Check the path that the diagnosis names, and that it is committed.',
  ),
  'path-outside-source': permanent(
    'A path leads out of the source',
    'Name a path inside the source; no link may lead out of it.',
  ),
  'path-unreadable': permanent(
    'A file of the source cannot be read',
    'Make what the diagnosis names a plain file that anyone may read.',
  ),
  'files-too-large': permanent('Files of the source are too large', 'Keep each to 256 KiB, and all to 512 KiB.'),
  'dockerfile-missing': permanent('The source has no such Dockerfile', 'Check build.dockerfile and source.path.'),
  // build
  'build-failed': permanent(
    'A step of the Dockerfile failed',
    'Read the last lines of the log; run the same build locally.',
  ),
  'target-missing': permanent(
    'The Dockerfile has no such stage',
    'Check the target and the stage names (FROM … AS name).',
  ),
  'base-image-missing': permanent(
    'A base image was not found',
    'Check the FROM lines and the access to their registry.',
  ),
  'secret-missing': permanent(
    'A secret that the spec names is not stored',
    'Run: stevedore secret set NAME --app APP.',
  ),
  'secrets-need-buildkit': permanent(
    'Build secrets need BuildKit, which this engine or client lacks',
    'Give the worker a Docker client with BuildKit.',
  ),
  'base-not-granted': permanent(
    'The Dockerfile takes an image of another app',
    'Have a server-wide administrator run the command of the diagnosis.',
  ),
  'entitlement-denied': permanent(
    'The Dockerfile asks for privileges that builds do not get',
    'Remove --security=insecure, --network=host or the # syntax line (`docker/dockerfile` is taken, and what `DOCKERFILE_FRONTENDS` names).',
  ),
  'resource-exceeded': permanent(
    'The work took more memory, processes or output than it may',
    'Make it smaller or raise its limits.',
  ),
  'no-space': away(
    'engine',
    'The disk of the worker or engine is full',
    'Free space; `docker system df` shows what takes it.',
  ),
  'engine-unreachable': away(
    'engine',
    'The Docker engine does not answer',
    'Check that Docker runs on the worker and DOCKER_HOST is right.',
  ),
  'engine-slow': away(
    'engine',
    'Something small of Stevedore’s own took too long',
    'Look at the load of the host: the diagnosis names the command and where it ran.',
  ),
  'builder-failed': away(
    'engine',
    'The container that builds run in does not work',
    'Read the diagnosis and `docker logs` of the builder; STEVEDORE_BUILDER_IMAGE names its image, and STEVEDORE_BUILDER=engine builds without it.',
  ),
  ...scanFailures,
  // registry
  'registry-unreachable': away(
    'registry',
    'The registry does not answer',
    'Check the registry host and the network of the worker.',
  ),
  'registry-throttled': away(
    'registry',
    'The registry asks to slow down',
    'Nothing: it is tried again when the registry says.',
  ),
  'registry-denied': permanent(
    'The registry refused the credentials',
    'Sign the worker in, or store a credential and name it in image.credential.',
  ),
  'registry-refused': permanent(
    'The registry refused the image',
    'Read the detail; the name may not exist or the quota be used up.',
  ),
  'digest-mismatch': permanent(
    'The registry holds another image than the one recorded',
    'Find out who wrote to the tag; build and push again.',
  ),
  'image-missing': permanent(
    'The image is not in the registry or the engine',
    'Push it again, or deploy another version.',
  ),
  'image-not-on-engine': permanent(
    'The image was built without a registry and is not on this worker’s engine',
    'Give the app a registry (image.registry: any hosted one, or docker run -d -p 5000:5000 registry:3), then build with --push and deploy.',
  ),
  // deploy, both engines
  'image-pull-failed': away(
    'registry',
    'The image could not be pulled',
    'Check the registry, its credentials and the network of the host.',
  ),
  'container-start-failed': permanent(
    'The container could not be started',
    'Check the command, the user and the limits.',
  ),
  'user-unknown': permanent(
    'The image’s user is a name that may stand for root',
    'Set `user:` of the environment to the number that the image means.',
  ),
  'container-crashed': permanent(
    'The container exited',
    'Read its last lines in the diagnosis; run the image locally with the same settings.',
  ),
  'never-healthy': permanent(
    'A replica did not become healthy in time',
    'Check health.path, containerPort and what the last probe answered.',
  ),
  'volume-taken': permanent(
    'A volume of this name is there and is not this environment’s',
    'Give the volume another name in the spec, or move away what has its name.',
  ),
  'volume-fixed': permanent(
    'A volume cannot become what the spec asks for',
    'Ask for at least its size and for what it is shared as, or give the new one another name.',
  ),
  'volume-unbound': permanent(
    'No storage was given to a volume',
    'Read the claim’s events in the diagnosis: the cluster needs a StorageClass, or a PersistentVolume that fits.',
  ),
  'port-taken': permanent('The port is taken on the host', 'Choose another port, or stop what listens there.'),
  ...commandFailures,
  'analysis-failed': permanent(
    'The new revision did worse than its analysis allows',
    'Compare the figures in the diagnosis with the condition.',
  ),
  'analysis-inconclusive': permanent(
    'The analysis had no usable samples',
    'Check the query and that the revision gets traffic.',
  ),
  'proxy-failed': transient('The proxy did not take the new routes', 'Look at the proxy container’s log.'),
  'host-failed': permanent(
    'A host of the environment failed; the remaining hosts were left as they were',
    'Mend the host that the diagnosis names and deploy again.',
  ),
  aborted: permanent('The deploy was aborted; all traffic is on the stable revision', 'Nothing, if that was meant.'),
  'policy-violation': permanent('The settings are not allowed', 'Remove what the diagnosis names.'),
  'deploy-deadline': permanent(
    'The deploy did not finish in time',
    'Raise the environment’s timeout or look for what is slow.',
  ),
  'needs-attention': permanent(
    'Neither the new nor the old revision could be brought up',
    'Look at the diagnosis and act; then deploy or roll back.',
  ),
  restored: permanent(
    'What runs is newer than this ledger knows: it may be a restored copy',
    'Take what runs as it is: stevedore adopt APP ENV. Or let this job go over it: stevedore promote JOB. Or end it: stevedore cancel JOB.',
  ),
  'nothing-to-adopt': permanent(
    'Nothing of the app runs there that could be adopted',
    'Deploy a version instead: stevedore deploy APP ENV.',
  ),
  'nothing-runs': permanent(
    'Nothing runs there any more: it was taken down before this job had its turn',
    'Deploy a version: stevedore deploy APP ENV.',
  ),
  // Kubernetes
  'cluster-unreachable': away(
    'engine',
    'The Kubernetes API does not answer',
    'Check the context and the network of the worker.',
  ),
  'context-unknown': permanent(
    'The worker knows no such context',
    'Name one that the diagnosis lists, or add it to the kubeconfig of the worker.',
  ),
  'namespace-missing': permanent(
    'The namespace does not exist in the cluster',
    'Create it by `kubectl create namespace NAME`, or correct its name in the environment.',
  ),
  'forbidden-by-cluster': permanent(
    'The cluster does not allow this',
    'Grant the verb and resource that the diagnosis names.',
  ),
  'admission-denied': permanent(
    'An admission rule of the cluster refused an object',
    'Change what the diagnosis names.',
  ),
  unschedulable: permanent(
    'No node can take the pod',
    'Free or add what the diagnosis says is short, or lower the requests.',
  ),
  'quota-exceeded': permanent('The namespace’s quota is used up', 'Raise the quota or lower requests and replicas.'),
  'config-missing': permanent(
    'A ConfigMap, Secret or ServiceAccount that a pod needs does not exist',
    'Create it, or correct its name.',
  ),
  'manifests-invalid': permanent(
    'The manifests in the source are not ones that can be deployed',
    'Mend what the diagnosis names; `kubectl kustomize` and `kubectl apply --dry-run=client` show the same.',
  ),
  'kubectl-missing': infrastructure(
    'The worker has no kubectl, which a kustomization needs',
    'Install kubectl on the worker.',
  ),
  'init-failed': permanent('An init container failed', 'Read its last lines in the diagnosis.'),
  'field-conflict': permanent(
    'Another manager owns fields that this deploy would change',
    'Stop the other manager, or set force: true.',
  ),
  // the machinery
  'deadline-exceeded': permanent('A step did not end in time', 'Raise its timeout or look for what is slow.'),
  'worker-outdated': away(
    'worker',
    'The worker is of an older version than what asked for the job, and cannot read it',
    'Bring all workers to the version of the API: stevedore workers shows which are older.',
  ),
  'worker-lost': infrastructure(
    'The worker was lost too often while running this',
    'Look at the workers’ logs; the job may crash them.',
  ),
  'pipeline-refused': permanent(
    'The next job of the pipeline was refused',
    'Mend what the diagnosis names, and start that job by hand.',
  ),
  cancelled: permanent('Someone cancelled the job', 'Nothing, if that was meant.'),
  rejected: permanent('An approver rejected the deploy', 'Ask the approver; deploy again once they agree.'),
  internal: infrastructure('Stevedore failed', 'Give the correlation id to the operator.'),
} as const satisfies Record<string, FailureKind>

export type FailureCode = keyof typeof failures
export const failureCodes = Object.keys(failures) as [FailureCode, ...FailureCode[]]
/** A code that this version does not know, of a newer or a much older one, reads as `internal`. */
export const failureCode = z.enum(failureCodes).catch('internal')

export function classifyFailure(code: FailureCode): FailureClass {
  return failures[code].class
}

/** What a failed attempt found away; undefined for a failure of another kind. */
export function findAwaited(code: FailureCode): Awaited | undefined {
  const kind: FailureKind = failures[code]
  return kind.awaits
}
