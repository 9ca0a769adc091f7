import { Command, Option } from 'commander'
import { serverDefaults } from '../server-options.js'
import { fileBlobStore } from '../storage/file-blob-store.js'
import { withCatalog } from './catalog-session.js'
import { dataOption } from './data-option.js'
import { parseText, UsageError } from './option-parsers.js'

/** `span-artifacts artifact delete`; works beside a running server, which heeds it at once. */
export function artifactCommand(): Command {
  const remove = new Command('delete')
    .description('delete an artifact: the server answers 410 from then on, and its bytes are removed')
    .argument('<sha256>', 'digest of the artifact')
    .addOption(
      new Option('--project <name>', 'project that the artifact belongs to').makeOptionMandatory().argParser(parseText),
    )
    .addOption(dataOption())
    .action(deleteAction)
  return new Command('artifact').description('manage stored artifacts').addCommand(remove)
}

async function deleteAction(sha256: string, flags: { project: string; data: string }): Promise<void> {
  await withCatalog(flags.data, async (catalog, data) => {
    const project = await catalog.projects.find(flags.project)
    if (project === undefined) throw new UsageError(`there is no project ${JSON.stringify(flags.project)}`)
    const blobs = fileBlobStore(data.blobsPath)
    const found = await catalog.artifacts.delete(project.id, sha256, {
      collectAt: Date.now() + serverDefaults.collectionGraceMs,
      removeBytes: () => blobs.delete({ projectId: project.id, sha256 }),
    })
    if (!found)
      throw new UsageError(`project ${JSON.stringify(flags.project)} has no artifact ${JSON.stringify(sha256)}`)
    process.stderr.write(`deleted ${sha256}\n`)
  })
}
