import { type EnvironmentSpec, type Linked, listCallers, listLinks, nameLinked } from '@stevedore/contract'

/** An environment that runs, with the settings of its revision. */
interface Running extends Linked {
  settings: EnvironmentSpec
}

/** What of an environment's links leads nowhere yet, in sentences, each with what ends that. */
export function noteLinks(own: Running, running: readonly Running[]): string[] {
  return listLinks(own.settings, own.environment).flatMap((to) => {
    // Pods are told an address when they are made; on Docker a name leads to what is there by then.
    const again =
      own.settings.engine === 'kubernetes' ? `, then \`stevedore deploy ${own.app} ${own.environment}\`` : ''
    const deploy = `\`stevedore deploy ${to.app} ${to.environment}\`${again}`
    const found = running.find((one) => nameLinked(one) === nameLinked(to))
    if (!found) return [`links to ${nameLinked(to)}, which does not run yet: its name leads nowhere until ${deploy}`]
    if (listCallers(found.settings, to.environment).some((one) => nameLinked(one) === nameLinked(own))) return []
    return [`links to ${nameLinked(to)}, whose revision that runs does not let it in yet: ${deploy} brings that`]
  })
}

/** The environments that run with a link to one, as `APP/ENVIRONMENT`. */
export function listLinking(to: Linked, running: readonly Running[]): string[] {
  return running
    .filter(({ environment, settings }) =>
      listLinks(settings, environment).some((one) => nameLinked(one) === nameLinked(to)),
    )
    .map(nameLinked)
    .toSorted()
}
