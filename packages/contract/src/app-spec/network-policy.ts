import { z } from 'zod'
import { metadataNetworks } from '../values/git-url.ts'
import { appName, kubernetesName, refusal } from '../values/names.ts'
import { isWithinNetwork, network, parseNetwork } from '../values/network.ts'
import { despiteFaults } from './despite-faults.ts'

const peer = {
  /** The pods of an app of Stevedore's, its migrations and checks included. */
  app: appName.optional(),
  /** Where that app is, or all pods of it; absent: the environment's own. */
  namespace: kubernetesName.optional(),
  cidr: network.optional(),
  /** Within `cidr`, and left out of it. */
  except: z.array(network).min(1).max(50).optional(),
}
interface Peer {
  app?: string | undefined
  namespace?: string | undefined
  cidr?: string | undefined
  except?: string[] | undefined
}

function isOneThing({ app, namespace, cidr }: Peer): boolean {
  return cidr === undefined
    ? app !== undefined || namespace !== undefined
    : app === undefined && namespace === undefined
}
const severalThings = { error: 'give cidr, or app, namespace or both', ...despiteFaults }

function holdsExceptions({ cidr, except = [] }: Peer): boolean {
  const whole = parseNetwork(cidr)
  return except.every((one) => {
    const left = parseNetwork(one)
    return whole && left && isWithinNetwork(left, whole) && left.prefix > whole.prefix
  })
}
const strayException = { error: 'has to lie within cidr, and leave something of it', path: ['except'] }

/** Machines get their credentials there. */
function leavesMetadata({ cidr }: Peer): boolean {
  const asked = parseNetwork(cidr)
  return !(asked && metadataNetworks.some((one) => isWithinNetwork(asked, parseNetwork(one) ?? asked)))
}
const metadataAsked = {
  ...refusal('policy-violation', 'is of the networks that clouds serve their metadata on'),
  path: ['cidr'],
}

const caller = z.strictObject(peer).refine(isOneThing, severalThings).refine(holdsExceptions, strayException)

const callee = z
  .strictObject({
    ...peer,
    /** Of TCP; absent: all, and of other protocols too. */
    ports: z.array(z.int().min(1).max(65_535)).min(1).max(50).optional(),
  })
  .refine(isOneThing, severalThings)
  .refine(holdsExceptions, strayException)
  .refine(leavesMetadata, metadataAsked)

/** Who may come in and where the pods may go. What is not said is as open as the namespace leaves it. */
export const networkPolicy = z
  .strictObject({
    /** Beside the app's own pods; none: nobody else. */
    from: z.array(caller).max(50).optional(),
    /** Beside the app's own pods and the resolver of names; none: nowhere else. */
    to: z.array(callee).max(50).optional(),
  })
  .refine(({ from, to }) => from !== undefined || to !== undefined, {
    error: 'give from, to or both',
    ...despiteFaults,
  })

export type NetworkPolicySettings = z.output<typeof networkPolicy>
