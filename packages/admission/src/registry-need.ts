/** How an app gets what was asked for and needs a registry. */
export function describeRegistryNeed(app: string): string {
  return (
    'take any hosted registry, or start one (`docker run -d -p 5000:5000 registry:3`), name it as image.registry in the spec, ' +
    `\`stevedore apply\`, then \`stevedore build ${app} --push\``
  )
}
