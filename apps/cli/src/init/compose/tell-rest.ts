import { type Draft, leaveOut } from '../draft.ts'
import { fieldOf, fieldsOf, listOf } from '../values.ts'
import type { Service } from './read-project.ts'

/** What has been taken, what holds here anyway, and what is of compose's own work. */
const silent = new Set(
  [
    'build image command entrypoint environment env_file ports expose healthcheck volumes user init read_only tmpfs cap_add',
    'deploy scale cpus mem_limit mem_reservation stop_grace_period configs secrets profiles',
    'restart cap_drop container_name pull_policy attach stdin_open tty develop',
  ].flatMap((line) => line.split(' ')),
)

const power = 'is not given to apps: it reaches beyond their container'
const limits =
  'of limits there are `resources`, processors and memory; the number of processes is the worker’s APP_PROCESSES'
const limiting =
  'blkio_config cpu_count cpu_percent cpu_shares cpu_quota cpu_period cpu_rt_period cpu_rt_runtime cpuset mem_swappiness memswap_limit oom_kill_disable oom_score_adj pids_limit storage_opt'
const reasons: Record<string, string> = {
  ...Object.fromEntries(limiting.split(' ').map((key) => [key, limits])),
  privileged: power,
  devices: power,
  device_cgroup_rules: power,
  network_mode: power,
  pid: power,
  ipc: power,
  uts: power,
  userns_mode: power,
  cgroup: power,
  cgroup_parent: power,
  sysctls: power,
  security_opt: 'apps run without new privileges, under the usual profile; nothing else is given',
  volumes_from: 'volumes belong to one app',
  depends_on: 'no app waits for another one to start: what needs something has to try until it answers',
  networks: 'each environment has a way in and a network of its own for its companions, and no others',
  links: 'there are no links between apps yet: put the address under `env`',
  external_links: 'there are no links between apps yet: put the address under `env`',
  labels: 'labels of a container are Stevedore’s; what a proxy read from them is `host` here',
  extra_hosts: 'names are looked up in DNS alone',
  dns: 'names are looked up as the engine is set',
  dns_opt: 'names are looked up as the engine is set',
  domainname: 'a container’s name is the engine’s',
  mac_address: 'a container’s addresses are the engine’s',
  isolation: 'is that of the engine',
  credential_spec: power,
  dns_search: 'names are looked up as the engine is set',
  hostname: 'a container’s name is the engine’s',
  logging: 'output is read from the engine: `stevedore logs`',
  working_dir: 'the WORKDIR of the image holds',
  stop_signal: 'the STOPSIGNAL of the image holds, else SIGTERM',
  shm_size: 'put `/dev/shm` under `writablePaths`',
  ulimits: 'are those of the engine',
  platform: 'is that of the worker that builds',
  group_add: 'a user is its own group',
  gpus: 'are not given to apps on Docker',
  runtime: 'is that of the engine',
}

/** Tells what of a service nothing in a spec stands for. @param beside its companions: a deploy waits for those, and they are found by name */
export function tellRest(draft: Draft, { fields }: Service, beside: ReadonlySet<string> = new Set()): void {
  for (const [key, value] of Object.entries(fields).slice(0, 200)) {
    if (silent.has(key) || key.startsWith('x-') || isEmpty(value)) continue
    if ((key === 'depends_on' || key === 'links') && namesOnly(value, beside)) continue
    leaveOut(draft, key, Object.hasOwn(reasons, key) ? (reasons[key] ?? '') : 'nothing in a spec stands for it')
  }
  const deploy = fieldsOf(fieldOf(fields, 'deploy'))
  const known = new Set(['replicas', 'resources', 'restart_policy', 'mode'])
  for (const key of Object.keys(deploy).slice(0, 50))
    if (!known.has(key)) leaveOut(draft, `deploy.${key}`, 'see `strategy` in the guide to the spec')
}

function namesOnly(value: unknown, beside: ReadonlySet<string>): boolean {
  const names = Array.isArray(value) ? value : Object.keys(fieldsOf(value))
  return names.every((name) => beside.has(String(name)))
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === 'false' || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0 && listOf(value).length === 0
}
