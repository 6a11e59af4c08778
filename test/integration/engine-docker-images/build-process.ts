import { createDockerImageEngine } from '@stevedore/engine-docker'
import { recordContext } from '@stevedore/testkit'

/** A worker that builds one image, told as JSON in its argument, until it is killed. */
const build = JSON.parse(process.argv[2] ?? '')
await createDockerImageEngine().build(build, recordContext({ log: (line) => console.log(line) }))
