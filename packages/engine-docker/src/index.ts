export { type DockerAddress, openDocker, withinMs } from './docker-client.ts'
