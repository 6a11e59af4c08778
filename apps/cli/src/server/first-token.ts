import { localFiles } from '../local-files.ts'
import { prepareDataDir, writePrivateFile } from './data-dir.ts'

/** Prints the admin token of the very first start and keeps it where the command line of the same user finds it. */
export async function keepFirstToken(dataDir: string, token: string): Promise<void> {
  await prepareDataDir(dataDir)
  await writePrivateFile(localFiles.token(dataDir), token)
  console.log(`The first admin token, shown this once: ${token}`)
  console.log(`It is kept in ${localFiles.token(dataDir)} too, where the command line finds it.`)
}
